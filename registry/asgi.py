"""The entry of a server process: granian --interface asginl --factory registry.asgi:create"""

from __future__ import annotations

import atexit
import os

from registry import logs, settings
from registry.api.front import Front
from registry.app import Application


def create() -> Front:
    """The application of this process, with its scheduler running unless that is switched off."""
    logs.configure()
    application = Application(settings.load(os.environ))
    application.require_ready()
    made = application.asgi()
    if application.settings.scheduler == "on":
        scheduler = application.scheduler()
        scheduler.start()
        atexit.register(scheduler.stop)
    return made
