"""A plugin that is upgraded or removed (I24): every answer that was given is explained by the rules
it was given under, and what was decided and listed stands as it was shown."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st

from registry.app import Application
from registry.domain.listing import Listing
from registry.plugin_manager import Plugins
from registry.services import custody
from registry.settings import Settings
from registry.testing.numbers import uscc
from tests.services.test_removals import evasion, later_version, set_figure
from tests.services.test_rules import activate
from tests.world import World

Document = dict[str, Any]
DAY = timedelta(days=1)
QUIETLY: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
CODES = (uscc(number) for number in count(2_000))


class Past:
    """What was decided, listed and answered, as it was shown then."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = world.application.flask().test_client()
        self.shown: dict[str, Any] = {}
        self.answers: list[str] = []

    def page(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1/{path}", headers=self.world.headers("authority"))
        assert answer.status_code == 200, answer.text
        return answer.json

    def list_one(self) -> str:
        """A firm that has evaded far more than any figure asks for is listed; its code."""
        code, world = next(CODES), self.world
        firm = world.enterprise(code)
        amounts = {"underpaid_amount": "9000000", "due_total_year": "10000000"}
        case = world.propose(firm, world.record(firm, world.today - 90 * DAY, **amounts))
        world.notice(case, world.today - 60 * DAY)
        self.keep(world.confirm(case))
        return code

    def keep(self, listing: Listing) -> None:
        for path in (f"listings/{listing.id}", f"determinations/{listing.determination_id}"):
            self.shown[path] = self.page(path)

    def ask(self, code: str) -> dict[str, Any]:
        answer = self.world.ask(code)
        self.answers.append(answer["id"])
        return answer

    def require_unchanged(self) -> None:
        for path, before in self.shown.items():
            assert self.page(path) == before, path
        self.require_replays(self.world.application)

    def require_replays(self, application: Application) -> None:
        checks = application.registry.checks
        with application.registry.view(self.world.tokens["auditor"]) as view:
            for id in self.answers:
                assert checks.replay(view.reading, view.actor, id) == {"same": True}


# --- what an upgrade may say otherwise, without a new version of anything -------------------------


def other_texts(document: Document) -> None:
    for version in evasion(document)["versions"]:
        version["text_zh"] = "改写后的条文。"
    evasion(document)["title"] = "Another title"


def higher_figures(document: Document) -> None:
    for version in evasion(document)["versions"]:
        set_figure(version["when"], 5_000_000)


def other_consequences(document: Document) -> None:
    """Shorter, for good, of another grade and category."""
    criterion = evasion(document)
    criterion["severity"] = {"scheme": "suqian-draft-2018", "level": "general"}
    criterion["categories"] = ["life_health"]
    for version in criterion["versions"]:
        version["term"] = {**version["term"], "max": "P1Y", "joint": None}
        version["repair"] = {**version["repair"], "repairable": "no"}


def other_measures(document: Document) -> None:
    tax = document["sectors"]["tax"]
    tax["measures"] = [{**one, "content": "Another."} for one in tax["measures"][1:]]


def without_the_criterion(document: Document) -> None:
    tax = document["sectors"]["tax"]
    tax["criteria"] = [one for one in tax["criteria"] if one is not evasion(document)]


def without_the_sector(document: Document) -> None:
    del document["sectors"]["tax"]


def without_any_sector(document: Document) -> None:
    document["sectors"] = {}


def other_numbers(document: Document) -> None:
    national = document["profiles"]["national"]["parameters"]
    national["validity.cap.serious_org"][0]["value"] = "P1Y"
    national["category_set"][0]["value"] = "baiyun-2016"


def without_a_calendar(document: Document) -> None:
    document["calendars"]["cn"]["years"] = []


# In the order in which one release applies them: what is changed has not yet gone.
UPGRADES = (
    other_numbers,
    without_a_calendar,
    other_texts,
    higher_figures,
    other_consequences,
    other_measures,
    without_the_criterion,
    without_the_sector,
    without_any_sector,
)


def released(first: Document, changes: list[Callable[[Document], None]]) -> Document:
    """The rules of the first release with some changes."""
    document = copy.deepcopy(first)
    for change in sorted(changes, key=UPGRADES.index):
        change(document)
    return document


@pytest.fixture
def restarted(world: World, settings: Settings, bundled: Plugins) -> Iterator[Application]:
    """Another process on the same store, which has read nothing yet."""
    made = Application(settings, world.clock)
    made.__dict__["plugins"] = bundled
    yield made
    made.close()


@pytest.mark.proves("I24")
def test_after_an_upgrade_past_answers_replay_and_a_listing_keeps_its_text(
    world: World, restarted: Application
) -> None:
    past, clean = Past(world), next(CODES)
    world.enterprise(clean)
    listed = past.list_one()
    first, other = past.ask(listed), past.ask(clean)
    assert (first["outcome"], other["outcome"]) == ("restricted", "clear")

    activate(world, later_version(1_500_000, world.today))
    past.require_unchanged()
    activate(world, other_texts)
    activate(world, other_consequences)
    past.require_unchanged()

    second = past.ask(listed)
    assert second["rulebook"]["digest"] != first["rulebook"]["digest"]
    assert second["outcome"] == "restricted"
    assert second["listings"] == first["listings"]
    assert past.list_one()  # and the new rules are those that count now
    past.require_unchanged()
    past.require_replays(restarted)
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.proves("I24", "F54")
@of_hypothesis(max_examples=20, **QUIETLY)
@given(st.lists(st.lists(st.sampled_from(UPGRADES), max_size=3, unique=True), max_size=3))
def test_whatever_comes_and_goes_the_past_stands(
    world: World, upgrades: list[list[Callable[[Document], None]]]
) -> None:
    """Each list is a release of the plugins: what it says otherwise than the first one did."""
    with world.registry.view() as view:
        first = copy.deepcopy(dict(view.rulebook.document))
    past = Past(world)
    codes = [past.list_one(), next(CODES)]
    world.enterprise(codes[1])

    for changes in [*upgrades, []]:
        for code in codes:
            past.ask(code)
        new = released(first, changes)
        activate(world, lambda document, new=new: document.update(new))
        past.require_unchanged()

    assert [past.ask(code)["outcome"] for code in codes] == ["restricted", "clear"]
