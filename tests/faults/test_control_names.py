"""The controls of faults 47 and 62: with a guard off, what proves them of names finds it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import pytest

from registry.domain import check, record, scripts
from registry.domain.facts import Facts
from registry.domain.subject import Subject
from registry.services import checks
from registry.store import subjects as store
from registry.store import tables
from registry.store.transaction import Reading
from tests.api import test_checks as asked_over_http
from tests.api import test_subjects as over_http
from tests.api.conftest import Http
from tests.api.conftest import http as http
from tests.domain import test_check as decided
from tests.domain import test_scripts as pure
from tests.imports import test_subjects as imported
from tests.world import World

Patch = pytest.MonkeyPatch


# --- the same name, another person ----------------------------------------------------------------


@pytest.mark.control("F47")
def test_were_a_name_as_good_as_a_number_an_answer_would_be_clear(monkeypatch: Patch):
    real = check._outcome

    def outcome(facts: Facts, *rest: Any) -> str:
        return real(facts._replace(matched_by="identifier"), *rest)

    monkeypatch.setattr(check, "_outcome", outcome)

    with pytest.raises(AssertionError, match="clear"):
        decided.test_by_name_only_the_answer_is_always_undetermined_with_the_candidates()


@pytest.mark.control("F47")
def test_were_the_first_of_a_name_taken_for_the_subject_it_would_be_seen(
    http: Http, monkeypatch: Patch
):
    real = checks.gather

    def gather(reading: Reading, *known: Any) -> Facts:
        first = store.named(reading, known[-1].name)[0]
        facts = real(reading, *known)
        return facts._replace(subject=first, matched_by="identifier", incomplete=())

    monkeypatch.setattr(checks, "gather", gather)

    with pytest.raises(AssertionError, match="clear"):
        asked_over_http.test_by_name_only_the_answer_is_undetermined_with_candidates(http)


@pytest.mark.control("F47")
def test_were_persons_found_by_name_it_would_be_seen(http: Http, monkeypatch: Patch):
    def named(reading: Reading, name: str) -> list[Subject]:
        everybody = [store.from_row(reading, row) for row in reading.rows(tables.subjects)]
        return [one for one in everybody if store.fold_name(one.name) == store.fold_name(name)]

    monkeypatch.setattr(store, "named", named)

    with pytest.raises(AssertionError, match="李"):
        over_http.test_organisations_are_found_by_name_and_persons_never(http)


@pytest.mark.control("F47")
def test_were_a_row_without_a_number_merged_by_its_name_it_would_be_seen(
    world: World, monkeypatch: Patch
):
    real = store.by_names

    def by_names(reading: Reading, names: Iterable[str]) -> dict[str, list[tuple[str, bool]]]:
        known = real(reading, names)
        return {name: [(id, True) for id, _ in bearers] for name, bearers in known.items()}

    monkeypatch.setattr(store, "by_names", by_names)

    with pytest.raises(AssertionError):
        imported.test_a_name_alone_never_reaches_a_subject_with_a_number(world)


# --- names that look alike ------------------------------------------------------------------------

LOOK_ALIKE = {"name": over_http.LOOKS_ALIKE}


def every_name_is_usual(patch: Patch) -> None:
    patch.setattr(scripts, "_USUAL", re.compile(".*", re.DOTALL))


def widths_are_folded_alone(patch: Patch) -> None:
    """What a plain library gives: the form in which names of other widths are the same."""
    patch.setattr(scripts, "is_mixed", lambda name: unicodedata.normalize("NFKC", name) != name)


@pytest.mark.control("F62")
@pytest.mark.parametrize("name", pure.MIXED)
def test_were_every_name_usual_none_would_be_marked(name: str, monkeypatch: Patch):
    every_name_is_usual(monkeypatch)

    with pytest.raises(AssertionError):
        pure.test_letters_of_scripts_that_no_language_joins_are_marked(name)


@pytest.mark.control("F62")
@pytest.mark.parametrize("guard_off", [every_name_is_usual, widths_are_folded_alone])
def test_a_name_that_is_not_marked_would_be_seen(http: Http, guard_off: Any, monkeypatch: Patch):
    guard_off(monkeypatch)

    with pytest.raises(AssertionError, match="mixed_script"):
        over_http.test_a_name_of_mixed_scripts_is_marked_for_a_person_to_look_at(http, LOOK_ALIKE)


@pytest.mark.control("F62")
@pytest.mark.parametrize("guard_off", [every_name_is_usual, widths_are_folded_alone])
def test_a_row_that_is_not_told_would_be_seen(world: World, guard_off: Any, monkeypatch: Patch):
    guard_off(monkeypatch)

    with pytest.raises(ValueError, match="not enough values to unpack"):
        imported.test_names_of_mixed_scripts_are_taken_and_told(world)


@pytest.mark.control("F62")
def test_were_letters_that_look_alike_the_same_one_name_would_find_the_other(
    http: Http, monkeypatch: Patch
):
    real = store.fold_name
    monkeypatch.setattr(store, "fold_name", lambda name: real(name.replace("\u0410", "A")))

    with pytest.raises(AssertionError, match="items"):
        over_http.test_a_name_of_mixed_scripts_is_marked_for_a_person_to_look_at(http, LOOK_ALIKE)


@pytest.mark.control("F62")
@pytest.mark.parametrize("name", ["zero\u200bwidth", "left\u202e", "a\ufeff"])
def test_were_hidden_characters_taken_it_would_be_seen(http: Http, name: str, monkeypatch: Patch):
    monkeypatch.setattr(record, "_is_hidden", lambda character: False)

    with pytest.raises(AssertionError):
        over_http.test_names_hold_no_hidden_characters(http, name)
