"""Lines to a worker and back, timed. Nothing here waits for a pipe to end: a child of the worker
may hold it open for as long as it likes."""

from __future__ import annotations

import os
import select
import subprocess
from contextlib import suppress

from registry import clock

_CHUNK = 65_536


class Pipes:
    """Our ends of the pipes of a process. Its own ends stay as blocking as they were."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout
        for pipe in (self._in, self._out):
            os.set_blocking(pipe.fileno(), False)

    def send(self, line: bytes, deadline: float) -> None:
        """TimeoutError if it was not taken by then, BrokenPipeError if nobody is there."""
        rest = memoryview(line)
        while rest:
            _wait(self._in.fileno(), select.POLLOUT, deadline)
            rest = rest[os.write(self._in.fileno(), rest) :]

    def receive(self, deadline: float, longest: int) -> bytes:
        """A line, and whatever came in with it. TimeoutError if there is none by then,
        BrokenPipeError if nobody is there, ValueError if it does not end."""
        found = bytearray()
        while not found.endswith(b"\n"):
            _wait(self._out.fileno(), select.POLLIN, deadline)
            more = os.read(self._out.fileno(), _CHUNK)
            if not more:
                raise BrokenPipeError
            found += more
            if len(found) > longest:
                raise ValueError
        return bytes(found)

    def close(self) -> None:
        """Let go of them, whoever holds the other ends."""
        for pipe in (self._in, self._out):
            with suppress(OSError):
                pipe.close()


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()  # select() itself takes no descriptor above 1023
    poll.register(descriptor, event)
    left = deadline - clock.ticks()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError
