"""The house rules that a machine can hold, each with a negative control.

A guard is a function from source to complaints. The test runs it over the tree and expects none;
its control runs the same function over a small bad source and expects one, so that a guard which
has gone blind is noticed.
"""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.source_guards import (
    MAX_FILE,
    MAX_FUNCTION,
    SQL_TIME,
    clock_reads,
    floats,
    foreign_imports,
    imported_names,
    long_file,
    long_functions,
    monotonic_reads,
    prints,
    sql_time,
    vague_classes,
    vague_module,
)

ROOT = Path(__file__).parents[1]
PACKAGES = ("registry", "plugins", "sector_plugins")

Guard = Callable[[str], list[str]]


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def complaints(guard: Guard, paths: list[Path]) -> list[str]:
    assert paths, "nothing was looked at: the guard would pass on an empty tree"
    return [f"{relative(p)}: {c}" for p in paths for c in guard(p.read_text(encoding="utf-8"))]


# --- the guards over the tree ---------------------------------------------------------------------

MIGRATION_STEPS = "registry/store/migrations/versions/"


def without(paths: list[Path], *prefixes: str) -> list[Path]:
    return [path for path in paths if not relative(path).startswith(prefixes)]


def test_files_are_short():
    assert complaints(long_file, modules(*PACKAGES, "bench", "tests")) == []


def test_functions_are_short():
    # A migration is one flat list of statements, frozen when released: cutting it up hides it.
    assert complaints(long_functions, without(modules(*PACKAGES), MIGRATION_STEPS)) == []


def test_modules_and_classes_say_what_they_are():
    assert complaints(vague_classes, modules(*PACKAGES)) == []
    assert [relative(p) for p in modules(*PACKAGES) if vague_module(p.relative_to(ROOT))] == []


@pytest.mark.proves("I26")
def test_only_the_clock_reads_the_time():
    paths = modules(*PACKAGES)
    assert complaints(clock_reads, without(paths, "registry/clock.py")) == []
    allowed = ("registry/clock.py", "registry/scheduler")
    assert complaints(monotonic_reads, without(paths, *allowed)) == []


@pytest.mark.proves("I26")
def test_the_database_is_never_asked_for_the_time():
    assert complaints(sql_time, modules(*PACKAGES)) == []
    texts = [p for p in (ROOT / "registry").rglob("*") if p.suffix in {".sql", ".mako"}]
    assert [relative(p) for p in texts if SQL_TIME.search(p.read_text(encoding="utf-8"))] == []


def test_only_the_command_line_prints():
    speaking = ("registry/cli", "registry/demo", "registry/__main__.py")
    assert complaints(prints, without(modules(*PACKAGES), *speaking)) == []


def test_the_domain_counts_in_exact_numbers():
    assert complaints(floats, modules("registry/domain")) == []


def test_the_domain_needs_the_standard_library_only():
    assert complaints(foreign_imports, modules("registry/domain")) == []


@pytest.mark.control("I26")
@pytest.mark.parametrize(
    ("guard", "bad"),
    [
        (long_file, "x = 1\n" * (MAX_FILE + 1)),
        (long_functions, "def f():\n" + "    x = 1\n" * MAX_FUNCTION),
        (vague_classes, "class StoreManager: ..."),
        (vague_classes, "class AbstractStore: ..."),
        (clock_reads, "from datetime import datetime as dt\ndt.now()"),
        (clock_reads, "import datetime\ndef f(today=datetime.date.today): ..."),
        (clock_reads, "from time import time\ntime()"),
        (monotonic_reads, "import time\ntime.monotonic()"),
        (sql_time, "from sqlalchemy import func\nfunc.now()"),
        (sql_time, "import sqlalchemy as sa\nsa.func.current_timestamp()"),
        (sql_time, "query = 'select current_timestamp'"),
        (sql_time, "query = \"select datetime('now')\""),
        (prints, "print('x')"),
        (floats, "rate = 0.1"),
        (floats, "rate = float('0.1')"),
        (foreign_imports, "import yaml"),
        (foreign_imports, "from registry.store import tables"),
        (foreign_imports, "from . import listing"),
    ],
)
def test_each_guard_sees_what_it_is_there_for(guard: Guard, bad: str):
    assert guard(bad)


@pytest.mark.parametrize(
    ("guard", "good"),
    [
        (clock_reads, "import datetime\ndef f(clock): return clock.now(), datetime.timedelta(1)"),
        (sql_time, '"""Never CURRENT_TIMESTAMP."""\nfunc = 1\nx = "now"'),
        (floats, "from decimal import Decimal\nx = Decimal('0.1') + 1"),
        (floats, "def f(x): return isinstance(x, float)"),
        (foreign_imports, "import re\nfrom registry.domain.errors import NotFound"),
    ],
)
def test_no_guard_sees_what_is_not_there(guard: Guard, good: str):
    assert guard(good) == []


