"""What phones outlive a restart by: their bindings, the nonces in use and the secret behind those.

A small SQLite file of its own, beside the process and not in the call records' database: ADR 8.
The loop only notes what changed; a thread writes it, a second's changes in one transaction. A disk
that fails costs nothing but this memory.
"""

import asyncio
import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from callcenter.clock import Clock
from sip import Address, Binding

FILE = "registrations.db"
KEY = "nonce.key"
INTERVAL_S = 1.0
"""How long changes gather before they are written."""
RETRY_S = 30.0
"""How long a disk that failed is left alone."""
LOCKED_S = 5.0
"""How long the file may be locked by somebody else, a backup for instance."""
MAX_NONCES = 10_000
"""As many as the authenticator remembers."""
NONCE_LIFE_S = 3600.0
"""How long a nonce is kept after its last use; none is good for so long."""
_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS bindings (user TEXT, position INTEGER, expires REAL, facts TEXT,
    PRIMARY KEY (user, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY, uses INTEGER, noted REAL) WITHOUT ROWID;
"""


class Kept(NamedTuple):
    """What was found at the start."""

    bindings: list[Binding]
    """Oldest first; times are the clock's."""
    nonces: list[tuple[str, int]]


class PhoneBook:
    """The file. `note_*` take any number of changes; `run` writes them until it is cancelled."""

    def __init__(self, folder: Path, clock: Clock, logger: Any) -> None:
        """Opens or makes the files. OSError when the folder does not allow it."""
        self.secret = _secret(folder / KEY)
        self._path = folder / FILE
        self._clock = clock
        self._logger = logger
        self._bindings: dict[str, Sequence[Binding]] = {}
        self._nonces: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._failing = False
        self._turn = asyncio.Lock()
        self._writing: asyncio.Future[None] | None = None
        self._database: sqlite3.Connection | None = None

    def load(self) -> Kept:
        """What was kept. Of a file that cannot be read nothing is known.

        It is set aside when its contents are at fault, and stays when somebody else has locked it
        or the disk fails.
        """
        try:
            return self._read()
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            self._close()
            if _passes(error):
                self._logger.error("registrations are not read", error=str(error))
            else:
                self._logger.error("registrations are lost", file=str(self._path), error=str(error))
                with contextlib.suppress(OSError):
                    self._path.replace(self._path.with_suffix(".broken"))
            return Kept([], [])

    def note_bindings(self, user: str, bindings: Sequence[Binding]) -> None:
        """These are the user's bindings from now on. Those on a connection die with it."""
        self._bindings[user] = [b for b in bindings if b.path or not b.source.reliable]
        self._changed.set()

    def note_nonce(self, nonce: str, count: int) -> None:
        """The nonce was used so often."""
        self._nonces[nonce] = count
        if len(self._nonces) > MAX_NONCES:
            del self._nonces[next(iter(self._nonces))]
        self._changed.set()

    async def run(self) -> None:
        """Writes what changed, at most every `INTERVAL_S`."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(RETRY_S if self._failing else INTERVAL_S)
            await self.flush()

    async def flush(self) -> None:
        """Writes what changed now, after what is being written; who is cancelled leaves it be."""
        async with self._turn:
            self._writing = asyncio.ensure_future(self._flush())
            await asyncio.shield(self._writing)

    async def _flush(self) -> None:
        self._changed.clear()
        if not self._bindings and not self._nonces:
            return
        bindings, self._bindings = self._bindings, {}
        nonces, self._nonces = self._nonces, {}
        wall = self._wall()
        rows = {user: self._rows(found, wall) for user, found in bindings.items()}
        try:
            await asyncio.to_thread(self._write, rows, nonces, self._clock.wall().timestamp())
        except (sqlite3.Error, OSError) as error:
            if not self._failing:
                self._logger.error("registrations are not kept", error=str(error))
            self._failing = True
            self._close()
            self._bindings = bindings | self._bindings
            self._nonces = nonces | self._nonces
            self._changed.set()
        else:
            self._failing = False

    async def close(self) -> None:
        """Writes the rest and closes the file."""
        if self._writing is not None:
            await self._writing
        await self.flush()
        self._close()

    def _read(self) -> Kept:
        database = self._open()
        now, offset = self._clock.wall().timestamp(), self._wall()
        kept = database.execute(
            "SELECT facts, expires FROM bindings WHERE expires > ? ORDER BY user, position", (now,)
        )
        bindings = [_binding(json.loads(facts), expires - offset) for facts, expires in kept]
        nonces = database.execute("SELECT nonce, uses FROM nonces ORDER BY noted").fetchall()
        return Kept(bindings, nonces[-MAX_NONCES:])

    def _write(
        self,
        bindings: dict[str, list[tuple[str, int, float, str]]],
        nonces: dict[str, int],
        now: float,
    ) -> None:
        database = self._open()
        with database:
            database.executemany("DELETE FROM bindings WHERE user = ?", [(u,) for u in bindings])
            database.executemany(
                "INSERT INTO bindings VALUES (?, ?, ?, ?)",
                [row for rows in bindings.values() for row in rows],
            )
            database.executemany(
                "INSERT OR REPLACE INTO nonces VALUES (?, ?, ?)",
                [(nonce, count, now) for nonce, count in nonces.items()],
            )
            database.execute("DELETE FROM nonces WHERE noted < ?", (now - NONCE_LIFE_S,))

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            database = sqlite3.connect(self._path, timeout=LOCKED_S, check_same_thread=False)
            self._database = database
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version not in (0, _VERSION):
                raise sqlite3.DatabaseError(f"version {version} is not ours")
            database.executescript(_TABLES + f"PRAGMA user_version = {_VERSION};")
        return self._database

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _wall(self) -> float:
        """What has to be added to the clock's time for Unix time."""
        return self._clock.wall(0.0).timestamp()

    def _rows(self, bindings: Iterable[Binding], wall: float) -> list[tuple[str, int, float, str]]:
        return [
            (b.user, position, b.expires_at + wall, json.dumps(_facts(b)))
            for position, b in enumerate(bindings)
        ]


def _passes(error: Exception) -> bool:
    """Whether the file may be read another time: a lock, the disk, but not what stands in it."""
    return (
        isinstance(error, sqlite3.OperationalError)
        and error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR
    )


_PLAIN = ("user", "contact_uri", "user_agent", "call_id", "cseq", "q", "instance", "reg_id")


def _facts(binding: Binding) -> dict[str, Any]:
    facts = {name: getattr(binding, name) for name in _PLAIN}
    return facts | {"source": binding.source, "local": binding.local, "path": binding.path}


def _binding(facts: dict[str, Any], expires_at: float) -> Binding:
    return Binding(
        **{name: facts[name] for name in _PLAIN},
        source=Address(*facts["source"]),
        local=Address(*facts["local"]),
        path=tuple(facts["path"]),
        expires_at=expires_at,
    )


def _secret(path: Path) -> bytes:
    """The secret that signs nonces, made when there is none; only its owner may read it."""
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
    secret = path.read_bytes()
    if len(secret) < 16:  # the disk was full, or somebody made the file
        path.unlink()
        return _secret(path)
    return secret
