"""Subjects over HTTP: what must be there, who is found how, and what of a person is shown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from stdnum.iso7064 import mod_11_2, mod_97_10

from registry.domain.actor import Role
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.numbers import resident_id, uscc
from tests.world import TAX


def a_number(place: str, order: int = 1) -> str:
    body = f"{place}19900307{order:03d}"
    return body + str(mod_11_2.calc_check_digit(body))


PERSONAL = {
    "resident_id": resident_id(9),
    "hmt_resident_code": a_number("810000"),
    "foreigner_id": a_number("911840"),
}
LEI_BODY = "300300TESTABCDEF12"
LEI = LEI_BODY + str(mod_97_10.calc_check_digits(LEI_BODY))
LOOKS_ALIKE = "\u0410lpha"  # its first letter is Cyrillic
HEAD = {"name": "王小明", "identifier": {"scheme": "resident_id", "value": resident_id(8)}}


def a_firm(**changes: Any) -> dict[str, Any]:
    body = {
        "kind": "enterprise",
        "name": "Firm",
        "identifiers": [{"scheme": "uscc", "value": uscc(100)}],
        "representative": HEAD,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def a_person(scheme: str = "resident_id", **changes: Any) -> dict[str, Any]:
    number = {"scheme": scheme, "value": PERSONAL[scheme]}
    return {"kind": "person", "name": "李四光", "identifiers": [number], **changes}


@pytest.mark.requirement("SUB-01")
def test_an_organisation_is_recorded_with_name_code_lei_and_head(http: Http):
    numbers = [{"scheme": "uscc", "value": uscc(100)}, {"scheme": "lei", "value": LEI}]
    answer = http.post("/subjects", "provider", a_firm(identifiers=numbers))

    assert answer.status_code == 201, answer.text
    assert answer.json["identifiers"] == numbers
    assert answer.json["representative"]["id"]
    shown = http.get(f"/subjects/{answer.json['id']}", "authority").json
    assert shown["representative"]["name"] == "王小明"


@pytest.mark.requirement("SUB-01")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "  "}, "name"),
        ({"identifiers": [{"scheme": "lei", "value": LEI}]}, "identifiers"),
        ({"representative": None}, "representative"),
        ({"representative": {"identifier": HEAD["identifier"]}}, "representative.name"),
        ({"representative": {"name": "A"}}, "representative.identifier"),
        (
            {"representative": {"name": "A", "identifier": {"scheme": "resident_id"}}},
            "representative.identifier.value",
        ),
        (
            {"representative": {"name": "A", "identifier": {"value": resident_id(8)}}},
            "representative.identifier.scheme",
        ),
        (
            {"representative": {"name": "A", "identifier": {"scheme": "uscc", "value": uscc(3)}}},
            "representative.identifier.scheme",
        ),
        (
            {"identifiers": [{"scheme": "lei", "value": "X" * 20}]},
            "identifiers.0.value",
        ),
        ({"kind": None}, "kind"),
        ({"kind": "company"}, "kind"),
    ],
)  # fmt: skip
def test_an_organisation_lacking_something_is_refused_by_field(
    still: Http, changes: dict[str, Any], field: str
):
    assert_problem(
        still.post("/subjects", "provider", a_firm(**changes)), 422, "invalid-input", field
    )


def test_an_organisation_without_any_number_is_provisional(http: Http):
    answer = http.post("/subjects", "provider", a_firm(identifiers=None, representative=None))

    assert (answer.status_code, answer.json["provisional"]) == (201, True)


@pytest.mark.requirement("SUB-02")
@pytest.mark.parametrize("scheme", PERSONAL)
def test_a_person_is_stored_and_found_by_each_kind_of_number(http: Http, scheme: str):
    added = http.post("/subjects", "provider", a_person(scheme))
    assert added.status_code == 201, added.text

    found = http.post("/subjects/lookup", "agency", a_lookup(scheme))

    assert [one["id"] for one in found.json["items"]] == [added.json["id"]]


def a_lookup(scheme: str = "resident_id", **changes: Any) -> dict[str, Any]:
    identifier = {"scheme": scheme, "value": PERSONAL[scheme]}
    return {"identifier": identifier, "purpose": "licensing", "case_no": "C-1", **changes}


@pytest.mark.requirement("SUB-02")
def test_a_person_without_a_number_or_with_two_or_a_wrong_one_is_refused(still: Http):
    def refused(identifiers: list[dict[str, str]], *fields: str) -> None:
        answer = still.post("/subjects", "provider", a_person(identifiers=identifiers))
        assert_problem(answer, 422, "invalid-input", *fields)

    right = PERSONAL["resident_id"]
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    two = [{"scheme": scheme, "value": value} for scheme, value in PERSONAL.items()][:2]
    refused([], "identifiers")
    refused(two, "identifiers")
    refused([{"scheme": "resident_id", "value": wrong}], "identifiers.0.value")
    refused([{"scheme": "passport", "value": right}], "identifiers.0.scheme")
    refused([{"scheme": "uscc", "value": uscc(4)}], "identifiers.0.scheme")


@pytest.mark.requirement("SUB-03")
def test_any_spelling_of_a_code_finds_the_one_archive_and_no_second_is_made(http: Http):
    code = "91990000MA0000000"
    from stdnum.cn import uscc as stdnum_uscc

    code += str(stdnum_uscc.calc_check_digit(code))
    first = http.post(
        "/subjects", "provider", a_firm(identifiers=[{"scheme": "uscc", "value": code}])
    )
    assert first.status_code == 201, first.text
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code)
    for spelling in (code, code.lower(), wide, f" {code} "):
        number = {"scheme": "uscc", "value": spelling}
        found = http.post("/subjects/lookup", "agency", {"identifier": number})
        assert [one["id"] for one in found.json["items"]] == [first.json["id"]], spelling
        again = http.post("/subjects", "authority", a_firm(name="Other", identifiers=[number]))
        assert assert_problem(again, 409, "duplicate")["id"] == first.json["id"]


@pytest.mark.requirement("SUB-07")
def test_a_second_person_with_the_same_number_is_a_duplicate_not_merged(http: Http):
    first = http.post("/subjects", "provider", a_person()).json
    again = http.post("/subjects", "provider", a_person(name="另一人"))

    assert assert_problem(again, 409, "duplicate")["id"] == first["id"]
    assert PERSONAL["resident_id"] not in again.text
    assert http.get(f"/subjects/{first['id']}", "authority").json["name"] == "李四光"


@pytest.mark.requirement("SUB-05")
@pytest.mark.parametrize(
    "kind",
    ["enterprise", "individual_business", "social_organisation", "public_institution",
     "government_body", "person", "public_official"],
)  # fmt: skip
def test_each_kind_of_subject_can_be_entered(http: Http, kind: str):
    body = a_person(kind=kind) if kind in ("person", "public_official") else a_firm(kind=kind)
    answer = http.post("/subjects", "operator", body)

    assert (answer.status_code, answer.json["kind"]) == (201, kind)


@pytest.mark.requirement("SUB-05")
def test_the_kind_decides_what_is_published(http: Http):
    firm, person = http.world.enterprise(), http.world.person()
    shown = {}
    for subject in (firm, person):
        listing = http.world.listed(subject)
        shown[subject.id] = http.get(f"/listings/{listing.id}").status_code

    assert shown == {firm.id: 200, person.id: 404}


@pytest.mark.requirement("SUB-04")
def test_a_minor_and_a_person_without_full_capacity_are_never_listed(http: Http):
    young = http.world.person(born=date(2010, 1, 1))
    incapable = http.post("/subjects", "provider", a_person(full_capacity=False)).json
    for id in (young.id, incapable["id"]):
        record = http.post("/records", "provider", a_record(id))
        assert record.status_code == 201, record.text
        body = {"criterion": "tax.evasion", "subject_id": id, "record_ids": [record.json["id"]]}
        answer = http.post("/determinations", "authority", body)
        assert_problem(answer, 422, "invalid-input", "subject_id")


def a_record(subject_id: str) -> dict[str, Any]:
    fields = {
        "underpaid_amount": "1000000",
        "due_total_year": "10000000",
        "year": 2025,
        "decision_no": "D-1",
        "served_on": "2026-01-05",
        "final_on": "2026-01-05",
    }
    return {
        "subject_id": subject_id,
        "kind": "tax.penalty_decision",
        "fields": fields,
        "decided_on": "2026-01-05",
    }


@pytest.mark.proves("I21")
def test_names_and_numbers_of_persons_are_masked_by_role(http: Http):
    world = http.world
    id = http.post("/subjects", "provider", a_person(addresses=["Road 1"])).json["id"]
    world.tokens["self"] = world.token(TAX, "Li", Role.SUBJECT, subject=id)
    value = PERSONAL["resident_id"]
    for who in ("provider", "agency", "auditor"):
        shown = http.get(f"/subjects/{id}", who).json
        assert (shown["name"], shown["addresses"]) == ("李**", []), who
    for who in ("authority", "reviewer", "operator", "self"):
        shown = http.get(f"/subjects/{id}", who)
        assert (shown.json["name"], shown.json["addresses"]) == ("李四光", ["Road 1"]), who
        masked = value[0] + "*" * 16 + value[-1]
        assert shown.json["identifiers"] == [{"scheme": "resident_id", "value": masked}]
        assert value not in shown.text


def test_who_holds_only_the_role_subject_sees_nobody_else(http: Http):
    world = http.world
    mine, other = world.enterprise(), world.enterprise()
    world.tokens["self"] = world.token(TAX, "Boss", Role.SUBJECT, subject=mine.id)

    assert http.get(f"/subjects/{mine.id}", "self").status_code == 200
    for path in (f"/subjects/{other.id}", f"/subjects/{other.id}/timeline"):
        assert_problem(http.get(path, "self"), 404, "not-found")


@pytest.mark.proves("F47")
def test_organisations_are_found_by_name_and_persons_never(http: Http):
    http.post("/subjects", "provider", a_firm(name="Acme （集团）"))
    http.post("/subjects", "provider", a_person())

    found = http.post("/subjects/lookup", "agency", {"name": "ACME (集团)"})
    person = http.post("/subjects/lookup", "agency", {"name": "李四光"})
    head = http.post("/subjects/lookup", "agency", {"name": "王小明"})

    assert [one["name"] for one in found.json["items"]] == ["Acme （集团）"]
    assert person.json == head.json == {"items": []}


@pytest.mark.parametrize("left_out", ["purpose", "case_no"])
def test_a_person_is_looked_up_with_purpose_and_case_number_only(still: Http, left_out: str):
    body = a_lookup()
    del body[left_out]

    assert_problem(still.post("/subjects/lookup", "agency", body), 422, "invalid-input", left_out)


def test_looking_up_a_person_is_journalled_and_an_organisation_is_not(http: Http):
    def looked_up() -> int:
        kinds = [entry["kind"] for entry in http.items("/journal", "auditor")]
        return kinds.count("subject.looked_up")

    http.post("/subjects/lookup", "agency", {"identifier": {"scheme": "uscc", "value": uscc(1)}})
    assert looked_up() == 0
    http.post("/subjects/lookup", "agency", a_lookup())
    assert looked_up() == 1


@pytest.mark.parametrize(
    "body", [{}, {"name": "A", "identifier": {"scheme": "uscc", "value": "1"}}]
)
def test_a_look_up_takes_one_of_identifier_and_name(still: Http, body: dict[str, Any]):
    answer = still.post("/subjects/lookup", "agency", body)

    assert_problem(answer, 422, "invalid-input", "identifier")


@pytest.mark.proves("F62")
@pytest.mark.parametrize(
    "name", ["a\x07b", "zero\u200bwidth", "left\u202e", "x" * 201, "", " ", "a\ufeff", 5, None]
)  # fmt: skip
def test_names_hold_no_hidden_characters(still: Http, name: Any):
    answer = still.post("/subjects", "provider", {**a_firm(), "name": name})

    assert_problem(answer, 422, "invalid-input", "name")


@pytest.mark.proves("F62")
@pytest.mark.parametrize(
    "names", [{"name": LOOKS_ALIKE}, {"name": "Firm", "other_names": ["X", LOOKS_ALIKE]}]
)
def test_a_name_of_mixed_scripts_is_marked_for_a_person_to_look_at(http: Http, names: Any):
    answer = http.post("/subjects", "provider", a_firm(**names))

    assert answer.status_code == 201, answer.text
    assert answer.json["to_review"] == ["mixed_script"]
    shown = http.get(f"/subjects/{answer.json['id']}", "agency").json
    assert shown["to_review"] == ["mixed_script"]
    # Neither name finds the other, and no name decides: by its number it is found whatever it says.
    assert http.post("/subjects/lookup", "agency", {"name": "Alpha"}).json == {"items": []}
    number = {"identifier": a_firm()["identifiers"][0]}
    (found,) = http.post("/subjects/lookup", "agency", number).json["items"]
    assert found["id"] == answer.json["id"]


@pytest.mark.parametrize("name", ["Alpha", "Ａｌｐｈａ（集团）有限公司"])
def test_usual_names_are_not_marked(http: Http, name: str):
    assert http.post("/subjects", "provider", a_firm(name=name)).json["to_review"] == []


def test_the_timeline_tells_each_role_what_it_may_know(http: Http):
    world = http.world
    subject = world.enterprise()
    listing = world.listed(subject)
    world.tokens["self"] = world.token(TAX, "Boss", Role.SUBJECT, subject=subject.id)
    path = f"/subjects/{subject.id}/timeline"

    def kinds(who: str) -> list[str]:
        return [entry["kind"] for entry in http.items(path, who, limit=2)]

    whole = [
        "subject.added", "record.added", "determination.proposed", "determination.noticed",
        "listing.listed", "listing.listed", "determination.confirmed",
    ]  # fmt: skip
    assert kinds("auditor") == kinds("authority") == whole
    assert kinds("self") == [kind for kind in whole if kind != "determination.proposed"]
    assert kinds("agency") == ["subject.added", "listing.listed", "listing.listed"]
    assert kinds("provider") == ["subject.added", "record.added"]
    assert kinds("other_provider") == ["subject.added"]
    assert "determination.proposed" not in kinds("other_authority")
    last = http.items(path, "agency")[1]
    assert last["target_id"] == listing.id
    assert str(listing.valid_to) in last["text"]
    assert "黑名单" in last["text_zh"]


# --- who bears a number ---------------------------------------------------------------------------


def test_a_number_that_another_person_bears_is_refused_wherever_a_person_is_named(http: Http):
    held = http.world.person(number=resident_id(61))
    named = {"name": "赵六", "identifier": {"scheme": "resident_id", "value": resident_id(61)}}
    firm = http.world.enterprise()
    firm_body = {
        "kind": "enterprise",
        "name": "New firm",
        "identifiers": [{"scheme": "uscc", "value": uscc(620)}],
    }

    answer = http.post("/subjects", "provider", {**firm_body, "representative": named})
    told = assert_problem(answer, 422, "invalid-input", "representative.name")
    assert told["errors"]["representative.name"] == [
        "the number is held by a person of another name"
    ]
    assert held.name not in answer.text
    same = {**named, "name": f" {held.name} "}
    answer = http.post("/subjects", "provider", {**firm_body, "representative": same})
    assert answer.status_code == 201, answer.text

    case = http.world.propose(firm, http.world.record(firm, date(2026, 1, 5)))
    http.world.notice(case, date(2026, 1, 10))
    http.world.clock.advance(days=60)
    persons = {"responsible_persons": [{**named, "role": "directly_responsible"}]}
    answer = http.post(f"/determinations/{case.id}/confirm", "reviewer", persons)
    assert_problem(answer, 422, "invalid-input", "responsible_persons.0.name")
