"""Fault 70: the id of what another agency owns, in every address that takes an id, by a person with
the right role there: the same answer as for an id that does not exist.

The addresses are those that the server has: a new one with an id must be put into TRIED, or into
SHARED with the reason why it belongs to no agency.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from registry.domain.actor import Role
from registry.domain.listing import Suspension
from registry.services import agencies
from registry.store import listings
from tests.api.conftest import Http
from tests.api.shape import assert_problem, without_instance
from tests.api.test_access_matrix import routes
from tests.api.test_ratings import listed
from tests.api.test_subjects import a_record
from tests.numbers import uscc
from tests.services.test_removals import later_version
from tests.services.test_rules import activate
from tests.world import OTHER, TAX

ABSENT = "0" * 32
ANSWER = {"outcome": "rejected", "reason": "R"}
CHANGED = {"ground": "criteria_changed", "reason": "R"}
USE = {"purpose": "licensing", "case_no": "1"}

# (method, address) -> what is there, who of the other agency asks, and with what. `self` is a
# person who sees only the subject that it is.
TRIED: dict[tuple[str, str], tuple[str, tuple[str, ...], Any]] = {
    ("GET", "/determinations/{id}"): ("case", ("authority", "reviewer"), None),
    ("POST", "/determinations/{id}/notice"): ("case", ("authority",), {"served_on": "2026-01-10"}),
    ("POST", "/determinations/{id}/submissions"): (
        "case",
        ("authority",),
        {"statement": "S", "received_on": "2026-01-10"},
    ),
    ("POST", "/determinations/{id}/submissions/{sid}/answer"): ("case", ("authority",), ANSWER),
    ("POST", "/determinations/{id}/publicise"): ("case", ("authority",), {}),
    ("POST", "/determinations/{id}/confirm"): ("case", ("reviewer",), {}),
    ("POST", "/determinations/{id}/drop"): ("case", ("authority", "reviewer"), {"reason": "R"}),
    ("GET", "/listings/{id}"): ("late listing", ("authority", "reviewer", "agency"), None),
    ("POST", "/listings/{id}/exit"): ("listing", ("reviewer",), CHANGED),
    ("GET", "/records/{id}"): ("record", ("provider", "tender_authority"), None),
    ("PUT", "/records/{id}"): ("record", ("provider",), "record"),
    ("GET", "/records/{id}/versions"): ("record", ("provider", "tender_authority"), None),
    ("POST", "/records/{id}/use"): ("record", ("provider", "tender_authority"), USE),
    ("GET", "/checks/{id}"): ("check", ("agency",), None),
    ("GET", "/checks/{id}/replay"): ("check", ("agency",), None),
    ("POST", "/ratings/{id}/withdraw"): ("rating", ("provider", "authority"), {"reason": "R"}),
    ("POST", "/contracts/{id}/breaches"): ("contract", ("authority",), {"record_id": ABSENT}),
    ("POST", "/consents/{id}/withdraw"): ("consent", ("provider",), None),
    ("POST", "/removals/{id}/decline"): ("removal", ("reviewer",), {"reason": "R"}),
    ("GET", "/measure-editions/{id}"): ("draft", ("agency", "authority"), None),
    ("GET", "/measure-editions/{id}/compare"): ("draft", ("agency", "authority"), None),
    ("GET", "/subjects/{id}"): ("subject", ("self",), None),
    ("GET", "/subjects/{id}/timeline"): ("subject", ("self",), None),
    ("GET", "/subjects/{id}/ratings"): ("subject", ("self",), None),
    ("GET", "/subjects/{id}/points"): ("subject", ("self",), None),
    ("GET", "/subjects/{id}/persons"): ("subject", ("self",), None),
    ("GET", "/subjects/{id}/contracts"): ("subject", ("self",), None),
    ("GET", "/subjects/{id}/occupations"): ("subject", ("self",), None),
}

ARCHIVE = "there is one archive of a subject, which all agencies keep"
EDITION = "an edition belongs to its sector, and every coordinator reads its drafts"
SHARED = {
    ("POST", "/criteria/{code}/acceptance"): "a rule is public, and accepted for oneself",
    ("POST", "/subjects/{id}/update"): ARCHIVE,
    ("POST", "/subjects/{id}/identifiers"): ARCHIVE,
    ("POST", "/subjects/{id}/end"): ARCHIVE,
    ("POST", "/subjects/{id}/persons"): ARCHIVE,
    ("POST", "/subjects/{id}/persons/{sid}/end"): ARCHIVE,
    ("PUT", "/subjects/{id}/occupations"): ARCHIVE,
    ("POST", "/subjects/{id}/consents"): ARCHIVE,
    ("GET", "/subjects/{id}/references"): ARCHIVE,
    ("POST", "/subjects/{id}/references"): ARCHIVE,
    ("PUT", "/occupations/{code}"): "occupations are public, and kept for all by coordinators",
    ("PUT", "/deliveries/{id}"): "the centre sets how every agency delivers",
    ("POST", "/records/{id}/return"): "the centre returns a record of any provider",
    ("PUT", "/measure-editions/{id}/measures/{code}"): EDITION,
    ("DELETE", "/measure-editions/{id}/measures/{code}"): EDITION,
    ("POST", "/measure-editions/{id}/publish"): EDITION,
    ("DELETE", "/tokens/{id}"): "an administrator manages the tokens of all agencies",
}

# Who stands for a stranger at home, where it is not the same role.
HOME = {"late listing": "reviewer", "draft": "coordinator"}
AT_HOME = {"self": "self of {}", "tender_authority": "authority"}


def with_ids(http: Http) -> set[tuple[str, str]]:
    """The addresses of the server that take something in their path."""
    found = {(method, re.sub(r"<\w+:(\w+)>", r"{\1}", rule)) for method, rule in routes(http)}
    return {(method, path) for method, path in found if "{" in path}


def a_case(http: Http, who: str = "") -> tuple[str, str]:
    """A case and what its subject said."""
    world = http.world
    firm = world.enterprise()
    record = http.post("/records", f"{who}provider", a_record(firm.id)).json["id"]
    body = {"criterion": "tax.evasion", "subject_id": firm.id, "record_ids": [record]}
    case = http.post("/determinations", f"{who}authority", body)
    assert case.status_code == 201, case.text
    path = f"/determinations/{case.json['id']}"
    http.post(f"{path}/notice", f"{who}authority", {"served_on": "2026-01-10"})
    said = {"statement": "S", "received_on": "2026-01-12"}
    entered = http.post(f"{path}/submissions", f"{who}authority", said)
    assert entered.status_code == 201, entered.text
    return case.json["id"], entered.json["submission_id"]


def a_late_listing(http: Http) -> str:
    listing = http.world.listed()
    since = http.world.registry.store.now()
    with http.world.registry.operating() as work:
        late = replace(listing, suspensions=(Suspension("late", since, None),))
        listings.save(work.change, late)
        work.change.record("listing.suspended", {"listing_id": listing.id}, listing.subject_id)
    return listing.id


def a_removal(http: Http) -> tuple[str, str]:
    """A listing and the removal that was proposed for it."""
    listing = http.world.listed()
    activate(http.world, later_version(1_500_000, http.world.today))
    items = http.items("/removals", "reviewer", state="open")
    return listing.id, next(one["id"] for one in items if one["listing_id"] == listing.id)


def a_contract(http: Http, firm: str) -> str:
    body = {"manager_id": firm, "valid_from": "2025-01-01", "document_no": "P-1"}
    return str(http.post("/contracts", "authority", body).json["id"])


def a_consent(http: Http, person: str) -> str:
    body = {
        "purposes": ["licensing"],
        "written": True,
        "consequences_explained": True,
        "given_on": "2026-01-01",
        "document_no": "C-1",
    }
    return str(http.post(f"/subjects/{person}/consents", "provider", body).json["id"])


@pytest.fixture
def theirs(http: Http) -> dict[str, str]:
    """One of each, of one agency; and two more persons of the other: who looks after another
    sector, and who is a subject."""
    world = http.world
    firm, person = world.enterprise(uscc(20)), world.person()
    with world.registry.operating() as work:
        agencies.add(work, "TENDER", "Tender office", "national", "city", ("procurement",))
    world.tokens["other_tender_authority"] = world.token("TENDER", "Mo", Role.AUTHORITY)
    stranger = world.enterprise().id
    world.tokens["other_self"] = world.token(OTHER, "So", Role.SUBJECT, subject=stranger)
    for own in (firm, person):
        world.tokens[f"self of {own.id}"] = world.token(TAX, "Si", Role.SUBJECT, subject=own.id)
    case, said = a_case(http)
    made = {
        "case": case,
        "sid": said,
        "late listing": a_late_listing(http),
        "record": http.post("/records", "provider", {**a_record(firm.id)}).json["id"],
        "check": http.check(uscc(20)).json["id"],
        "rating": http.post("/ratings", "provider", listed(firm.id)).json["id"],
        "contract": a_contract(http, firm.id),
        "consent": a_consent(http, person.id),
        "draft": http.post("/measure-editions", "coordinator", {"sector": "tax"}).json["id"],
        "subject": firm.id,
        "person": person.id,
    }
    made["listing"], made["removal"] = a_removal(http)
    return made


def asked(http: Http, route: tuple[str, str], who: str, ids: dict[str, str], firm: str) -> Any:
    method, path = route
    sent = TRIED[route][2]
    if sent == "record":
        sent = a_record(firm)
    query = "?scorecard=tax.rating" if path.endswith("/points") else ""
    for name, id in ids.items():
        path = path.replace(f"{{{name}}}", id)
    return http.send(method, path + query, who, **({} if sent is None else {"json": sent}))


@pytest.mark.proves("F70")
def test_every_address_with_an_id_is_tried_or_shared_for_a_reason(http: Http):
    assert TRIED.keys() & SHARED.keys() == set()
    assert with_ids(http) == TRIED.keys() | SHARED.keys()


@pytest.mark.proves("F70")
def test_what_another_agency_owns_looks_absent_in_every_address(http: Http, theirs: dict[str, str]):
    before = http.items("/journal", "auditor")[-1]["seq"]
    wrong = []
    for route, (kind, people, _) in TRIED.items():
        for who in people:
            there = {"id": theirs[kind], "sid": theirs["sid"]}
            seen = asked(http, route, f"other_{who}", there, theirs["subject"])
            absent = {"id": ABSENT, "sid": ABSENT}
            none = asked(http, route, f"other_{who}", absent, theirs["subject"])
            if seen.status_code != 404 or without_instance(seen) != without_instance(none):
                wrong.append((route, who, seen.status_code, seen.text, none.text))
            else:
                assert_problem(seen, 404, "not-found")

    assert wrong == []
    assert http.items("/journal", "auditor")[-1]["seq"] == before


def test_at_home_the_same_requests_find_what_they_name(http: Http, theirs: dict[str, str]):
    """The control: the ids are right, and the bodies get as far as the object."""
    lost = []
    for route, (kind, people, _) in TRIED.items():
        home = HOME.get(kind)
        for who in (home,) if home else people:
            at_home = AT_HOME.get(who, who).format(theirs[kind])
            ids = {"id": theirs[kind], "sid": theirs["sid"]}
            answer = asked(http, route, at_home, ids, theirs["subject"])
            if answer.status_code not in (200, 201, 409, 422):
                lost.append((route, at_home, answer.status_code, answer.text))

    assert lost == []


def test_the_occupations_of_another_person_look_absent_to_a_subject(
    http: Http, theirs: dict[str, str]
):
    there, absent = (f"/subjects/{id}/occupations" for id in (theirs["person"], ABSENT))
    given = http.send("PUT", there, "provider", json={"occupations": ["tour_guide"]})
    assert given.status_code == 200, given.text
    seen, none = http.get(there, "other_self"), http.get(absent, "other_self")

    assert_problem(seen, 404, "not-found")
    assert without_instance(seen) == without_instance(none)


def test_what_was_said_in_the_case_of_another_is_not_answered_through_ones_own(
    http: Http, theirs: dict[str, str]
):
    own, _ = a_case(http, "other_")

    def answered(said: str) -> Any:
        return http.post(f"/determinations/{own}/submissions/{said}/answer", "other_authority",
                         ANSWER)  # fmt: skip

    assert_problem(answered(theirs["sid"]), 404, "not-found")
    assert without_instance(answered(theirs["sid"])) == without_instance(answered(ABSENT))


@pytest.mark.proves("F70")
def test_lists_hold_nothing_of_another_agency(http: Http, theirs: dict[str, str]):
    mine = http.world.registry.actor(http.world.tokens["authority"]).agency.id
    for path, who in (
        ("/determinations", "authority"),
        ("/removals", "reviewer"),
        ("/deadlines", "authority"),
        (f"/deadlines?owner={mine}", "authority"),
        (f"/deadlines?target={theirs['listing']}", "authority"),
    ):
        assert http.get(path, who).json["items"] != [], path
        assert http.get(path, f"other_{who}").json["items"] == [], path
