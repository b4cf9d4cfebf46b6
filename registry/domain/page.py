"""Public pages of plugins: read-only, made from the active rulebook, nothing of the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

LANGUAGES = ("zh-CN", "en")


@dataclass(frozen=True)
class PageView:
    """What a page is made from: the canonical document of the active rulebook (docs/rule-files.md,
    as stored), a day, and one of LANGUAGES. All of it is public."""

    rules: Mapping[str, Any]
    on: date
    language: str


@dataclass(frozen=True)
class Page:
    """/x/<plugin>/<code>; `render` gives a whole HTML document, escaped by itself, the same for the
    same view."""

    code: str
    title: str
    render: Callable[[PageView], str]
