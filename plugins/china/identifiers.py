"""Identifier schemes: from what somebody typed to the one canonical form, or a reason why not.

No place is looked up: county codes come and go faster than tables. A reason never holds the number.
"""

import re
import unicodedata
from datetime import date
from operator import mul

from stdnum import lei as stdnum_lei

from registry.sdk import IdentifierScheme, InvalidIdentifier

ORGANISATIONS = frozenset(
    {
        "enterprise",
        "individual_business",
        "social_organisation",
        "public_institution",
        "government_body",
    }
)
PERSONS = frozenset({"person", "public_official"})

# Nothing longer can become an identifier, and a megabyte need not be normalised to know it.
LONGEST_TEXT = 100
EARLIEST_BIRTH = date(1900, 1, 1)
# Control, format (zero-width, bidi), surrogate, private, unassigned; line and paragraph separators.
UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# GB 32100: registering department, kind of body, place of registration, body, check character.
# The departments are the assigned ones. The kinds are not: 54 and 55 (village and residents'
# committees) were assigned after the standard, so any digit but 0 passes.
USCC_FORM = re.compile(
    r"[1-9ANY][1-9][0-9]{6}[0-9ABCDEFGHJKLMNPQRTUWXY]{9}[0-9ABCDEFGHJKLMNPQRTUWXY]"
)
# As python-stdnum sums it, which cleans once more what is clean (a test holds the two together).
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = tuple(3**place % 31 for place in range(17))
# ISO 7064 only ever computes 02 to 98; 00, 01 and 99 would be second spellings of 97, 98 and 02.
LEI_FORM = re.compile(r"[0-9A-Z]{18}(?!00|01|99)[0-9]{2}")
# ISO 7064, MOD 11-2, likewise: a number is written and compared many million times.
PERSON_CHECKS = "10X98765432"
PERSON_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
PERSON_NUMBER_FORM = re.compile(r"[0-9]{17}[0-9X]")
OLD_RESIDENT_FORM = re.compile(r"[0-9]{15}")
OLD_FOREIGNER_FORM = re.compile(r"[A-Z]{3}[0-9]{12}")
# GB/T 2260. Hong Kong, Macao and Taiwan residents have 81, 82, 83 and a scheme of their own.
PROVINCES = frozenset(
    str(code)
    for region in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71))
    for code in range(region[0], region[1] + 1)
)
HMT_PREFIXES = ("810000", "820000", "830000")
# The 15-digit numbers kept these for people born before 1900, so "19" would be a wrong century.
CENTENARIAN_ORDERS = frozenset({"996", "997", "998", "999"})


def parse_uscc(text: str, today: date) -> str:
    """Read a unified social credit code (GB 32100), also one beginning A, N or Y.

    The check digit of the organisation code inside (GB 11714) is left alone: one wrong character
    and adjacent swaps are caught by the last character already.
    """
    code = _clean(text, separators=" -")
    _require_length(code, 18)
    if not USCC_FORM.fullmatch(code):
        raise InvalidIdentifier(
            "it begins with no assigned department and kind, has no six-digit place code, "
            "or holds one of the letters I, O, S, V, Z"
        )
    total = sum(map(mul, USCC_WEIGHTS, map(USCC_LETTERS.index, code[:17])))
    if USCC_LETTERS[-total % 31] != code[17]:
        raise InvalidIdentifier("its check character is wrong")
    return code


def parse_lei(text: str, today: date) -> str:
    """Read a legal entity identifier (ISO 17442)."""
    code = _clean(text, separators=" -")
    _require_length(code, 20)
    # The form is ours: python-stdnum looks at the remainder only, not at length or last digits.
    if not LEI_FORM.fullmatch(code) or not stdnum_lei.is_valid(code):
        raise InvalidIdentifier("its check digits are wrong")
    return code


def parse_resident_id(text: str, today: date) -> str:
    """Read a citizen's identity number (GB 11643); a 15-digit one is upgraded to 18."""
    number = _clean(text)
    if OLD_RESIDENT_FORM.fullmatch(number):
        number = _upgraded(number)
    if number[:2] in ("81", "82", "83"):
        raise InvalidIdentifier("it is a Hong Kong, Macao or Taiwan resident's: hmt_resident_code")
    if number[:2] not in PROVINCES:
        raise InvalidIdentifier("its first two digits are no province")
    return _checked_person_number(number, today)


def parse_hmt_resident_code(text: str, today: date) -> str:
    """Read the number of a residence permit for Hong Kong, Macao or Taiwan residents."""
    number = _clean(text)
    if not number.startswith(HMT_PREFIXES):
        raise InvalidIdentifier("it does not begin with 810000, 820000 or 830000")
    return _checked_person_number(number, today)


