"""What a published list says of itself, before any row of it is stored: who stands in it twice,
with which grades, and whether the totals printed under it are those of its rows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from registry.domain.rating import compare_counts
from registry.domain.scorecard import Grade
from registry.store.standings import Places, Standings
from registry.store.subjects import fold_name

TOLD = 1_000  # of those who stand twice; a list with more has another fault


class PublishedList:
    """The rows of one list as they come by; `schemes` are the columns that hold identifiers."""

    def __init__(self, schemes: Iterable[str]) -> None:
        self._schemes = tuple(schemes)
        self._standings = Standings()
        self.grades: Counter[str] = Counter()

    def see(self, number: int, row: Mapping[str, str], shown: bool) -> None:
        """Note a row; the name of a body is `shown` in findings, that of a person never."""
        grade = row.get("grade", "")
        self.grades[grade] += 1
        name = row.get("name", "") if shown else ""
        self._standings.add(self._key(row), number, grade, name)

    def conflict(self, row: Mapping[str, str]) -> str | None:
        """Why a row is refused: its body stands in the list with another grade."""
        grades = _grades(self._standings.of(self._key(row)))
        if len(grades) < 2:
            return None
        return f"grade: the list gives it {' and '.join(grades)}: resolve which is right"

    def twice(self, row: Mapping[str, str], number: int) -> str | None:
        """The other rows in which its body stands, if there are any."""
        others = [one for one, _ in self._standings.of(self._key(row)) if one != number]
        return f"stands in row {_rows(others)} as well" if others else None

    def findings(
        self, printed: Mapping[str, int], grades: Iterable[Grade], total: int | None
    ) -> list[str]:
        """Who stands in it more than once, how many have no grade, which totals do not agree;
        `grades` are those of its scorecard."""
        found = []
        again = self._standings.again()
        for name, places in islice(again, TOLD):
            what = "conflicting grades" if len(_grades(places)) > 1 else "the same grade"
            rows = _rows([row for row, _ in places])
            found.append(f"rows {rows}: {name or 'somebody'} stands twice, with {what}")
        if more := sum(1 for _ in again):
            found.append(f"{more} more stand twice")
        if self.grades[""]:
            found.append(f"without a legible grade: {self.grades['']}")
        found += self._differing(printed, tuple(grades), total)
        return found

    def _differing(
        self, printed: Mapping[str, int], grades: Sequence[Grade], total: int | None
    ) -> list[str]:
        """The totals that differ, under the names they were given by: a grade has two, its code
        and its Chinese title, and the list may print another than the totals."""
        codes = {name: one.code for one in grades for name in (one.title_zh, one.code)}
        names = {codes.get(name, name): name for name in printed}
        rows: Counter[str] = Counter()
        for name, count in self.grades.items():
            rows[codes.get(name, name)] += count
        by_code = {code: printed[name] for code, name in names.items()}
        return [
            f"{names[wrong.grade] if wrong.grade else 'total'}: printed {wrong.printed}, "
            f"in the file {wrong.found}"
            for wrong in compare_counts(by_code, rows, grades, total)
        ]

    def _key(self, row: Mapping[str, str]) -> bytes:
        """Who the row is about: its identifier, else its name. Only a hash is kept of it."""
        numbers = [f"{one}:{row[one]}" for one in self._schemes if one in row]
        said = numbers[0] if numbers else fold_name(row.get("name", ""))
        return hashlib.blake2b(said.encode(), digest_size=16).digest()


def _grades(places: Places) -> list[str]:
    """The legible grades, each once, in order of the rows."""
    return list(dict.fromkeys(grade for _, grade in places if grade))


def _rows(rows: list[int]) -> str:
    return " and ".join(map(str, rows))
