"""Fresh processes: every measurement gets one of its own, so that none warms another's caches."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bench.machine import ROOT


def measured(module: str, *arguments: object, timeout: float = 600) -> Any:
    """What a module of ours prints as JSON when run by itself."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        timeout=timeout,
        check=True,
    )
    return json.loads(done.stdout)


@contextmanager
def serving(
    command: list[str], url: str, environment: Mapping[str, str], wait: float = 60
) -> Iterator[float]:
    """A server until the block ends; gives the seconds until the first 200 of the address."""
    began = time.perf_counter()
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(url):
            if server.poll() is not None or time.perf_counter() - began > wait:
                raise RuntimeError(f"{command} does not answer at {url}")
            time.sleep(0.005)
        yield time.perf_counter() - began
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
