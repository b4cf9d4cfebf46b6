"""Where a database stands is read without alembic, and agrees with it."""

import subprocess
import sys

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from registry.app import Application
from registry.store import schema


def test_the_newest_revision_is_alembics_head(application: Application):
    with application.database.reading() as connection:
        scripts = ScriptDirectory.from_config(schema.config(connection))
        reached = MigrationContext.configure(connection).get_current_revision()

    assert schema.newest() == scripts.get_current_head()
    assert schema.current(application.database) == reached == schema.newest()


def test_a_server_starts_without_alembic():
    script = "import sys, registry.asgi; print('alembic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"
