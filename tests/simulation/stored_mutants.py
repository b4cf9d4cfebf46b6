"""Wrong registries: each breaks one thing between the services and an answer, so that the histories
can show that they see it.

A mutant replaces one function through pytest's monkeypatch, for one test. Not among them is a
`listings_of` that takes `valid_to` for the last day: it reads one entry more, of which the decision
then finds that it has ended, so that no answer changes.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from registry.domain.listing import Elsewhen, Entry
from registry.domain.validity import start_of
from registry.services import confirmations, exits, gathering
from registry.services.checks import Checks
from registry.services.context import Contexts
from registry.store import check_facts, listings, records, tables
from registry.store.check_facts import Known
from registry.store.prepared import Prepared
from registry.store.transaction import Reading

Patch = pytest.MonkeyPatch
DAY = timedelta(days=1)


# --- what a check reads of the subject's listings -----------------------------------------------


def reading(change: Callable[[Known, date], Known]) -> Callable[[Patch], None]:
    """A registry whose checks read the listings otherwise."""
    real = check_facts.listings_of

    def listings_of(reading: Reading, subject_id: str, on: date) -> Known:
        return change(real(reading, subject_id, on), on)

    return lambda patch: patch.setattr(check_facts, "listings_of", listings_of)


def every(**changes: Any) -> Callable[[Known, date], Known]:
    return lambda known, on: (
        tuple(replace(one, **changes) for one in known[0]),
        tuple(replace(one, **changes) for one in known[1]),
    )


def elsewhere(is_out: Callable[[Entry, date], bool]) -> Callable[[Known, date], Known]:
    """Some of the entries whose period covers the day are taken for others."""

    def change(known: Known, on: date) -> Known:
        out = [
            Elsewhen(one.list_kind, one.valid_from, one.valid_to, one.exit, one.suspensions)
            for one in known[0]
            if is_out(one, on)
        ]
        return tuple(one for one in known[0] if not is_out(one, on)), (*known[1], *out)

    return change


def exits_at_midnight(known: Known, on: date) -> Known:
    def moved(one: Any) -> Any:
        return one.exit and replace(one.exit, at=start_of(one.exit.on))

    return (
        tuple(replace(one, exit=moved(one)) for one in known[0]),
        tuple(replace(one, exit=moved(one)) for one in known[1]),
    )


def exits_of_the_past_unread(known: Known, on: date) -> Known:
    return known[0], tuple(replace(one, exit=None) for one in known[1])


# --- what was known -----------------------------------------------------------------------------


def versions_are_never_replaced(patch: Patch) -> None:
    table = tables.listings
    statement = (
        sa.select(*(table.c[name] for name in check_facts._LISTING_COLUMNS))
        .where(
            table.c.subject_id == sa.bindparam("subject"),
            table.c.known_from <= sa.bindparam("seq"),
        )
        .order_by(table.c.place)
    )
    patch.setitem(check_facts._LISTINGS, True, Prepared(statement))


def the_past_is_the_present(patch: Patch) -> None:
    patch.setitem(check_facts._LISTINGS, True, check_facts._LISTINGS[False])


def persons_were_always_named(patch: Patch) -> None:
    real = listings.reaching

    def reaching(reading: Reading, person_id: str) -> list[Any]:
        return real(Reading(reading.connection, reading.vault), person_id)

    patch.setattr(listings, "reaching", reaching)


def editions_are_those_of_now(patch: Patch) -> None:
    patch.setattr(Contexts, "as_known", lambda self, reading: self.latest)


def editions_are_read_once(patch: Patch) -> None:
    real = Contexts.at_head
    patch.setattr(Contexts, "at_head", lambda self, *rest: self.latest or real(self, *rest))


# --- the rest -----------------------------------------------------------------------------------


def a_transaction_remembers(patch: Patch) -> None:
    """Checks that share a transaction share what the first of them read of a subject."""
    real = check_facts.listings_of

    def listings_of(reading: Reading, subject_id: str, on: date) -> Known:
        kept: dict[str, Known] = reading.__dict__.setdefault("kept", {})
        return kept.setdefault(subject_id, real(reading, subject_id, on))

    patch.setattr(check_facts, "listings_of", listings_of)


def a_transaction_has_one_asker(patch: Patch) -> None:
    real = Checks._one_of_many
    bearers: dict[int, str] = {}

    def one_of_many(self: Checks, log: Any, context: Any, bearer: str, *asked: Any) -> Any:
        first = bearers.setdefault(id(log), bearer)
        return real(self, log, context, first, *asked)

    patch.setattr(Checks, "_one_of_many", one_of_many)


def returned_records_count(patch: Patch) -> None:
    def last_misconduct(reading: Reading, subject_id: str, until: date) -> date | None:
        found = [
            one.ended_on or one.decided_on
            for one in records.of_subject(reading, subject_id)
            if one.kind != "general.commendation" and one.decided_on <= until
        ]
        return max(found, default=None)

    patch.setattr(records, "last_misconduct", last_misconduct)


def red_listings_stay(patch: Patch) -> None:
    real = confirmations._write
    patch.setattr(confirmations, "_write", lambda work, made: real(work, replace(made, ended=())))


def nothing(owner: Any, name: str, value: Any = None) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(owner, name, lambda *args: value)


MUTANTS: dict[str, Callable[[Patch], None]] = {
    "the first day is elsewhen": reading(elsewhere(lambda one, on: one.valid_from == on)),
    "the last day is elsewhen": reading(elsewhere(lambda one, on: one.valid_to == on + DAY)),
    "exits are not read": reading(every(exit=None)),
    "exits of former entries are not read": reading(exits_of_the_past_unread),
    "exits count from midnight": reading(exits_at_midnight),
    "suspensions are not read": reading(every(suspensions=())),
    "former entries count for nothing": reading(lambda known, on: (known[0], ())),
    "versions are never replaced": versions_are_never_replaced,
    "the past is read as the present": the_past_is_the_present,
    "persons were always named": persons_were_always_named,
    "earlier editions are those of now": editions_are_those_of_now,
    "editions are read once": editions_are_read_once,
    "a transaction remembers listings": a_transaction_remembers,
    "a transaction has one asker": a_transaction_has_one_asker,
    "persons are not reached": nothing(gathering, "_reached", ()),
    "misconduct is not looked up": nothing(records, "last_misconduct"),
    "returned records count": returned_records_count,
    "red listings stay": red_listings_stay,
    "watch listings keep their day": nothing(exits, "_move"),
}
