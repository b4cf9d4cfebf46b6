"""The worker: one process for the predicates of one plugin. A line of JSON in, a line out.

It holds no key, no database and nothing of the registry's environment. What the plugin prints goes
nowhere; the answers have a pipe of their own.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any

from registry.plugin_manager import load_plugins

ANSWER_LIMIT = 65_536
MEMORY_LIMIT = 1 << 30  # bytes of address space
# More than any limit of the server, which ends us before: only without a server is it reached.
ALONE_SECONDS = 5

Function = Callable[[Mapping[str, Any]], Any]


def main() -> None:
    """Say ready, then answer until the pipe is closed."""
    signal.alarm(ALONE_SECONDS)
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
        signal.alarm(ALONE_SECONDS)
        # the number, which the plugin is not told, ties an answer to its question
        _say(answers, {"number": json.loads(line)["number"], **_answer(functions, line)})
    os._exit(0)  # the server is gone; a thread of the plugin might keep us


def _limit() -> None:
    """No core dumps, no files, not all of the memory, no processes and no threads. Set after
    loading, which needs some. Root is not bound by the last: its children are killed with us."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _say(answers: io.TextIOWrapper, value: Mapping[str, Any]) -> None:
    signal.alarm(0)
    answers.write(json.dumps(value) + "\n")
    answers.flush()


def _answer(functions: Mapping[str, Function], line: str) -> dict[str, Any]:
    """{"gave": ...}, or {"failed": cause, "unfit": bool}."""
    asked = json.loads(line)
    try:
        # NaN, circles and what is not JSON raise
        given = json.dumps(functions[asked["code"]](asked["question"]), allow_nan=False)
    except Exception as error:
        # its text might repeat what it was told
        return {"failed": f"raised {type(error).__name__}", "unfit": False}
    if _left_behind():
        return {"failed": "left a process running", "unfit": True}
    if len(given) > ANSWER_LIMIT:
        return {"failed": f"gave more than {ANSWER_LIMIT} bytes", "unfit": False}
    return {"gave": json.loads(given)}


def _left_behind() -> bool:
    """True if a child of the plugin still runs."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return False
    return True


if __name__ == "__main__":
    main()
