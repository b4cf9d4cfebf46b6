"""The WSGI entry of a server process: granian --interface wsgi --factory registry.wsgi:create"""

from __future__ import annotations

import atexit
import os
from typing import Any

from registry import logs, settings
from registry.app import Application


def create() -> Any:
    """The application of this process, with its scheduler running unless that is switched off."""
    logs.configure()
    application = Application(settings.load(os.environ))
    application.require_ready()
    made = application.flask()
    if application.settings.scheduler == "on":
        scheduler = application.scheduler()
        scheduler.start()
        atexit.register(scheduler.stop)
    return made
