"""The rules as the public reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry.app import Application
from registry.settings import Settings
from registry.testing.clock import MovableClock
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.conftest import client_of

LISTS = [
    "sectors",
    "criteria",
    "measures",
    "matters",
    "repair-rules",
    "profiles",
    "calendars",
    "scorecards",
]
ALWAYS = {"code", "version", "valid_from", "valid_to", "basis", "status"}


@pytest.mark.parametrize("word", LISTS)
def test_every_rule_is_dated_cited_and_carries_its_status(still: Http, word: str):
    items = still.items(f"/{word}")

    assert items
    for item in items:
        assert set(item) >= (ALWAYS - {"parent"}), item
        assert item["status"] in ("verified", "to_verify")
        for basis in item["basis"]:
            assert set(basis) == {"instrument", "article", "status"}


@pytest.mark.requirement("RAT-05")
def test_a_scorecard_shows_its_rule_texts_and_every_line_with_its_article(still: Http):
    (one,) = still.items("/scorecards", sector="tax", on="2026-03-02")

    assert (one["code"], one["version"], one["status"]) == ("tax.rating", "2025-07-01", "to_verify")
    assert set(one["rules"]) == {"points", "grades", "application"}
    assert one["approval"]["published_on"] == "2025-07-01"
    assert [grade["code"] for grade in one["grades"]] == ["A", "B", "M", "C", "D"]
    assert one["bands"][1] == {
        "grade": "B",
        "at_least": "70",
        "above": None,
        "at_most": None,
        "below": "90",
        "basis": one["bands"][1]["basis"],
    }
    lines = [*one["items"], *one["direct"], *one["knock_outs"], *one["bands"]]
    assert all(line["basis"][0]["article"] for line in lines)
    assert {line["met_by"] for line in one["direct"]} >= {"records", "listing", "rater"}
    assert still.items("/scorecards", sector="tax", on="2025-06-30") == []


def test_a_criterion_says_what_its_records_must_hold(still: Http):
    (one,) = [item for item in still.items("/criteria") if item["code"] == "tax.evasion"]

    assert one["record_kinds"] == ["tax.penalty_decision"]
    assert one["fields"]["underpaid_amount"]["type"] == "money"
    assert one["fields"]["means"]["values"]
    assert (one["sector"], one["list_kind"]) == ("tax", "black")
    assert "person" in one["subject_kinds"]
    assert one["term"]["maximum"] == "P3Y"


def test_criteria_are_filtered_by_sector_list_kind_and_day(still: Http):
    tax = still.items("/criteria", sector="tax")
    assert len(tax) == 11
    assert {one["list_kind"] for one in still.items("/criteria", list_kind="watch")} == {"watch"}
    assert still.items("/criteria", sector="tax", on="1999-01-01") == []
    assert len(still.items("/criteria", sector="tax", on="2026-03-02")) == 11
    assert still.items("/repair-rules", sector="tax", list_kind="red") == []


def test_a_rule_of_repair_shows_what_waits_and_what_it_is_refused_for(still: Http):
    tax = {one["code"]: one for one in still.items("/repair-rules", sector="tax")}["tax.evasion"]
    assert (tax["ways"], tax["minimum_publication"]) == (["performance"], "P6M")
    assert tax["immediate_ways"] == ["reorganisation", "outstanding_contribution"]
    assert tax["temporary_lifting"] == []
    (refusal,) = tax["refused_if"]
    assert refusal["title_zh"] == "公布后又因新的税收违法行为受到行政处罚"
    assert "tax.penalty_decision" in refusal["record_kinds"]
    assert refusal["basis"][0]["status"] == "to_verify"


def test_measures_are_filtered(still: Http):
    codes = {one["code"] for one in still.items("/measures", matter="procurement.bid")}
    assert codes == {"p.procurement_ban"}
    incentives = still.items("/measures", kind="incentive")
    assert {one["target"]["ratings"][0]["scorecard"] for one in incentives} == {"tax.rating"}
    assert {
        one["target"]["list_kinds"][0] for one in still.items("/measures", list_kind="watch")
    } == {"watch"}
    assert still.items("/measures", on="2026-03-01") == []  # nothing was published by then
    sectors = {one["sector"] for one in still.items("/measures", proposed="true")}
    assert sectors >= {"tax", "construction", "procurement", "healthcare"}
    assert {one["sector"] for one in still.items("/measures")} == {"tax"}


def test_a_measure_says_whom_it_reaches(still: Http):
    by_code = {one["code"]: one for one in still.items("/measures")}

    assert by_code["p.exit_ban"]["reaches"] == ["legal_representative"]
    assert by_code["p.procurement_ban"]["reaches"] == []


def test_a_sector_shows_its_parameters_with_their_basis(still: Http):
    (today,) = still.items("/sectors", sector="healthcare")
    (before,) = still.items("/sectors", sector="healthcare", on="2011-05-31")

    lowered = today["parameters"]["healthcare.ethnic_medicine_threshold"]
    assert (lowered["value"], lowered["unit"]) == ("-10", "percentage_points")
    assert (lowered["since"], lowered["status"]) == ("2011-06-01", "to_verify")
    assert lowered["basis"][0]["article"]
    assert before["parameters"] == {}


def test_matters_carry_their_purpose(still: Http):
    by_code = {one["code"]: one["purpose"] for one in still.items("/matters")}

    assert by_code["procurement.bid"] == "procurement_and_funding"
    assert by_code["other"] is None
    assert {one["code"] for one in still.items("/matters", sector="tax")} == {"border.exit"}
    assert {one["purpose"] for one in still.items("/matters", purpose="awards")} == {"awards"}


def test_profiles_give_each_number_with_its_source_and_the_note_apart(still: Http):
    (national,) = [one for one in still.items("/profiles") if one["code"] == "national"]

    assert national["parent"] is None
    days = national["parameters"]["notice.defence_days"]
    assert set(days) == {"value", "source", "since", "status", "note"}
    assert isinstance(days["value"], int)
    assert days["source"] == "project choice"
    assert days["note"] == "row D-03 of the table of disagreements; open number, DET-06"


def test_the_note_of_a_profile_is_described(still: Http):
    document = still.get("/openapi.json").json
    note = document["components"]["schemas"]["ParameterOut"]["properties"]["note"]

    assert note["type"] == ["string", "null"]
    assert "never part of a basis" in note["description"]


def test_a_calendar_names_its_notice(still: Http):
    years = {one["year"]: one for one in still.items("/calendars", on="2024-05-01")}

    assert set(years) == {2024}
    assert "2024-02-12" in years[2024]["holidays"]
    assert years[2024]["notice"]


@pytest.mark.parametrize("query", ["on=today", "on=2026-02-30", "sector=Tax", "sector=", "x=1"])
def test_a_wrong_filter_is_refused_by_name(still: Http, query: str):
    for word in LISTS:
        answer = still.get(f"/{word}?{query}")
        assert_problem(answer, 422, "invalid-input", query.partition("=")[0])


def pages(http: Http, path: str, **query: Any) -> list[list[str]]:
    found, cursor = [], None
    while True:
        asked = {**query, **({"cursor": cursor} if cursor else {})}
        answer = http.get(path, query_string=asked).json
        found.append([one["code"] for one in answer["items"]])
        cursor = answer["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 3, 5, 11, 12, 200])
def test_pages_hold_everything_once_and_in_order(still: Http, limit: int):
    whole = [one["code"] for one in still.get("/criteria?sector=tax&limit=200").json["items"]]
    found = pages(still, "/criteria", sector="tax", limit=limit)

    assert [code for page in found for code in page] == whole
    assert all(len(page) == limit for page in found[:-1])


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "x", "", "9" * 30, "１", "1e1", "+1"])
def test_a_limit_lies_between_1_and_200(still: Http, limit: str):
    answer = still.get("/criteria", query_string={"limit": limit})

    assert_problem(answer, 422, "invalid-input", "limit")


def test_a_cursor_is_good_for_its_own_list_only(still: Http):
    cursor = still.get("/criteria?limit=1").json["next"]
    bad = ["", "x", "====", cursor + "=", cursor[:-1], "Zm9v", "\u00e9", "A" * 301]

    for text in bad:
        answer = still.get("/criteria", query_string={"cursor": text})
        assert_problem(answer, 422, "invalid-input", "cursor")
    for other in ("/measures", "/listings", "/announcements"):
        answer = still.get(other, query_string={"cursor": cursor})
        assert_problem(answer, 422, "invalid-input", "cursor")


def test_a_made_up_place_in_a_cursor_is_no_fault_of_ours(still: Http):
    from registry.api.paging import cursor_for

    for key in ("9" * 18, "0"):
        assert still.get(
            "/listings", query_string={"cursor": cursor_for("listings", key)}
        ).json == {
            "items": [],
            "next": None,
        }
    for key in ("9" * 19, "-1", "x", ""):
        answer = still.get("/listings", query_string={"cursor": cursor_for("listings", key)})
        assert answer.status_code in (200, 422)


@pytest.mark.requirement("CRI-34")
def test_without_plugins_every_list_is_empty_and_there_is_no_such_sector(tmp_path: Path):
    """But for the plugin that knows tokens, none is enabled."""
    url, key = f"sqlite:///{tmp_path}/bare.db", str(tmp_path / "bare.key")
    bare = Application(Settings(database_url=url, key_file=key, plugins=()), MovableClock())
    bare.migrate()
    bare.require_ready()
    client = client_of(bare)

    for word in ("sectors", "criteria", "repair-rules", "measures", "scorecards", "profiles"):
        assert client.get(f"/api/v1/{word}").json == {"items": [], "next": None}
        asked = client.get(f"/api/v1/{word}?sector=energy")
        assert_problem(asked, 404, "not-found")
        assert "no such sector" in asked.json["detail"]
    bare.close()


@pytest.mark.parametrize("word", ["sectors", "criteria", "repair-rules", "measures"])
def test_a_sector_that_nobody_ships_is_no_empty_list(still: Http, word: str):
    assert still.get(f"/{word}?sector=tax").json["items"]
    assert_problem(still.get(f"/{word}?sector=energy"), 404, "not-found")
