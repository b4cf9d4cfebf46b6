"""A process that writes again and again, as a module: `python -m tests.faults.hammer COUNT`.

It adds tokens and sweeps on the settings in its environment, while a server runs on the same file,
and prints how many writes were done and which errors there were.
"""

from __future__ import annotations

import json
import os
import sys

from registry import settings
from registry.app import Application
from registry.domain.actor import Role
from registry.domain.errors import RegistryError
from registry.services import agencies
from registry.services.sweep import sweep


def main(count: int) -> None:
    application = Application(settings.load(os.environ))
    application.require_ready()
    errors = []
    done = 0
    for number in range(count):
        try:
            if number % 10:
                with application.registry.operating() as work:
                    held = [Role.AUDITOR]
                    agencies.add_token(work, "TAX", f"P {number}", held, os.urandom(32).hex())
            else:
                sweep(application.store)
            done += 1
        except RegistryError as error:
            errors.append(error.message)
    application.close()
    print(json.dumps({"done": done, "errors": errors}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