def test_a_vague_module_name_is_seen():
    assert vague_module(Path("registry/store/utils.py"))
    assert vague_module(Path("registry/common/listing.py"))
    assert not vague_module(Path("registry/plugin_manager.py"))


# --- the dependency table -------------------------------------------------------------------------


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "import sys; from importlinter.cli import lint_imports_command as c; c(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", command, "--config", "setup.cfg", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_dependencies_point_the_right_way():
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


BAD_IMPORTS = {
    "The domain knows the standard library and itself": ("registry/domain", "import structlog"),
    "Dependencies point towards the domain": ("registry/domain", "import registry.clock"),
    "Only registry.store imports sqlalchemy and alembic": ("registry/services", "import alembic"),
    "Only registry.scheduler imports apscheduler": ("registry/api", "import apscheduler"),
    "Only registry.api, registry.web and registry.app import flask": (
        "registry/cli",
        "import flask",
    ),
    "Only the plugin modules of the registry import pluggy": (
        "registry/services",
        "import pluggy",
    ),
    "Plugins import registry.sdk and nothing else of the registry": (
        "sector_plugins/tax",
        "from registry import clock",
    ),
    "The core imports no plugin": ("registry/services", "import sector_plugins.tax"),
    "Plugins do not import each other": ("sector_plugins/tax", "import plugins.token_auth"),
    "Only the command line, the ASGI entry and the test kit import registry.app": (
        "registry/api",
        "import registry.app",
    ),
}


def test_each_contract_sees_what_it_is_there_for(tmp_path: Path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    for number, (folder, line) in enumerate(BAD_IMPORTS.values()):
        (tmp_path / folder / f"control_{number}.py").write_text(line + "\n", encoding="utf-8")

    result = lint_imports(tmp_path)

    kept = [name for name in BAD_IMPORTS if f"{name} BROKEN" not in result.stdout]
    assert (kept, result.returncode) == ([], 1), result.stdout + result.stderr


def test_every_contract_has_a_control():
    names = re.findall(r"^name = ([A-Z].+)$", (ROOT / "setup.cfg").read_text(), re.MULTILINE)

    assert set(names) == set(BAD_IMPORTS)


# --- every module imports alone -------------------------------------------------------------------

# The parent loads the libraries once; each module then starts in a fork that holds none of ours,
# so that a module which only works after another was imported is found.
IMPORT_ALONE = """
import importlib, json, os, sys, traceback
libraries, ours = json.load(sys.stdin)
for name in libraries:
    importlib.import_module(name)
assert not {"registry", "plugins", "sector_plugins"} & {n.split(".")[0] for n in sys.modules}
for name in ours:
    child = os.fork()
    if child == 0:
        os.dup2(2, 1)  # whatever a module says while it loads is not an answer of ours
        try:
            importlib.import_module(name)
        except BaseException:
            sys.stderr.write(f"--- {name}\\n{traceback.format_exc(limit=-3)}")
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(name)
"""


def import_alone(folder: Path, libraries: list[str], names: list[str]) -> tuple[list[str], str]:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALONE],
        cwd=folder,
        input=json.dumps([libraries, names]),
        capture_output=True,
        text=True,
        check=False,
    )
    failed = result.stdout.split()
    return (failed if result.returncode == 0 else [*failed, "the parent"]), result.stderr


def libraries_of(paths: list[Path]) -> list[str]:
    found: set[str] = set()
    for path in paths:
        for name in imported_names(ast.parse(path.read_text(encoding="utf-8"))).values():
            found.add(name.split(".")[0])
    return sorted(found - sys.stdlib_module_names - set(PACKAGES))


@pytest.mark.timeout(600)  # a process for each of some 250 modules, which is long beside others
def test_each_module_imports_alone_with_warnings_as_errors():
    # alembic runs these itself, with a context that a plain import does not have.
    paths = without(modules(*PACKAGES), "registry/store/migrations/")
    names = [relative(p).removesuffix(".py").removesuffix("/__init__") for p in paths]
    dotted_names = [name.replace("/", ".") for name in names if not name.endswith("__main__")]

    failed, message = import_alone(ROOT, libraries_of(paths), dotted_names)

    assert failed == [], message


def test_a_module_that_does_not_import_alone_is_seen(tmp_path: Path):
    (tmp_path / "needy.py").write_text("import sys\nsys.modules['registry.clock'].now\n")
    (tmp_path / "noisy.py").write_text(
        "import warnings\nwarnings.warn('old', DeprecationWarning)\n"
    )
    (tmp_path / "good.py").write_text("import sys\n")

    failed, _ = import_alone(tmp_path, [], ["needy", "noisy", "good"])

    assert failed == ["needy", "noisy"]
