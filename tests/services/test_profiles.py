"""Jurisdictions in use: a case follows its authority's profile, a number the day of its event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from registry.domain.actor import Role
from registry.domain.determination import demands
from registry.domain.errors import InvalidInput
from registry.domain.validity import start_of
from registry.services import agencies, determinations, proposals, rules
from tests.api.conftest import Http
from tests.api.general import filed, proposed
from tests.api.shape import assert_problem
from tests.numbers import uscc
from tests.plugins.test_china_profiles import INTERNAL
from tests.services.test_rules import activate
from tests.sweeping import move_to
from tests.world import World

CHANGED = date(2026, 3, 10)


@pytest.fixture
def http(world, client) -> Http:
    return Http(world, client)


def ten_days_in_suqian(document):
    """A new dated version of one number of one jurisdiction."""
    document["profiles"]["suqian"]["parameters"]["notice.defence_days"] = [
        {"value": 10, "since": str(CHANGED), "source": "a new rule, art. 9", "status": "verified"}
    ]


def suqian_people(world):
    with world.registry.operating() as work:
        agencies.add(work, "SUQ", "Suqian tax service", "suqian", "city", ())
    world.tokens["suqian"] = world.token("SUQ", "Su", Role.AUTHORITY, Role.PROVIDER)
    with world.registry.operating("SUQ", "Su") as work:
        versions = work.rulebook.criterion_versions("tax.evasion")
        rules.accept(work, "tax.evasion", versions[-1].version, "Accepted for the tests.")


def noticed_by(world, who, served_on):
    firm = world.enterprise()
    record = world.record(firm, date(2026, 1, 5))
    with world.work(who) as work:
        case = proposals.propose(work, "tax.evasion", firm.id, [record.id])
    with world.work(who) as work:
        return determinations.notice(work, case.id, served_on)


@pytest.mark.requirement("ORG-12")
def test_a_changed_number_holds_for_events_from_its_day_on_and_only_in_its_jurisdiction(
    world, clock
):
    suqian_people(world)
    activate(world, ten_days_in_suqian)
    clock.instant = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)

    before = noticed_by(world, "suqian", date(2026, 3, 9))
    after = noticed_by(world, "suqian", CHANGED)
    elsewhere = noticed_by(world, "authority", CHANGED)

    # tax asks for 5 calendar days: the profile's working days are the later ones
    assert before.defence.due_on == date(2026, 3, 16)
    assert after.defence.due_on == date(2026, 3, 24)
    assert elsewhere.defence.due_on == date(2026, 3, 17)


@pytest.mark.requirement("ORG-12")
def test_the_list_shows_value_source_and_since_of_any_day_and_keeps_the_old_version(
    world, http: Http
):
    activate(world, ten_days_in_suqian)

    def shown(code, name, on):
        (one,) = [one for one in http.items("/profiles", on=on) if one["code"] == code]
        return one["parameters"][name]

    old = shown("suqian", "notice.defence_days", "2026-03-09")
    new = shown("suqian", "notice.defence_days", "2026-03-10")
    assert (old["value"], old["since"]) == (5, "1900-01-01")
    assert (new["value"], new["since"], new["source"]) == (10, "2026-03-10", "a new rule, art. 9")
    # the new value is of a rulebook that knows no notes, as every one from before there were any
    assert (new["note"], "D-03" in old["note"]) == (None, True)
    assert shown("city", "notice.defence_days", "2026-03-10") == old
    assert shown("suqian", "notice.scope", "2018-12-31")["value"] == "persons"
    assert shown("suqian", "notice.scope", "2019-01-01")["since"] == "2019-01-01"


def test_every_jurisdiction_is_listed_with_its_parent_and_all_numbers(http: Http):
    found = {one["code"]: one for one in http.items("/profiles")}

    assert {code: one["parent"] for code, one in found.items()} == {
        "national": None,
        "city": "national",
        "suqian": "national",
        "baiyun": "national",
        "baoshan": "national",
    }
    assert len({frozenset(one["parameters"]) for one in found.values()}) == 1
    for one in found.values():
        for name, parameter in one["parameters"].items():
            assert parameter["source"], name


def bases(node: Any) -> Iterator[dict[str, str]]:
    """Every citation of an answer, wherever it stands."""
    if isinstance(node, dict):
        if "instrument" in node:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from bases(one)


EXIT_RULE = {
    "instrument": "关于加强和规范守信联合激励和失信联合惩戒对象名单管理工作的指导意见"
    "（发改财金规〔2017〕1798号）",
    "article": "（十八）",
    "status": "verified",
}


@pytest.mark.parametrize("profile", ["national", "suqian", "city"])
def test_the_watch_listing_after_a_black_one_cites_the_article_that_provides_for_it(
    application, clock, client, profile: str
):
    world = World(application, clock, profile)
    listing = world.listed(world.enterprise(uscc(70)))
    move_to(world, start_of(listing.valid_to))

    answer = Http(world, client).check(uscc(70)).json

    (watch,) = answer["listings"]
    assert (watch["list_kind"], watch["basis"]) == ("watch", [EXIT_RULE])
    cited = list(bases(answer))
    with world.registry.view() as view:
        names = set(view.rulebook.profile(profile).parameters)
    assert {one["article"] for one in cited}.isdisjoint(names)
    assert [one for one in cited if INTERNAL.search(" ".join(one.values()))] == []


@pytest.mark.parametrize("profile", ["national", "city", "suqian"])
def test_what_the_steps_of_a_case_rest_on_is_an_instrument_and_an_article(
    application, clock, client, profile: str
):
    with World(application, clock, profile).registry.view() as view:
        rulebook = view.rulebook
    jurisdiction = rulebook.profile(profile)
    for sector in rulebook.sectors.values():
        for version in sector.criteria:
            for kind in version.subject_kinds:
                steps = demands(version, kind, jurisdiction, False, CHANGED)
                for basis in (steps.notice, steps.publicity, steps.warning, steps.accept_rule):
                    articles = {one.article for one in basis or ()}
                    assert articles.isdisjoint(jurisdiction.parameters), version.code


def test_the_refusal_of_a_red_candidate_that_was_not_shown_cites_the_plan_that_asks_for_it(
    application, clock, client
):
    http = Http(World(application, clock, "city"), client)
    firm = http.world.enterprise()
    record = filed(http, firm.id, "integrity_model")
    case = proposed(http, firm.id, "integrity_model", record.json["id"]).json
    accept = {"version": case["criterion_version"], "statement": "Taken over for the tests."}
    http.post("/criteria/general.integrity_model/acceptance", "authority", accept)

    refused = http.post(f"/determinations/{case['id']}/confirm", "reviewer", {})

    (missing,) = refused.json["missing"]
    assert missing["action"] == "publicity"
    assert missing["basis"] == [
        {
            "instrument": "关于建立完善守信联合激励和失信联合惩戒制度实施方案",
            "article": "3",
            "status": "verified",
        }
    ]


def test_an_agency_belongs_to_a_profile_that_is_there(http: Http):
    body = {"code": "BAI", "name": "Baiyun service", "profile": "baiyun"}
    added = http.post("/agencies", "admin", body)
    assert (added.status_code, added.json["profile"]) == (201, "baiyun")

    refused = http.post("/agencies", "admin", {**body, "code": "X", "profile": "atlantis"})
    said = assert_problem(refused, 422, "invalid-input", "profile")["errors"]["profile"][0]
    assert "baiyun, baoshan, city, national, suqian" in said


def test_the_age_below_which_nobody_is_listed_is_the_authoritys_own(world):
    def from_fifty(document):
        document["profiles"]["suqian"]["parameters"]["subject.min_age"] = [
            {"value": 50, "since": "2026-01-01", "source": "a rule, art. 2", "status": "verified"}
        ]

    suqian_people(world)
    activate(world, from_fifty)
    person = world.person(born=date(1980, 1, 1))
    record = world.record(person, date(2026, 1, 5))

    with pytest.raises(InvalidInput) as refused, world.work("suqian") as work:
        proposals.propose(work, "tax.evasion", person.id, [record.id])
    assert "younger than 50" in refused.value.errors["subject_id"][0]
    assert world.propose(person, record).id
