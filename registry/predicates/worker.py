"""The worker: one process for the predicates of one plugin. A line of JSON in, a line out.

It holds no key, no database and nothing of the registry's environment. What the plugin prints goes
nowhere; the answers have a pipe of their own.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from typing import Any

from registry.plugin_manager import load_plugins

ANSWER_LIMIT = 65_536
MEMORY_LIMIT = 1 << 30  # bytes of address space

Function = Callable[[Mapping[str, Any]], Any]


def main() -> None:
    """Say ready, then answer until the pipe is closed."""
    setup = json.loads(sys.stdin.readline())
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    plugins = load_plugins(setup["names"], setup["modules"])
    functions = {one.code: one.evaluate for one in plugins.predicates()}
    _limit()
    _say(answers, {"ready": sorted(functions)})
    for line in sys.stdin:
        # the number, which the plugin is not told, ties an answer to its question
        _say(answers, {"number": json.loads(line)["number"], **_answer(functions, line)})


def _limit() -> None:
    """No core dumps, no files, not all of the memory. Set after loading, which needs some."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))


def _say(answers: io.TextIOWrapper, value: Mapping[str, Any]) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()


def _answer(functions: Mapping[str, Function], line: str) -> dict[str, Any]:
    """{"gave": ...}, or {"failed": cause, "unfit": bool}. Asked twice, so that one which does not
    give the same for the same is found out."""
    code = json.loads(line)["code"]
    try:
        first, second = (_given(functions[code], line) for _ in range(2))
    except Exception as error:
        # its text might repeat what it was told
        return {"failed": f"raised {type(error).__name__}", "unfit": False}
    if first != second:
        return {"failed": "gave two answers to one question", "unfit": True}
    if len(first) > ANSWER_LIMIT:
        return {"failed": f"gave more than {ANSWER_LIMIT} bytes", "unfit": False}
    return {"gave": json.loads(first)}


def _given(function: Function, line: str) -> str:
    """The canonical form of an answer; NaN, circles and what is not JSON raise."""
    return json.dumps(function(json.loads(line)["question"]), allow_nan=False, sort_keys=True)


if __name__ == "__main__":
    main()
