"""The composition root: settings to a working registry. The only file that sees all parts."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask

from registry import clock, logs
from registry.api import create_api
from registry.api.behind import Behind
from registry.api.check_desk import CheckDesk
from registry.api.front import Front
from registry.api.served import EXTENSION
from registry.clock import Clock
from registry.domain.actor import Credentials
from registry.domain.errors import NotReady, RegistryError
from registry.domain.token import TokenLookup
from registry.metrics import Metrics
from registry.plugin_manager import Plugins, load_plugins
from registry.predicates.runner import Predicates, sources_of
from registry.rulebook.rulebook import Rulebook
from registry.scheduler import Scheduler
from registry.services import calendars, rules
from registry.services.origins import require_honest
from registry.services.registry import Registry
from registry.settings import Settings
from registry.store import rulebooks, schema, vault
from registry.store.database import Database
from registry.store.store import Store

NO_LONGER = (
    "sector {} is no longer enabled: what it listed stays in force, and checks that need it are "
    "undetermined"
)
REMOVALS = "removals proposed: {}; their authorities decide (GET /removals)"


@dataclass
class Application:
    """One process's registry, wired from settings; nothing is module-global."""

    settings: Settings
    clock: Clock = clock.now
    metrics: Metrics = field(default_factory=Metrics)

    @cached_property
    def plugins(self) -> Plugins:
        """The enabled plugins; PluginError stops the start."""
        return load_plugins(self.settings.plugins, self.settings.plugin_modules)

    @cached_property
    def database(self) -> Database:
        """The database of the settings."""
        settings = self.settings
        return Database(settings.database_url, settings.lock_seconds, settings.threads)

    @cached_property
    def store(self) -> Store:
        """The store with its keys; NotReady without them."""
        return Store(
            self.database,
            vault.read(Path(self.settings.key_file)),
            self.clock,
            timedelta(seconds=self.settings.clock_back_seconds),
            timedelta(days=self.settings.clock_step_days),
        )

    @cached_property
    def registry(self) -> Registry:
        """What the doors use."""
        schemes = {scheme.code: scheme for scheme in self.plugins.identifiers()}
        return Registry(self.store, self._authenticate, schemes, ask=self.predicates.ask)

    @cached_property
    def predicates(self) -> Predicates:
        """Whom the rules ask beside their conditions; no worker runs before the first question."""
        return Predicates(sources_of(self.plugins), self.metrics, logs.get())

    def _authenticate(self, bearer: str, lookup: TokenLookup) -> str | None:
        return self.plugins.actor(Credentials(bearer), lookup)

    def migrate(self) -> list[str]:
        """Create or upgrade schema, keys and rulebook; what was done, a line each."""
        done = []
        fresh = schema.current(self.database) is None
        if fresh and self._make_key():
            done.append(f"made the key file {self.settings.key_file} (0600): back it up apart")
        store = self.store  # a database with data and without its key never goes further
        if schema.upgrade(self.database, self.clock()):
            done.append(f"schema at {schema.newest()}")
        offered = self.plugins.rulebook()
        with store.changing() as change:
            rulebook, gone = calendars.with_imported(calendars.active(change), offered)
            made = rules.activate(
                change, rulebook, self.plugins.fingerprint(), self.plugins.origins()
            )
            if made is not None:
                done.append(f"rulebook {rulebook.digest} active: {', '.join(rulebook.sectors)}")
                done += [str(one) for one in made.rewritten]
                done += [NO_LONGER.format(sector) for sector in made.withdrawn]
                done += [REMOVALS.format(made.removals)] if made.removals else []
            done += [calendars.record_superseded(change, one) for one in gone]
            for sector in rules.draft_editions(change, rulebook):
                done.append(f"draft measure edition of {sector}: publish it with registry edition")
        return done

    def _make_key(self) -> bool:
        path = Path(self.settings.key_file)
        if path.exists() or not self.settings.is_sqlite:
            return False
        vault.write_new(path)
        return True

    def require_sound(self) -> None:
        """NotReady, with what to do, unless the database can be worked on. The active rulebook is
        left as it is, whatever plugins this process has enabled."""
        schema.require_current(self.database)
        self.database.require_durable()
        self.store.require_whole()

    def require_ready(self) -> list[str]:
        """NotReady, with what to do, unless everything needed to serve is as it must be; else what
        the operator should know, a line each."""
        self.require_sound()
        fingerprint = self.plugins.fingerprint()
        with self.store.reading() as reading:
            stored = rulebooks.active_fingerprint(reading)
        if stored is None:
            raise NotReady("No rulebook is active: run registry migrate.")
        return [] if stored == fingerprint else self._adopt(self.plugins.rulebook(), fingerprint)

    def _adopt(self, offered: Rulebook, fingerprint: str) -> list[str]:
        """Plugins differ from those of the active rulebook. The same rules, or fewer sectors, are
        taken over and journalled; changed or new rules want `registry migrate`."""
        with self.store.changing() as change:
            context = self.registry.contexts.at_head(change, change.head)
            active = context.rulebook
            whole, _ = calendars.with_imported(active.calendars, offered)
            new = [
                code
                for part in ("sectors", "profiles", "calendars")
                for code in offered.document[part]
                if active.document[part].get(code) != whole.document[part][code]
            ]
            if new:
                require_honest(change, self.plugins.origins())  # migrate would say so as well
                raise NotReady(
                    f"The rules of {', '.join(sorted(new))} differ from the active rulebook: "
                    "run registry migrate to activate them."
                )
            made = rules.activate(change, whole, fingerprint, self.plugins.origins())
            return [NO_LONGER.format(sector) for sector in made.withdrawn] if made else []

    def readiness(self) -> Mapping[str, str]:
        """What is missing, by part; empty when ready."""
        missing = {}
        try:
            self.store.head()
            self.database.require_writable()
        except RegistryError as error:
            missing["store"] = error.message
        if self.database.failed:
            missing["store"] = "input/output error: restart"
        return missing

    def scheduler(self) -> Scheduler:
        """The scheduler of a server process."""
        return Scheduler(
            self.store,
            self.plugins.listeners(),
            logs.get(),
            self.metrics,
            self.settings.sweep_seconds,
            self.settings.seal_seconds,
            fatal=_exit_for_restart,
            orphaned=orphaned,
        )

    def flask(self) -> Flask:
        """The WSGI application."""
        made = Flask("registry", static_folder=None)
        create_api(
            made,
            self.registry,
            readiness=self.readiness,
            body_limit=self.settings.body_limit,
            metrics=self.metrics,
            metrics_from=frozenset(self.settings.metrics_from),
            log=logs.get(),
            plugin_pages={
                (plugin, page.code): page
                for plugin, given in self.plugins.pages().items()
                for page in given
            },
        )
        return made

    def asgi(self) -> Front:
        """The ASGI application that is served."""
        return self.front(self.flask())

    def front(self, made: Flask) -> Front:
        """What stands in front of a Flask application: whole bodies, and the check desk."""
        settings = self.settings
        lanes = 1 if settings.is_sqlite else settings.threads
        desk = CheckDesk(self.registry.checks, lanes, on_loop=settings.is_sqlite)
        behind = Behind(made, settings.threads)
        return Front(made.extensions[EXTENSION], desk, behind, settings.body_seconds)

    def close(self) -> None:
        """Let go of the database."""
        if "predicates" in self.__dict__:
            self.predicates.close()
        if "database" in self.__dict__:
            self.database.close()


def orphaned() -> bool:
    """True if the process that made this one to serve is gone: nobody could stop or replace it, and
    it would lead for ever. Never true of a process that serves by itself."""
    master = multiprocessing.parent_process()
    return master is not None and os.getppid() != master.pid


def _exit_for_restart() -> Any:
    """After an input/output error nothing may be retried, and without a master nobody ends us: the
    service manager starts us anew."""
    os._exit(70)
