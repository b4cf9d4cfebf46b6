"""What associations record of their members over HTTP: for reference, in their own codes alone."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.actor import Role
from registry.services import agencies
from tests.api.conftest import Http
from tests.api.general import checked, filed, proposed
from tests.api.shape import assert_problem
from tests.numbers import uscc

ASSOCIATION = (
    "warning",
    "circular_criticism",
    "public_censure",
    "refusal_of_membership",
    "persuasion_to_leave",
    "lower_level",
    "membership_cancelled",
)
GUILD_RECORDS = {
    "association_sanction": ASSOCIATION,
    "association_incentive": ("recommend", "raise_level"),
}


@pytest.fixture
def guild(http: Http) -> Http:
    """With an association that has a provider and an authority."""
    with http.world.registry.operating() as work:
        agencies.add(work, "GUILD", "Association of builders", "national", "association", ())
    http.world.tokens["guild"] = http.world.token("GUILD", "Gao", Role.PROVIDER, Role.AUTHORITY)
    return http


def guild_record(http: Http, subject_id: str, kind: str, **fields: Any) -> Any:
    body = {"subject_id": subject_id, "kind": f"general.{kind}", "fields": fields}
    return http.post("/records", "guild", {**body, "decided_on": "2026-01-05"})


@pytest.mark.requirement("MEA-11")
def test_an_association_records_its_nine_measures_for_a_member_by_number(guild: Http):
    member = guild.world.enterprise(uscc(20))
    given = {"notice_no": "G-1", "member_no": "17", "rule": "9"}
    for kind, measures in GUILD_RECORDS.items():
        for measure in measures:
            answer = guild_record(guild, member.id, kind, **given, measure=measure)
            assert answer.status_code == 201, answer.text
            shown = guild.get(f"/records/{answer.json['id']}", "guild").json
            assert (shown["fields"]["member_no"], shown["fields"]["measure"]) == ("17", measure)
    # for reference: nothing follows from it in a check
    assert checked(guild, uscc(20), "association.membership")["outcome"] == "clear"


@pytest.mark.requirement("MEA-11")
def test_an_association_records_no_other_measure_and_none_without_the_number_of_a_member(
    guild: Http,
):
    member = guild.world.enterprise(uscc(20))
    given = {"notice_no": "G-1", "member_no": "17", "rule": "9"}
    for kind, measures in GUILD_RECORDS.items():
        for other in {"fine", *ASSOCIATION, "recommend", "raise_level"} - set(measures):
            refused = guild_record(guild, member.id, kind, **given, measure=other)
            assert_problem(refused, 422, "invalid-input", "fields.measure")
        for number in ({}, {"member_no": ""}):
            fields = {"notice_no": "G-2", "rule": "9", "measure": measures[0], **number}
            refused = guild_record(guild, member.id, kind, **fields)
            assert_problem(refused, 422, "invalid-input", "fields.member_no")


@pytest.mark.requirement("MEA-11")
def test_an_association_files_no_other_kind_of_record_and_nobody_else_files_its_own(guild: Http):
    member = guild.world.enterprise(uscc(20))
    with guild.world.registry.view() as view:
        sectors = view.rulebook.sectors.values()
        kinds = {kind for sector in sectors for kind in sector.record_kinds}
    own = {f"general.{kind}" for kind in GUILD_RECORDS}
    body = {"subject_id": member.id, "fields": {}, "decided_on": "2026-01-05"}

    assert own < kinds
    for kind in sorted(kinds):
        who = "provider" if kind in own else "guild"
        answer = guild.post("/records", who, {**body, "kind": kind})
        assert_problem(answer, 403, "not-permitted")


@pytest.mark.requirement("MEA-11")
def test_the_catalogue_has_the_measures_of_associations_and_they_determine_nothing(guild: Http):
    found = {one["code"] for one in guild.items("/measures", sector="general", proposed="true")}
    assert {f"p.association.{name}" for name in ASSOCIATION} <= found
    assert {"i.association.recommend", "i.association.raise_level"} <= found

    firm = guild.world.enterprise()
    record = filed(guild, firm.id, "personal_data_sale")
    answer = proposed(guild, firm.id, "personal_data_sale", record.json["id"], "guild")
    assert_problem(answer, 403, "not-permitted")
