"""Versions that say something else under their own name are told; what is added, ended or confirmed
is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from registry.plugin_manager import load_plugins
from registry.rulebook.rewritten import Rewritten, rewritten
from registry.rulebook.rulebook import Rulebook
from registry.settings import BUNDLED

Document = dict[str, Any]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_plugins(BUNDLED).rulebook()


def changed(book: Rulebook, change: Callable[[Document], object]) -> list[Rewritten]:
    document = copy.deepcopy(dict(book.document))
    change(document)
    return rewritten(book, Rulebook.from_document(document))


def evasion(document: Document) -> Document:
    return next(
        one for one in document["sectors"]["tax"]["criteria"] if one["code"] == "tax.evasion"
    )


def test_the_same_rules_say_nothing_anew(book):
    assert changed(book, lambda document: None) == []


@pytest.mark.requirement("CRI-07")
def test_a_figure_changed_in_its_place_is_told_with_its_key(book):
    def longer(document):
        evasion(document)["versions"][0]["term"]["max"] = "P5Y"

    (one,) = changed(book, longer)

    version = evasion(dict(book.document))["versions"][0]["version"]
    assert str(one) == f"tax.evasion {version}: changed, not added: term"


def test_what_is_said_of_all_versions_is_said_of_each(book):
    def narrower(document):
        evasion(document)["subject_kinds"] = ["enterprise"]

    found = changed(book, narrower)

    versions = evasion(dict(book.document))["versions"]
    assert [one.parts for one in found] == [("subject_kinds",)] * len(versions)


def test_a_version_that_is_added_ends_another_and_is_no_change(book):
    def amend(document):
        last = evasion(document)["versions"][-1]
        later = {**copy.deepcopy(last), "version": "2031", "valid_from": "2031-01-01"}
        later["term"]["max"] = "P2Y"
        last["valid_to"] = "2031-01-01"
        evasion(document)["versions"].append(later)

    assert changed(book, amend) == []


def test_an_end_that_is_moved_is_a_change(book):
    def ending(document, day):
        found = copy.deepcopy(document)
        evasion(found)["versions"][-1]["valid_to"] = day
        return Rulebook.from_document(found)

    document = dict(book.document)
    (one,) = rewritten(ending(document, "2031-01-01"), ending(document, "2032-01-01"))
    assert one.parts == ("valid_to",)


def confirm(node: Any) -> None:
    if isinstance(node, dict):
        for key, below in node.items():
            if key == "status":
                node[key] = "verified"
            elif key == "checked_on":
                node[key] = "2026-01-01"
            elif key == "note":
                node[key] = "Another."
            else:
                confirm(below)
    elif isinstance(node, list):
        for one in node:
            confirm(one)


@pytest.mark.parametrize("part", ["sectors", "profiles"])
def test_a_figure_that_is_confirmed_is_the_same_figure(book, part: str):
    assert changed(book, lambda document: confirm(document[part])) == []


def test_measures_scorecards_and_parameters_are_looked_at_as_well(book):
    def change(document):
        tax = document["sectors"]["tax"]
        tax["measures"][0]["content"] = "Something else."
        tax["scorecards"][0]["versions"][0]["term"] = "P9Y"
        document["sectors"]["construction"]["parameters"][0]["value"] = "9"
        (value,) = document["profiles"]["suqian"]["parameters"]["notice.scope"]
        value["source"] = "elsewhere"

    found = changed(book, change)

    assert {one.parts for one in found} == {("content",), ("term",), ("value",), ("source",)}
    assert {one.code.replace("/", ".").partition(".")[0] for one in found} == {
        "tax",
        "construction",
        "suqian",
    }


def test_a_version_that_is_no_longer_there_is_gone(book):
    def forget(document):
        document["sectors"]["tax"]["criteria"].remove(evasion(document))

    versions = evasion(dict(book.document))["versions"]
    assert [str(one) for one in changed(book, forget)] == [
        f"tax.evasion {one['version']}: gone" for one in versions
    ]


def test_a_sector_that_is_not_enabled_is_not_rewritten(book):
    assert changed(book, lambda document: document["sectors"].pop("tax")) == []
