"""What a check drops, whom it reaches through an organisation, and who has a green channel."""

from typing import Any

import pytest

from registry.domain.check import Facts, Reached, decide
from registry.domain.listing import Listing
from registry.domain.measure import Edition, Measure
from tests.builders import (
    a_listing,
    a_measure,
    a_profile,
    a_request,
    a_subject,
    a_suspension,
    an_edition,
    an_exit,
    an_incentive,
    facts,
    on,
)

MANDATORY = a_measure()
RECOMMENDED = a_measure("p.more_inspections", force="recommended")
INCENTIVE = an_incentive()
EVERYTHING = an_edition(MANDATORY, RECOMMENDED, INCENTIVE)


def answer(known: Facts, **request: str) -> dict[str, Any]:
    return decide(a_request(**request), known)


def codes(told: dict[str, Any], kind: str = "sanctions") -> list[str]:
    return [one["code"] for force in ("mandatory", "recommended") for one in told[kind][force]]


def asked(
    *listings: Listing, held: Edition | None = None, as_of: str = "2025-06-01", **changes: Any
) -> dict[str, Any]:
    return answer(facts(*listings, editions=[held or EVERYTHING], **changes), as_of=as_of)


# --- dropped --------------------------------------------------------------------------------------


def test_a_proposed_sanction_that_no_edition_holds_is_dropped_and_told():
    told = asked(a_listing(), held=an_edition(RECOMMENDED), proposed={"tax": (MANDATORY,)})

    assert codes(told) == ["p.more_inspections"]
    assert [(one["sector"], one["code"]) for one in told["dropped"]] == [
        ("tax", "p.procurement_ban")
    ]


def test_a_published_sanction_is_not_dropped():
    assert asked(a_listing(), proposed={"tax": (MANDATORY,)})["dropped"] == []


@pytest.mark.parametrize(
    "measure",
    [
        an_incentive(follows="black"),
        a_measure(matters=["land.transfer"]),
        a_measure(follows="watch"),
        a_measure(subject_kinds=["person"]),
        a_measure(memorandum="a memorandum"),
    ],
    ids=["incentive", "other matter", "other list", "other kind", "not signed"],
)
def test_what_would_not_apply_is_not_dropped(measure: Measure):
    told = asked(a_listing(), held=an_edition(), proposed={"tax": (measure,)})

    assert told["dropped"] == []


def test_a_dropped_sanction_is_named_once_however_many_listings_lead_to_it():
    listings = (a_listing(), a_listing(id="second"))

    told = asked(*listings, held=an_edition(), proposed={"tax": (MANDATORY,)})

    assert len(told["dropped"]) == 1


# --- through an organisation ----------------------------------------------------------------------

PERSON = a_subject("person", "person")
REACHING = a_measure(reaches=frozenset({"legal_representative"}), subject_kinds=["enterprise"])


def reached(role: str = "legal_representative", **listing: Any) -> Reached:
    return Reached(a_listing(**listing), a_subject(), role)


def test_a_measure_reaches_a_responsible_person_and_names_the_link():
    told = asked(held=an_edition(REACHING), subject=PERSON, reached=(reached(),))

    assert told["outcome"] == "restricted"
    (ban,) = told["sanctions"]["mandatory"]
    assert ban["via"] == {
        "subject_id": "org",
        "name": "Name of org",
        "role": "legal_representative",
    }
    assert told["listings"] == []


def test_whoever_is_reached_is_told_the_grounds_of_the_organisations_listing():
    told = asked(held=an_edition(REACHING), subject=PERSON, reached=(reached(),))
    listed = asked(a_listing())

    (ban,), (ground,) = told["sanctions"]["mandatory"], told["through"]
    assert ground.pop("via") == ban["via"]
    assert [ground] == listed["listings"]
    assert ground["reason"]
    assert ground["basis"]
    assert ground["id"] == ban["listing_id"]


