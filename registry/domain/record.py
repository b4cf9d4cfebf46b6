"""Records (信用信息): facts that providers report, under record kinds with typed fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from registry.domain.validity import EARLIEST, LATEST

MONEY_LIMIT = Decimal("1e15")
TEXT_LIMIT = 2000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,400}(\.\d{1,400})?", re.ASCII)
COUNT_LIMIT = 10**9

Value = Decimal | int | str | bool | date
DECIDED_ON = "decided_on"
ORDERS = ("not_before", "not_after")


class FieldType(StrEnum):
    """Types a record field may have. Money is decimal yuan; ratio a decimal."""

    MONEY = "money"
    INTEGER = "integer"
    RATIO = "ratio"
    DATE = "date"
    TEXT = "text"
    ENUM = "enum"
    FLAG = "flag"


@dataclass(frozen=True)
class FieldSpec:
    """A typed field: title in both languages; `values` for an enum, `values_zh` how a reason calls
    them in Chinese; a `past` date says what has happened (a decision is final only once it is) and
    is refused while it lies ahead.

    `not_before` and `not_after` name the date that it must keep to, `decided_on` of the record or
    another date field of its kind. An integer that has one, or is `past`, is a year."""

    name: str
    type: FieldType
    title: str
    title_zh: str
    required: bool = False
    values: tuple[str, ...] = ()
    past: bool = False
    not_before: str | None = None
    not_after: str | None = None
    values_zh: tuple[str, ...] = ()

    @property
    def chinese(self) -> Mapping[str, str]:
        """The values by their code, where the kind says how they are called."""
        return dict(zip(self.values, self.values_zh, strict=bool(self.values_zh)))

    @property
    def is_year(self) -> bool:
        """An integer that keeps to the year of a date, or to this one."""
        bound = self.past or self.not_before is not None or self.not_after is not None
        return bound and self.type is FieldType.INTEGER

    def read(self, raw: Any) -> Value:
        """A JSON value as a domain value; ValueError says what is expected."""
        value = _READERS[self.type](self, raw)
        if self.is_year and not EARLIEST.year <= int(str(value)) <= LATEST.year:
            raise ValueError(f"must be a year between {EARLIEST.year} and {LATEST.year}")
        return value

    def to_json(self) -> dict[str, Any]:
        """The contract's shape of a field."""
        shape: dict[str, Any] = {"type": str(self.type), "required": self.required}
        if self.values:
            shape["values"] = list(self.values)
        return shape


def _decimal(raw: Any, limit: Decimal, places: int, what: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | str | Decimal):
        raise ValueError(f"must be {what}, as a decimal string or an integer")
    try:
        if isinstance(raw, str) and not _NUMBER.fullmatch(raw):
            raise InvalidOperation
        value = Decimal(raw)
    except InvalidOperation:
        raise ValueError(f"must be {what}, as a decimal string or an integer") from None
    if not value.is_finite() or value < 0 or value > limit:
        raise ValueError(f"must lie between 0 and {limit:f}")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        raise ValueError(f"has more than {places} decimal places")
    return value


def _money(_: FieldSpec, raw: Any) -> Value:
    return _decimal(raw, MONEY_LIMIT, 2, "an amount in yuan")


def _ratio(_: FieldSpec, raw: Any) -> Value:
    return _decimal(raw, Decimal(1000), 6, "a ratio")


def _integer(_: FieldSpec, raw: Any) -> Value:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError("must be an integer")
    if not 0 <= raw <= COUNT_LIMIT:
        raise ValueError(f"must lie between 0 and {COUNT_LIMIT}")
    return raw


def read_date(raw: Any) -> date:
    """A date written YYYY-MM-DD inside the registry's range; ValueError otherwise."""
    if isinstance(raw, date):
        day = raw
    else:
        if not isinstance(raw, str) or not _DATE.fullmatch(raw):
            raise ValueError("must be a date, YYYY-MM-DD")
        try:
            day = date.fromisoformat(raw)
        except ValueError:
            raise ValueError("must be a date that exists, YYYY-MM-DD") from None
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"must lie between {EARLIEST} and {LATEST}")
    return day


def _date(_: FieldSpec, raw: Any) -> Value:
    return read_date(raw)