def parse_foreigner_id(text: str, today: date) -> str:
    """Read the number of a foreigner's permanent residence card, of 2023 or older.

    Of the older one (three letters, twelve digits) only the form is checked: no published standard
    was found for its last digit. The two numbers of one person cannot be derived from each other.
    """
    number = _clean(text)
    if OLD_FOREIGNER_FORM.fullmatch(number):
        return number
    if not number.startswith("9"):
        raise InvalidIdentifier("it begins neither with 9 nor with three letters and twelve digits")
    return _checked_person_number(number, today)


def _clean(text: str, separators: str = "") -> str:
    if len(text) > LONGEST_TEXT:
        raise InvalidIdentifier("it is longer than any identifier")
    if text.isascii() and text.isalnum():  # as almost all are written: nothing to clean
        return text.upper()
    folded = unicodedata.normalize("NFKC", text)
    if any(unicodedata.category(character) in UNSEEN_CATEGORIES for character in folded):
        raise InvalidIdentifier("it contains control or invisible characters")
    # Before upper(), which would turn a Turkish dotless i into an innocent I.
    if not folded.isascii():
        raise InvalidIdentifier("it contains characters other than Latin letters and digits")
    bare = folded.translate(str.maketrans("", "", separators)).strip(" ").upper()
    if not bare:
        raise InvalidIdentifier("it is empty")
    return bare


def _require_length(number: str, length: int) -> None:
    if len(number) != length:
        raise InvalidIdentifier(f"it has {len(number)} characters instead of {length}")


def _upgraded(number: str) -> str:
    if number[12:] in CENTENARIAN_ORDERS:
        raise InvalidIdentifier("15-digit numbers ending 996 to 999 stand for births before 1900")
    body = f"{number[:6]}19{number[6:]}"
    return body + _person_check(body)


def _checked_person_number(number: str, today: date) -> str:
    _require_length(number, 18)
    if not PERSON_NUMBER_FORM.fullmatch(number):
        raise InvalidIdentifier("it is not 17 digits and a last digit or X")
    if _person_check(number) != number[17]:
        raise InvalidIdentifier("its check digit is wrong")
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidIdentifier("its birth date does not exist") from None
    if not EARLIEST_BIRTH <= born_on <= today:
        raise InvalidIdentifier("its birth date lies before 1900 or in the future")
    return number


def _person_check(number: str) -> str:
    """The check character of the first 17 digits."""
    return PERSON_CHECKS[sum(map(mul, PERSON_WEIGHTS, map(int, number[:17]))) % 11]


def _birth_date(value: str) -> date | None:
    """The birth date that an 18-character number holds; older foreigners' numbers hold none."""
    if len(value) != 18:
        return None
    return date(int(value[6:10]), int(value[10:12]), int(value[12:14]))


SCHEMES: tuple[IdentifierScheme, ...] = (
    IdentifierScheme(
        code="uscc",
        title="unified social credit code",
        title_zh="统一社会信用代码",
        personal=False,
        parse=parse_uscc,
        subject_kinds=ORGANISATIONS,
        required_form="18 digits and capital letters without I, O, S, V, Z; the last one checks "
        "the others (GB 32100).",
    ),
    IdentifierScheme(
        code="resident_id",
        title="citizen identity number",
        title_zh="公民身份号码",
        personal=True,
        parse=parse_resident_id,
        birth_date=_birth_date,
        subject_kinds=PERSONS,
        required_form="17 digits and a check digit or X, with the birth date in the middle; "
        "an old number of 15 digits is upgraded (GB 11643).",
    ),
    IdentifierScheme(
        code="hmt_resident_code",
        title="social credit code of a Hong Kong, Macao or Taiwan resident",
        title_zh="港澳台居民的公民社会信用代码",
        personal=True,
        parse=parse_hmt_resident_code,
        birth_date=_birth_date,
        subject_kinds=PERSONS,
        required_form="18 characters beginning 810000, 820000 or 830000, then the birth date, "
        "three digits and a check digit or X.",
    ),
    IdentifierScheme(
        code="foreigner_id",
        title="foreigner's identity number",
        title_zh="外国籍人身份号码",
        personal=True,
        parse=parse_foreigner_id,
        birth_date=_birth_date,
        subject_kinds=PERSONS,
        required_form="18 characters beginning with 9 with a check digit or X at the end, "
        "or three letters and twelve digits on cards issued before December 2023.",
    ),
    IdentifierScheme(
        code="lei",
        title="legal entity identifier",
        title_zh="全球法人机构识别编码",
        personal=False,
        parse=parse_lei,
        subject_kinds=ORGANISATIONS,
        required_form="18 digits and capital letters and two check digits (ISO 17442).",
    ),
)
