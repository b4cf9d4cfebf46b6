"""A whole registry whose criterion names a plugin's predicate: what becomes of proposals and checks
when it holds, does not, fails, or takes its time (I23)."""

import importlib
import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry import clock
from registry.app import Application
from registry.cli import main
from registry.domain.errors import CriterionNotMet
from registry.domain.predicate import Verdict
from registry.domain.validity import LATEST
from registry.plugin_manager import load_plugins
from registry.predicates.process import Worker
from registry.predicates.runner import Predicates
from registry.services import corrections, evaluation
from registry.services.evaluation import Met
from registry.services.records import NewRecord
from registry.settings import Settings
from registry.store import journal
from registry.testing import DEFAULT_PLUGINS
from registry.testing.clock import MovableClock
from registry.testing.world import AUTHORITY, World
from tests.kit.odd_predicates import CODE, FINAL, FORKED, GOOD, HEAD, HUNG, UNBOUND


@pytest.fixture
def world_with(energy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Call with the body of the predicate that energy.serious_breach names."""
    monkeypatch.syspath_prepend(str(energy))
    monkeypatch.setattr(resource, "setrlimit", resource.setrlimit)  # see UNBOUND
    made: list[Application] = []

    def world(body: str) -> World:
        folder = energy / "registry_sector_energy"
        rule = folder / "criteria" / "serious_breach.yaml"
        text = rule.read_text(encoding="utf-8")
        rule.write_text(f"{text}    predicate: {{code: {CODE}}}\n", encoding="utf-8")
        own = HEAD.replace("{body}", body).replace("{code}", CODE).replace('"""A plugin', '"""A')
        init = (folder / "__init__.py").read_text(encoding="utf-8")
        (folder / "__init__.py").write_text(init + own, encoding="utf-8")
        importlib.invalidate_caches()
        settings = Settings(
            database_url=f"sqlite:///{tmp_path}/registry.db",
            key_file=str(tmp_path / "registry.key"),
        )
        clock = MovableClock()
        application = Application(settings, clock)
        application.__dict__["plugins"] = load_plugins(DEFAULT_PLUGINS, ["registry_sector_energy"])
        application.migrate()
        made.append(application)
        return World(application, clock)

    yield world
    for application in made:
        application.close()


def test_a_predicate_that_holds_lists_and_its_words_are_among_the_reasons(world_with):
    world = world_with(GOOD)
    firm = world.enterprise()
    record = world.report(firm, "energy.penalty_decision", FINAL, "2026-01-10")

    case = world.open_case("energy.serious_breach", firm, [record])

    assert [reason.text for reason in case.reasons][-1] == "It holds."
    assert case.reasons[-1].basis[0].article == "6(1)"
    world.carried_through(case)
    assert world.check(firm, "procurement.bid")["outcome"] == "restricted"


def test_a_predicate_that_does_not_hold_keeps_off_the_list(world_with):
    world = world_with(GOOD.replace("True", "False"))
    firm = world.enterprise()

    with pytest.raises(CriterionNotMet):
        world.listed("energy.serious_breach", firm, FINAL, "2026-01-10")


def test_it_is_asked_only_where_the_condition_is_met(world_with):
    world = world_with("os._exit(1)")
    low = {**FINAL, "fine_amount": "49999"}

    with pytest.raises(CriterionNotMet):
        world.listed("energy.serious_breach", world.enterprise(), low, "2026-01-10")


@pytest.mark.proves("I23", "F48")
def test_a_failure_lists_nobody_is_journalled_and_checks_do_not_notice(
    world_with, run, monkeypatch
):
    world = world_with("os._exit(1)")
    firm = world.enterprise()
    before = world.check(firm, "procurement.bid")
    record = world.report(firm, "energy.penalty_decision", FINAL, "2026-01-10")

    response = world.application.flask().test_client().post(
        "/api/v1/determinations",
        json={"criterion": "energy.serious_breach", "subject_id": firm.id,
              "record_ids": [record.id]},
        headers=world.headers("authority"),
    )  # fmt: skip

    assert (response.status_code, response.json["code"]) == (503, "undetermined")
    assert "plugin registry_sector_energy gave no verdict" in response.json["detail"]
    assert world.check(firm, "procurement.bid")["outcome"] == before["outcome"] == "clear"
    kinds = [one["kind"] for one in journal_of(world)]
    assert kinds.count("plugin.failed") == 1
    assert "determination.proposed" not in kinds
    settings = world.application.settings
    monkeypatch.setenv("REGISTRY_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REGISTRY_KEY_FILE", settings.key_file)
    listed = run("plugin", "list")
    assert "registry_sector_energy\tFAILED 1 times" in listed.output
    assert "energy.judged ended its worker (1)" in listed.output
    assert run("verify").exit_code == 0


@pytest.mark.proves("I23", "F49")
def test_a_check_is_soon_answered_though_proposals_hang_on_every_thread(world_with):
    """Seen on a server: a predicate that had started a process held all four threads for as long
    as that ran, and nothing was logged."""
    world = world_with(next(iter(FORKED)) + UNBOUND)
    firm = world.enterprise()
    record = world.report(firm, "energy.penalty_decision", FINAL, "2026-01-10")
    client = world.application.flask().test_client
    began = clock.ticks()

    def propose() -> int:
        return (
            client()
            .post(
                "/api/v1/determinations",
                json={"criterion": "energy.serious_breach", "subject_id": firm.id,
                      "record_ids": [record.id]},
                headers=world.headers("authority"),
            )
            .status_code
        )  # fmt: skip

    with ThreadPoolExecutor(4) as threads:
        proposals = [threads.submit(propose) for _ in range(4)]
        check = threads.submit(world.check, firm, "procurement.bid")
        ready = threads.submit(lambda: client().get("/readyz").status_code)
        assert check.result()["outcome"] == "clear"
        assert ready.result() == 200
        # three failures with a start each, and then it is quarantined
        assert clock.ticks() - began < 12
    assert [one.result() for one in proposals] == [503] * 4
    with world.application.store.reading() as reading:
        failed = journal.facts_of_kind(reading, "plugin.failed")
    assert [one["plugin"] for one in failed] == ["registry_sector_energy"] * 3
    assert {one["cause"] for one in failed} == {HUNG}


def journal_of(world: World):
    with world.application.store.reading() as reading:
        return journal.page(reading, "main", 0, 1000)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens while a plugin is asked, each once, in order."""
    waiting: list[Callable[[], object]] = []
    original = Predicates.ask

    def ask(self: Predicates, code: str, question: dict) -> Verdict:
        if waiting:
            waiting.pop(0)()
        return original(self, code, question)

    monkeypatch.setattr(Predicates, "ask", ask)
    return waiting


def test_others_write_while_a_plugin_is_asked(world_with, meanwhile):
    world = world_with(GOOD)
    firm = world.enterprise()
    record = world.report(firm, "energy.penalty_decision", FINAL, "2026-01-10")
    others: list[object] = []
    meanwhile.append(lambda: others.append(world.enterprise()))

    case = world.open_case("energy.serious_breach", firm, [record])

    assert len(others) == 1
    assert [reason.text for reason in case.reasons][-1] == "It holds."


def test_a_record_that_changed_meanwhile_is_asked_about_anew(world_with, meanwhile):
    amount = 'question["records"][0]["fields"]["fine_amount"]'
    world = world_with(f'return {{"met": True, "text": {amount}, "text_zh": "成立。"}}')
    firm = world.enterprise()
    record = world.report(firm, "energy.penalty_decision", FINAL, "2026-01-10")
    more = NewRecord(record.kind, {**FINAL, "fine_amount": "60000"}, record.decided_on, firm.id)

    def sent_again() -> None:
        with world.work("provider") as work:
            corrections.send_again(work, record.id, more)

    meanwhile.append(sent_again)

    case = world.open_case("energy.serious_breach", firm, [record])

    assert case.reasons[-1].text == "60000"


def over_everybody(world: World) -> Met:
    """The one subject whose records meet the condition, found over everybody."""
    registry, store = world.registry, world.application.store
    with registry.view() as view:
        rulebook = view.rulebook
    version = rulebook.criterion_versions("energy.serious_breach")[-1]
    evaluation.enter_all(store, rulebook, [version])
    outcome = evaluation.evaluate(store, rulebook, version)
    with registry.view() as view:
        (met,) = evaluation.explained(view.reading, outcome, LATEST)
    return met


def test_a_case_found_over_everybody_asks_the_plugin_too(world_with):
    world = world_with(GOOD)
    registry, firm = world.registry, world.enterprise()
    world.report(firm, "energy.penalty_decision", FINAL, "2026-01-10")
    met = over_everybody(world)

    judged = evaluation.judged(met, registry.asked)
    case = registry.carry_out(
        lambda ask: registry.operating(AUTHORITY, "An", ask),
        lambda work: evaluation.propose(work, met),
    )

    assert judged.finding.met
    assert judged.finding.reasons[-1].text == case.reasons[-1].text == "It holds."


def test_whom_a_predicate_keeps_off_meets_the_criterion_over_everybody_as_little_as_alone(
    world_with,
):
    world = world_with(GOOD.replace("True", "False"))
    firm = world.enterprise()
    record = world.report(firm, "energy.penalty_decision", FINAL, "2026-01-10")

    judged = evaluation.judged(over_everybody(world), world.registry.asked)

    assert not judged.finding.met
    with pytest.raises(CriterionNotMet) as refused:
        world.open_case("energy.serious_breach", firm, [record])
    assert list(judged.finding.reasons) == refused.value.details["reasons"]


@pytest.mark.proves("I23")
@pytest.mark.parametrize(
    ("body", "line", "code"),
    [
        (GOOD, "{criterion}\t{version}\t{firm}\t{record}\t-", 0),
        (GOOD.replace("True", "False"), "", 0),
        ("os._exit(3)", "{criterion}\t{version}\t{firm}\t{record}\tundetermined {why}", 1),
    ],
)
def test_the_command_asks_the_plugin_and_says_where_it_gives_no_verdict(
    world_with, body: str, line: str, code: int
):
    world = world_with(body)
    firm = world.enterprise()
    record = world.report(firm, "energy.penalty_decision", FINAL, "2026-01-10")
    version = over_everybody(world).version
    settings = world.application.settings
    environment = {
        "REGISTRY_DATABASE_URL": settings.database_url,
        "REGISTRY_KEY_FILE": settings.key_file,
        "REGISTRY_PLUGIN_MODULES": "registry_sector_energy",
    }

    said = CliRunner(env=environment).invoke(main, ["evaluate", "--criterion", version.code])

    why = "registry_sector_energy: ended its worker (3)"
    shown = {"criterion": version.code, "version": version.version, "why": why}
    assert said.stdout.rstrip("\n") == line.format(**shown, firm=firm.id, record=record.id)
    assert said.exit_code == code, said.output
    assert ("1 undetermined" in said.stderr) is bool(code)


@pytest.mark.proves("F51")
def test_a_check_never_runs_a_predicate(world_with, monkeypatch):
    world = world_with(GOOD)
    firm = world.enterprise()
    world.listed("energy.serious_breach", firm, FINAL, "2026-01-10")

    def nobody(*_: object) -> None:
        raise AssertionError("a plugin was asked")

    monkeypatch.setattr(Worker, "ask", nobody)  # whichever way it is asked
    answer = world.check(firm, "procurement.bid")
    assert answer["outcome"] == "restricted"
    replayed = (
        world.application.flask()
        .test_client()
        .get(f"/api/v1/checks/{answer['id']}/replay", headers=world.headers("agency"))
    )
    assert replayed.json["same"] is True