def clean_text(raw: Any, limit: int = TEXT_LIMIT) -> str:
    """Text without control, zero-width or bidirectional characters; ValueError otherwise."""
    if not isinstance(raw, str):
        raise ValueError("must be text")
    if not 0 < len(raw) <= limit:
        raise ValueError(f"must have 1 to {limit} characters")
    if not raw.strip():
        raise ValueError("must not be blank")
    # whatever is hidden is not printable: most texts need no closer look
    if not raw.isprintable() and any(_is_hidden(character) for character in raw):
        raise ValueError("must not hold control, zero-width or bidirectional characters")
    return raw.strip()


def _is_hidden(character: str) -> bool:
    point = ord(character)
    return (
        (point < 0x20 and character not in "\t\n")
        or 0x7F <= point <= 0x9F
        or 0x200B <= point <= 0x200F
        or 0x202A <= point <= 0x202E
        or 0x2060 <= point <= 0x206F
        or 0xD800 <= point <= 0xDFFF
        or point in (0xFEFF, 0x00AD, 0x061C, 0x180E)
        or point & 0xFFFE == 0xFFFE
    )


def _text(_: FieldSpec, raw: Any) -> Value:
    return clean_text(raw)


def _enum(spec: FieldSpec, raw: Any) -> Value:
    if raw not in spec.values:
        raise ValueError("must be one of " + ", ".join(spec.values))
    return str(raw)


def _flag(_: FieldSpec, raw: Any) -> Value:
    if not isinstance(raw, bool):
        raise ValueError("must be true or false")
    return raw


_READERS = {
    FieldType.MONEY: _money,
    FieldType.INTEGER: _integer,
    FieldType.RATIO: _ratio,
    FieldType.DATE: _date,
    FieldType.TEXT: _text,
    FieldType.ENUM: _enum,
    FieldType.FLAG: _flag,
}


