"""Agents' passwords: as the site file has them, in plain text or as argon2 hashes.

An argon2 check takes tens of milliseconds and megabytes by design, so it is done beside the loop,
at most `WORKERS` at once. Where any agent has a hash, every check does the work of one, so that
time tells neither who exists nor who has one.
"""

import asyncio
import hmac
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from callcenter.settings import AgentSettings

WORKERS: Final = 2
_HASHED: Final = "$argon2"
_HASHER: Final = PasswordHasher()
"""RFC 9106's second recommended option; a hash of the site file brings its own costs."""

_T = TypeVar("_T")


class Passwords:
    """Checks and changes them; `close` ends the threads."""

    def __init__(self, agents: Iterable[AgentSettings]) -> None:
        self._kept = {agent.agent_id: agent.password.get_secret_value() for agent in agents}
        self._workers: ThreadPoolExecutor | None = None
        self._decoy = next(filter(_is_hash, self._kept.values()), "")
        """Checked where there is no hash to check; empty as long as there is none at all."""

    async def matches(self, agent_id: str, password: str) -> bool:
        """Whether that is the agent's password; False for nobody's."""
        kept = self._kept.get(agent_id, "")
        plain = "" if _is_hash(kept) else kept
        same = hmac.compare_digest(plain.encode(), password.encode()) and bool(plain)
        if not self._decoy:
            return same
        verified = await self._beside(_verify, kept if _is_hash(kept) else self._decoy, password)
        return verified if _is_hash(kept) else same

    async def hashed(self, password: str) -> str:
        """A new argon2id hash."""
        return await self._beside(_HASHER.hash, password)

    def set(self, agent_id: str, kept: str) -> None:
        """From now on that is the agent's: a hash, or plain text."""
        self._kept[agent_id] = kept
        if _is_hash(kept):
            self._decoy = self._decoy or kept

    def close(self) -> None:
        """Ends the threads."""
        if self._workers is not None:
            self._workers.shutdown(wait=False, cancel_futures=True)

    async def _beside(self, work: Callable[..., _T], *arguments: str) -> _T:
        if self._workers is None:
            self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="passwords")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, work, *arguments)


def _is_hash(kept: str) -> bool:
    return kept.startswith(_HASHED)


def _verify(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False
