"""What a published list says of itself, before any row of it is stored: who stands in it twice,
with which grades, and whether the totals printed under it are those of its rows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from registry.domain.errors import InvalidInput
from registry.domain.rating import compare_counts
from registry.domain.scorecard import Grade
from registry.store.subjects import fold_name

LIMIT = 100_000  # rows: a printed list has hundreds; who stands where is kept in memory


@dataclass
class _Standing:
    """Where a body stands in the list, and with which grades."""

    name: str
    rows: list[int] = field(default_factory=list)
    grades: list[str] = field(default_factory=list)

    @property
    def conflicts(self) -> bool:
        return len({one for one in self.grades if one}) > 1


class PublishedList:
    """The rows of one list as they come by; `schemes` are the columns that hold identifiers."""

    def __init__(self, schemes: Iterable[str]) -> None:
        self._schemes = tuple(schemes)
        self._standing: dict[bytes, _Standing] = {}
        self.grades: Counter[str] = Counter()
        self.count = 0

    def see(self, number: int, row: Mapping[str, str], shown: bool) -> None:
        """Note a row; the name of a body is `shown` in findings, that of a person never."""
        self.count += 1
        if self.count > LIMIT:
            raise InvalidInput.field("file", f"a list of ratings has at most {LIMIT} rows")
        grade = row.get("grade", "")
        self.grades[grade] += 1
        name = row.get("name", "")
        found = self._standing.setdefault(self._key(row), _Standing(name if shown else ""))
        found.rows.append(number)
        found.grades.append(grade)

    def conflict(self, row: Mapping[str, str]) -> str | None:
        """Why a row is refused: its body stands in the list with another grade."""
        found = self._standing[self._key(row)]
        if not found.conflicts:
            return None
        grades = " and ".join(dict.fromkeys(one for one in found.grades if one))
        return f"grade: the list gives it {grades}: resolve which is right"

    def twice(self, row: Mapping[str, str], number: int) -> str | None:
        """The other rows in which its body stands, if there are any."""
        others = [one for one in self._standing[self._key(row)].rows if one != number]
        return f"stands in row {_rows(others)} as well" if others else None

    def findings(
        self, printed: Mapping[str, int], grades: Iterable[Grade], total: int | None
    ) -> list[str]:
        """Who stands in it more than once, how many have no grade, which totals do not agree;
        `grades` are those of its scorecard."""
        found = []
        for one in self._standing.values():
            if len(one.rows) > 1:
                what = "conflicting grades" if one.conflicts else "the same grade"
                who = one.name or "somebody"
                found.append(f"rows {_rows(one.rows)}: {who} stands twice, with {what}")
        if self.grades[""]:
            found.append(f"without a legible grade: {self.grades['']}")
        found += [
            f"{wrong.grade or 'total'}: printed {wrong.printed}, in the file {wrong.found}"
            for wrong in compare_counts(printed, self.grades, grades, total)
        ]
        return found

    def _key(self, row: Mapping[str, str]) -> bytes:
        """Who the row is about: its identifier, else its name. Only a hash is kept of it."""
        numbers = [f"{one}:{row[one]}" for one in self._schemes if one in row]
        said = numbers[0] if numbers else fold_name(row.get("name", ""))
        return hashlib.blake2b(said.encode(), digest_size=16).digest()


def _rows(rows: list[int]) -> str:
    return " and ".join(map(str, rows))
