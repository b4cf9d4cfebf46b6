"""Commands of plugins: words in, text out. They are given nothing of the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """`registry <plugin> <code> <argument> ...`: `run` gets one text for each of `arguments` and
    gives what is printed; ValueError, in words, for what it cannot take."""

    code: str
    help: str
    arguments: tuple[str, ...]
    run: Callable[..., str]
