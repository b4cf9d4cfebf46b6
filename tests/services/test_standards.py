"""A criteria set of an authority's own: approved, consulted on, published, and evaluated again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from registry.domain.errors import RuleError
from registry.services import deadlines, sweep
from tests.services.test_rules import activate

DAY = timedelta(days=1)
LOCAL = {
    "level": "provincial",
    "approvals": [
        {"by": "superior_department", "document": "A-1", "approved_on": "2025-11-01"},
        {"by": "provincial_government", "document": "B-1", "approved_on": "2025-12-01"},
    ],
    "consultation": {"opened_on": "2025-09-01", "closed_on": "2025-09-30", "summary": "3 answers."},
    "evaluation": {"evaluator": "University of the province", "last_on": None, "summary": ""},
}


def with_standard(**changes):
    """A change of the document: tax becomes a local standard."""

    def change(document):
        document["sectors"]["tax"]["jurisdictions"] = ["jiangsu"]
        document["sectors"]["tax"]["standard"] = {**LOCAL, **changes}

    return change


def refused(world, **changes):
    with pytest.raises(RuleError) as error:
        activate(world, with_standard(**changes))
    return error.value.message


@pytest.mark.requirement("CRI-01")
def test_a_local_standard_is_activated_only_with_both_approvals(world):
    first, second = LOCAL["approvals"]
    early = {**second, "approved_on": (world.today + DAY).isoformat()}

    assert "superior department is missing" in refused(world, approvals=[second])
    assert "provincial government is missing" in refused(world, approvals=[first])
    assert "provincial government is missing" in refused(world, approvals=[first, early])
    with world.registry.view() as view:
        assert view.rulebook.sectors["tax"].standard is None, "nothing was activated"
    activate(world, with_standard())
    with world.registry.view() as view:
        assert view.rulebook.sectors["tax"].standard.level == "provincial"


@pytest.mark.requirement("CRI-02")
def test_activation_needs_a_consultation_that_is_over_and_long_enough(world):
    held = LOCAL["consultation"]

    assert "no public consultation" in refused(world, consultation=None)
    short = {**held, "closed_on": "2025-09-29"}
    assert "must last until 2025-09-30" in refused(world, consultation=short)
    going_on = {**held, "closed_on": world.today.isoformat()}
    assert "is open until" in refused(world, consultation=going_on)
    activate(world, with_standard())


def test_rules_that_transcribe_national_law_need_none_of_it(world):
    with world.registry.view() as view:
        assert all(one.standard is None for one in view.rulebook.sectors.values())
    activate(world, lambda document: document["sectors"]["tax"].update(title="Taxes"))


@pytest.mark.requirement("CRI-03")
def test_the_active_criteria_are_readable_without_login_with_text_and_procedure(world, client):
    items = client.get("/api/v1/criteria?sector=tax&on=2026-03-02").json["items"]

    item = next(one for one in items if one["code"] == "tax.evasion")
    assert item["version"]
    assert item["text_zh"]
    steps = {one["step"]: one for one in item["procedure"]}
    assert next(iter(steps)) == "propose"
    assert steps["notice"]["days"] == 5
    assert steps["notice"]["basis"]
    assert "confirm_by_second_person" in steps
    assert client.get("/api/v1/sectors?sector=tax").json["items"][0]["standard"] is None


def due(world, state=None):
    with world.registry.view(world.tokens["coordinator"]) as view:
        found = deadlines.page(view, "", 200, state=state)
    return [one for one in found if one.kind == "evaluation"]


@pytest.mark.requirement("CRI-05")
def test_the_last_evaluation_is_shown_and_an_overdue_one_is_on_the_coordinator_s_list(
    world, client, clock
):
    evaluation = {**LOCAL["evaluation"], "last_on": "2025-12-10", "summary": "Works."}
    activate(world, with_standard(evaluation=evaluation))

    def shown():
        item = client.get("/api/v1/sectors?sector=tax").json["items"][0]
        return item["standard"]["evaluation"]

    assert (shown()["last_on"], shown()["due_on"]) == ("2025-12-10", "2026-12-10")
    assert not shown()["overdue"]
    assert [(one.due_on, one.target_id) for one in due(world)] == [(date(2026, 12, 10), "tax")]
    clock.advance(days=290)
    assert shown()["overdue"]
    assert len(due(world, "lapsed")) == 1
    sweep.sweep(world.registry.store)
    assert len(due(world, "lapsed")) == 1

    again = {**evaluation, "last_on": "2026-12-15"}
    activate(world, with_standard(evaluation=again), "another still")

    assert not shown()["overdue"]
    assert [one.due_on for one in due(world, "open")] == [date(2027, 12, 15)]
    assert "no third party" in refused(world, evaluation=None)


def test_an_evaluation_made_in_time_meets_its_deadline(world):
    first = {**LOCAL["evaluation"], "last_on": "2025-12-10"}
    activate(world, with_standard(evaluation=first))
    activate(world, with_standard(evaluation={**first, "last_on": "2026-02-01"}), "another still")

    assert {one.due_on: one.state for one in due(world)} == {
        date(2026, 12, 10): "met",
        date(2027, 2, 1): "open",
    }