@dataclass(frozen=True)
class RecordKind:
    """A kind of record: its class by content, its basis code (LST basis 1-5) and its fields.

    `content` is basic, good or misconduct; `catalogue_item` names the item of the information
    catalogue it falls under; `penalty` kinds refuse simplified procedure and slight breaches;
    `filed_by` are the levels of agency that may file it, empty for all but associations.
    Persons below the `minimum_age` have no record of the kind (students: 18).
    """

    code: str
    title: str
    title_zh: str
    content: str
    basis_code: int
    catalogue_item: str
    penalty: bool
    fields: Mapping[str, FieldSpec]
    number_field: str | None = None
    filed_by: tuple[str, ...] = ()
    minimum_age: int | None = None

    @cached_property
    def needing_consent(self) -> Mapping[str, str]:
        """The fields that are held of a person only with written consent, with their category."""
        named = {
            name: consent_category(name, one.title, one.title_zh)
            for name, one in self.fields.items()
        }
        return {name: category for name, category in named.items() if category is not None}

    @cached_property
    def past_dates(self) -> tuple[str, ...]:
        """The fields whose date, or year, says what has happened."""
        return tuple(name for name, one in self.fields.items() if one.past)

    def dates_to_keep(self, name: str, order: str) -> tuple[str, ...]:
        """The dates that a field must not lie before, or not after: the one it names, then the one
        that this one names, and so on; it ends where a date names none, or comes again."""
        found: list[str] = []
        while name != DECIDED_ON and name in self.fields:
            named = getattr(self.fields[name], order)
            if named is None or named in found:
                break
            found.append(named)
            name = named
        return tuple(found)

    @cached_property
    def _kept(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        every = ((name, order) for name in self.fields for order in ORDERS)
        kept = ((name, order, self.dates_to_keep(name, order)) for name, order in every)
        return tuple(one for one in kept if one[2])

    def out_of_order(self, values: Mapping[str, Value], decided_on: date) -> dict[str, list[str]]:
        """The dates and years that cannot be, as the others stand, each with what it breaks."""
        dates = {**values, DECIDED_ON: decided_on}
        found: dict[str, list[str]] = {}
        for name, order, bounds in self._kept:
            broken = next((one for one in bounds if _breaks(dates, name, order, one)), None)
            if broken is not None:
                year = "the year of " if self.fields[name].is_year else ""
                side = order.removeprefix("not_")
                found.setdefault(name, []).append(f"must not lie {side} {year}{broken}")
        return found

    def read(self, raw: Mapping[str, Any]) -> dict[str, Value]:
        """The fields of one record as values; ValueError(dict of field -> messages) if wrong."""
        errors: dict[str, list[str]] = {}
        values: dict[str, Value] = {}
        for name in raw:
            if name not in self.fields:
                errors[name] = [f"{self.code} has no such field"]
        for name, spec in self.fields.items():
            if raw.get(name) is None:
                if spec.required:
                    errors[name] = ["is required"]
                continue
            try:
                values[name] = spec.read(raw[name])
            except ValueError as error:
                errors[name] = [str(error)]
        if errors:
            raise FieldErrors(errors)
        return values


def _breaks(dates: Mapping[str, Value], name: str, order: str, bound: str) -> bool:
    """Whether a date, or a year, lies on the wrong side of another date, where both are given."""
    value, limit = dates.get(name), dates.get(bound)
    if value is None or not isinstance(limit, date):
        return False
    day = value.toordinal() if isinstance(value, date) else int(value)
    end = limit.toordinal() if isinstance(value, date) else limit.year
    return day < end if order == "not_before" else day > end


class FieldErrors(ValueError):
    """Several fields are wrong at once."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


@dataclass(frozen=True)
class Record:
    """A stored fact; `ended_on` is the day the act or event ended. `grade` is the provider's own
    grading of misconduct (宿迁 art. 11), where it gave one; no rule rests on it.

    `returned`: the reasons for which the centre gave it back; until it is sent again it counts as
    annulled. What is held of a person rests on a consent or on a legal basis; `market` information
    on a consent, unless the law discloses it (宿迁 art. 15)."""

    id: str
    subject_id: str
    kind: str
    decided_on: date
    fields: Mapping[str, Value]
    document_no: str = ""
    ended_on: date | None = None
    provider: str = ""
    annulled_on: date | None = None
    grade: str | None = None
    returned: tuple[str, ...] = ()
    consent_id: str | None = None
    legal_basis: str | None = None
    market: bool = False


# English words stand alone or between other words; Chinese ones anywhere, in both scripts.
_FORBIDDEN = {
    "religion": "religion religions religious faith church mosque creed 宗教 信仰 信教 教徒 佛教 "
    "道教 基督教 天主教 伊斯兰教 伊斯蘭教 穆斯林",
    "genes": "gene genes genetic genome dna hereditary 基因 遗传 遺傳",
    "fingerprints": "fingerprint fingerprints finger_print palm_print 指纹 指紋 掌纹 掌紋 手印",
    "blood type": "blood blood_type bloodtype 血型",
    "illness and medical history": "illness illnesses disease diseases diagnosis diagnoses "
    "medical_history health_record hiv hepatitis cancer tumour tumor diabetes 疾病 病史 病历 病歷 "
    "诊断 診斷 艾滋 愛滋 肝炎 乙肝 癌症 肿瘤 腫瘤 糖尿病 精神病",
}
PROHIBITED: dict[str, tuple[str, ...]] = {
    category: tuple(words.split()) for category, words in _FORBIDDEN.items()
}
# What of a natural person is held only with written consent, the possible consequences explained
# (征信业管理条例 art. 14; 宿迁 art. 15).
CONSENT_NEEDED: dict[str, tuple[str, ...]] = {
    "income": ("income", "salary", "收入", "工资薪金"),
    "deposits": ("deposit", "deposits", "存款"),
    "securities": ("securities", "有价证券"),
    "commercial insurance": ("commercial_insurance", "商业保险"),
    "loans": ("loan", "loans", "贷款"),
}
# A debtor in bad faith professes no religion.
_HARMLESS = re.compile(r"(good|bad)_faith")
_HIDDEN_LETTERS = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")


def prohibited_category(*names: str) -> str | None:
    """The category that may never be collected (征信业管理条例 art. 14) under any of the names."""
    return next((found for name in names if (found := _category(name, True))), None)


def consent_category(*names: str) -> str | None:
    """The category that is collected of a person only with written consent, under any name."""
    return next((found for name in names if (found := _category(name, False))), None)


@lru_cache(maxsize=4096)  # the records of a kind all have the same fields
def _category(name: str, prohibited: bool) -> str | None:
    # full-width letters and characters without width are how a forbidden word is smuggled in
    folded = _HIDDEN_LETTERS.sub("", unicodedata.normalize("NFKC", name)).lower()
    latin = _HARMLESS.sub("", re.sub(r"[^a-z0-9]+", "_", folded))
    parts = set(latin.split("_"))
    folded = re.sub(r"[\W_]+", "", folded)  # so are spaces between the characters of a word
    for category, words in (PROHIBITED if prohibited else CONSENT_NEEDED).items():
        for word in words:
            found = word in parts if word.isascii() else word in folded
            if found or ("_" in word and word in latin):
                return category
    return None
