"""Checks over HTTP: the answer in the contract's shape, what is refused, what is logged."""

from __future__ import annotations

from typing import Any

import pytest
import tzdata

from registry.services import checks
from registry.services.checks import PURPOSES
from tests.api.conftest import Http, a_check
from tests.api.shape import JSON, assert_problem, without_instance
from tests.numbers import resident_id, uscc

GROUPS = {
    "id", "outcome", "as_of", "known_at", "matter", "purpose", "subject", "sanctions", "incentives",
    "listings", "candidates", "dropped", "green_channel", "incomplete", "rulebook", "receipt",
}  # fmt: skip


def logged(http: Http) -> list[str]:
    """Kinds of the rows of the query log, of every chain."""
    with http.world.registry.view(http.world.tokens["auditor"]) as view:
        from registry.store import tables

        rows = view.reading.connection.execute(tables.checks.select())
        return [row.kind for row in rows]


@pytest.mark.requirement("CHK-01")
def test_one_call_returns_entries_measures_and_a_receipt(http: Http):
    listing = http.world.listed(http.world.enterprise(uscc(20)))
    answer = http.check(uscc(20))

    assert answer.status_code == 200, answer.text
    assert answer.content_type == JSON
    assert set(answer.json) == GROUPS
    assert answer.json["outcome"] == "restricted"
    measure = answer.json["sanctions"]["mandatory"][0]
    assert measure["code"] == "p.procurement_ban"
    assert measure["listing_id"] == listing.id
    assert (measure["until"], measure["via"]) == (str(listing.valid_to), None)
    assert {"instrument", "article", "status"} == set(measure["basis"][0])
    assert answer.json["listings"][0]["authority"] == "Agency TAX"
    assert set(answer.json["receipt"]) == {"chain", "seq", "hash"}
    entries = http.items("/journal", "auditor", chain=answer.json["receipt"]["chain"])
    assert entries[-1]["hash"] == answer.json["receipt"]["hash"]


def test_the_answer_is_read_again_and_replayed(http: Http):
    answer = http.check(uscc(20)).json

    for who in ("agency", "auditor"):
        assert http.get(f"/checks/{answer['id']}", who).json == answer
        assert http.get(f"/checks/{answer['id']}/replay", who).json == {"same": True}


@pytest.mark.proves("F37")
def test_an_answer_names_the_zone_data_and_a_later_release_of_it_changes_no_replay(
    http: Http, monkeypatch: pytest.MonkeyPatch
):
    """Fault 37."""
    answer = http.check(uscc(20)).json
    assert answer["rulebook"]["tzdata"] == tzdata.IANA_VERSION

    gathered = checks.gather
    monkeypatch.setattr(
        checks, "gather", lambda *known: gathered(*known)._replace(zone_data="2999z")
    )
    assert http.check(uscc(20)).json["rulebook"]["tzdata"] == "2999z"
    assert http.get(f"/checks/{answer['id']}/replay", "agency").json == {"same": True}


def test_a_check_of_another_agency_looks_absent(http: Http):
    id = http.check(uscc(20)).json["id"]
    for path in ("", "/replay"):
        theirs = http.get(f"/checks/{id}{path}", "other_agency")
        absent = http.get(f"/checks/{'0' * 32}{path}", "other_agency")
        assert_problem(theirs, 404, "not-found")
        assert without_instance(theirs) == without_instance(absent)


@pytest.mark.proves("I20")
@pytest.mark.requirement("CHK-02")
@pytest.mark.parametrize("purpose", [None, "", "curiosity", "Licensing", 1, ["licensing"]])
def test_the_purpose_is_mandatory_and_from_the_list(still: Http, purpose: Any):
    body = a_check(uscc(1), "other", purpose=purpose)
    assert_problem(still.post("/checks", "agency", body), 422, "invalid-input", "purpose")
    del body["purpose"]
    assert_problem(still.post("/checks", "agency", body), 422, "invalid-input", "purpose")


@pytest.mark.requirement("CHK-02")
def test_each_of_the_six_groups_of_purposes_is_accepted(still: Http):
    assert len(PURPOSES) == 6
    for purpose in PURPOSES:
        answer = still.check(uscc(1), "other", purpose=purpose)
        assert (answer.status_code, answer.json["purpose"]) == (200, purpose)


