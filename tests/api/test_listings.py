"""Listings, announcements, deadlines and the journal over HTTP."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from registry.domain.actor import Role
from registry.domain.errors import RuleError
from registry.rulebook.loader import load_sector
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.api.test_subjects import a_record
from tests.numbers import uscc
from tests.world import TAX

RULES = Path(__file__).parents[1] / "broken_rules"
COLLUSION = {"act": "collusion", "ban_months": 12, "penalty_no": "P-1"}


def procurement_listing(http: Http, subject_id: str) -> str:
    """A second listing of the subject, in another sector, by another authority."""
    record = http.post(
        "/records",
        "other_provider",
        {
            "subject_id": subject_id,
            "kind": "procurement.penalty_decision",
            "fields": COLLUSION,
            "decided_on": "2026-01-05",
        },
    )
    assert record.status_code == 201, record.text
    case = http.post(
        "/determinations",
        "other_authority",
        {
            "criterion": "procurement.collusion",
            "subject_id": subject_id,
            "record_ids": [record.json["id"]],
        },
    )
    assert case.status_code == 201, case.text
    path = f"/determinations/{case.json['id']}"
    http.post(f"{path}/notice", "other_authority", {"served_on": "2026-01-10"})
    confirmed = http.post(f"{path}/confirm", "other_reviewer", {})
    assert confirmed.status_code == 200, confirmed.text
    return str(confirmed.json["listing_id"])


@pytest.mark.requirement("LST-07")
def test_one_query_returns_the_entries_of_all_sectors(http: Http):
    subject = http.world.enterprise(uscc(20))
    tax = http.world.listed(subject)
    other = procurement_listing(http, subject.id)

    found = http.items("/listings", "agency", subject_id=subject.id, status="in_force")
    assert {(one["id"], one["sector"]) for one in found} == {
        (tax.id, "tax"),
        (other, "procurement"),
    }
    shown = http.check(uscc(20)).json["listings"]
    assert {one["id"] for one in shown} == {tax.id, other}


@pytest.mark.requirement("LST-02")
def test_each_entry_states_facts_authority_basis_date_and_validity(http: Http):
    listing = http.world.listed()
    shown = http.get(f"/listings/{listing.id}").json

    assert "tax underpaid" in shown["reason"]
    assert shown["authority"] == "Agency TAX"
    assert shown["basis"][0]["article"]
    assert shown["determined_on"] == "2026-03-02"
    assert (shown["valid_from"], shown["valid_to"]) == ("2026-03-02", "2029-03-02")


@pytest.mark.requirement("LST-01")
def test_there_are_four_kinds_of_lists(still: Http):
    for kind in ("red", "black", "watch", "alert"):
        assert still.get(f"/listings?list_kind={kind}").status_code == 200
    for kind in ("grey", "Black", "blacklist", ""):
        answer = still.get(f"/listings?list_kind={kind}")
        assert_problem(answer, 422, "invalid-input", "list_kind")
    document = still.get("/openapi.json").json["components"]["schemas"]["ListingOut"]
    assert document["properties"]["list_kind"]["enum"] == ["red", "black", "watch", "alert"]


def test_the_public_sees_what_is_published_now_and_staff_see_more(http: Http):
    listing = http.world.listed()
    watch = next(one for one in http.items("/listings", "agency") if one["follows"] == listing.id)

    assert [one["id"] for one in http.items("/listings")] == [listing.id]
    assert watch["status"] == "pending"
    assert_problem(http.get(f"/listings/{watch['id']}"), 404, "not-found")
    later = http.items("/listings", "agency", status="ended", as_of="2029-03-02")
    assert [one["exit"] for one in later] == [{"ground": "expired", "on": "2029-03-02"}]
    assert_problem(
        http.get("/listings?known_at=2026-03-02T00:00:00Z"), 422, "invalid-input", "known_at"
    )
    assert http.items("/listings", "agency", known_at="2026-03-01T00:00:00Z") == []


def test_who_holds_only_the_role_subject_sees_its_own_listings(http: Http):
    mine, _ = http.world.listed(), http.world.listed()
    http.world.tokens["self"] = http.world.token(TAX, "B", Role.SUBJECT, subject=mine.subject_id)

    seen = {one["subject_id"] for one in http.items("/listings", "self")}
    assert seen == {mine.subject_id}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "R"}, "ground"),
        ({"ground": "criteria_changed"}, "reason"),
        ({"ground": "repaired", "reason": "R"}, "ground"),
        ({"ground": "benefit_abused", "reason": "R"}, "ground"),
    ],
)
def test_a_wrong_exit_is_refused_by_field(http: Http, body: dict[str, Any], field: str):
    listing = http.world.listed()
    answer = http.post(f"/listings/{listing.id}/exit", "reviewer", body)

    assert_problem(answer, 422, "invalid-input", field)


def test_an_exit_is_announced_and_the_watch_listing_moves(http: Http):
    listing = http.world.listed()
    body = {"ground": "criteria_changed", "reason": "The order changed."}
    assert http.post(f"/listings/{listing.id}/exit", "reviewer", body).status_code == 200
    again = http.post(f"/listings/{listing.id}/exit", "reviewer", body)

    assert_problem(again, 409, "illegal-transition")
    kinds = [one["kind"] for one in http.items("/announcements", subject_id=listing.subject_id)]
    assert kinds == ["listed", "exited"]
    now = http.items("/listings", "agency", subject_id=listing.subject_id, status="in_force")
    assert [one["list_kind"] for one in now] == ["watch"]


def test_announcements_are_filtered_and_name_no_person(http: Http):
    firm, person = http.world.listed(), http.world.listed(http.world.person())
    public = http.items("/announcements", kind="listed")

    assert [one["target_id"] for one in public] == [firm.id]
    assert public[0]["name"].startswith("Firm")
    staff = http.items("/announcements", "agency", kind="listed")
    named = {one["subject_id"]: one["name"] for one in staff}
    assert named[person.subject_id] is None
    assert http.items("/announcements", kind="listed", since="2026-03-03") == []
    assert http.items("/announcements", kind="listed", sector="procurement") == []
    assert_problem(http.get("/announcements?kind=rumour"), 422, "invalid-input", "kind")


def test_deadlines_are_those_of_ones_own_agency(http: Http):
    listing = http.world.listed()
    mine = http.items("/deadlines", "authority", target=listing.id)

    assert [(one["kind"], one["due_on"]) for one in mine] == [("expiry", str(listing.valid_to))]
    assert mine[0]["target"] == {"type": "listing", "id": listing.id}
    assert http.items("/deadlines", "other_authority") == []
    assert http.items("/deadlines", "auditor", state="open", owner=mine[0]["owner"])
    assert_problem(http.get("/deadlines?state=late", "auditor"), 422, "invalid-input", "state")


def test_the_journal_is_chained_without_gaps(http: Http):
    http.world.listed()
    entries = http.items("/journal", "auditor", limit=7)

    assert [one["seq"] for one in entries] == list(range(1, len(entries) + 1))
    previous = "0" * 64
    for entry in entries:
        bare = {name: value for name, value in entry.items() if name != "hash"}
        assert entry["prev_hash"] == previous
        assert entry["hash"] == hashlib.sha256(rfc8785.dumps(bare)).hexdigest()
        previous = entry["hash"]
    after = http.items("/journal", "auditor", after=entries[2]["seq"])
    assert after == entries[3:]
    assert_problem(http.get("/journal?after=-1", "auditor"), 422, "invalid-input", "after")
    assert http.items("/journal", "auditor", chain="none") == []


# --- what an entry cannot be without --------------------------------------------------------------


@pytest.mark.requirement("LST-02", "DET-17")
@pytest.mark.parametrize(
    ("lacking", "field"),
    [
        ({"record_ids": []}, "record_ids"),
        ({"record_ids": [""]}, "record_ids.0"),
        ({"record_ids": None}, "record_ids"),
        ({"criterion": ""}, "criterion"),
        ({"criterion": None}, "criterion"),
    ],
)
def test_without_facts_or_a_criterion_nothing_is_proposed(
    http: Http, lacking: dict[str, Any], field: str
):
    firm = http.world.enterprise()
    record = http.post("/records", "provider", a_record(firm.id)).json["id"]
    whole = {"criterion": "tax.evasion", "subject_id": firm.id, "record_ids": [record]}
    left_out = {name: one for name, one in whole.items() if name not in lacking}

    told = assert_problem(http.post("/determinations", "authority", {**whole, **lacking}), 422,
                          "invalid-input")  # fmt: skip
    assert field in told["errors"]
    assert_problem(http.post("/determinations", "authority", left_out), 422, "invalid-input")
    assert_problem(http.post("/determinations", None, whole), 401, "not-authenticated")
    assert http.items("/determinations", "authority") == []
    assert http.post("/determinations", "authority", whole).status_code == 201


@pytest.mark.requirement("LST-02")
def test_facts_without_their_date_are_not_taken(http: Http):
    body = a_record(http.world.enterprise().id)
    del body["decided_on"]

    assert_problem(http.post("/records", "provider", body), 422, "invalid-input", "decided_on")


@pytest.mark.requirement("LST-02", "DET-13")
@pytest.mark.parametrize("term", [None, "", "forever", "P0D", "P99999Y"])
def test_an_entry_without_an_end_is_not_determined(http: Http, term: Any):
    firm = http.world.enterprise()
    record = http.world.record(firm, http.world.today.replace(day=1))
    case = http.world.propose(firm, record).id
    http.post(f"/determinations/{case}/notice", "authority", {"served_on": "2026-03-02"})
    http.world.clock.advance(days=60)
    answer = http.post(f"/determinations/{case}/confirm", "reviewer", {"term": term})

    assert_problem(answer, 422, "invalid-input", "term")
    assert http.items("/listings", "agency", subject_id=firm.id) == []
    assert http.post(f"/determinations/{case}/confirm", "reviewer", {}).status_code == 200


@pytest.mark.requirement("LST-02")
@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("missing_article", "basis"),
        pytest.param("term_nowhere", "term", marks=pytest.mark.requirement("DET-13")),
    ],
)
def test_a_rule_without_basis_or_term_determines_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistake: str, said: str
):
    name = f"without_{said}"
    for part in ("good", mistake):
        shutil.copytree(RULES / part, tmp_path / name, dirs_exist_ok=True)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(RuleError, match=said):
        load_sector(name)
