"""The schema: upgrading it, and refusing to work on one that is behind or ahead. Alembic upgrades;
to ask where a database stands does not need it, and a server starts a tenth sooner without."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from registry.domain.errors import NotReady
from registry.store.database import Database
from registry.store.transaction import begin_chain

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration on an open connection."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(_SCRIPTS))
    made.attributes["connection"] = connection
    return made


@cache
def newest() -> str:
    """The revision this code wants."""
    return max(_revisions())


def _revisions() -> set[str]:
    """Every revision this code knows; each has the name of its file, and they are numbered."""
    return {script.stem for script in (_SCRIPTS / "versions").glob("[0-9]*.py")}


def current(database: Database) -> str | None:
    """The revision of a database; None for one without a schema."""
    with database.reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.select(_VERSION.c.version_num)).scalar()


def upgrade(database: Database, now: datetime) -> bool:
    """Bring the schema to this code's revision, in one transaction; True if something was done."""
    found = current(database)
    if found == newest():
        return False
    _require_known(found)
    with database.changing() as connection:
        create(connection)
        begin_chain(connection, now)
    return True


def create(connection: sa.Connection) -> None:
    """Bring the schema up to date inside a transaction that is open."""
    if not connection.in_transaction():  # else alembic would commit before the caller is done
        connection.begin()
    from alembic import command

    command.upgrade(config(connection), "head")


def require_current(database: Database) -> None:
    """NotReady, with what to do, unless the schema is exactly the one this code wants."""
    found, wanted = current(database), newest()
    if found == wanted:
        return
    if found is None:
        raise NotReady("The database has no schema yet: run registry migrate.")
    _require_known(found)
    raise NotReady(
        f"The database is at schema {found}, this version wants {wanted}: run registry migrate "
        "(make a backup first, with the version that wrote it: registry backup FILE)."
    )


def _require_known(found: str | None) -> None:
    if found is not None and found not in _revisions():
        raise NotReady(
            f"The database is at schema {found}, which this version does not know: it was upgraded "
            "by a newer one. Run that version."
        )
