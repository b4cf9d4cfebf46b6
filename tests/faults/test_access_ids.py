"""Fault 70, each with each: every id that an agency owns, of whatever kind, at every address that
takes an id, by a person of every other agency with the right role. All look absent, are logged
without the id, and change nothing. And what the same harness finds with a guard off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from registry.api import errors
from registry.domain.actor import Role
from registry.services import access, determinations, listings
from registry.store import access as stored_access
from registry.store import determinations as stored
from registry.testing.world import BUYER
from tests.api.conftest import Http
from tests.api.conftest import http as http
from tests.api.shape import assert_problem, without_instance
from tests.api.test_others_objects import ABSENT, TRIED, asked
from tests.api.test_others_objects import theirs as theirs
from tests.api.test_subjects import a_record
from tests.world import OTHER, TAX

STRANGERS = (OTHER, BUYER, "TENDER")
ROLES = ("provider", "authority", "reviewer", "agency")
# A listing that is in force is there for everybody to read.
PUBLISHED = (("GET", "/listings/{id}"), "listing")
OWNERS = {"check": BUYER}  # of what is not the tax authority's
Case = tuple[tuple[str, str], str, str]


@pytest.fixture
def strangers(http: Http, theirs: dict[str, str]) -> Http:
    """With a person for each role in every agency but the one that owns it all."""
    for agency in STRANGERS:
        for role in ROLES:
            token = http.world.token(agency, f"Stranger {role}", Role(role))
            http.world.tokens[f"{agency} {role}"] = token
    return http


def cases(kinds: Any) -> Iterator[Case]:
    """Address, who asks there, and the kind of the id."""
    for route, (_, people, _) in TRIED.items():
        whole = [f"{agency} {role}" for agency in STRANGERS for role in people if role in ROLES]
        odd = [f"other_{one}" for one in people if one not in ROLES]
        for who in (*whole, *odd):
            for kind in kinds:
                own = who.split()[0] == OWNERS.get(kind, TAX)
                if not own and (route, kind) != PUBLISHED and kind != "sid":
                    yield route, who, kind


def found(http: Http, theirs: dict[str, str], tried: Iterator[Case]) -> list[tuple[Any, ...]]:
    """The cases in which what is another's does not look like what is not there."""
    absent: dict[Any, Any] = {}
    seen = []
    for route, who, kind in tried:
        firm = theirs["subject"]
        if (route, who) not in absent:
            none = asked(http, route, who, {"id": ABSENT, "sid": ABSENT}, firm)
            absent[route, who] = none.status_code, without_instance(none)
        answer = asked(http, route, who, {"id": theirs[kind], "sid": theirs["sid"]}, firm)
        told = answer.status_code, answer.json
        if told[0] == 404:
            told = 404, without_instance(answer)
        if told[0] != 404 or told != absent[route, who]:
            seen.append((route, who, kind, told[0]))
    return seen


def last(http: Http) -> int:
    return int(http.items("/journal", "auditor")[-1]["seq"])


@pytest.mark.proves("F70")
def test_every_id_looks_absent_to_every_other_agency_at_every_address(
    strangers: Http, theirs: dict[str, str]
):
    before = last(strangers)

    assert found(strangers, theirs, cases(theirs)) == []
    assert last(strangers) == before


def logged(http: Http, theirs: dict[str, str]) -> list[Any]:
    """What is logged when each address is tried once with what it is about."""
    with capture_logs() as lines:
        for route, (kind, people, _) in TRIED.items():
            who = f"{OTHER} {people[0]}" if people[0] in ROLES else f"other_{people[0]}"
            ids = {"id": theirs[kind], "sid": theirs["sid"]}
            asked(http, route, who, ids, theirs["subject"])
    return [one for one in lines if one["event"] == "object.not_found"]


@pytest.mark.proves("F70")
def test_each_try_is_logged_by_its_address_and_without_the_id(
    strangers: Http, theirs: dict[str, str]
):
    lines = logged(strangers, theirs)

    assert len(lines) == len(TRIED)
    assert {one["status"] for one in lines} == {404}
    assert all(one["actor"] for one in lines)
    assert all("<" in one["route"] for one in lines)
    assert not [id for id in theirs.values() if id in str(lines)]


@pytest.mark.control("F70")
def test_without_that_line_the_tries_go_unseen(
    strangers: Http, theirs: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    monkeypatch.setattr(errors, "_log_absent", lambda: None)

    assert logged(strangers, theirs) == []


@pytest.mark.control("F70")
@pytest.mark.parametrize("owner", [TAX, BUYER])
def test_were_strangers_taken_for_the_owner_they_would_be_found_at_every_address(
    strangers: Http, theirs: dict[str, str], monkeypatch: pytest.MonkeyPatch, owner: str
):
    """The control: the ids, roles and bodies are right; it is the agency that keeps them out."""
    with strangers.world.registry.view() as view:
        home = stored_access.agency_by_code(view.reading, owner)
    assert home is not None
    plain = access.resolve
    monkeypatch.setattr(access, "resolve", lambda *known: replace(plain(*known), agency=home))
    not_of_an_agency = {"subject", "draft"}
    own = {
        route
        for route, (kind, _, _) in TRIED.items()
        if OWNERS.get(kind, TAX) == owner and kind not in not_of_an_agency
    }

    tried = (one for one in cases(theirs) if one[2] == TRIED[one[0]][0] and one[0] in own)
    assert {route for route, *_ in found(strangers, theirs, tried)} == own


def _any_case(work: Any, id: str) -> Any:
    return stored.get(work.change, id)


OFF: dict[tuple[str, str], tuple[Any, str, Callable[..., Any]]] = {
    ("POST", "/determinations/{id}/drop"): (determinations, "_own", _any_case),
    ("POST", "/determinations/{id}/notice"): (determinations, "_own", _any_case),
    ("GET", "/listings/{id}"): (listings, "may_see", lambda *_: True),
}


@pytest.mark.control("F70")
@pytest.mark.parametrize("route", OFF, ids=" ".join)
def test_an_address_without_its_check_would_be_found(
    strangers: Http,
    theirs: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    route: tuple[str, str],
):
    """The control of single checks."""
    monkeypatch.setattr(*OFF[route])
    tried = (one for one in cases([TRIED[route][0]]) if one[0] == route)

    assert found(strangers, theirs, tried) != []


def named_in_a_body(http: Http, theirs: dict[str, str], who: str, consent: str) -> Any:
    """The answer to a record of their person that names a consent."""
    body = {**a_record(theirs["person"]), "consent_id": consent}
    return http.post("/records", who, body)


@pytest.mark.proves("F70")
def test_the_consent_to_another_agency_is_none_in_a_body_either(
    strangers: Http, theirs: dict[str, str]
):
    for agency in (OTHER, BUYER):  # the third does not work in the sector
        who = f"{agency} provider"
        seen = named_in_a_body(strangers, theirs, who, theirs["consent"])
        none = named_in_a_body(strangers, theirs, who, ABSENT)
        assert_problem(seen, 422, "invalid-input", "consent_id")
        assert without_instance(seen) == without_instance(none)


def test_at_home_the_same_consent_serves(strangers: Http, theirs: dict[str, str]):
    """The control."""
    assert named_in_a_body(strangers, theirs, "provider", theirs["consent"]).status_code == 201
