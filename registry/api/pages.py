"""Public pages of plugins under /x/<plugin>/<page>: read-only, made from the active rulebook.

A page is made once for a rulebook, a day and a language, by one request at a time: one that hangs
or fails holds up nobody but its own readers. No script runs in it. Pages are no part of the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

import flask

from registry.api.served import registry, served
from registry.domain.errors import NotFound, PluginError, Unavailable
from registry.domain.page import LANGUAGES, Page, PageView

blueprint = flask.Blueprint("pages", __name__)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
LARGEST = 4_000_000

Made = tuple[object, str]


@dataclass
class PluginPages:
    """The pages of one process, by plugin and code, and what was last made of each."""

    pages: Mapping[tuple[str, str], Page]
    _made: dict[tuple[str, str, str], Made] = field(default_factory=dict)
    _locks: dict[tuple[str, str], Lock] = field(default_factory=dict)

    def html(self, plugin: str, code: str, digest: str, view: PageView) -> str:
        """NotFound if there is no such page; PluginError, naming the plugin, if it fails."""
        page = self.pages.get((plugin, code))
        if page is None:
            raise NotFound("page")
        state, place = (digest, view.on), (plugin, code, view.language)
        made = self._made.get(place)
        if made is not None and made[0] == state:
            return made[1]
        lock = self._locks.setdefault((plugin, code), Lock())
        if not lock.acquire(blocking=False):
            raise Unavailable("This page is being made: ask again.")
        try:
            text = _rendered(plugin, page, view)
        finally:
            lock.release()
        self._made[place] = (state, text)
        return text


def _rendered(plugin: str, page: Page, view: PageView) -> str:
    try:
        text: object = page.render(view)
    except Exception as error:
        raise PluginError(plugin, f"page {page.code} failed: {type(error).__name__}") from None
    if not isinstance(text, str) or len(text) > LARGEST:
        raise PluginError(plugin, f"page {page.code} gave no text of at most {LARGEST} characters")
    return text


def plugin_page(plugin: str, page: str) -> flask.Response:
    """A public page of a plugin, in Chinese or English as the reader asks."""
    found = served()
    language = flask.request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])
    with registry().view() as view:
        rules, today = view.rulebook, view.today
    try:
        text = found.pages.html(
            plugin, page, rules.digest, PageView(rules.document, today, language)
        )
    except PluginError as error:
        found.metrics.plugin_failures.labels(plugin).inc()
        found.log.error("plugin failed on a page", plugin=plugin, error=error.message)
        raise
    response = flask.Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Language"] = language
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Vary"] = "Accept-Language"
    return response


blueprint.add_url_rule("/x/<string:plugin>/<string:page>", "plugin_page", plugin_page)
