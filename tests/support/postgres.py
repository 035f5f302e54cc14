"""A PostgreSQL of the tests' own: a throw-away cluster on a Unix socket, one database a test.

`from tests.support.postgres import postgres_cluster, postgres_url` in a conftest.py makes the
fixtures known there.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

_DEBIAN = Path("/usr/lib/postgresql")
_SETTINGS = (
    "listen_addresses=",
    # What is committed outlives the server's crash, though not the machine's.
    "fsync=off",
    "full_page_writes=off",
    "max_connections=30",
    "shared_buffers=16MB",
)


class MissingPostgresError(Exception):
    """The programs are not installed."""


def binaries() -> Path:
    """The folder of initdb and pg_ctl, Debian's newest or the one in the search path."""
    versions = [folder for folder in _DEBIAN.glob("*/bin") if (folder / "initdb").exists()]
    if versions:
        return max(versions, key=lambda folder: float(folder.parent.name))
    found = shutil.which("initdb")
    if found is None:
        raise MissingPostgresError(
            "PostgreSQL's initdb is missing: install Debian's package postgresql"
            " (scripts/install-test-peers.sh does)"
        )
    return Path(found).resolve().parent


class PostgresCluster:
    """A cluster in a folder of its own; runs as the user postgres where the tests run as root."""

    def __init__(self) -> None:
        self._bin = binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="callcenter-pg-"))
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        self._names = count(1)
        self._run(
            "initdb", "-D", str(self._data), "-U", "callcenter", "-A", "trust", "-E", "UTF8",
            "--no-locale", "--no-sync",
        )  # fmt: skip
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in self._settings())

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._folder / "log"), "start")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stops the server; its clients' connections break."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    def new_database(self) -> str:
        """Makes an empty database and returns its URL."""
        name = f"test{next(self._names)}"
        self._run("createdb", "-h", str(self._folder), "-U", "callcenter", name)
        return f"postgresql+asyncpg://callcenter@/{name}?host={self._folder}"

    def remove(self) -> None:
        """Stops the server if it runs and deletes the cluster."""
        if (self._data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self._folder)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _settings(self) -> Iterator[tuple[str, str]]:
        yield "unix_socket_directories", str(self._folder)
        for setting in _SETTINGS:
            name, _, value = setting.partition("=")
            yield name, value

    def _run(self, program: str, *arguments: str) -> None:
        # The server inherits standard output: a pipe would never see its end, hence a file.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [self._bin / program, *arguments],
                cwd=self._folder,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            output.seek(0)
            if done.returncode != 0:
                raise RuntimeError(f"{program} failed: {output.read().strip()}")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """The running cluster of this test session."""
    try:
        cluster = PostgresCluster()
    except MissingPostgresError as error:
        pytest.fail(str(error), pytrace=False)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> str:
    """The URL of an empty database."""
    return postgres_cluster.new_database()
