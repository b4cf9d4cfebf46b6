"""Cases whose sector was switched off while they were open: they stand, can be read among the
others, and go on once its plugin is back."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from registry.rulebook.rulebook import Rulebook
from registry.services import rules
from tests.api.conftest import Http
from tests.api.general import confirmed, filed, opened
from tests.api.shape import assert_problem
from tests.services.test_rules import activate


@pytest.fixture
def cases(http: Http) -> dict[str, Any]:
    """One open case of general and one of tax, of one authority."""
    firm, other = http.world.enterprise(), http.world.enterprise()
    record = http.world.record(other, http.world.today)
    assert filed(http, firm.id, "market_order").status_code == 201
    found = opened(http, firm.id, "market_order")
    assert found is not None
    return {"general": found, "tax": {"id": http.world.propose(other, record).id}}


def switch_off(http: Http) -> Rulebook:
    """Without general; the rulebook with it is given back."""
    with http.world.registry.view() as view:
        whole = Rulebook.from_document(copy.deepcopy(dict(view.rulebook.document)))
    activate(http.world, lambda document: document["sectors"].pop("general"))
    return whole


@pytest.mark.proves("F54")
def test_a_case_of_a_sector_that_is_off_stands_among_the_others(http: Http, cases: dict[str, Any]):
    switch_off(http)

    shown = {one["id"]: one for one in http.items("/determinations", "authority")}
    general = shown[cases["general"]["id"]]

    assert shown.keys() == {one["id"] for one in cases.values()}
    assert general["next"] == [{"action": "enable_rules", "basis": []}]
    assert general["finding"] == cases["general"]["finding"]
    assert http.get(f"/determinations/{general['id']}", "authority").json == general
    assert "enable_rules" not in str(shown[cases["tax"]["id"]]["next"])


@pytest.mark.proves("F54")
def test_it_goes_no_further_without_its_rules_and_can_be_dropped(http: Http, cases: dict[str, Any]):
    switch_off(http)
    path = f"/determinations/{cases['general']['id']}"

    for action, who, body in (
        ("notice", "authority", {"served_on": "2026-01-10"}),
        ("publicise", "authority", {}),
        ("confirm", "reviewer", {}),
    ):
        answer = http.post(f"{path}/{action}", who, body)
        told = assert_problem(answer, 409, "rules-not-enabled")
        assert told["criterion"] == "general.market_order"
        assert told["version"] == cases["general"]["criterion_version"]

    dropped = http.post(f"{path}/drop", "authority", {"reason": "Its rules are gone."})
    assert (dropped.status_code, dropped.json["state"]) == (200, "dropped")


@pytest.mark.proves("F54")
def test_it_goes_on_where_it_stood_once_its_plugin_is_back(http: Http, cases: dict[str, Any]):
    whole = switch_off(http)
    with http.world.registry.operating() as work:
        rules.activate(work.change, whole, "back".ljust(64, "0"))

    (again,) = [
        one
        for one in http.items("/determinations", "authority")
        if one["id"] == cases["general"]["id"]
    ]
    assert again == cases["general"]
    assert confirmed(http, again)["state"] == "confirmed"
