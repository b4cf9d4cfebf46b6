"""Predicates of plugins, and everything that they can do wrong (I23; faults 48 to 51 and 53): there
is no verdict then, nobody is listed, checks do not notice, and the culprit is named."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from registry import logs
from registry.domain.errors import RuleError, Undetermined
from registry.domain.predicate import question, read_verdict
from registry.domain.record import Record
from registry.metrics import Metrics
from registry.plugin_manager import load_plugins
from registry.predicates.runner import Predicates, Source, sources_of
from tests.kit.odd_predicates import CODE, GOOD, HEAD

# What a predicate does -> what is said of it.
FAULTS = {
    'raise ValueError("secret 320000")': "raised ValueError",
    "os._exit(3)": "ended its worker (3)",
    "sys.exit(0)": "ended its worker (0)",
    "ctypes.string_at(0)": "ended its worker (signal 11)",
    "while True: pass": "took longer than 500 ms",
    "time.sleep(60)": "took longer than 500 ms",
    "return None": "did not give an object of met, text and text_zh",
    "return True": "did not give an object of met, text and text_zh",
    'return {"met": 1, "text": "a", "text_zh": "b"}': "gave a met that is neither true nor false",
    'return {"met": True, "text": "", "text_zh": "b"}': "gave a text that",
    'return {"met": True, "text": "a", "text_zh": "b", "outcome": "clear"}': "did not give an obj",
    'return {"met": float("nan"), "text": "a", "text_zh": "b"}': "raised ValueError",
    "circle = {}; circle['met'] = circle; return circle": "raised ValueError",
    'return {"met": True, "text": "a" * 10_000_000, "text_zh": "b"}': "gave more than 65536 bytes",
    'return {"met": {1, 2}, "text": "a", "text_zh": "b"}': "raised TypeError",
    "return [b'x' * (4 << 30)]": "raised MemoryError",
    'open("/tmp/registry-predicate-was-here", "w").write("x" * 9999)': "raised OSError",
    "deep = []\n    for _ in range(99999): deep = [deep]\n    return deep": "raised RecursionError",
    "os.write(3, b'{}\\n'); os._exit(0)": "spoke into the worker's own pipe",
    "os.write(3, b'[]\\n'); os._exit(0)": "spoke into the worker's own pipe",
    "os.write(3, b'{'); os._exit(0)": "ended its worker (0)",
    "os.write(3, b'{\"gave\": {}}\\n'); " + GOOD: "spoke into the worker's own pipe",
    'return {"met": random.random() > 2, "text": str(random.random()), "text_zh": "b"}': (
        "gave two answers to one question"
    ),
    'return {"met": next(count) % 2 == 0, "text": "a", "text_zh": "b"}': (
        "gave two answers to one question"
    ),
}
UNFIT = "gave two answers to one question"

Make = Callable[..., Predicates]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Call with bodies of predicates, one plugin each; gives whom to ask."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[Predicates] = []
    names: list[str] = []

    def predicates(**bodies: str) -> Predicates:
        for name, body in bodies.items():
            source = HEAD.replace("{body}", body).replace("{code}", f"{name}.judged")
            (tmp_path / f"odd_{name}.py").write_text(source, encoding="utf-8")
            names.append(f"odd_{name}")
        importlib.invalidate_caches()
        plugins = load_plugins((), [f"odd_{name}" for name in bodies])
        made.append(Predicates(sources_of(plugins), Metrics(), logs.get()))
        return made[-1]

    yield predicates
    for one in made:
        one.close()
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(("body", "cause"), FAULTS.items())
def test_a_faulty_predicate_gives_no_verdict_and_is_named(body: str, cause: str, make: Make):
    predicates = make(energy=body)

    with capture_logs() as lines, pytest.raises(Undetermined) as caught:
        predicates.ask(CODE, {"records": []})

    assert caught.value.cause.startswith(cause)
    assert "plugin odd_energy" in caught.value.message
    assert "secret" not in caught.value.message + json.dumps(lines)
    assert {"event": "plugin failed on a predicate", "plugin": "odd_energy",
            "error": caught.value.cause, "log_level": "error"} in lines  # fmt: skip
    text = predicates.metrics.text().decode()
    assert 'registry_plugin_failures_total{plugin="odd_energy"} 1.0' in text
    assert bool(predicates.quarantined()) is (cause == UNFIT)


def test_a_good_one_is_asked_again_and_again_in_one_process(make: Make):
    asked = make(energy='return {"met": True, "text": str(os.getpid()), "text_zh": "b"}')

    first, second = (asked.ask(CODE, {"records": []}) for _ in range(2))

    assert first == second
    assert first.met


def test_it_is_restarted_after_a_failure_and_quarantined_after_three(make: Make):
    asked = make(energy='if question["bad"]: os._exit(1)\n    ' + GOOD)

    for _ in range(2):
        with pytest.raises(Undetermined, match=r"ended its worker \(1\)"):
            asked.ask(CODE, {"bad": True})
        assert asked.ask(CODE, {"bad": False}).met
    with pytest.raises(Undetermined), capture_logs() as lines:
        asked.ask(CODE, {"bad": True})
    with pytest.raises(Undetermined, match="is quarantined: it ended its worker"):
        asked.ask(CODE, {"bad": False})

    assert asked.quarantined() == {"odd_energy": "ended its worker (1)"}
    assert "plugin quarantined" in [line["event"] for line in lines]
    assert 'registry_plugin_quarantined{plugin="odd_energy"} 1.0' in asked.metrics.text().decode()


def test_nobody_else_is_affected(make: Make):
    asked = make(energy="os._exit(1)", water=GOOD)

    for _ in range(4):
        with pytest.raises(Undetermined):
            asked.ask(CODE, {})
        assert asked.ask("water.judged", {}).met


def test_a_worker_holds_nothing_of_ours(make: Make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://u:password@host/db")
    asked = make(
        energy="known = sorted(os.environ) + os.listdir('/proc/self/fd')\n"
        '    return {"met": True, "text": " ".join(known), "text_zh": os.getcwd()}'
    )

    verdict = asked.ask(CODE, {})

    assert "REGISTRY" not in verdict.text
    assert verdict.text_zh == "/"


def test_a_plugin_that_prints_does_not_disturb(make: Make):
    asked = make(energy=f'print("{{}}"); sys.stderr.write("x" * 100000)\n    {GOOD}')

    assert asked.ask(CODE, {}).text == "It holds."


def test_a_worker_that_does_not_start_is_a_failure():
    sources = {CODE: Source("there_is_no_such_plugin", "", named=True)}
    asked = Predicates(sources, Metrics(), logs.get())

    with pytest.raises(Undetermined, match=r"ended its worker \(1\)"):
        asked.ask(CODE, {})
    asked.close()


def test_a_predicate_that_nobody_gives_has_no_verdict():
    with pytest.raises(Undetermined, match="no enabled plugin gives it"):
        Predicates({}, Metrics(), logs.get()).ask(CODE, {})


def test_what_it_is_told_holds_nobody():
    record = Record(
        id="r1", subject_id="s1", kind="energy.penalty_decision", decided_on=date(2026, 1, 10),
        ended_on=None, fields={"fine_amount": Decimal("50000.10"), "final_on": date(2026, 1, 20)},
    )  # fmt: skip

    assert question("energy.x", "1", date(2026, 1, 10), [record]) == {
        "criterion": "energy.x",
        "version": "1",
        "on": "2026-01-10",
        "records": [
            {
                "kind": "energy.penalty_decision",
                "decided_on": "2026-01-10",
                "ended_on": None,
                "fields": {"fine_amount": "50000.10", "final_on": "2026-01-20"},
            }
        ],
    }


def test_a_verdict_has_exactly_its_shape():
    good = {"met": False, "text": "No.", "text_zh": "否。"}

    assert read_verdict(good).met is False
    for wrong in ({}, {**good, "more": 1}, {**good, "text": 3}, {**good, "text": "x" * 501}, []):
        with pytest.raises(ValueError, match=r"gave|did not give"):
            read_verdict(wrong)


def test_a_criterion_names_only_a_predicate_of_its_own_plugin(run, energy, make):
    rule = energy / "registry_sector_energy" / "criteria" / "serious_breach.yaml"
    text = rule.read_text(encoding="utf-8")
    rule.write_text(f"{text}    predicate: {{code: {CODE}}}\n", encoding="utf-8")
    make(energy=GOOD)  # a stranger gives one of that name

    result = run("plugin", "check", "energy", "--plugin", "odd_energy")

    assert result.exit_code == 1
    assert "names the predicate energy.judged, which registry_sector_energy" in result.stderr


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("    predicate: {code: tax.judged}\n", "begins with energy."),
        ("    predicate: {}\n", "predicate.code: is required"),
        ("    predicate: {code: energy.judged}\nmandatory: true\n", "by its condition alone"),
    ],
)
def test_a_predicate_that_will_not_do_is_a_mistake(added, words, energy, monkeypatch):
    monkeypatch.syspath_prepend(str(energy))
    rule = energy / "registry_sector_energy" / "criteria" / "serious_breach.yaml"
    rule.write_text(rule.read_text(encoding="utf-8") + added, encoding="utf-8")
    importlib.invalidate_caches()

    with pytest.raises(RuleError, match=words):
        load_plugins((), ["registry_sector_energy"]).sectors()
