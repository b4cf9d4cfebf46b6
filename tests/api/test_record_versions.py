"""Records after they were filed, and what may be held of persons at all: over HTTP, with a sector
of invented record kinds beside the bundled ones."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry.domain.errors import InvalidInput
from registry.plugin_manager import Plugins, load_plugins
from registry.services import custody
from registry.settings import BUNDLED
from registry.store import journal
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.importing import csv, imported
from tests.numbers import resident_id, uscc

NEVER = "is never collected: fingerprints"
GOOD = Path(__file__).parents[1] / "broken_rules" / "good"
HOOK = """from registry.sdk import hookimpl, load_sector


@hookimpl
def registry_sectors():
    return [load_sector(__name__)]
"""
KIND = """
  - code: demo.{code}
    title: {code}
    title_zh: {code}
    content: misconduct
    basis_code: 5
    catalogue_item: "{item}"
    penalty: false
{more}    fields:
{fields}
"""
MONEY = "      {0}: {{type: money, title: {0}, title_zh: {1}}}"
FINANCE = {
    "annual_income": "年收入",
    "deposit_total": "存款",
    "securities_total": "有价证券",
    "commercial_insurance": "商业保险",
    "loan_total": "贷款",
}
NOTE = "      note: {type: text, title: note, title_zh: 说明}"


def kinds() -> str:
    finance = "\n".join(MONEY.format(*one) for one in FINANCE.items())
    return (
        KIND.format(code="finance", item="12(11)", more="", fields=finance)
        + KIND.format(code="student", item="12(3)", more="    minimum_age: 18\n", fields=NOTE)
        + KIND.format(code="broken_pledge", item="12(4)", more="", fields=NOTE)
    )


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugins]:
    """The bundled plugins and a sector with kinds of its own."""
    folder = tmp_path_factory.mktemp("plugins")
    package = folder / "demo_of_persons"
    shutil.copytree(GOOD, package)
    (package / "__init__.py").write_text(HOOK, encoding="utf-8")
    records = package / "records.yaml"
    text = records.read_text(encoding="utf-8").rstrip("\n")
    records.write_text(text + kinds(), encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield load_plugins(BUNDLED, [package.name])
    sys.path.remove(str(folder))
    sys.modules.pop(package.name, None)


def a_record(subject_id: str, kind: str = "student", **changes: Any) -> dict[str, Any]:
    return {
        "subject_id": subject_id,
        "kind": f"demo.{kind}",
        "decided_on": "2026-01-05",
        "document_no": "D-1",
        "fields": {},
        **changes,
    }


def filed(http: Http, body: dict[str, Any], who: str = "provider") -> dict[str, Any]:
    answer = http.post("/records", who, body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


# --- versions -------------------------------------------------------------------------------------


@pytest.mark.requirement("CAT-09")
def test_a_changed_record_keeps_its_earlier_version_and_who_changed_it(http: Http):
    world = http.world
    firm = world.enterprise()
    record = filed(http, a_record(firm.id, "finance", fields={"loan_total": "100.00"}))
    from registry.domain.actor import Role

    world.tokens["second_provider"] = world.token("TAX", "Second", Role.PROVIDER)
    world.clock.advance(days=1)
    body = a_record(firm.id, "finance", fields={"loan_total": "90.00"})
    changed = http.send("PUT", f"/records/{record['id']}", "second_provider", json=body)

    assert changed.status_code == 200, changed.text
    assert (changed.json["id"], changed.json["fields"]) == (record["id"], {"loan_total": "90.00"})
    items = http.get(f"/records/{record['id']}/versions", "provider").json["items"]
    assert [one["record"]["fields"]["loan_total"] for one in items] == ["100.00", "90.00"]
    assert len({one["submitted_by"] for one in items}) == 2
    assert [one["at"][:10] for one in items] == ["2026-03-02", "2026-03-03"]
    assert {one["record"]["provider"] for one in items} == {"Agency TAX"}
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.requirement("CAT-09", "ORG-04")
def test_nobody_but_its_provider_changes_a_record_and_nobody_under_a_case(http: Http):
    world = http.world
    firm = world.enterprise()
    record = filed(http, a_record(firm.id, "finance"))
    body = a_record(firm.id, "finance", document_no="D-2")
    other = http.send("PUT", f"/records/{record['id']}", "other_provider", json=body)
    assert_problem(other, 404, "not-found")
    case = world.record(firm, date(2026, 1, 5))
    world.propose(firm, case)
    sent = {
        "subject_id": firm.id,
        "kind": case.kind,
        "decided_on": "2026-01-05",
        "fields": {"underpaid_amount": "1"},
    }
    answer = http.send("PUT", f"/records/{case.id}", "provider", json=sent)
    assert_problem(answer, 409, "illegal-transition")
    answer = http.post(f"/records/{case.id}/return", "operator", {"reasons": ["x"]})
    assert_problem(answer, 409, "illegal-transition")


@pytest.mark.requirement("CAT-10")
def test_a_returned_record_says_why_counts_for_nothing_and_is_sent_again(http: Http):
    world = http.world
    firm = world.enterprise()
    record = world.record(firm, date(2026, 1, 5))
    reasons = {"reasons": ["the amount is not that of the decision"]}
    answer = http.post(f"/records/{record.id}/return", "operator", reasons)

    assert (answer.json["state"], answer.json["returned"]) == ("returned", reasons["reasons"])
    assert answer.json["annulled_on"] is None
    proposal = {"criterion": "tax.evasion", "subject_id": firm.id, "record_ids": [record.id]}
    refused = http.post("/determinations", "authority", proposal)
    assert_problem(refused, 422, "invalid-input", "record_ids")
    again = http.post(f"/records/{record.id}/return", "operator", reasons)
    assert_problem(again, 409, "illegal-transition")
    fields = {
        name: str(one) if not isinstance(one, int) else one for name, one in record.fields.items()
    }
    body = {
        "subject_id": firm.id,
        "kind": record.kind,
        "decided_on": "2026-01-05",
        "fields": {**fields, "underpaid_amount": "1100000"},
    }
    sent = http.send("PUT", f"/records/{record.id}", "provider", json=body)
    assert sent.status_code == 200, sent.text
    assert (sent.json["state"], sent.json["returned"]) == ("filed", [])
    states = [
        one["record"]["state"]
        for one in http.get(f"/records/{record.id}/versions", "provider").json["items"]
    ]
    assert states == ["filed", "returned", "filed"]
    assert http.post("/determinations", "authority", proposal).status_code == 201
    assert custody.verify(world.registry.store).problem is None


def test_a_record_sent_again_keeps_its_subject_and_kind(http: Http):
    firm, other = http.world.enterprise(), http.world.enterprise()
    record = filed(http, a_record(firm.id, "finance"))
    for body in (a_record(other.id, "finance"), a_record(firm.id, "broken_pledge")):
        answer = http.send("PUT", f"/records/{record['id']}", "provider", json=body)
        assert_problem(answer, 422, "invalid-input", "kind")


# --- persons --------------------------------------------------------------------------------------


def a_consent(http: Http, subject_id: str, **changes: Any) -> str:
    body = {
        "purposes": ["licensing"],
        "written": True,
        "consequences_explained": True,
        "given_on": "2026-01-01",
        "document_no": "C-1",
        **changes,
    }
    answer = http.post(f"/subjects/{subject_id}/consents", "provider", body)
    assert answer.status_code == 201, answer.text
    found: str = answer.json["id"]
    return found


@pytest.mark.requirement("CAT-12")
@pytest.mark.parametrize("field", sorted(FINANCE))
def test_finances_of_a_person_need_a_written_and_explained_consent(http: Http, field: str):
    person = http.world.person()
    body = a_record(person.id, "finance", fields={field: "1"})
    name = f"fields.{field}"
    assert_problem(http.post("/records", "provider", body), 422, "invalid-input", name)
    for changes in ({"written": False}, {"consequences_explained": False}):
        body["consent_id"] = a_consent(http, person.id, **changes)
        assert_problem(http.post("/records", "provider", body), 422, "invalid-input", name)
    body["consent_id"] = a_consent(http, person.id)
    assert filed(http, body)["consent_id"] == body["consent_id"]
    firm = http.world.enterprise()
    assert filed(http, a_record(firm.id, "finance", fields={field: "1"}))["state"] == "filed"


@pytest.mark.requirement("CAT-12")
def test_a_file_needs_the_consent_as_well(http: Http):
    world = http.world
    world.person(number=resident_id(77))
    head = "kind,resident_id,decided_on,document_no,deposit_total"
    row = f"demo.finance,{resident_id(77)},2026-01-05,D-1,"
    found = imported(world, csv(head, row + "5", row), "records")

    assert "deposits of a person" in found.refused[2]
    assert found.totals.taken == 1


@pytest.mark.requirement("CAT-13")
def test_a_personal_record_holds_its_legal_basis_or_its_consent(http: Http):
    person = http.world.person()
    plain = filed(http, a_record(person.id, "finance"))
    assert (plain["legal_basis"], plain["consent_id"]) == ("catalogue 12(11)", None)
    named = filed(http, a_record(person.id, "finance", document_no="D-2", legal_basis="某法 5"))
    assert named["legal_basis"] == "某法 5"
    market = a_record(person.id, "finance", document_no="D-3", market=True)
    assert_problem(http.post("/records", "provider", market), 422, "invalid-input", "consent_id")
    assert filed(http, {**market, "legal_basis": "某法 art. 6"})["market"]
    consent = a_consent(http, person.id)
    held = filed(http, {**market, "document_no": "D-4", "consent_id": consent})
    assert (held["consent_id"], held["legal_basis"]) == (consent, None)
    other = http.world.person()
    strange = {**market, "subject_id": other.id, "consent_id": consent}
    assert_problem(http.post("/records", "provider", strange), 422, "invalid-input", "consent_id")


@pytest.mark.requirement("CAT-13")
def test_a_use_for_another_purpose_is_refused_and_logged(http: Http):
    world = http.world
    person = world.person()
    consent = a_consent(http, person.id)
    record = filed(http, a_record(person.id, "finance", market=True, consent_id=consent))
    path = f"/records/{record['id']}/use"
    used = http.post(path, "authority", {"purpose": "licensing", "case_no": "A-1"})
    assert used.status_code == 200, used.text
    refused = http.post(path, "authority", {"purpose": "awards", "case_no": "A-2"})
    assert_problem(refused, 403, "purpose-not-agreed")
    assert_problem(http.get(f"/records/{record['id']}", "other_authority"), 403, "not-permitted")
    assert http.get(f"/records/{record['id']}", "provider").status_code == 200
    proposal = {
        "criterion": "demo.grave",
        "subject_id": person.id,
        "record_ids": [record["id"]],
    }
    answer = http.post("/determinations", "authority", proposal)
    assert answer.status_code == 422
    assert http.post(f"/consents/{consent}/withdraw", "provider").status_code == 200
    late = http.post(path, "authority", {"purpose": "licensing", "case_no": "A-3"})
    assert_problem(late, 403, "purpose-not-agreed")
    with world.registry.store.reading() as reading:
        rows = journal.of_subject(reading, person.id, 0, 1000)
        told = [
            (row.kind, journal.facts_of(reading, row)["case_no"])
            for row in rows
            if row.kind in ("record.used", "record.refused")
        ]
    assert told == [("record.used", "A-1"), ("record.refused", "A-2"), ("record.refused", "A-3")]
    again = http.post("/records", "provider", a_record(person.id, "finance", consent_id=consent))
    assert_problem(again, 422, "invalid-input", "consent_id")
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.requirement("SUB-11")
def test_students_have_records_from_eighteen_on_and_not_a_day_before(http: Http):
    grown = http.world.person(born=date(2008, 3, 2))
    young = http.world.person(born=date(2008, 3, 3))

    assert filed(http, a_record(grown.id))["state"] == "filed"
    answer = http.post("/records", "provider", a_record(young.id))
    said = assert_problem(answer, 422, "invalid-input", "subject_id")["errors"]["subject_id"][0]
    assert said.startswith("is younger than 18")
    http.world.clock.advance(days=1)
    assert filed(http, a_record(young.id))["state"] == "filed"


@pytest.mark.requirement("SUB-09")
def test_fingerprints_are_refused_as_a_field_of_a_record_and_in_a_file(http: Http):
    person = http.world.person(number=resident_id(78))
    body = a_record(person.id, fields={"right_fingerprint": "x"})
    answer = http.post("/records", "provider", body)
    assert_problem(answer, 422, "invalid-input", "fields.right_fingerprint")
    assert answer.json["errors"]["fields.right_fingerprint"] == [NEVER]
    lines = '{"kind": "demo.student", "指纹": "x"}\n'
    with pytest.raises(InvalidInput) as refused:
        imported(http.world, lines, "records", name="list.jsonl")
    assert refused.value.errors == {"file": ["a column is never collected: fingerprints"]}


# --- contracts ------------------------------------------------------------------------------------


@pytest.mark.requirement("SUB-13")
def test_a_department_binds_a_comprehensive_subject_and_it_manages_single_ones(http: Http):
    market, stall = http.world.enterprise(uscc(720)), http.world.enterprise(uscc(721))
    managed = {
        "manager_id": market.id,
        "subject_id": stall.id,
        "valid_from": "2025-02-01",
        "document_no": "M-1",
    }
    early = http.post("/contracts", "authority", managed)
    assert_problem(early, 422, "invalid-input", "manager_id")
    pledge = {
        "manager_id": market.id,
        "valid_from": "2025-01-01",
        "valid_to": "2028-01-01",
        "document_no": "P-1",
    }
    assert http.post("/contracts", "authority", pledge).status_code == 201
    strange = http.post("/contracts", "other_authority", managed)
    assert_problem(strange, 422, "invalid-input", "manager_id")
    late = {**managed, "valid_from": "2028-01-01"}
    assert_problem(http.post("/contracts", "authority", late), 422, "invalid-input", "manager_id")
    contract = http.post("/contracts", "authority", managed)
    assert contract.status_code == 201, contract.text
    for id, count in ((market.id, 2), (stall.id, 1)):
        items = http.get(f"/subjects/{id}/contracts", "authority").json["items"]
        assert len(items) == count
    assert items[0]["agency"] == "Agency TAX"

    other = filed(http, a_record(stall.id, "finance"))
    path = f"/contracts/{contract.json['id']}/breaches"
    wrong = http.post(path, "authority", {"record_id": other["id"]})
    assert_problem(wrong, 422, "invalid-input", "record_id")
    breach = filed(http, a_record(stall.id, "broken_pledge"))
    noted = http.post(path, "authority", {"record_id": breach["id"]})
    assert noted.json["breaches"] == [breach["id"]]
    again = http.post(path, "authority", {"record_id": breach["id"]})
    assert_problem(again, 409, "duplicate")
    assert_problem(
        http.post(path, "other_authority", {"record_id": breach["id"]}), 404, "not-found"
    )
    assert custody.verify(http.world.registry.store).problem is None
