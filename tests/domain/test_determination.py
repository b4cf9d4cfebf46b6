"""The steps of a case: which are demanded, which are missing, and when each can be relied on."""

from datetime import date
from typing import Any

import pytest

from registry.domain.criterion import CriterionVersion
from registry.domain.determination import (
    Demands,
    Determination,
    State,
    Submission,
    defence_period,
    demands,
    missing_steps,
    moved,
    publicity_period,
)
from registry.domain.errors import IllegalTransition
from registry.domain.listing import ListKind
from registry.domain.profile import Profile
from registry.domain.subject import SubjectKind
from registry.domain.workdays import Due
from tests.builders import LAW, a_calendar, a_case, a_criterion, a_profile, on

ALL = "proposed noticed publicised confirmed dropped"
GRAPH = {
    "notice": {"proposed": "noticed"},
    "publicise": {"proposed": "publicised", "noticed": "publicised"},
    "submit": {"proposed": "proposed", "noticed": "noticed", "publicised": "publicised"},
    "confirm": {"proposed": "confirmed", "noticed": "confirmed", "publicised": "confirmed"},
    "drop": {"proposed": "dropped", "noticed": "dropped", "publicised": "dropped"},
}


@pytest.mark.proves("I5")
@pytest.mark.parametrize("state", ALL.split())
@pytest.mark.parametrize("action", GRAPH)
def test_a_case_moves_along_the_graph_and_nowhere_else(action: str, state: str):
    target = GRAPH[action].get(state)
    if target is not None:
        assert moved(State(state), action) == target
        return
    with pytest.raises(IllegalTransition) as refusal:
        moved(State(state), action)
    assert refusal.value.details == {"state": state, "action": action}


def test_an_unknown_action_is_no_transition():
    with pytest.raises(IllegalTransition):
        moved(State.PROPOSED, "listed")


# --- what is demanded -----------------------------------------------------------------------------


def demanded(
    criterion: CriterionVersion | None = None,
    kind: str = "enterprise",
    profile: Profile | None = None,
    accepted: bool = False,
) -> set[str]:
    found = demands(
        criterion or a_criterion(),
        SubjectKind(kind),
        profile or a_profile(),
        accepted,
        on("2024-03-01"),
    )
    names = ("accept_rule", "notice", "warning", "publicity")
    return {name for name in names if getattr(found, name) is not None}


def test_an_organisation_is_told_only_where_criterion_or_profile_say_so():
    assert demanded() == set()
    assert demanded(a_criterion(notice=True)) == {"notice"}
    assert demanded(profile=a_profile(notice__scope="all")) == {"notice"}


@pytest.mark.parametrize("kind", ["person", "public_official"])
def test_persons_are_always_told(kind: str):
    assert demanded(a_criterion(notice=False), kind) == {"notice"}


def test_every_demand_for_a_notice_is_named_with_its_source():
    found = demands(
        a_criterion(notice=True),
        SubjectKind.ENTERPRISE,
        a_profile(notice__scope="all"),
        False,
        on("2024-03-01"),
    )

    assert found.notice is not None
    assert [one.article for one in found.notice] == [LAW.article, "notice.scope"]


def test_a_red_case_is_publicised_and_needs_a_notice_only_where_its_rule_says_so():
    assert demanded(a_criterion("red"), "person") == {"publicity"}
    assert demanded(a_criterion("red", notice=True)) == {"publicity", "notice"}


def test_a_black_case_is_publicised_only_where_the_profile_says_so():
    assert demanded(profile=a_profile(black__publicity=True)) == {"publicity"}


@pytest.mark.parametrize("kind", ["enterprise", "person"])
def test_a_watch_case_needs_a_warning(kind: str):
    assert demanded(a_criterion("watch"), kind) == {"warning"}


def test_a_rule_to_verify_must_be_accepted_by_name():
    assert demanded(a_criterion(status="to_verify")) == {"accept_rule"}
    assert demanded(a_criterion(status="to_verify"), accepted=True) == set()


# --- what is missing ------------------------------------------------------------------------------

NOTHING = Demands(None, None, None, None)
NOTICE = Demands((LAW,), None, None, None)
WARNING = Demands(None, None, (LAW,), None)
PUBLICITY = Demands(None, (LAW,), None, None)
WINDOW = Due(on("2024-03-08"), on("2024-03-09"), False)


def missing(
    case: Determination, needed: Demands, today: str = "2024-03-01"
) -> list[tuple[str, date | None]]:
    return [(one.action, one.earliest_on) for one in missing_steps(case, needed, on(today))]


def a_told_case(**changes: Any) -> Determination:
    told = {"state": "noticed", "served_on": on("2024-03-01"), "defence": WINDOW}
    return a_case(**{**told, **changes})


def test_nothing_is_missing_where_nothing_is_demanded():
    assert missing(a_case(), NOTHING) == []


