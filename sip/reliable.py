"""Provisional responses that are sent again until their PRACK: RFC 3262 §3, the server's side."""

from dataclasses import dataclass

from sip.core import Core
from sip.deadlines import NEVER
from sip.message import Request
from sip.transaction import ServerMachine

REQUIRE_LINE = "Require: 100rel\r\n"
_FIRST_RSEQ_LIMIT = 2**31 - 1


@dataclass(slots=True)
class _Outstanding:
    """A response that nobody has acknowledged yet."""

    data: bytes
    rseq: int
    has_body: bool
    resend_at: float
    interval: float
    expire_at: float


class ReliableResponses:
    """The reliable 18x of one INVITE, one under way at a time; a later one waits for its PRACK.

    Of those that wait only the newest is kept, with the newest body: what came before is no longer
    true anyway.
    """

    __slots__ = ("_core", "_outstanding", "_rseq", "_server", "_waiting", "settled")

    def __init__(self, core: Core, server: ServerMachine) -> None:
        self.settled = False
        """Whether a session was agreed: a session description of ours was acknowledged."""
        self._core = core
        self._server = server
        self._rseq = int(core.jitter() * (_FIRST_RSEQ_LIMIT - 1)) + 1
        self._outstanding: _Outstanding | None = None
        self._waiting: tuple[int, bytes] | None = None

    @property
    def deadline(self) -> float:
        """When `advance` has something to do."""
        outstanding = self._outstanding
        if outstanding is None:
            return NEVER
        return min(outstanding.resend_at, outstanding.expire_at)

    @property
    def session_under_way(self) -> bool:
        """Whether a session description waits for its PRACK: until then no 2xx may go (§3)."""
        return self._outstanding is not None and self._outstanding.has_body

    def next_line(self, code: int, body: bytes) -> str | None:
        """The header lines of the response that may go now; None when it has to wait."""
        if self._outstanding is None:
            return f"{REQUIRE_LINE}RSeq: {self._rseq}\r\n"
        self._waiting = code, body or (self._waiting[1] if self._waiting is not None else b"")
        return None

    def sent(self, data: bytes, has_body: bool) -> None:
        """The response went out; repeat it until its PRACK."""
        timers, now = self._core.config.timers, self._core.now
        self._outstanding = _Outstanding(
            data, self._rseq, has_body, now + timers.t1, timers.t1, now + timers.give_up
        )
        self._rseq += 1

    def acknowledge(self, prack: Request, invite: Request) -> bool:
        """Whether a PRACK is about the response under way, which then is no more."""
        outstanding = self._outstanding
        value = (prack.header("rack") or "").split()
        expected = [str(outstanding.rseq), str(invite.cseq), "INVITE"] if outstanding else None
        if outstanding is None or value != expected:
            return False
        self.settled = self.settled or outstanding.has_body
        self._outstanding = None
        return True

    def take_waiting(self) -> tuple[int, bytes] | None:
        """Code and body of the response that may go now."""
        waiting, self._waiting = self._waiting, None
        return waiting

    def stop(self) -> None:
        """The final response goes out: nothing is repeated any more, a PRACK still matches."""
        self._waiting = None
        if self._outstanding is not None:
            self._outstanding.resend_at = self._outstanding.expire_at = NEVER

    def advance(self, now: float) -> bool:
        """Repeat what is due; False when there was no PRACK for 64 T1."""
        outstanding = self._outstanding
        if outstanding is None:
            return True
        if now >= outstanding.expire_at:
            self._outstanding = None
            return False
        if now >= outstanding.resend_at:
            outstanding.interval *= 2  # without limit, §3
            outstanding.resend_at = now + outstanding.interval
            self._core.transmit(outstanding.data, self._server.route)
        return True
