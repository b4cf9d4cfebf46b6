"""The guards of test_architecture.py: from the source of one file to complaints about it.

Names are resolved through the imports of the file, so that `from time import time as t` does not
slip through.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_FILE, MAX_FUNCTION = 400, 40


def imported_names(tree: ast.AST) -> dict[str, str]:
    """Local name -> full dotted name, for every import anywhere in the file."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.split(".")[0]
                names[local] = alias.name if alias.asname else local
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def dotted(node: ast.AST, names: dict[str, str]) -> str:
    """`dt.now` with `from datetime import datetime as dt` reads `datetime.datetime.now`."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value, names)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def references(source: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(source)
    names = imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and (name := dotted(node, names)):
            yield node.lineno, name


def docstrings(tree: ast.AST) -> set[int]:
    """Identities of the constants that are documentation and may name what code may not do."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, kinds) and node.body and isinstance(node.body[0], ast.Expr)
    }


# --- the guards -----------------------------------------------------------------------------------


def long_file(source: str) -> list[str]:
    count = len(source.splitlines())
    return [f"{count} lines, the limit is {MAX_FILE}"] if count > MAX_FILE else []


def long_functions(source: str) -> list[str]:
    return [
        f"line {node.lineno}: {node.name} has {size} lines, the limit is {MAX_FUNCTION}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION
    ]


def vague_classes(source: str) -> list[str]:
    return [
        f"line {node.lineno}: class {node.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
        and re.search(r"Manager$|Impl$|Helper|Utils?$|^Abstract|^Base[A-Z]|^I[A-Z][a-z]", node.name)
    ]


CLOCK_READS = {
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "asctime")),
    "time.clock_gettime",
}
MONOTONIC = {"time.monotonic", "time.monotonic_ns"}


def clock_reads(source: str) -> list[str]:
    return [f"line {n}: {name}" for n, name in references(source) if name in CLOCK_READS]


def monotonic_reads(source: str) -> list[str]:
    return [f"line {n}: {name}" for n, name in references(source) if name in MONOTONIC]


SQL_TIME = re.compile(
    r"\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\bLOCALTIME(STAMP)?\b|\b(now|sysdate|getdate|unixepoch)\(\)"
    r"|\b(clock|statement|transaction)_timestamp\(|(date|time|julianday|strftime)\([^)]*'now'",
    re.IGNORECASE,
)
SQL_TIME_CALLS = re.compile(
    r"^sqlalchemy(\.sql(\.expression)?)?\.func\.(now|current_\w+|localtime\w*|sysdate|utc_\w+)$"
)


def sql_time(source: str) -> list[str]:
    tree = ast.parse(source)
    documentation = docstrings(tree)
    texts = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return [
        *(
            f"line {node.lineno}: {match[0]}"
            for node in texts
            if id(node) not in documentation and (match := SQL_TIME.search(node.value))
        ),
        *(f"line {n}: {name}" for n, name in references(source) if SQL_TIME_CALLS.match(name)),
    ]


def prints(source: str) -> list[str]:
    return [
        f"line {node.lineno}: print"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and node.id == "print"
    ]


def floats(source: str) -> list[str]:
    """`isinstance(x, float)` is how the domain refuses them, so the bare name is allowed."""
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "float")
    ]


def foreign_imports(source: str) -> list[str]:
    """Stricter than the contract, which can only forbid the libraries that it names."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = [node.module or "." * node.level]
        else:
            continue
        found += [
            f"line {node.lineno}: {target}"
            for target in targets
            if target.split(".")[0] not in sys.stdlib_module_names
            and not f"{target}.".startswith("registry.domain.")
        ]
    return found


FORBIDDEN_STEMS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "lib"}


def vague_module(path: Path) -> bool:
    return bool({part.removesuffix(".py") for part in path.parts} & FORBIDDEN_STEMS)
