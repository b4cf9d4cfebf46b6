"""Every Python example of docs/hooks.md is a plugin that loads, and does what the page says."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import hookspecs, logs
from registry.domain.page import PageView
from registry.metrics import Metrics
from registry.plugin_manager import Plugins, load_plugins
from registry.predicates.runner import Predicates, sources_of
from registry.testing.clock import START

HOOKS = Path(__file__).parents[2] / "docs" / "hooks.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", HOOKS.read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Plugins]]:
    """Each example as a module of its own, loaded; by the hook it is for."""
    monkeypatch.syspath_prepend(str(tmp_path))
    found: dict[str, Plugins] = {}
    names = [f"example_{number}" for number in range(len(EXAMPLES))]
    for name, text in zip(names, EXAMPLES, strict=True):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        plugins = load_plugins((), [name])
        for hook in plugins.describe()[0].hooks:
            found[hook] = plugins
    yield found
    for name in names:
        sys.modules.pop(name, None)


def test_the_hooks_that_a_team_writes_itself_have_an_example(examples):
    given = {name for name in vars(hookspecs) if name.startswith("registry_")}

    assert examples.keys() <= given
    assert {"registry_sectors", "registry_predicates", "registry_commands", "registry_pages",
            "registry_record_adapters", "registry_actor"} <= examples.keys()  # fmt: skip


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
