"""The tests name the requirements they prove; this plugin counts them.

`@pytest.mark.requirement("CHK-09")` tags a test, and `@pytest.mark.proves("I24", "F54")` one for an
invariant or a fault; `@pytest.mark.control("F54")` its negative control, which shows that the same
test finds what is wrong once the guard is off. An identifier that tests/requirements.yaml, or
tests/reliability.yaml, does not hold fails the test. What is tagged is proved when at least one
such test ran and passed and none failed. The tags travel inside the test reports, so that the count
is right with xdist too, where the process that prints has collected nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

CATALOGUE = Path(__file__).with_name("requirements.yaml")
RELIABILITY = Path(__file__).with_name("reliability.yaml")
PROPERTY = "requirement"
PROVES = "proves"
CONTROL = "control"


@dataclass(frozen=True)
class Requirement:
    """One line of the catalogue."""

    id: str
    group: str
    issue: str
    text: str


def load_catalogue(path: Path = CATALOGUE) -> dict[str, Requirement]:
    groups = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return {
        id_: Requirement(id_, group, str(item["issue"]), item["text"])
        for group, content in groups.items()
        for id_, item in content["items"].items()
    }


def load_reliability(path: Path = RELIABILITY) -> dict[str, str]:
    """The text of each invariant and fault, by identifier."""
    return dict(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))


@dataclass
class Tally:
    """What the tagged tests of one run have shown."""

    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def add(self, ids: Iterable[str], *, when: str, outcome: str) -> None:
        if outcome == "failed":
            self.failed.update(ids)
        elif outcome == "passed" and when == "call":
            self.passed.update(ids)

    @property
    def proved(self) -> set[str]:
        return self.passed - self.failed


def report_lines(
    catalogue: dict[str, Requirement], tally: Tally, issues: Iterable[str]
) -> Iterator[str]:
    """Proved and total per group, then what the asked issues still owe."""
    groups: dict[str, list[Requirement]] = {}
    for requirement in catalogue.values():
        groups.setdefault(requirement.group, []).append(requirement)
    for group, members in groups.items():
        proved = sum(member.id in tally.proved for member in members)
        yield f"{group}  {proved:3} / {len(members)}"
    yield f"all  {len(tally.proved)} / {len(catalogue)}"
    for issue in issues:
        asked = [r for r in catalogue.values() if r.issue == issue]
        owed = [r for r in asked if r.id not in tally.proved]
        yield f"issue {issue}: {len(asked) - len(owed)} / {len(asked)} proved"
        for requirement in owed:
            state = "FAILED" if requirement.id in tally.failed else "unproved"
            yield f"  {requirement.id} {state}: {requirement.text}"


def reliability_lines(texts: Mapping[str, str], tally: Tally, controls: Tally) -> Iterator[str]:
    """Proved, controlled and total, then what is owed."""
    for what, found in (("proved", tally), ("with a negative control", controls)):
        owed = [id_ for id_ in texts if id_ not in found.proved]
        yield f"reliability: {len(texts) - len(owed)} / {len(texts)} {what}"
        for id_ in owed:
            yield f"  {id_} {'FAILED' if id_ in found.failed else 'not ' + what}: {texts[id_]}"


class RequirementPlugin:
    """Checks the tags at collection, counts the reports, prints at the end."""

    def __init__(self) -> None:
        self.catalogue = load_catalogue()
        self.reliability = load_reliability()
        self.known: dict[str, tuple[str, Collection[str]]] = {
            PROPERTY: (CATALOGUE.name, self.catalogue),
            PROVES: (RELIABILITY.name, self.reliability),
            CONTROL: (RELIABILITY.name, self.reliability),
        }
        self.tallies = {name: Tally() for name in self.known}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for name in self.known:
                for mark in item.iter_markers(name):
                    item.user_properties.extend((name, str(id_)) for id_ in mark.args)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        # Not at collection: what a worker of xdist raises there never reaches the reader.
        for name, (file, known) in self.known.items():
            for mark in item.iter_markers(name):
                unknown = [str(id_) for id_ in mark.args if id_ not in known]
                if unknown or not mark.args or mark.kwargs:
                    pytest.fail(
                        f"@pytest.mark.{name} must name identifiers of {file}; "
                        f"unknown: {', '.join(unknown) or 'none given'}",
                        pytrace=False,
                    )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, (_, known) in self.known.items():
            ids = {str(value) for key, value in report.user_properties if key == name}
            # An expected failure that came true is reported as skipped: it proves nothing.
            self.tallies[name].add(ids & set(known), when=report.when, outcome=report.outcome)

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        if not config.getoption("requirements_report"):
            return
        terminalreporter.section("requirements proved by this run")
        issues = config.getoption("requirements_issue") or ["2"]
        for line in report_lines(self.catalogue, self.tallies[PROPERTY], issues):
            terminalreporter.write_line(line)
        for line in reliability_lines(
            self.reliability, self.tallies[PROVES], self.tallies[CONTROL]
        ):
            terminalreporter.write_line(line)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("requirements")
    group.addoption(
        "--requirements-report",
        action="store_true",
        help="print how many requirements this run has proved, group by group",
    )
    group.addoption(
        "--requirements-issue",
        action="append",
        metavar="NUMBER",
        help="list what this issue still owes (default: 2; may be given more than once)",
    )


def pytest_configure(config: pytest.Config) -> None:
    line = f"{PROVES}(id): the invariant or fault of tests/{RELIABILITY.name} that this test proves"
    config.addinivalue_line("markers", line)
    line = f"{CONTROL}(id): shows that what proves this id of {RELIABILITY.name} can fail"
    config.addinivalue_line("markers", line)
    config.pluginmanager.register(RequirementPlugin(), "requirement-plugin")
