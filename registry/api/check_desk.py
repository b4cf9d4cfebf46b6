"""Checks that wait together are answered together: one turn to write, one synced commit, and to
each its own answer. Lives on the server's event loop.

A batch is answered on the loop itself if it can begin at once: handing it to a thread and back
costs more than a check does. Where a turn has to be waited for, where a plugin is to say whose
token it is, where the disk has become slow, and where several may write at a time (PostgreSQL),
batches go to threads, one a lane.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from registry import clock
from registry.domain.errors import Unavailable
from registry.services.checks import Checks, Question

# Whoever has just been answered asks again within it, if at all.
GATHER_SECONDS = 0.0004
MOST_ROUNDS = 200  # of the loop meanwhile: a clock that stands still keeps nobody waiting
MOST = 32  # checks of one transaction
SLOW_SECONDS = 0.02  # a batch that took longer keeps the loop from the next one
ALONE_SECONDS = 5  # for those who are asked again one by one, while there is no database

Result = bytes | Exception


class _Asked(NamedTuple):
    token: str
    question: Question
    answer: asyncio.Future[bytes]


class CheckDesk:
    """`lanes`: how many batches may be in hand at a time; `on_loop`: the loop is one of them."""

    def __init__(self, checks: Checks, lanes: int, on_loop: bool) -> None:
        self._checks, self._free = checks, lanes
        self._on_loop = self._quick = on_loop
        self._pool = ThreadPoolExecutor(lanes, thread_name_prefix="checks")
        self._waiting: deque[_Asked] = deque()
        self._planned = False
        self._since, self._rounds = 0.0, 0
        self._expected = 1  # so many ask at a time, as far as the last batches show

    async def ask(self, token: str, question: Question) -> bytes:
        """The answer as JSON; what the check failed with is raised."""
        loop = asyncio.get_running_loop()
        asked = _Asked(token, question, loop.create_future())
        self._waiting.append(asked)
        self._plan(loop)
        return await asked.answer

    def _plan(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and self._free and not self._planned:
            self._planned, self._since, self._rounds = True, clock.ticks(), 0
            loop.call_soon(self._gather, loop)

    def _gather(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait a moment for those who are expected: nobody, for who asks alone."""
        self._rounds += 1
        late = clock.ticks() - self._since > GATHER_SECONDS or self._rounds > MOST_ROUNDS
        if len(self._waiting) < self._expected and not late:
            loop.call_soon(self._gather, loop)
            return
        self._planned = False
        batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
        if not (self._is_quick(batch) and self._answered_at_once(batch)):
            self._free -= 1
            loop.run_in_executor(self._pool, self._in_lane, loop, batch)
        self._plan(loop)

    def _is_quick(self, batch: Sequence[_Asked]) -> bool:
        return self._quick and all(self._checks.knows(one.token) for one in batch)

    def _answered_at_once(self, batch: Sequence[_Asked]) -> bool:
        """Answer on the loop; False if that is not possible now, or fails: a thread sees to it."""
        began = clock.ticks()
        try:
            results = self._together(batch, 0)
        except BaseException:  # a plugin may even call sys.exit
            return False
        self._hand_over(batch, results, clock.ticks() - began)
        return True

    def _in_lane(self, loop: asyncio.AbstractEventLoop, batch: Sequence[_Asked]) -> None:
        began = clock.ticks()
        results: Sequence[Result] = [Unavailable("The check was not answered.")] * len(batch)
        try:
            results = self._together(batch, None)
        except Unavailable as error:
            results = [error] * len(batch)
        except BaseException:
            results = self._one_by_one(batch)
        finally:  # whatever happened: the lane is free again, and nobody waits for ever
            took = clock.ticks() - began
            loop.call_soon_threadsafe(self._returned, loop, batch, results, took)

    def _returned(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: Sequence[_Asked],
        results: Sequence[Result],
        seconds: float,
    ) -> None:
        self._free += 1
        self._hand_over(batch, results, seconds)
        self._plan(loop)

    def _hand_over(
        self, batch: Sequence[_Asked], results: Sequence[Result], seconds: float
    ) -> None:
        self._quick = self._on_loop and seconds < SLOW_SECONDS
        self._expected = min(MOST, max(len(batch) + len(self._waiting), self._expected * 9 // 10))
        for asked, result in zip(batch, results, strict=True):
            if asked.answer.done():  # whoever asked is gone; the check is logged
                continue
            if isinstance(result, bytes):
                asked.answer.set_result(result)
            else:
                asked.answer.set_exception(result)

    def _together(self, batch: Sequence[_Asked], seconds: float | None) -> Sequence[Result]:
        return self._checks.run_each([(one.token, one.question) for one in batch], seconds)

    def _one_by_one(self, batch: Sequence[_Asked]) -> list[Result]:
        """Nothing was logged: whichever fails takes no other with it."""
        until = clock.ticks() + ALONE_SECONDS
        results: list[Result] = []
        for one in batch:
            if clock.ticks() > until and results and isinstance(results[-1], Unavailable):
                results.append(results[-1])
            else:
                results.append(self._alone(one))
        return results

    def _alone(self, asked: _Asked) -> Result:
        try:
            return self._checks.run_json(asked.token, asked.question)
        except StopIteration as error:
            return _as_failure(error)
        except Exception as error:
            return error
        except BaseException as error:
            return _as_failure(error)


def _as_failure(error: BaseException) -> RuntimeError:
    """What no future takes, or what would end the loop, as what it is: something that failed."""
    failure = RuntimeError(f"a check ended with {type(error).__name__}")
    failure.__cause__ = error
    return failure
