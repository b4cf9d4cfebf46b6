"""A deadline is open, met or lapsed by the day, whether or not a sweep has run."""

import pytest

from registry.domain.deadline import Deadline
from registry.domain.validity import start_of
from tests.builders import at, before_midnight, on


def a_deadline(
    kind: str = "defence",
    due_on: str = "2024-03-08",
    earliest_on: str = "2024-03-09",
    state: str = "open",
    provisional: bool = False,
) -> Deadline:
    return Deadline(
        "deadline",
        kind,
        "determination",
        "case",
        "authority",
        on(due_on),
        on(earliest_on),
        provisional,
        state,
    )


def test_a_deadline_is_open_until_its_last_day_is_over():
    assert a_deadline().state_at(before_midnight("2024-03-09")) == "open"


def test_a_deadline_lapses_with_the_end_of_its_last_day_without_any_job():
    assert a_deadline().state_at(start_of(on("2024-03-09"))) == "lapsed"


def test_a_provisional_deadline_does_not_lapse_before_its_safe_bound():
    deadline = a_deadline(due_on="2028-01-10", earliest_on="2028-01-25", provisional=True)

    assert deadline.state_at(at("2028-01-20")) == "open"
    assert deadline.state_at(at("2028-01-25")) == "lapsed"


def test_an_expiry_is_met_on_the_first_day_not_in_force():
    expiry = a_deadline("expiry", due_on="2027-03-01", earliest_on="2027-03-01")

    assert expiry.state_at(before_midnight("2027-03-01")) == "open"
    assert expiry.state_at(start_of(on("2027-03-01"))) == "met"


@pytest.mark.parametrize("state", ["met", "lapsed"])
def test_a_closed_deadline_keeps_its_state(state: str):
    assert a_deadline(state=state).state_at(at("2030-01-01")) == state


def test_a_deadline_is_shown_in_the_shape_of_the_contract():
    shown = a_deadline().to_json(at("2024-03-08"))

    assert shown == {
        "id": "deadline",
        "kind": "defence",
        "target": {"type": "determination", "id": "case"},
        "state": "open",
        "owner": "authority",
        "due_on": "2024-03-08",
        "earliest_on": "2024-03-09",
        "provisional": False,
    }
