"""Agents' passwords: as the site file has them, in plain text or as argon2 hashes.

An argon2 check takes tens of milliseconds and megabytes by design, so it is done beside the loop,
at most `WORKERS` at once. Where any agent has a hash, every check does the work of one, so that
time tells neither who exists nor who has one.

What an agent chose (`change`) is kept as a hash in a file of the state folder, and holds until the
site file has another password for them: that is how one is reset.
"""

import asyncio
import hmac
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from callcenter.settings import AgentSettings

WORKERS: Final = 2
_HASHED: Final = "$argon2"
_HASHER: Final = PasswordHasher()
"""RFC 9106's second recommended option; a hash of the site file brings its own costs."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Choice:
    """What an agent chose."""

    kept: str
    salt: str
    of_site: str
    """Mark of the site file's password at that time."""


class Passwords:
    """Checks and changes them; `close` ends the threads."""

    def __init__(self, agents: Iterable[AgentSettings], file: Path | None = None) -> None:
        """`file` keeps what agents chose. `OSError` when it cannot be read."""
        self._of_site: dict[str, str] = {}
        self._chosen = _read(file) if file is not None else {}
        self._file = file
        self._kept: dict[str, str] = {}
        self._writing = asyncio.Lock()
        self._workers: ThreadPoolExecutor | None = None
        self._decoy = ""
        """Checked where there is no hash to check; empty as long as there is none at all."""
        self.learn(agents)

    def learn(self, agents: Iterable[AgentSettings]) -> None:
        """Other agents from now on, as the site file has them."""
        self._of_site = {agent.agent_id: agent.password.get_secret_value() for agent in agents}
        self._kept = {
            agent_id: self._chosen_by(agent_id) or of_site
            for agent_id, of_site in self._of_site.items()
        }
        self._decoy = next(filter(_is_hash, self._kept.values()), "")

    async def matches(self, agent_id: str, password: str) -> bool:
        """Whether that is the agent's password; False for nobody's."""
        kept = self._kept.get(agent_id, "")
        plain = "" if _is_hash(kept) else kept
        same = hmac.compare_digest(plain.encode(), password.encode()) and bool(plain)
        if not self._decoy:
            return same
        verified = await self._beside(_verify, kept if _is_hash(kept) else self._decoy, password)
        return verified if _is_hash(kept) else same

    async def change(self, agent_id: str, password: str) -> None:
        """From now on, also after a restart, that is the agent's. `OSError`: cannot be kept."""
        kept = await self._beside(_HASHER.hash, password)
        async with self._writing:
            salt = token_hex(16)
            choice = _Choice(kept, salt, _mark(salt, self._of_site[agent_id]))
            chosen = {**self._chosen, agent_id: choice}
            if self._file is not None:
                await self._beside(_write, self._file, chosen)
            self._chosen = chosen
            self._kept[agent_id] = kept
            self._decoy = self._decoy or kept

    def _chosen_by(self, agent_id: str) -> str:
        """The hash of what they chose, unless the site file has changed since."""
        choice = self._chosen.get(agent_id)
        if choice is None or choice.of_site != _mark(choice.salt, self._of_site[agent_id]):
            return ""
        return choice.kept

    def close(self) -> None:
        """Ends the threads."""
        if self._workers is not None:
            self._workers.shutdown(wait=False, cancel_futures=True)

    async def _beside(self, work: Callable[..., _T], *arguments: object) -> _T:
        if self._workers is None:
            self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="passwords")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, work, *arguments)


def _mark(salt: str, of_site: str) -> str:
    """Tells whether the site's password is still the same."""
    return sha256(f"{salt}:{of_site}".encode()).hexdigest()


def _read(file: Path) -> dict[str, _Choice]:
    if not file.exists():
        return {}
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return {agent_id: _Choice(**row) for agent_id, row in rows.items()}
    except (TypeError, AttributeError, ValueError) as error:
        raise OSError(f"{file} is damaged: {error}") from error


def _write(file: Path, chosen: dict[str, _Choice]) -> None:
    """All or nothing, for nobody else to read."""
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    rows = {agent_id: asdict(choice) for agent_id, choice in chosen.items()}
    with fresh.open("w", encoding="utf-8") as out:
        json.dump(rows, out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


def _is_hash(kept: str) -> bool:
    return kept.startswith(_HASHED)


def _verify(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False