def test_the_notice_is_missing_until_it_is_served():
    assert missing(a_case(), NOTICE) == [("notice", None)]


def test_the_time_to_answer_must_be_over():
    assert missing(a_told_case(), NOTICE, "2024-03-08") == [("defence_window", on("2024-03-09"))]
    assert missing(a_told_case(), NOTICE, "2024-03-09") == []


def test_time_to_answer_once_given_is_kept_even_if_nobody_demanded_it():
    assert missing(a_told_case(), NOTHING, "2024-03-08") == [("defence_window", on("2024-03-09"))]


def test_a_notice_without_time_to_answer_is_not_enough():
    assert missing(a_told_case(defence=None), NOTICE) == [("defence_window", None)]


def test_a_warning_is_missing_until_it_is_served_with_its_end_date():
    served = a_told_case(list_kind=ListKind.WATCH)

    assert missing(a_case("watch"), WARNING) == [("warning", None)]
    assert missing(served, WARNING, "2024-03-09") == [("warning", None)]
    assert missing(a_told_case(ends_on=on("2024-12-31")), WARNING, "2024-03-09") == []


def a_submission(outcome: str | None) -> Submission:
    return Submission("s", "We paid.", on("2024-03-02"), outcome, "It was paid late.")


def test_an_unanswered_submission_blocks_and_an_answered_one_does_not():
    said, answered = a_submission(None), a_submission("rejected")

    assert missing(a_case(submissions=(answered, said)), NOTHING) == [("answer_submission", None)]
    assert missing(a_case(submissions=(answered,)), NOTHING) == []


def test_publicity_is_missing_until_its_days_are_over():
    shown = a_case(state="publicised", publicity=Due(on("2024-03-12"), on("2024-03-13"), False))

    assert missing(a_case(), PUBLICITY) == [("publicity", None)]
    assert missing(shown, PUBLICITY, "2024-03-12") == [("publicity", on("2024-03-13"))]
    assert missing(shown, PUBLICITY, "2024-03-13") == []


def test_all_missing_steps_are_named_at_once_with_their_basis():
    needed = Demands((LAW,), (LAW,), None, (LAW,))
    case = a_case(submissions=(a_submission(None),))

    found = missing_steps(case, needed, on("2024-03-01"))

    actions = ["accept_rule", "notice", "answer_submission", "publicity"]
    assert [one.action for one in found] == actions
    assert found[0].to_json() == {"action": "accept_rule", "basis": [LAW.to_json()]}


# --- how long -------------------------------------------------------------------------------------


def test_the_profile_gives_the_time_to_answer_where_the_rule_gives_none():
    # Friday 1 March 2024; five working days are the next Monday to Friday
    due = defence_period(a_criterion(), a_profile(), a_calendar(), on("2024-03-01"))

    assert due == Due(on("2024-03-08"), on("2024-03-09"), False)


@pytest.mark.parametrize(
    ("unit", "due_on"), [("working", "2024-03-08"), ("calendar", "2024-03-06")]
)
def test_the_profile_says_which_days_its_number_counts(unit, due_on):
    profile = a_profile(**{"deadline.unit.notice.defence_days": unit})

    due = defence_period(a_criterion(), profile, a_calendar(), on("2024-03-01"))

    assert due.due_on == on(due_on)


@pytest.mark.parametrize(
    ("reply_days", "working", "last"),
    [
        (3, True, "2024-03-08"),  # shorter than the profile's five
        (10, True, "2024-03-15"),
        (6, False, "2024-03-08"),  # calendar days, shorter
        (8, False, "2024-03-09"),  # a calendar period may end on a Saturday
    ],
)
def test_of_the_rules_days_and_the_profiles_the_later_last_day_counts(
    reply_days: int, working: bool, last: str
):
    rule = a_criterion(notice=True, reply_days=reply_days, working=working)

    due = defence_period(rule, a_profile(), a_calendar(), on("2024-03-01"))

    assert due.due_on == on(last)


def test_a_holiday_of_the_calendar_is_not_counted():
    due = defence_period(a_criterion(), a_profile(), a_calendar(), on("2024-09-30"))

    assert due.due_on == on("2024-10-10")  # 1 to 3 October off: 4, 7, 8, 9, 10


def test_beyond_the_calendar_nobody_may_rely_on_the_day_before_the_safe_bound():
    due = defence_period(a_criterion(), a_profile(), a_calendar(2024), on("2026-03-02"))

    assert due == Due(on("2026-03-09"), on("2026-03-24"), True)


@pytest.mark.parametrize(("kind", "last"), [("red", "2024-03-12"), ("black", "2024-03-15")])
def test_publicity_has_its_own_days_for_each_list(kind: str, last: str):
    profile = a_profile(black__publicity__days=10)

    due = publicity_period(ListKind(kind), profile, a_calendar(), on("2024-03-01"))

    assert due.due_on == on(last)
