"""Large files of which some rows are wrong: each is told, all others are taken, memory is flat."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from registry.services import custody
from registry.services.imports.kinds import intake_of
from registry.services.imports.outcome import Outcome
from registry.services.imports.ratings import ListOptions
from registry.services.imports.run import Job, run
from registry.services.imports.spool import Spool, digest_of
from tests.numbers import resident_id, uscc
from tests.world import World

HEAD = "kind,name,uscc,representative_name,representative_scheme,representative_value"
EVERY = 100  # rows, of which so many at the end are wrong, or are one that has stood there
WRONG = {
    93: "its check character is wrong",
    94: "name: is required",
    95: "kind: must be one of",
    96: "holds a formula",
    97: "is not CSV",
    98: "has 2 cells for the 6 columns",
    99: "is not UTF-8",
}
AGAIN = 92
# Memory in blocks of the interpreter, for it to be told exactly; a row kept would be a dozen.
BLOCKS = 20_000


def content(count: int) -> Iterator[bytes]:
    """So many rows, one head to a thousand firms; the heading is line 1, row `index` line + 2."""
    yield f"{HEAD}\n".encode()
    for index in range(count):
        place = index % EVERY
        code = uscc(index - 1 if place == AGAIN else index)
        name = f"大文件 {index - 1 if place == AGAIN else index} 有限公司"
        if place == 93:
            code = code[:-1] + ("0" if code[-1] != "0" else "1")
        row = f"enterprise,{name},{code},王,resident_id,{resident_id(index // 1000)}"
        row = {
            94: row.replace(name, ""),
            95: row.replace("enterprise", "ministry"),
            96: row.replace(name, "=1+1"),
            97: row.replace(name, f'"{name}"x'),
            98: f"enterprise,{name}",
        }.get(place, row)
        yield row.encode("gb18030" if place == 99 else "utf-8") + b"\n"


@dataclass
class Told:
    """What the report said, without keeping it: counts, and the reasons by place in the pattern."""

    rows: int = 0
    states: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[int, bool]] = field(default_factory=Counter)
    blocks: list[int] = field(default_factory=list)

    def __call__(self, outcomes: Sequence[Outcome]) -> None:
        for one in outcomes:
            assert one.number == self.rows + 2  # each row is told, in the order of the file
            place = self.rows % EVERY
            self.rows += 1
            self.states[str(one.state)] += 1
            if one.state == "refused":
                self.refused[place, WRONG.get(place, "-") in "; ".join(one.notes)] += 1
        self.blocks.append(sys.getallocatedblocks())


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.nightly)])
def test_of_a_large_file_wrong_rows_are_told_all_others_taken_and_memory_is_flat(
    world: World, tmp_path, count: int
):
    path, told = tmp_path / "large.csv", Told()
    with path.open("wb") as written:
        written.writelines(content(count))
    registry = world.registry
    intake = intake_of("subjects", None, ListOptions(""), registry.schemes)
    with path.open("rb") as file:
        digest = digest_of(file)
        before = sys.getallocatedblocks()
        spool = Spool(world.application.plugins.read_file(file, path.name, "subjects"), {})
    assert sys.getallocatedblocks() - before < BLOCKS
    with closing(spool):
        totals = run(registry, Job("subjects", digest, registry.importing("TAX", "Pan")), intake,
                     spool, told)  # fmt: skip

    share = count // EVERY
    assert (totals.taken, totals.merged, totals.refused) == (92 * share, share, 7 * share)
    assert told.states == {"taken": 92 * share, "merged": share, "refused": 7 * share}
    assert told.refused == {(place, True): share for place in WRONG}
    # after the first chunks all is loaded and cached; from there on nothing is kept
    settled = told.blocks[len(told.blocks) // 4]
    assert max(told.blocks[len(told.blocks) // 4 :]) - settled < BLOCKS
    assert custody.verify(registry.store).problem is None
