"""One client's session: its events in order, its requests, its connections; sans I/O.

A session begins with a connection, becomes resumable when an agent signs in, and then outlives
connections: while there is none, its events are numbered and kept, and a connection that resumes
gets those it missed.
"""

from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, overload

from agent_proto.envelope import write_event
from agent_proto.errors import ProtocolError
from agent_proto.models import (
    AgentClass,
    AgentEvent,
    CallEvent,
    ClosingReason,
    Event,
    SessionClosing,
    rfc3339,
)
from agent_proto.outbox import Outbox
from agent_proto.request_keys import RequestKeys


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a session is made with."""

    session_id: str
    resume_token: str
    wall: Callable[[], datetime]
    """Aware wall-clock time."""
    on_ended: Callable[["Session"], None]
    turn: AbstractAsyncContextManager[object]
    """Entered around each request: one at a time, whatever connection it came by."""
    replay_events: int
    """How many events are kept for a resume."""
    request_keys: int
    """How many requests' outcomes are kept."""


class Session:
    """What a handler knows a client by. `data` is the handler's own."""

    def __init__(self, facts: SessionFacts) -> None:
        self._facts = facts
        self._replay: deque[bytes] = deque(maxlen=facts.replay_events)
        self._outbox: Outbox | None = None
        self.request_keys = RequestKeys(facts.request_keys)
        self.seq = 0
        """The newest event's number."""
        self.signed_in = False
        self.agent_class: AgentClass = "agent"
        """As what the agent signed in."""
        self.ended = False
        self.client = ""
        """As `session.hello` named it."""
        self.locale = ""
        self.remote = ""
        """The peer's address and port, for logs."""
        self.data: Any = None

    @property
    def session_id(self) -> str:
        """Names the session in logs; no secret."""
        return self._facts.session_id

    @property
    def resume_token(self) -> str:
        """The secret that resumes the session."""
        return self._facts.resume_token

    @property
    def turn(self) -> AbstractAsyncContextManager[object]:
        """Entered around each request."""
        return self._facts.turn

    @property
    def connected(self) -> bool:
        """Whether events reach the client now."""
        return self._outbox is not None

    @overload
    def notify(self, event: CallEvent, *, call_id: str) -> None: ...
    @overload
    def notify(self, event: AgentEvent, *, call_id: str | None = None) -> None: ...
    def notify(self, event: Event, *, call_id: str | None = None) -> None:
        """Tells the client; never blocks or raises. After the session's end it does nothing."""
        if self.ended:
            return
        self.seq += 1
        line = write_event(event, self.seq, rfc3339(self._facts.wall()), call_id)
        self._replay.append(line)
        if self._outbox is not None:
            self._outbox.send(line)

    def end(self, reason: ClosingReason) -> None:
        """Ends the session for good and closes its connection, if any."""
        outbox = self._outbox
        self.log_out()
        if outbox is not None:
            outbox.close(self._closing(reason))

    def log_out(self) -> None:
        """Ends the session for good; its connection stays and may sign in anew; idempotent."""
        if self.ended:
            return
        self.ended = True
        self.signed_in = False
        self._outbox = None
        self._facts.on_ended(self)

    def attach(self, outbox: Outbox) -> None:
        """Events go to this connection from now on; the one before is told that it was replaced."""
        if self._outbox is not None:
            self._outbox.close(self._closing("replaced"))
        self._outbox = outbox

    def detach(self, outbox: Outbox) -> bool:
        """The connection is gone; False when the session had left it already."""
        if self._outbox is not outbox:
            return False
        self._outbox = None
        return True

    def close_connection(self, reason: ClosingReason) -> None:
        """Closes the connection; a session that is signed in can be resumed."""
        if self._outbox is not None:
            self._outbox.close(self._closing(reason))

    def check_resumable(self, last_seq: int) -> None:
        """`out_of_range` unless every event after `last_seq` is still here.

        A client that counted `session.closing` is one ahead of us; it missed nothing.
        """
        oldest = self.seq - len(self._replay)
        if not oldest <= last_seq <= self.seq + 1:
            raise ProtocolError(
                "out_of_range",
                "those events are gone: resume with the newest number, then call agent.get",
                path="last_seq",
                oldest=oldest,
                newest=self.seq,
            )

    def resend(self, last_seq: int) -> None:
        """Sends the events after `last_seq` again, in order."""
        outbox = self._outbox
        if outbox is None:
            return
        missed = max(self.seq - last_seq, 0)
        for line in islice(self._replay, len(self._replay) - missed, None):
            outbox.send(line)

    def _closing(self, reason: ClosingReason) -> bytes:
        event = SessionClosing(reason=reason)
        return write_event(event, self.seq + 1, rfc3339(self._facts.wall()), None)
