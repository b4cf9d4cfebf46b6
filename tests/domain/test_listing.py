"""A listing in time: pending, in force, suspended, ended, computed from the instant alone."""

import pytest

from registry.domain.listing import ListingStatus
from registry.domain.validity import start_of
from tests.builders import (
    MICROSECOND,
    a_listing,
    a_suspension,
    an_exit,
    at,
    before_midnight,
    on,
)


def test_listing_is_in_force_on_the_last_day_of_its_term():
    listing = a_listing(since="2024-03-01", until="2027-03-01")

    assert listing.is_in_force(before_midnight("2027-03-01"))


def test_listing_is_not_in_force_on_the_day_it_expires():
    listing = a_listing(since="2024-03-01", until="2027-03-01")

    assert listing.exit_at(start_of(on("2027-03-01"))) == ("expired", on("2027-03-01"))
    assert listing.status_at(start_of(on("2027-03-01"))) == "ended"


def test_days_begin_at_midnight_in_shanghai():
    listing = a_listing(since="2024-03-01")

    assert listing.status_at(at("2024-02-29T15:59:59.999999+00:00")) == "pending"
    assert listing.status_at(at("2024-02-29T16:00:00+00:00")) == "in_force"


A_LIFE = [
    ("2024-02-29", "pending"),
    ("2024-03-01", "in_force"),
    ("2024-06-01", "suspended"),
    ("2024-07-01", "in_force"),
    ("2024-09-01", "suspended"),
    ("2024-10-01", "ended"),
    ("2030-01-01", "ended"),
]


@pytest.mark.parametrize(("day", "status"), A_LIFE)
def test_the_life_of_a_listing_is_read_from_its_dates(day: str, status: str):
    listing = a_listing(
        since="2024-03-01",
        until="2027-03-01",
        suspensions=(
            a_suspension("verification", "2024-06-01", "2024-07-01"),
            a_suspension("late", "2024-09-01"),
        ),
        exit=an_exit("repaired", "2024-10-01"),
    )

    assert listing.status_at(at(day)) == status


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        a_listing().status_at(at("2024-03-01").replace(tzinfo=None))


def test_a_suspension_begins_and_ends_at_its_instants():
    listing = a_listing(suspensions=(a_suspension("verification", "2024-06-01", "2024-07-01"),))

    assert listing.is_in_force(at("2024-06-01") - MICROSECOND)
    assert listing.status_at(at("2024-06-01")) == "suspended"
    assert listing.status_at(at("2024-07-01") - MICROSECOND) == "suspended"
    assert listing.is_in_force(at("2024-07-01"))


def test_a_listing_both_under_verification_and_late_is_late():
    listing = a_listing(
        suspensions=(a_suspension("verification", "2024-06-01"), a_suspension("late", "2024-07-01"))
    )

    assert not listing.is_late(at("2024-06-15"))
    assert listing.is_late(at("2024-07-15"))


def test_a_suspension_does_not_stop_the_clock():
    listing = a_listing(until="2025-03-01", suspensions=(a_suspension("late", "2024-06-01"),))

    assert listing.exit_at(at("2025-03-01")) == ("expired", on("2025-03-01"))


def test_an_exit_works_from_its_instant_and_names_its_day():
    listing = a_listing(exit=an_exit("objection_upheld", "2024-10-01"))

    assert listing.is_in_force(at("2024-10-01") - MICROSECOND)
    assert listing.exit_at(at("2024-10-01")) == ("objection_upheld", on("2024-10-01"))


def test_an_ended_listing_stays_ended_with_its_first_ground():
    listing = a_listing(until="2025-03-01", exit=an_exit("repaired", "2024-10-01"))

    assert listing.exit_at(at("2026-01-01")) == ("repaired", on("2024-10-01"))


def test_a_pending_listing_can_end_before_it_begins():
    listing = a_listing(since="2024-03-01", exit=an_exit("objection_upheld", "2024-02-01"))

    assert listing.status_at(at("2024-01-31")) is ListingStatus.PENDING
    assert listing.status_at(at("2024-03-01")) is ListingStatus.ENDED
    assert listing.last_effect() == at("2024-02-01")


def test_the_last_effect_is_the_earlier_of_expiry_and_exit():
    assert a_listing(until="2027-03-01").last_effect() == start_of(on("2027-03-01"))
    exited = a_listing(until="2027-03-01", exit=an_exit("repaired", "2024-10-01"))
    assert exited.last_effect() == at("2024-10-01")
