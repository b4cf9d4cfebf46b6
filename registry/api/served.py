"""What this process serves: the registry and what the doors need beside it, kept on the Flask
application so that nothing is module-global."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import flask

from registry.services.registry import Registry

EXTENSION = "registry"


@dataclass(frozen=True)
class Served:
    """`readiness` gives what is missing, by part; `metrics_from` who may read the metrics."""

    registry: Registry
    readiness: Callable[[], Mapping[str, str]]
    body_limit: int
    metrics: Any
    metrics_from: frozenset[str]
    log: Any
    pages: Any


def served() -> Served:
    """What the present application serves."""
    return cast(Served, flask.current_app.extensions[EXTENSION])


def registry() -> Registry:
    """The registry of the present application."""
    return served().registry
