"""Every hook, in the order in which they are called, and the two markers.

A hook is a contract. Its documentation follows one grammar: what an implementation does; when it is
called, in which process and transaction; arguments; return and what None means; since.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from registry.domain.actor import Credentials
from registry.domain.command import Command
from registry.domain.events import Event
from registry.domain.intake import RecordAdapter
from registry.domain.page import Page
from registry.domain.predicate import Predicate
from registry.domain.profile import ProfileSource
from registry.domain.sector import Sector
from registry.domain.subject import IdentifierScheme
from registry.domain.token import TokenLookup
from registry.domain.workdays import Calendar

PROJECT = "registry"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- when rules are collected ---------------------------------------------------------------------


@hookspec
def registry_sectors() -> Iterable[Sector]:  # type: ignore[empty-body]
    """Give the sectors of this plugin: criteria, measures, repair rules, record kinds.

    Called when a rulebook is collected: by `registry migrate`, by `registry plugin`, and at the
    start of a server whose plugins have changed; in that process, outside any transaction. Never
    called by a check, which reads the stored rulebook.

    Returns an iterable of Sector, as `load_sector` makes them. None is an error. A code that two
    plugins give stops the start.

    Since 0.1.
    """


@hookspec
def registry_identifiers() -> Iterable[IdentifierScheme]:  # type: ignore[empty-body]
    """Give identifier schemes: how subjects are numbered, checked and canonically written.

    Called once at the start of every process, outside any transaction. The `parse` of a scheme is
    called while requests are read, before any transaction; it is pure and gets today's date.

    Returns an iterable of IdentifierScheme. None is an error. A code that two plugins give stops
    the start.

    Since 0.1.
    """


@hookspec
def registry_calendars() -> Iterable[Calendar]:  # type: ignore[empty-body]
    """Give working-day calendars: the days off and days worked of each year, with the notice.

    Called when a rulebook is collected, like `registry_sectors`; in that process, outside any
    transaction.

    Returns an iterable of Calendar. None is an error. A year that is absent is no error: deadlines
    in it are provisional. A code that two plugins give stops the start.

    Since 0.1.
    """


@hookspec
def registry_profiles() -> Iterable[ProfileSource]:  # type: ignore[empty-body]
    """Give profiles: the numbers of jurisdictions as dated parameters, each with its source.

    Called when a rulebook is collected, like `registry_sectors`; in that process, outside any
    transaction.

    Returns an iterable of ProfileSource, as `load_profiles` makes them. None is an error. A parent
    that no plugin gives, or a code that two give, stops the start.

    Since 0.1.
    """


# --- when a file is taken in ----------------------------------------------------------------------


@hookspec
def registry_record_adapters() -> Iterable[RecordAdapter]:  # type: ignore[empty-body]
    """Give record adapters: formats of agencies' files, each read as rows of text.

    Called once at the start of `registry import`, outside any transaction. The `read` of the
    adapter that the file's name asks for is called once, in the same process, and its rows are
    drawn to the end before anything is stored.

    Returns an iterable of RecordAdapter. None is an error. A plugin that fails here is named and
    left out; what the others give is used all the same. A code that two plugins give is an error.

    Since 0.1.
    """


@hookspec
def registry_predicates() -> Iterable[Predicate]:  # type: ignore[empty-body]
    """Give predicates: functions for what the condition of a criterion cannot say as data.

    Called when a rulebook is collected and once in each worker process, outside any transaction.
    The functions themselves are called only in a worker, when a case is proposed or a worked case
    is run, and never by a check. A criterion version names one beside its `when`, and both must
    hold. An answer takes at most 500 ms; JSON in, JSON out, the same for the same.

    Returns an iterable of Predicate, their codes beginning with the sector's. None is an error. A
    code that two plugins give, or a criterion that names one its plugin does not give, stops the
    start.

    Since 0.1.
    """


# --- when somebody asks a plugin itself -----------------------------------------------------------


@hookspec
def registry_commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """Give commands, which `registry` offers under the name of the plugin.

    Called when the command line meets a word that is none of its own, in that process, outside any
    transaction. A command gets its words and nothing of the registry; what it raises beside
    ValueError is the plugin's fault, and named.

    Returns an iterable of Command. None is an error, and so is a code given twice.

    Since 0.1.
    """


@hookspec
def registry_pages() -> Iterable[Page]:  # type: ignore[empty-body]
    """Give read-only public pages, served under /x/<plugin>/.

    Called once at the start of a server process, outside any transaction. `render` is called when a
    page is first asked for in a language on a day, after the read snapshot is closed; what it gave
    is kept until the rulebook or the day changes. One request at a time renders a page, and others
    get 503 meanwhile, so that a page that hangs holds up itself alone.

    Returns an iterable of Page. None is an error, and so is a code given twice.

    Since 0.1.
    """


# --- when a request comes in ----------------------------------------------------------------------


@hookspec(firstresult=True)
def registry_actor(credentials: Credentials, lookup: TokenLookup) -> str | None:
    """Say which stored token the caller's credentials stand for.

    Called once for each request with a bearer, in the server process, in the read snapshot of that
    request; it can write nothing. Stops at the first answer that is not None.

    `credentials` holds the bearer as sent. `lookup` takes the SHA-256 digest of a token and gives
    the id of the stored token, or None.

    Returns the id of a token. None: these credentials are not of this plugin's kind, or not valid;
    when every plugin says None the answer is 401. Whether the token has expired, and which agency
    and roles it carries, the core decides.

    Since 0.1.
    """


# --- after a change -------------------------------------------------------------------------------


@hookspec
def registry_event(event: Event) -> None:
    """Take notice of a change.

    Called after its commit, in the server process that runs the scheduler, outside any transaction;
    each plugin is told the events in order, at its own pace, on a thread of its own. A failure is
    logged and the same event told again after a pause that grows, also after a restart, so that one
    event may arrive more than once and late; `event.seq` tells which. Nothing is rolled back.

    `event` is the change as journalled: seq, kind, instant, and ids and dates as facts.

    Returns None; nothing else is looked at.

    Since 0.1.
    """
