"""A red listing ends where an adverse one begins, whatever had ended it, or was to, before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from registry.domain.subject import Subject
from registry.services import custody
from registry.store import tables
from tests.api.conftest import Http
from tests.api.general import listed, published
from tests.numbers import uscc


@pytest.fixture
def firm(http: Http) -> Subject:
    """One that stands on a red list."""
    published(http)
    made: Subject = http.world.enterprise(uscc(20))
    listed(http, made.id, "integrity_model")
    return made


def red(http: Http) -> Any:
    (found,) = [one for one in http.items("/listings", "agency") if one["list_kind"] == "red"]
    return found


def exits(http: Http, listing_id: str) -> list[str]:
    """The days on which its exit is announced, days to come as well."""
    table = tables.announcements
    with http.world.application.store.reading() as reading:
        rows = reading.connection.execute(
            sa.select(table.c.on_day).where(
                reading.known(table),
                table.c.target_id == listing_id,
                table.c.kind == "exited",
                table.c.withdrawn.is_(False),
            )
        )
        return [str(row.on_day) for row in rows]


def test_one_that_was_ended_the_same_day_does_not_stand_in_the_way(http: Http, firm: Subject):
    body = {"ground": "benefit_abused", "reason": "R"}
    id = red(http)["id"]
    assert http.post(f"/listings/{id}/exit", "reviewer", body).status_code == 200
    http.world.clock.advance(hours=1)

    black = http.world.listed(firm)

    today = str(http.world.today)
    assert red(http)["exit"] == {"ground": "blacklisted", "on": today}
    assert exits(http, id) == [today]
    assert http.check(uscc(20)).json["outcome"] == "restricted"
    assert str(black.valid_from) == today
    assert custody.verify(http.world.application.store).problem is None


def test_one_that_is_to_end_later_ends_with_the_first_that_begins(http: Http, firm: Subject):
    id, today = red(http)["id"], http.world.today
    http.world.listed(firm, valid_from=today + timedelta(days=20))
    assert exits(http, id) == [str(today + timedelta(days=20))]

    http.world.listed(firm, valid_from=today + timedelta(days=10))

    assert exits(http, id) == [str(today + timedelta(days=10))]
    assert red(http)["status"] == "in_force"
    assert custody.verify(http.world.application.store).problem is None