@pytest.mark.requirement("CHK-09")
def test_no_hit_is_an_explicit_dated_answer(still: Http):
    answer = still.check(uscc(999)).json

    assert answer["outcome"] == "clear"
    assert answer["subject"] == {
        "id": None,
        "name": None,
        "known": False,
        "matched_by": "identifier",
    }
    assert answer["as_of"].endswith("Z")
    assert answer["known_at"] == answer["as_of"]
    assert answer["rulebook"]["digest"].startswith("sha256:")
    assert answer["receipt"]["seq"] > 0


@pytest.mark.requirement("CHK-09")
def test_the_answer_tells_the_kinds_of_lists_apart(http: Http):
    listing = http.world.listed(http.world.enterprise(uscc(20)))
    black = http.check(uscc(20)).json["listings"]
    watch = http.check(uscc(20), as_of=str(listing.valid_to)).json["listings"]

    assert [one["list_kind"] for one in black] == ["black"]
    assert [one["list_kind"] for one in watch] == ["watch"]
    assert all("suspension" in one and one["status"] == "in_force" for one in (*black, *watch))


@pytest.mark.requirement("CHK-11")
def test_every_check_is_recorded_and_a_refused_one_too(http: Http):
    http.check(uscc(20))
    assert logged(http) == ["check.answered"]
    refused = [
        http.post("/checks", "agency", data=b"{", content_type=JSON),
        http.post("/checks", "agency", data=b"{}", content_type="text/plain"),
        http.post("/checks", "agency", {}),
        http.check(uscc(20), "no.matter"),
        http.check(uscc(20), purpose="licensing"),
        http.check("1"),
    ]
    assert [one.status_code for one in refused] == [400, 415, 422, 422, 422, 422]
    assert logged(http) == ["check.answered"] + ["check.refused"] * 6
    assert_problem(http.check(uscc(20), who="authority"), 403, "not-permitted")
    malformed = http.post("/checks", "authority", data=b"{", content_type=JSON)
    assert_problem(malformed, 403, "not-permitted")
    assert_problem(http.post("/checks", None, {}), 401, "not-authenticated")


@pytest.mark.requirement("CHK-11")
def test_the_record_says_who_for_whom_why_when_and_with_what_result(http: Http):
    answer = http.check(uscc(20)).json
    with http.world.registry.view(http.world.tokens["auditor"]) as view:
        assert view.actor is not None
        stored = http.world.registry.checks.get(view.reading, view.actor, answer["id"])

    assert stored.agency_id == http.world.registry.actor(http.world.tokens["agency"]).agency.id
    assert stored.content is not None
    assert stored.content["request"]["case_no"] == "CASE-1"
    assert stored.content["request"]["blind"]
    assert stored.content["answer"] == {k: v for k, v in answer.items() if k != "receipt"}
    assert uscc(20) not in str(stored.content["request"])


@pytest.mark.requirement("CHK-12")
def test_the_state_of_a_past_or_coming_day_can_be_asked_for(http: Http):
    listing = http.world.listed(http.world.enterprise(uscc(20)))
    days = {
        "2026-03-01": "clear",
        str(listing.valid_from): "restricted",
        "2029-03-01": "restricted",
        "2029-03-02": "caution",
        "2031-01-01": "clear",
    }
    for day, outcome in days.items():
        matter = {"matter": "procurement.bid"}
        answer = http.check(uscc(20), as_of=day, **matter).json
        assert (day, answer["outcome"]) == (day, outcome)
        assert answer["as_of"] == f"{day}T04:00:00.000000Z"


@pytest.mark.requirement("CHK-12")
def test_what_was_known_at_an_instant_can_be_asked_for(http: Http, clock: Any):
    before = "2026-03-02T01:59:00Z"
    http.world.listed(http.world.enterprise(uscc(20)))
    clock.advance(days=1)

    assert http.check(uscc(20)).json["outcome"] == "restricted"
    then = http.check(uscc(20), known_at="2026-03-02T10:00:00+08:00", as_of="2026-03-03")
    assert then.json["known_at"] == "2026-03-02T02:00:00.000000Z"
    assert then.json["subject"]["known"] is False
    assert then.json["outcome"] in ("clear", "undetermined")
    assert http.check(uscc(20), known_at=before, as_of="2026-03-03").status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"known_at": "2026-03-09T00:00:00Z"}, "known_at"),
        ({"known_at": "2026-03-01"}, "known_at"),
        ({"known_at": "2026-03-01T00:00:00"}, "known_at"),
        ({"as_of": "2026-03-01T00:00:00"}, "as_of"),
        ({"as_of": "2300-01-01"}, "as_of"),
        ({"as_of": "2026-02-29"}, "as_of"),
        ({"as_of": 20260301}, "as_of"),
        ({"case_no": ""}, "case_no"),
        ({"case_no": "a\u200bb"}, "case_no"),
        ({"matter": "none.such"}, "matter"),
        ({"purpose": "licensing"}, "purpose"),
        ({"agency": "TAX"}, "agency"),
    ],
)
def test_a_wrong_question_is_refused_by_field(still: Http, changes: dict[str, Any], field: str):
    assert_problem(still.check(uscc(1), **changes), 422, "invalid-input", field)


