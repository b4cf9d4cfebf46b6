"""The archive of a subject over HTTP: who answers for it, what changes, its end, its occupations,
contracts, consents, and what third parties say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from registry.services import custody
from registry.store import listings
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.numbers import resident_id, uscc


def a_person(number: int, name: str = "王五") -> dict[str, Any]:
    return {
        "name": name,
        "identifier": {"scheme": "resident_id", "value": resident_id(number)},
    }


def names(http: Http, id: str, on: str) -> list[tuple[str, str]]:
    found = http.get(f"/subjects/{id}/persons", "authority", query_string={"on": on})
    assert found.status_code == 200, found.text
    return [(one["role"], one["person"]["name"]) for one in found.json["items"]]


@pytest.mark.requirement("SUB-06")
def test_a_listing_reaches_the_legal_representative_of_the_day_not_a_former_one(http: Http):
    firm = http.world.enterprise()
    path = f"/subjects/{firm.id}/persons"
    before = http.get(path, "authority").json["items"]
    body = {
        "person": a_person(200, "乙"),
        "role": "legal_representative",
        "valid_from": "2024-01-01",
    }
    assert http.post(path, "authority", body).status_code == 201
    now = http.get(path, "authority").json["items"]

    listing = http.world.listed(firm)

    assert [one["person"]["name"] for one in now] == ["乙"]
    assert now[0]["person"]["id"] != before[0]["person"]["id"]
    with http.world.registry.view(http.world.tokens["reviewer"]) as view:
        reached = listings.persons(view.reading, listing.id)
    assert reached == [(now[0]["person"]["id"], "legal_representative")]


def test_a_role_that_nobody_has_is_refused_at_confirmation(http: Http):
    firm = http.world.enterprise()
    record = http.world.record(firm, date(2025, 12, 1))
    case = http.world.propose(firm, record).id
    person = {**a_person(201, "丙"), "role": "legal_represntative"}
    body = {"responsible_persons": [person]}
    answer = http.post(f"/determinations/{case}/confirm", "reviewer", body)
    assert_problem(answer, 422, "invalid-input", "responsible_persons.0.role")


@pytest.mark.requirement("SUB-06")
def test_who_answers_for_an_organisation_on_a_day_by_role(http: Http):
    firm = http.world.enterprise()
    path = f"/subjects/{firm.id}/persons"
    roles = (
        ("principal", "甲", "2020-01-01"),
        ("directly_responsible", "乙", "2021-01-01"),
        ("senior_manager", "丙", "2020-01-01"),
        ("responsible_director", "丁", "2020-01-01"),
        ("shareholder", "戊", "2020-01-01"),
        ("registered_practitioner", "己", "2020-01-01"),
    )
    made = {}
    for index, (role, name, since) in enumerate(roles):
        body = {"person": a_person(100 + index, name), "role": role, "valid_from": since}
        answer = http.post(path, "authority", body)
        assert answer.status_code == 201, answer.text
        made[role] = answer.json["id"]
    ended = http.post(f"{path}/{made['senior_manager']}/end", "authority", {"on": "2022-01-01"})

    assert ended.json["valid_to"] == "2022-01-01"
    head = names(http, firm.id, "2019-12-31")
    assert [role for role, _ in head] == ["legal_representative"]
    assert names(http, firm.id, "2020-12-31")[1:] == [
        ("principal", "甲"),
        ("senior_manager", "丙"),
        ("responsible_director", "丁"),
        ("shareholder", "戊"),
        ("registered_practitioner", "己"),
    ]
    later = dict(names(http, firm.id, "2022-01-01"))
    assert later["directly_responsible"] == "乙"
    assert "senior_manager" not in later
    assert custody.verify(http.world.registry.store).problem is None


@pytest.mark.requirement("SUB-06")
def test_a_linked_legal_representative_stands_for_the_head_named_first(http: Http):
    firm = http.world.enterprise()
    body = {
        "person": a_person(110, "新人"),
        "role": "legal_representative",
        "valid_from": "2024-01-01",
    }
    assert http.post(f"/subjects/{firm.id}/persons", "operator", body).status_code == 201

    assert names(http, firm.id, "2024-01-01") == [("legal_representative", "新人")]
    assert names(http, firm.id, "2023-12-31") != [("legal_representative", "新人")]
    again = http.post(f"/subjects/{firm.id}/persons", "operator", body)
    assert_problem(again, 409, "duplicate")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"valid_from": "2026-03-03"}, "valid_from"),
        ({"valid_to": "2020-01-01"}, "valid_to"),
        ({"role": "friend"}, "role"),
        ({"person": {"name": "a", "identifier": {"scheme": "uscc", "value": uscc(1)}}},
         "person.identifier.scheme"),
    ],
)  # fmt: skip
def test_a_wrong_link_is_refused(http: Http, changes: dict[str, Any], field: str):
    firm = http.world.enterprise()
    body = {"person": a_person(111), "role": "principal", "valid_from": "2020-01-01", **changes}

    answer = http.post(f"/subjects/{firm.id}/persons", "authority", body)
    assert_problem(answer, 422, "invalid-input", field)


def test_nobody_answers_for_a_person_and_a_link_of_another_is_absent(http: Http):
    person, firm, other = http.world.person(), http.world.enterprise(), http.world.enterprise()
    body = {"person": a_person(112), "role": "principal", "valid_from": "2020-01-01"}
    assert_problem(
        http.post(f"/subjects/{person.id}/persons", "authority", body), 422, "invalid-input"
    )
    link = http.post(f"/subjects/{firm.id}/persons", "authority", body).json["id"]
    path = f"/subjects/{other.id}/persons/{link}/end"
    assert_problem(http.post(path, "authority", {"on": "2021-01-01"}), 404, "not-found")
    path = f"/subjects/{firm.id}/persons/{link}/end"
    assert_problem(http.post(path, "authority", {"on": "2020-01-01"}), 422, "invalid-input", "on")
    assert http.post(path, "authority", {"on": "2021-01-01"}).status_code == 200
    assert_problem(http.post(path, "authority", {"on": "2022-01-01"}), 409, "illegal-transition")


# --- changes and the end --------------------------------------------------------------------------


@pytest.mark.requirement("SUB-08")
def test_one_archive_changes_with_its_subject_and_keeps_its_former_name(http: Http):
    firm = http.world.enterprise(uscc(700), name="旧名公司")
    body = {
        "name": "新名公司",
        "addresses": ["新路 1 号"],
        "representative": a_person(120, "新人"),
    }
    answer = http.post(f"/subjects/{firm.id}/update", "provider", body)

    assert answer.status_code == 200, answer.text
    assert (answer.json["name"], answer.json["other_names"]) == ("新名公司", ["旧名公司"])
    for name in ("旧名公司", "新名公司"):
        found = http.post("/subjects/lookup", "agency", {"name": name}).json["items"]
        assert [one["id"] for one in found] == [firm.id]
    shown = http.get(f"/subjects/{firm.id}", "authority").json
    assert shown["addresses"] == ["新路 1 号"]
    assert shown["representative"]["name"] == "新人"
    kinds = [one["kind"] for one in http.items(f"/subjects/{firm.id}/timeline", "authority")]
    assert kinds == ["subject.added", "subject.updated"]
    assert custody.verify(http.world.registry.store).problem is None


def test_what_changes_nothing_writes_nothing_and_a_name_may_be_given_up(http: Http):
    firm = http.world.enterprise(name="甲")
    path = f"/subjects/{firm.id}/update"
    http.post(path, "provider", {"other_names": ["乙", "丙"]})
    before = http.world.registry.store.head().seq
    assert http.post(path, "provider", {"other_names": ["乙", "丙"]}).status_code == 200
    assert http.world.registry.store.head().seq == before
    http.post(path, "provider", {"other_names": ["丙"]})
    assert http.post("/subjects/lookup", "agency", {"name": "乙"}).json["items"] == []
    http.post(path, "provider", {"other_names": ["丙", "乙"]})
    assert len(http.post("/subjects/lookup", "agency", {"name": "乙"}).json["items"]) == 1
    assert custody.verify(http.world.registry.store).problem is None


@pytest.mark.requirement("SUB-08")
@pytest.mark.parametrize(
    ("kind", "ground", "wrong"), [("firm", "deregistered", "died"), ("person", "died", "merged")]
)
def test_the_end_of_a_subject_is_noted_and_its_archive_stays_readable(
    http: Http, kind: str, ground: str, wrong: str
):
    subject = http.world.enterprise() if kind == "firm" else http.world.person()
    path = f"/subjects/{subject.id}/end"
    refused = http.post(path, "authority", {"ended_on": "2026-01-01", "ground": wrong})
    assert_problem(refused, 422, "invalid-input", "ground")
    late = http.post(path, "authority", {"ended_on": "2026-03-03", "ground": ground})
    assert_problem(late, 422, "invalid-input", "ended_on")
    answer = http.post(path, "authority", {"ended_on": "2026-01-01", "ground": ground})

    assert answer.json["ended"] == {"on": "2026-01-01", "ground": ground}
    assert http.get(f"/subjects/{subject.id}", "auditor").json["ended"]["ground"] == ground
    kinds = [one["kind"] for one in http.items(f"/subjects/{subject.id}/timeline", "authority")]
    assert kinds[-1] == "subject.ended"
    again = http.post(f"/subjects/{subject.id}/update", "authority", {"name": "x"})
    assert_problem(again, 409, "illegal-transition")


@pytest.mark.requirement("SUB-08", "SUB-12")
def test_a_provisional_subject_gets_its_number_and_is_the_same_archive(http: Http):
    body = {"kind": "public_institution", "name": "某医院", "other_names": ["某中医院"]}
    made = http.post("/subjects", "provider", body).json
    assert made["provisional"]
    path = f"/subjects/{made['id']}/identifiers"
    numbers = [{"scheme": "uscc", "value": uscc(701)}]
    answer = http.post(path, "authority", {"identifiers": numbers, "representative": a_person(121)})

    assert answer.status_code == 201, answer.text
    assert (answer.json["id"], answer.json["provisional"]) == (made["id"], False)
    found = http.post("/subjects/lookup", "agency", {"identifier": numbers[0]}).json["items"]
    assert [one["id"] for one in found] == [made["id"]]
    found = http.post("/subjects/lookup", "agency", {"name": "某中医院"}).json["items"]
    assert [one["id"] for one in found] == [made["id"]]
    again = http.post(path, "authority", {"identifiers": numbers, "representative": a_person(121)})
    assert_problem(again, 409, "illegal-transition")
    other = http.post("/subjects", "provider", {**body, "name": "别院", "other_names": []}).json
    twice = http.post(
        f"/subjects/{other['id']}/identifiers",
        "authority",
        {"identifiers": numbers, "representative": a_person(121)},
    )
    assert assert_problem(twice, 409, "duplicate")["id"] == made["id"]
    assert custody.verify(http.world.registry.store).problem is None


@pytest.mark.requirement("SUB-12")
def test_one_person_may_head_two_institutions(http: Http):
    heads = []
    for number in (702, 703):
        body = {
            "kind": "public_institution",
            "name": f"医院 {number}",
            "identifiers": [{"scheme": "uscc", "value": uscc(number)}],
            "representative": a_person(122),
        }
        heads.append(http.post("/subjects", "provider", body).json["representative"]["id"])

    assert heads[0] == heads[1]


# --- occupations ----------------------------------------------------------------------------------


@pytest.mark.requirement("SUB-10")
def test_persons_carry_occupations_and_are_found_by_them(http: Http):
    doctor, guide = http.world.person(), http.world.person()
    for person, codes in ((doctor, ["physician", "teacher"]), (guide, ["tour_guide"])):
        answer = http.send(
            "PUT", f"/subjects/{person.id}/occupations", "provider", json={"occupations": codes}
        )
        assert answer.status_code == 200, answer.text

    def found(code: str) -> list[str]:
        return [one["id"] for one in http.items("/persons", "operator", occupation=code, limit=1)]

    assert found("physician") == found("teacher") == [doctor.id]
    assert found("tour_guide") == [guide.id]
    assert found("lawyer") == []
    http.send(
        "PUT", f"/subjects/{doctor.id}/occupations", "provider", json={"occupations": ["teacher"]}
    )
    assert found("physician") == []
    shown = http.get(f"/subjects/{doctor.id}/occupations", "authority").json["items"]
    assert [one["code"] for one in shown] == ["teacher"]
    assert custody.verify(http.world.registry.store).problem is None


@pytest.mark.requirement("SUB-10")
def test_the_coordinator_keeps_the_list_of_occupations(http: Http):
    assert len(http.items("/occupations")) == 17
    person = http.world.person()
    path = f"/subjects/{person.id}/occupations"
    unknown = http.send("PUT", path, "provider", json={"occupations": ["pilot"]})
    assert_problem(unknown, 422, "invalid-input", "occupations")
    body = {"title": "pilot", "title_zh": "飞行员"}
    assert http.send("PUT", "/occupations/pilot", "coordinator", json=body).status_code == 200
    assert http.send("PUT", path, "provider", json={"occupations": ["pilot"]}).status_code == 200
    body["active"] = False
    http.send("PUT", "/occupations/pilot", "coordinator", json=body)
    assert len(http.items("/occupations")) == 18
    other = http.world.person()
    gone = http.send(
        "PUT", f"/subjects/{other.id}/occupations", "provider", json={"occupations": ["pilot"]}
    )
    assert_problem(gone, 422, "invalid-input", "occupations")
    firm = http.world.enterprise()
    no_person = http.send(
        "PUT", f"/subjects/{firm.id}/occupations", "provider", json={"occupations": ["lawyer"]}
    )
    assert_problem(no_person, 422, "invalid-input", "subject_id")


# --- third parties --------------------------------------------------------------------------------


def a_reference(**changes: Any) -> dict[str, Any]:
    return {
        "source_kind": "association",
        "source": "某协会",
        "polarity": "bad",
        "statement": "列入行业黑名单",
        "observed_on": "2026-01-01",
        "independent": True,
        **changes,
    }


@pytest.mark.requirement("CAT-16")
def test_what_third_parties_say_is_reference_and_reaches_no_check(http: Http):
    firm = http.world.enterprise(uscc(710))
    before = http.check(uscc(710)).json
    for source in ("association", "data_firm", "financial_institution", "media", "citizen"):
        answer = http.post(
            f"/subjects/{firm.id}/references", "provider", a_reference(source_kind=source)
        )
        assert answer.status_code == 201, answer.text
        assert answer.json["kind"] == "reference"
    after = http.check(uscc(710)).json

    assert before["outcome"] == after["outcome"] == "clear"
    for part in ("listings", "sanctions", "incentives", "dropped", "incomplete"):
        assert after[part] == before[part], part
    assert http.items("/listings", "auditor", subject_id=firm.id) == []
    shown = http.get(f"/subjects/{firm.id}/references", "authority").json["items"]
    assert {one["source_kind"] for one in shown} == {
        "association", "data_firm", "financial_institution", "media", "citizen",
    }  # fmt: skip


@pytest.mark.requirement("CAT-16")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"independent": False}, "independent"),
        ({"source_kind": "competitor"}, "source_kind"),
        ({"observed_on": "2026-03-03"}, "observed_on"),
    ],
)
def test_a_reference_that_is_not_independent_is_refused(
    http: Http, changes: dict[str, Any], field: str
):
    firm = http.world.enterprise()
    answer = http.post(f"/subjects/{firm.id}/references", "provider", a_reference(**changes))

    assert_problem(answer, 422, "invalid-input", field)


# --- deliveries -----------------------------------------------------------------------------------


def agency_id(http: Http, code: str) -> str:
    (found,) = [one["id"] for one in http.items("/agencies", "admin") if one["code"] == code]
    return found


def late(http: Http) -> list[str]:
    return [one["agency"] for one in http.items("/deliveries", "operator", late="true")]


@pytest.mark.requirement("CAT-08")
def test_a_batch_provider_that_is_overdue_stands_in_the_late_report(http: Http):
    from datetime import date

    path = f"/deliveries/{agency_id(http, 'TAX')}"
    answer = http.send("PUT", path, "operator", json={"mode": "batch", "cycle": "P7D"})
    assert answer.status_code == 200, answer.text
    other = f"/deliveries/{agency_id(http, 'OTHER')}"
    assert http.send("PUT", other, "operator", json={"mode": "push"}).status_code == 200
    assert (answer.json["due_on"], answer.json["late"]) == ("2026-03-09", False)
    http.world.clock.advance(days=7)
    assert late(http) == []
    http.world.clock.advance(days=1)
    assert late(http) == ["TAX"]
    http.world.record(http.world.enterprise(), date(2026, 1, 5))
    assert late(http) == []
    (shown,) = [one for one in http.items("/deliveries", "operator") if one["agency"] == "TAX"]
    assert shown["due_on"] == "2026-03-17"
    assert shown["last_at"].startswith("2026-03-10")


@pytest.mark.requirement("CAT-08")
def test_who_delivers_in_real_time_has_no_cycle(http: Http):
    path = f"/deliveries/{agency_id(http, 'TAX')}"
    answer = http.send("PUT", path, "operator", json={"mode": "push", "cycle": "P7D"})
    assert_problem(answer, 422, "invalid-input", "cycle")
    answer = http.send("PUT", path, "operator", json={"mode": "sometimes"})
    assert_problem(answer, 422, "invalid-input", "mode")
