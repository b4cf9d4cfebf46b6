"""Every Python example of docs/hooks is a plugin that loads, and does what its page says."""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from registry import hookspecs, logs
from registry.domain.events import Event
from registry.domain.page import PageView
from registry.domain.subject import InvalidIdentifier
from registry.metrics import Metrics
from registry.plugin_manager import Plugins, load_plugins
from registry.predicates.runner import Predicates, sources_of
from registry.rulebook.profiles import resolve_profiles
from registry.testing.clock import START

PAGES = sorted((Path(__file__).parents[2] / "docs" / "hooks").glob("*.md"))
HOOKS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", HOOKS, re.M | re.S)
# The one example with a file beside it: the page names the file and shows it.
((PROFILE_NAME, PROFILE),) = re.findall(
    r"`(profiles/\w+\.yaml)`\. [^`]*^```yaml\n(.*?)^```$", HOOKS, re.M | re.S
)


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Plugins]]:
    """Each example as a package of its own, loaded; by the hook it is for."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ENERGY_OUTBOX", str(tmp_path / "outbox"))
    found: dict[str, Plugins] = {}
    names = [f"example_{number}" for number in range(len(EXAMPLES))]
    for name, text in zip(names, EXAMPLES, strict=True):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text, encoding="utf-8")
        if "load_profiles" in text:
            (tmp_path / name / "profiles").mkdir()
            (tmp_path / name / PROFILE_NAME).write_text(PROFILE, encoding="utf-8")
        importlib.invalidate_caches()
        plugins = load_plugins((), [name])
        for hook in plugins.describe()[0].hooks:
            found[hook] = plugins
    yield found
    for name in names:
        sys.modules.pop(name, None)


def test_every_hook_has_one_example(examples):
    given = {name for name in vars(hookspecs) if name.startswith("registry_")}

    assert examples.keys() == given
    assert len(examples) == len(EXAMPLES)


@pytest.mark.parametrize("text", ["EN123455", "en 123 455"])
def test_the_example_of_an_identifier_has_one_canonical_form(examples, text):
    (scheme,) = examples["registry_identifiers"].identifiers()

    assert scheme.parse(text, START.date()) == "EN123455"
    for wrong in ("EN123456", "EN12345", "EN１２３４５５", ""):
        with pytest.raises(InvalidIdentifier) as caught:
            scheme.parse(wrong, START.date())
        assert "12345" not in str(caught.value)


def test_the_example_of_a_calendar_counts_working_days(examples):
    (calendar,) = examples["registry_calendars"].calendars()

    due = calendar.after_working_days(date(2025, 12, 31), 2)

    assert calendar.is_working_day(date(2026, 1, 4))  # a Sunday
    assert (due.due_on, due.provisional) == (date(2026, 1, 5), False)
    assert calendar.after_working_days(date(2027, 3, 1), 1).provisional


def test_the_example_of_a_profile_sets_its_own_numbers_and_has_its_parents(examples):
    given = (*examples["registry_profiles"].profiles(), *load_plugins(("china",)).profiles())

    profiles = resolve_profiles(one.document for one in given)

    days = "publish.decision.working_days"
    before, since = date(2025, 12, 31), date(2026, 1, 1)
    national, east = profiles["national"], profiles["east"]
    assert east.value(days, before) == national.value(days, before) != 3
    assert east.value(days, since) == 3
    assert east.parameters.keys() == national.parameters.keys()


@pytest.mark.parametrize(("gains", "met"), [(["1", "2", "3"], True), (["2", "2"], False)])
def test_the_example_of_a_predicate_holds_in_a_worker(examples, gains, met):
    records = [
        {"decided_on": f"2024-01-0{day}", "fields": {"gain": gain}}
        for day, gain in enumerate(gains, 1)
    ]
    plugins = examples["registry_predicates"]
    asked = Predicates(sources_of(plugins), Metrics(), logs.get())

    verdict = asked.ask("energy.gain_grew", {"records": records[::-1]})

    assert verdict.met is met
    asked.close()


def test_the_example_of_a_command_runs(examples):
    ((command,),) = examples["registry_commands"].commands().values()

    assert command.run("12.34") == "1234.00"
    with pytest.raises(ValueError, match="x is no amount"):
        command.run("x")


def test_the_example_of_a_page_is_made_and_escaped(examples):
    ((page,),) = examples["registry_pages"].pages().values()
    rules = {"sectors": {"a": {"title": "A & B", "title_zh": "甲"}}}

    assert "<li>A &amp; B</li>" in page.render(PageView(rules, START.date(), "en"))
    assert "<li>甲</li>" in page.render(PageView(rules, START.date(), "zh-CN"))


def test_the_example_of_a_listener_leaves_one_file_however_often_it_is_told(examples, tmp_path):
    (listener,) = examples["registry_event"].listeners().values()
    listed = Event(7, "listing.listed", START, {"listing_id": "l1"})

    for event in (listed, listed, Event(8, "listing.exited", START, {})):
        listener(event)

    (file,) = (tmp_path / "outbox").iterdir()
    assert file.name == "7.json"
    assert json.loads(file.read_text())["listing_id"] == "l1"
