"""The controls of faults 42, 60 and 61: with a guard off, what proves them of files finds it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from plugins.intake import archive, workbook
from registry.domain.errors import RegistryError
from registry.domain.subject import Subject
from registry.services.imports import records, spool, subjects
from registry.services.imports.outcome import Outcome, State
from tests.imports import test_records as of_records
from tests.imports import test_spool as of_cells
from tests.imports import test_subjects as of_subjects
from tests.imports.test_records import firm as firm
from tests.plugins import test_intake_workbook as of_workbooks
from tests.world import World

Patch = pytest.MonkeyPatch
DidNotRaise = pytest.fail.Exception


# --- one bad row ----------------------------------------------------------------------------------


class BrokenOff(Exception):
    """What ends an import of the controls."""


def breaks_off(number: int, error: RegistryError | str) -> Outcome:
    raise BrokenOff


def passed_over(number: int, error: RegistryError | str) -> Outcome:
    return Outcome(number, State.MERGED)


@pytest.mark.control("F42")
@pytest.mark.parametrize(
    ("refused", "seen"), [(breaks_off, BrokenOff), (passed_over, AssertionError)]
)
def test_did_a_bad_row_end_an_import_or_vanish_in_it_it_would_be_seen(
    world: World, firm: Subject, refused: Any, seen: type[Exception], monkeypatch: Patch
):
    for module in (records, subjects):
        monkeypatch.setattr(module, "refused", refused)

    with pytest.raises(seen):
        of_records.test_a_wrong_cell_is_named_and_the_other_rows_are_taken(
            world, firm, {"year": "zwei"}, "fields.year: must be an integer"
        )
    with pytest.raises(seen):
        of_subjects.test_wrong_rows_are_refused_and_the_others_taken(world)


@pytest.mark.control("F42")
def test_did_a_bad_row_take_its_chunk_with_it_it_would_be_seen(
    world: World, firm: Subject, monkeypatch: Patch
):
    real = records._stored

    def stored(work: Any, fresh: list[Any]) -> dict[int, Outcome]:
        sound = real(work, fresh) if len(fresh) == 3 else {}
        return {number: sound.get(number, passed_over(number, "")) for number, _ in fresh}

    monkeypatch.setattr(records, "_stored", stored)

    with pytest.raises(AssertionError, match="taken 0"):
        of_records.test_a_wrong_cell_is_named_and_the_other_rows_are_taken(
            world, firm, {"year": "zwei"}, "fields.year: must be an integer"
        )


# --- a workbook that attacks ----------------------------------------------------------------------


def nothing_is_looked_at(patch: Patch) -> None:
    """The plain library, which has guards of its own against some of it."""
    patch.setattr(workbook, "require_safe", lambda file: None)


def nothing_declared_is_looked_at(patch: Patch) -> None:
    patch.setattr(archive, "_require_declared", lambda book: None)


def sizes_are_believed(patch: Patch) -> None:
    patch.setattr(archive, "_streamed", lambda book, entry: entry.file_size)


def no_size_is_too_large(patch: Patch) -> None:
    patch.setattr(archive, "_require_modest", lambda entry, size: None)


def no_mark_is_seen(patch: Patch) -> None:
    patch.setattr(archive, "_has_mark", lambda content: False)


def outside(part: str, words: str) -> Callable[[Patch], None]:
    return lambda _: of_workbooks.test_what_reaches_outside_is_refused(part, words)


def entities(text: str, encoding: str) -> Callable[[Patch], None]:
    def proof(_: Patch) -> None:
        of_workbooks.test_entities_are_refused_wherever_they_stand(
            of_workbooks.SHEET, text, encoding
        )

    return proof


def ratio(_: Patch) -> None:
    of_workbooks.test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked()


def liar(_: Patch) -> None:
    of_workbooks.test_a_bomb_that_declares_to_be_small_is_refused_while_it_streams()


def parts(_: Patch) -> None:
    of_workbooks.test_too_many_parts_and_a_part_twice_are_refused()


ALTOGETHER = of_workbooks.test_too_much_altogether_is_refused
LINKS = outside("xl/externalLinks/externalLink1.xml", "refers to other files")
MACROS = outside("xl/vbaProject.bin", "macros")
OBJECTS = outside("xl/embeddings/oleObject1.bin", "macros or other files")
UNDONE: dict[str, tuple[Callable[[Patch], None], Callable[[Patch], None], type[BaseException]]] = {
    "a bomb": (nothing_is_looked_at, ratio, AssertionError),
    "a bomb without a ratio": (no_size_is_too_large, ratio, AssertionError),
    "a bomb that lies": (sizes_are_believed, liar, zipfile.BadZipFile),
    "too much": (nothing_is_looked_at, ALTOGETHER, DidNotRaise),
    "too many parts": (nothing_declared_is_looked_at, parts, DidNotRaise),
    "links": (nothing_declared_is_looked_at, LINKS, DidNotRaise),
    "macros": (nothing_declared_is_looked_at, MACROS, DidNotRaise),
    "objects": (nothing_declared_is_looked_at, OBJECTS, DidNotRaise),
    "entities": (no_mark_is_seen, entities(of_workbooks.ENTITY, "utf-8"), AssertionError),
    "laughs": (no_mark_is_seen, entities(of_workbooks.LAUGHS, "utf-16"), AssertionError),
}


@pytest.mark.control("F60")
@pytest.mark.parametrize(("guard_off", "proof", "seen"), UNDONE.values(), ids=UNDONE)
def test_a_workbook_that_is_let_in_would_be_seen(
    guard_off: Callable[[Patch], None],
    proof: Callable[[Patch], None],
    seen: type[BaseException],
    monkeypatch: Patch,
):
    guard_off(monkeypatch)

    with pytest.raises(seen):
        proof(monkeypatch)


# --- formulas -------------------------------------------------------------------------------------


@pytest.mark.control("F61")
@pytest.mark.parametrize(
    "proof",
    [
        of_workbooks.test_a_formula_or_an_error_is_a_fault_of_its_row,
        of_workbooks.test_a_formula_with_a_stored_result_is_a_formula_all_the_same,
    ],
)
def test_a_formula_that_is_read_as_a_text_would_be_seen(
    proof: Callable[[], None], monkeypatch: Patch
):
    monkeypatch.setattr(workbook, "_FAULTS", {})

    with pytest.raises(AssertionError):
        proof()


@pytest.mark.control("F61")
@pytest.mark.parametrize("cell", ["=1+1", "＝SUM(A1)"])
def test_a_formula_that_is_kept_would_be_seen(cell: str, monkeypatch: Patch):
    monkeypatch.setattr(spool, "_fault", lambda cell: "")

    with pytest.raises(AssertionError):
        of_cells.test_a_formula_is_never_taken_for_text(cell)


@pytest.mark.control("F61")
@pytest.mark.parametrize("cell", [' =HYPERLINK("x")', "＝SUM(A1)", "\t=cmd|' /C calc'!A0"])
def test_a_look_at_the_first_character_alone_would_be_seen(cell: str, monkeypatch: Patch):
    said = "holds a formula, which is not taken"
    monkeypatch.setattr(spool, "_fault", lambda cell: said if cell.startswith("=") else "")

    with pytest.raises(AssertionError):
        of_cells.test_a_formula_is_never_taken_for_text(cell)


@pytest.mark.control("F61")
@pytest.mark.parametrize("cell", ["-1", "+86 20", "@home"])
def test_a_text_that_is_taken_for_a_formula_would_be_seen(cell: str, monkeypatch: Patch):
    monkeypatch.setattr(spool, "_fault", lambda cell: "a formula" if cell[0] in "=+-@" else "")

    with pytest.raises(AssertionError):
        of_cells.test_text_that_is_no_formula_is_kept(cell)
