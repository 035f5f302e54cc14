"""All sessions that can be resumed, and how long the lost ones wait for it; sans I/O."""

from collections.abc import Callable
from hashlib import sha256

from agent_proto.session import Session


class SessionTable:
    """Signed-in sessions by resume token. `now` is monotonic seconds."""

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        # By digest: how long a look-up takes tells nothing about the tokens that exist.
        self._by_token: dict[bytes, Session] = {}
        # One grace time for all, so the order of loss is the order of expiry.
        self._lost: dict[Session, float] = {}

    def __len__(self) -> int:
        return len(self._by_token)

    def sign_in(self, session: Session) -> None:
        """From now on the session's token resumes it."""
        session.signed_in = True
        self._by_token[_digest(session.resume_token)] = session

    def find(self, token: str) -> Session | None:
        """The session that `token` resumes."""
        return self._by_token.get(_digest(token))

    def lost(self, session: Session, now: float) -> None:
        """The session has no connection; its grace time begins."""
        self._lost[session] = now + self._grace_s

    def found(self, session: Session) -> None:
        """The session was resumed."""
        self._lost.pop(session, None)

    def forget(self, session: Session) -> None:
        """The session ended."""
        self._lost.pop(session, None)
        self._by_token.pop(_digest(session.resume_token), None)

    def next_deadline(self) -> float | None:
        """When the next grace time ends."""
        return next(iter(self._lost.values()), None)

    def advance(self, now: float, expired: Callable[[Session], None]) -> None:
        """Ends the sessions whose grace time is over; `expired` hears of each."""
        for session in [s for s, deadline in self._lost.items() if deadline <= now]:
            session.log_out()
            expired(session)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