def test_what_reaches_nobody_is_not_told():
    own = asked(a_listing(), held=EVERYTHING)
    unreaching = asked(held=an_edition(MANDATORY), subject=PERSON, reached=(reached(),))
    other_role = asked(held=an_edition(REACHING), subject=PERSON, reached=(reached("shareholder"),))

    assert not any("through" in one for one in (own, unreaching, other_role))


def test_each_role_in_which_a_person_is_reached_is_told():
    both = a_measure(
        reaches=frozenset({"legal_representative", "principal"}), subject_kinds=["enterprise"]
    )
    told = asked(held=an_edition(both), subject=PERSON, reached=(reached(), reached("principal")))

    assert [one["via"]["role"] for one in told["through"]] == ["legal_representative", "principal"]


def test_a_measure_reaches_the_roles_of_its_basis_only():
    told = asked(held=an_edition(REACHING), subject=PERSON, reached=(reached("shareholder"),))
    unreaching = asked(held=an_edition(MANDATORY), subject=PERSON, reached=(reached(),))

    assert (told["outcome"], unreaching["outcome"]) == ("clear", "clear")


def test_a_measure_reaches_nobody_after_the_organisations_listing_ended():
    told = asked(held=an_edition(REACHING), subject=PERSON, reached=(reached(until="2025-06-01"),))

    assert told["outcome"] == "clear"


def test_a_sanction_that_would_reach_a_person_is_dropped_and_told_as_well():
    told = asked(
        held=an_edition(), subject=PERSON, reached=(reached(),), proposed={"tax": (REACHING,)}
    )

    assert [one["code"] for one in told["dropped"]] == ["p.procurement_ban"]


def test_the_sector_of_an_organisations_listing_is_needed_for_the_person():
    told = answer(facts(subject=PERSON, reached=(reached(),), enabled=frozenset()))

    assert told["outcome"] == "undetermined"


# --- green channel --------------------------------------------------------------------------------


def is_green(*listings: Listing, as_of: str = "2025-06-01", **changes: Any) -> bool:
    told = answer(facts(*listings, **changes), as_of=as_of)["green_channel"]
    assert told["reason"]
    return bool(told["eligible"])


def test_three_years_and_a_day_after_the_last_bad_record_the_channel_is_open():
    ended = a_listing(since="2021-01-01", until="2022-06-01")

    assert is_green(ended, as_of="2025-06-02")
    assert is_green(ended, as_of="2025-06-01")
    assert not is_green(ended, as_of="2025-05-31")


def test_a_misconduct_record_counts_like_a_listing():
    assert not is_green(last_misconduct_on=on("2022-06-01"), as_of="2025-06-01")
    assert is_green(last_misconduct_on=on("2022-06-01"), as_of="2025-06-02")


def test_a_subject_known_for_less_than_the_years_asked_is_not_eligible():
    assert not is_green(subject=a_subject(known_since="2022-06-02"))
    assert is_green(subject=a_subject(known_since="2022-06-01"))


def test_a_red_listing_exempts_from_the_years_where_the_profile_says_so():
    new = a_subject(known_since="2025-01-01")
    strict = a_profile(green__models_exempt=False)

    assert is_green(a_listing("red"), subject=new)
    assert not is_green(a_listing("red"), subject=new, profile=strict)


@pytest.mark.parametrize("list_kind", ["black", "watch", "alert"])
def test_a_subject_on_an_adverse_list_is_never_eligible(list_kind: str):
    red = a_listing("red", id="red")
    verified = a_listing(list_kind, suspensions=(a_suspension("verification", "2025-05-01"),))

    assert not is_green(a_listing(list_kind), red)
    assert not is_green(verified, red)


def test_a_late_listing_counts_for_nothing():
    assert is_green(a_listing(suspensions=(a_suspension("late", "2025-05-01"),)))


def test_a_listing_that_should_not_have_been_does_not_close_the_channel():
    assert is_green(a_listing(exit=an_exit("objection_upheld", "2025-05-01")))
    assert not is_green(a_listing(exit=an_exit("repaired", "2025-05-01")))
