"""Predicates of plugins, and everything that they can do wrong (I23; faults 48 to 51 and 53): there
is no verdict then, nobody is listed, checks do not notice, and the culprit is named."""

import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from registry import clock, logs
from registry.domain.errors import RuleError, Undetermined
from registry.domain.predicate import question, read_verdict
from registry.domain.record import Record
from registry.metrics import Metrics
from registry.plugin_manager import load_plugins
from registry.predicates.pipes import Pipes
from registry.predicates.process import Source
from registry.predicates.runner import Predicates, sources_of
from tests.kit.odd_predicates import CODE, FORKED, GOOD, HEAD, HUNG, LEFT, UNBOUND

# What a predicate does -> what is said of it.
FAULTS = {
    'raise ValueError("secret 320000")': "raised ValueError",
    "os._exit(3)": "ended its worker (3)",
    "sys.exit(0)": "ended its worker (0)",
    "ctypes.string_at(0)": "ended its worker (signal 11)",
    "while True: pass": HUNG,
    "time.sleep(60)": HUNG,
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
    "os.write(3, b'{\"number\": 1}\\n'); os._exit(0)": "did not give an object of met",
    "os.write(3, b'x' * 999_999); time.sleep(60)": "spoke into the worker's own pipe",
    "os.close(3); time.sleep(60)": "closed its worker's pipe",
    'return {"met": random.random() > 2, "text": str(random.random()), "text_zh": "b"}': (
        "gave two answers to one question"
    ),
    'return {"met": next(count) % 2 == 0, "text": "a", "text_zh": "b"}': (
        "gave two answers to one question"
    ),
}
UNFIT = "gave two answers to one question"

# A whole start and two askings, with room for a machine that is busy.
BOUND = 8.0

Make = Callable[..., Predicates]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Call with bodies of predicates, one plugin each; gives whom to ask."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(resource, "setrlimit", resource.setrlimit)  # see UNBOUND
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


@pytest.mark.proves("I23", "F48", "F49", "F50", "F51", "F53")
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


@pytest.mark.proves("F48")
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


@pytest.mark.proves("F48")
def test_nobody_else_is_affected(make: Make):
    asked = make(energy="os._exit(1)", water=GOOD)

    for _ in range(4):
        with pytest.raises(Undetermined):
            asked.ask(CODE, {})
        assert asked.ask("water.judged", {}).met


@pytest.mark.parametrize(("body", "cause"), FORKED.items())
def test_a_worker_that_starts_processes_is_ended_all_the_same(body: str, cause: str, make: Make):
    asked = make(energy=body + UNBOUND, water=GOOD)
    began = clock.ticks()

    with pytest.raises(Undetermined) as caught:
        asked.ask(CODE, {})

    assert clock.ticks() - began < BOUND
    assert (caught.value.cause, caught.value.plugin) == (cause, "odd_energy")
    assert asked.ask("water.judged", {}).met


def test_the_children_of_a_worker_end_when_it_is_ended(make: Make, tmp_path: Path):
    asked = make(energy=LEFT + "time.sleep(20)" + UNBOUND)
    began = clock.ticks()

    with pytest.raises(Undetermined, match=HUNG):
        asked.ask(CODE, {"noted": f"{tmp_path}/noted"})

    assert clock.ticks() - began < BOUND
    assert until_gone(tmp_path / "noted")


def test_the_children_of_a_worker_end_when_the_registry_closes(make: Make, tmp_path: Path):
    asked = make(energy=LEFT + GOOD + UNBOUND)

    assert asked.ask(CODE, {"noted": f"{tmp_path}/noted"}).met
    asked.close()

    assert until_gone(tmp_path / "noted")
    with pytest.raises(Undetermined, match="the registry is closing"):
        asked.ask(CODE, {})


def test_a_child_that_is_left_running_is_a_failure(make: Make):
    asked = make(energy=f"if os.fork() == 0: time.sleep(20); os._exit(0)\n    {GOOD}{UNBOUND}")

    with pytest.raises(Undetermined, match="left a process running"):
        asked.ask(CODE, {})

    assert asked.quarantined() == {"odd_energy": "left a process running"}


LIMITED = """
import multiprocessing.popen_fork, os, threading, time
from registry.predicates import worker
if os.getuid() == 0:  # whom the limit of processes does not bind
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
worker._limit()
"""


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("os.fork()", "BlockingIOError"),
        ("multiprocessing.Process(target=time.sleep, args=(20,)).start()", "BlockingIOError"),
        ("threading.Thread(target=time.sleep, args=(20,)).start()", "RuntimeError"),
    ],
)
def test_a_worker_can_start_no_process_and_no_thread(body: str, cause: str):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED + body], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert f"\n{cause}" in done.stderr


@pytest.mark.proves("F49")
def test_a_predicate_has_its_time_each_time_that_it_is_asked(make: Make):
    asked = make(energy=f"time.sleep(0.3)\n    {GOOD}", water=f"time.sleep(0.6)\n    {GOOD}")

    assert asked.ask(CODE, {}).met
    with pytest.raises(Undetermined, match=HUNG):
        asked.ask("water.judged", {})


def test_a_worker_that_does_not_read_is_not_waited_for():
    with subprocess.Popen(["sleep", "20"], stdin=-1, stdout=-1) as deaf:
        pipes = Pipes(deaf)
        with pytest.raises(TimeoutError):
            pipes.send(b"x" * 1_000_000, clock.ticks() + 0.1)
        pipes.close()
        deaf.kill()


@pytest.mark.parametrize("hangs", [False, True])
def test_a_worker_does_not_outlive_its_server(hangs: bool, tmp_path: Path):
    """Killed, so that it can end nobody; while its predicate hangs, or before the next question."""
    note = f'open("{tmp_path}/noted", "w").write(f"{{os.getpid()}}\\n")'
    body = f"{note}\n    {'while True: pass' if hangs else GOOD}{UNBOUND}"
    source = HEAD.replace("{body}", body).replace("{code}", CODE)
    (tmp_path / "odd_energy.py").write_text(source, encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], env={"PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}"}
    )
    began = clock.ticks()
    while not (tmp_path / "noted").exists() and clock.ticks() - began < BOUND:
        time.sleep(0.05)
    time.sleep(0.2)  # until it is written, and the answer given

    server.kill()
    server.wait()

    assert until_gone(tmp_path / "noted")


SERVER = f"""
import time
from registry import logs
from registry.metrics import Metrics
from registry.predicates.process import Source
from registry.predicates.runner import Predicates
sources = {{"{CODE}": Source("odd_energy", "", named=False)}}
Predicates(sources, Metrics(), logs.get(), answer_seconds=60).ask("{CODE}", {{}})
time.sleep(60)
"""


def until_gone(noted: Path) -> bool:
    """True as soon as none of the processes noted there runs any more, reaped or not."""
    stats = [Path(f"/proc/{pid}/stat") for pid in noted.read_text().split()]
    began = clock.ticks()
    while any(map(runs, stats)) and clock.ticks() - began < BOUND:
        time.sleep(0.05)
    return bool(stats) and not any(map(runs, stats))


def runs(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


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


@pytest.mark.proves("F50")
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
