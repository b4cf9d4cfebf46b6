"""The heading of a table: which column is called what, and a row of cells by those names."""

from collections.abc import Sequence

from registry.sdk import IntakeRow, UnreadableFile

COLUMN_LIMIT = 500


class Heading:
    """The names of the columns, in order; UnreadableFile if one is missing or stands twice."""

    def __init__(self, cells: Sequence[str]) -> None:
        names = [cell.strip() for cell in cells]
        self.width = len(names)  # with what a spreadsheet leaves empty beyond the last name
        while names and not names[-1]:
            names.pop()
        if not names:
            raise UnreadableFile("it has no heading: the first row names the columns")
        if len(names) > COLUMN_LIMIT:
            raise UnreadableFile(f"it has more than {COLUMN_LIMIT} columns")
        for place, name in enumerate(names, 1):
            if not name:
                raise UnreadableFile(f"column {place} has no name")
            if name in names[: place - 1]:
                raise UnreadableFile(f"column {place} has the name of another")
        self.names = names

    def name_of(self, place: int) -> str:
        """What the column in a place, from 1, is called in a message."""
        return self.names[place - 1] if place <= len(self.names) else f"column {place}"

    def row(self, number: int, cells: Sequence[str]) -> IntakeRow:
        """The cells by name. What lies beyond the heading belongs to no column: a fault."""
        if any(cell.strip() for cell in cells[len(self.names) :]):
            wanted = len(self.names)
            return IntakeRow(number, fault=f"has more cells than the {wanted} columns")
        named = zip(self.names, cells, strict=False)
        return IntakeRow(number, {name: cell for name, cell in named if cell and cell.strip()})
