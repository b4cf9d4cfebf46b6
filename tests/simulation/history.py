"""The words in which a history is told: rules and numbers, events, the questions and the answers.

Plain values of their own, importing nothing of the registry. The reference model folds them; the
world of the pure core replays them.
"""

from dataclasses import dataclass
from datetime import date, datetime

PERSONS = {"person", "public_official"}
LEVELS = ("general", "substantial", "serious")

# --- the rules of one history -------------------------------------------------------------------


@dataclass(frozen=True)
class Year:
    """The working days of one year as its notice shifted them."""

    off: frozenset[date]
    on: frozenset[date]


@dataclass(frozen=True)
class Period:
    """So many days, `working` or `calendar`."""

    count: int
    unit: str


@dataclass(frozen=True)
class Rule:
    """A criterion, as far as the life of its listings depends on it."""

    code: str
    sector: str
    list_kind: str
    level: str | None
    clock: str
    years: int
    months: int
    notice: Period | None
    to_verify: bool = False


@dataclass(frozen=True)
class Place:
    """The numbers of a jurisdiction."""

    notice_scope: str
    defence: Period
    red_publicity: Period
    black_publicity: Period | None
    watch_years: int
    watch_months: int
    black_to_watch: bool
    removal_scope: str
    caps: dict[str, int]
    clean_years: int
    models_exempt: bool


@dataclass(frozen=True)
class Consequence:
    """A measure of one sector."""

    code: str
    sector: str
    kind: str
    force: str
    list_kind: str
    level: str | None
    subject_kinds: frozenset[str]
    matters: frozenset[str]
    signatories: frozenset[str] | None = None
    reaches: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Setting:
    """All that does not change during a history; `proposed` is what the plugins propose."""

    kinds: dict[str, str]
    known_since: dict[str, date]
    rules: dict[str, Rule]
    place: Place
    years: dict[int, Year]
    proposed: tuple[Consequence, ...]


# --- what happens -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """Something the registry came to know at an instant."""

    at: datetime


@dataclass(frozen=True)
class RuleAccepted(Event):
    rule: str


@dataclass(frozen=True)
class Proposed(Event):
    case: str
    subject: str
    rule: str
    actor: str
    decided_on: date
    ended_on: date | None


@dataclass(frozen=True)
class Noticed(Event):
    case: str
    served_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Publicised(Event):
    case: str


@dataclass(frozen=True)
class Submitted(Event):
    case: str
    submission: str


@dataclass(frozen=True)
class Answered(Event):
    case: str
    submission: str


@dataclass(frozen=True)
class Confirmed(Event):
    case: str
    listing: str
    actor: str
    valid_from: date | None
    term: tuple[int, int] | None
    watch_term: tuple[int, int] | None
    persons: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Dropped(Event):
    case: str


@dataclass(frozen=True)
class Published(Event):
    edition: str
    sector: str
    measures: tuple[Consequence, ...]
    effective_from: date


@dataclass(frozen=True)
class Exited(Event):
    listing: str
    ground: str


@dataclass(frozen=True)
class Suspended(Event):
    listing: str
    kind: str


@dataclass(frozen=True)
class Resumed(Event):
    listing: str


# --- what is asked ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """A check: whom, for what, who asks, as of when, with which sectors out of reach."""

    subject: str | None
    matter: str
    agency: str
    as_of: datetime
    absent: frozenset[str] = frozenset()
    by_name: bool = False


@dataclass(frozen=True)
class Hit:
    """A measure that applies: through which listing, until when, through which organisation."""

    code: str
    kind: str
    force: str
    listing: str
    until: date
    via: tuple[str, str] | None = None


@dataclass(frozen=True)
class Answer:
    """What a check must say."""

    outcome: str
    hits: frozenset[Hit]
    listings: frozenset[tuple[str, str, str | None]]
    dropped: frozenset[tuple[str, str]]
    incomplete: frozenset[str]
    green: bool