WRONG = uscc(1)[:-1] + ("0" if uscc(1)[-1] != "0" else "1")


@pytest.mark.parametrize(
    ("scheme", "value", "field"),
    [
        ("uscc", WRONG, "value"),
        ("uscc", uscc(1)[:-1], "value"),
        ("uscc", "", "value"),
        ("uscc", f"{uscc(1)}\u200b", "value"),
        ("uscc", 91, "value"),
        ("resident_id", resident_id(1)[:-1] + "z", "value"),
        ("resident_id", "11010519991301002X", "value"),
        ("passport", uscc(1), "scheme"),
        ("", uscc(1), "scheme"),
    ],
)
def test_a_wrong_number_is_refused_and_not_repeated(
    still: Http, scheme: str, value: Any, field: str
):
    answer = still.check(value, scheme=scheme)

    assert_problem(answer, 422, "invalid-input", f"subject.identifier.{field}")
    if len(str(value)) > 3:
        assert str(value) not in answer.text


def test_who_checks_a_person_by_number_sees_the_name_masked(http: Http):
    person = http.world.person(number=resident_id(51))
    answer = http.check(resident_id(51), scheme="resident_id").json

    shown = http.get(f"/subjects/{person.id}", "agency").json["name"]
    assert answer["subject"]["name"] == shown == person.name[0] + "*" * len(shown[1:])
    assert person.name not in http.get(f"/checks/{answer['id']}", "agency").text
    assert http.get(f"/checks/{answer['id']}/replay", "agency").json["same"] is True


@pytest.mark.proves("F47")
def test_by_name_only_the_answer_is_undetermined_with_candidates(http: Http):
    http.world.enterprise(name="Twin")
    http.world.enterprise(name="TWIN")
    body = {**a_check(uscc(1)), "subject": {"name": "twin"}}
    answer = http.post("/checks", "agency", body).json

    assert (answer["outcome"], answer["candidates"]) == ("undetermined", 2)
    assert answer["incomplete"]
    assert answer["subject"]["matched_by"] == "name"


@pytest.mark.requirement("LST-04")
def test_a_change_is_visible_to_the_next_check(http: Http):
    subject = http.world.enterprise(uscc(20))
    assert http.check(uscc(20)).json["outcome"] == "clear"
    listing = http.world.listed(subject)
    assert http.check(uscc(20)).json["outcome"] == "restricted"
    body = {"ground": "criteria_changed", "reason": "Changed."}
    assert http.post(f"/listings/{listing.id}/exit", "reviewer", body).status_code == 200
    assert http.check(uscc(20)).json["outcome"] == "caution"  # the watch listing that follows


def test_the_answer_conforms_to_its_schema(http: Http):
    from registry.api.schemas.checks import CheckOut

    http.world.listed(http.world.enterprise(uscc(20)))
    answer = http.check(uscc(20)).json

    assert CheckOut().dump(answer) == answer


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"matter": "no.matter"},
        {"subject": {"identifier": {"scheme": "uscc", "value": WRONG}}},
        {"subject": {"name": "Firm 1"}},
        {"as_of": "2030-01-01"},
        {"known_at": "2030-01-01T00:00:00Z"},
        {"extra": 1},
    ],
)
def test_the_straight_way_and_the_way_through_flask_answer_alike(
    still: Http, change: dict[str, Any]
):
    """A charset in the content type, or a key, leads through Flask; a plain question does not."""
    straight = still.post("/checks", "agency", {**a_check(uscc(1)), **change})
    through = still.send(
        "POST",
        "/checks",
        "agency",
        json={**a_check(uscc(1)), **change},
        content_type=f"{JSON}; charset=utf-8",
    )
    own = ("id", "receipt", "instance")
    bodies = [
        {name: value for name, value in one.get_json(force=True).items() if name not in own}
        for one in (straight, through)
    ]

    assert straight.status_code == through.status_code
    assert straight.content_type == through.content_type
    assert bodies[0] == bodies[1]
