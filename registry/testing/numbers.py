"""Invented identifiers with right check digits: never those of real subjects."""

from __future__ import annotations

from datetime import date

from stdnum.cn import uscc as _uscc
from stdnum.iso7064 import mod_11_2

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(number: int) -> str:
    """The number-th unified code: registrar 9, enterprise 1, an invented place."""
    body = ""
    rest = number
    for _ in range(8):
        rest, digit = divmod(rest, len(_ALPHABET))
        body = _ALPHABET[digit] + body
    base = "91990000" + body + "7"
    return base + str(_uscc.calc_check_digit(base))


def resident_id(number: int, born: date = date(1980, 1, 1)) -> str:
    """The number-th resident identity number of somebody born on a day."""
    base = f"320000{born:%Y%m%d}{number % 1000:03d}"
    return base + str(mod_11_2.calc_check_digit(base))
