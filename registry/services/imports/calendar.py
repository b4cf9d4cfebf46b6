"""KIND `calendar`: the notice of one year (关于部分节假日安排的通知), the whole file or nothing:
with a day left out every period across it would end on another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry.domain.errors import InvalidInput
from registry.domain.intake import IntakeRow
from registry.domain.workdays import CalendarYear
from registry.services import calendars
from registry.services.imports import cells
from registry.services.imports.outcome import Outcome, State, refused
from registry.services.work import Work

KINDS = ("holiday", "workday")
COLUMNS = frozenset({"date", "kind"})
LIMIT = 366
# The number of a document, as notices of the State Council bear it: 国办发明电〔2025〕7号.
_NUMBER = re.compile(r"〔\d{4}〕\d+号", re.ASCII)
_WHOLE = "a calendar is taken whole or not at all, and other rows are wrong"


@dataclass(frozen=True)
class CalendarOptions:
    """What a file of days does not say: the notice, where it was published, and the code of the
    calendar (default: the only one there is)."""

    notice: str = ""
    source: str = ""
    code: str = ""


class CalendarIntake:
    """`kind` is that of rows which do not say theirs."""

    surveys = True

    def __init__(self, kind: str | None, options: CalendarOptions) -> None:
        if kind is not None and kind not in KINDS:
            raise InvalidInput.field("row-kind", "must be one of " + ", ".join(KINDS))
        for name, given in (("notice", options.notice), ("source", options.source)):
            if not given.strip():
                raise InvalidInput.field(name, "is required: which notice says so, and where?")
            cells.text({name: given}, name, 1000)
        self._kind, self._options = kind or "", options
        self._days: dict[int, tuple[date, str]] = {}
        self._wrong: dict[int, Outcome] = {}
        self._state: State | None = None
        self._found: list[str] = []

    def survey(self, rows: Sequence[IntakeRow]) -> None:
        """Read every day."""
        for row in rows:
            if row.fault:
                self._wrong[row.number] = refused(row.number, row.fault)
                continue
            try:
                self._days[row.number] = self._read(row)
            except InvalidInput as error:
                self._wrong[row.number] = refused(row.number, error)
            if len(self._days) + len(self._wrong) > LIMIT:
                raise InvalidInput.field("file", f"a year has at most {LIMIT} days")

    def take(self, work: Work, rows: Sequence[IntakeRow]) -> list[Outcome]:
        """Enter the year with the first rows; all others have become what those have."""
        if self._state is None:
            self._state = self._entered(work)
        return [
            self._wrong[row.number]
            if row.number in self._wrong
            else Outcome(row.number, self._state, None, (_WHOLE,) if self._wrong else ())
            for row in rows
        ]

    def findings(self) -> list[str]:
        """The year, and the rulebook that holds it."""
        return self._found

    def _read(self, row: IntakeRow) -> tuple[date, str]:
        cells.require_columns(row.values, COLUMNS)
        day, kind = cells.day(row.values, "date"), row.values.get("kind", self._kind)
        if day is None:
            raise InvalidInput.field("date", "is required")
        if kind not in KINDS:
            raise InvalidInput.field("kind", "must be one of " + ", ".join(KINDS))
        try:
            self._year([(day, kind)])
        except ValueError as error:
            raise InvalidInput.field("date", str(error)) from None
        return day, kind

    def _year(self, days: Sequence[tuple[date, str]]) -> CalendarYear:
        notice = self._options.notice.strip()
        holidays, workdays = (frozenset(day for day, one in days if one == kind) for kind in KINDS)
        return CalendarYear(
            days[0][0].year,
            holidays,
            workdays,
            notice,
            self._options.source.strip(),
            "verified" if _NUMBER.search(notice) else "to_verify",
        )

    def _entered(self, work: Work) -> State:
        """Have the year activated, unless a row is wrong."""
        self._find_wrong()
        if self._wrong or not self._days:
            return State.REFUSED
        code = self._code(work)
        year = self._year(list(self._days.values()))
        fresh = calendars.add_year(work, code, year)
        self._found = [
            f"calendar {code} {year.year}: {len(year.holidays)} days off, {len(year.workdays)} "
            f"worked, {year.status}" + ("" if fresh else ": known already")
        ]
        return State.TAKEN if fresh else State.MERGED

    def _find_wrong(self) -> None:
        """What is wrong with days only beside others: a second year, a day that stands twice."""
        years = Counter(day.year for day, _ in self._days.values())
        often = Counter(day for day, _ in self._days.values())
        ours = max(years, key=lambda year: (years[year], -year), default=0)
        for number, (day, _) in self._days.items():
            said = None
            if day.year != ours:
                said = f"lies in another year than most rows: a file holds one year, {ours}"
            elif often[day] > 1:
                said = "stands in the file twice"
            if said is not None:
                self._wrong[number] = refused(number, InvalidInput.field("date", said))

    def _code(self, work: Work) -> str:
        known = sorted(work.rulebook.calendars)
        code = self._options.code or (known[0] if len(known) == 1 else "")
        if not code or (known and code not in known):
            shown = ", ".join(known) or "none yet"
            raise InvalidInput.field("calendar", f"name the calendar; there is: {shown}")
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", code):
            raise InvalidInput.field("calendar", "must be a code: a-z, 0-9, - and _")
        return code
