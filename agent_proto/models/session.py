"""`session.*`: the connection, its heartbeat and its life across a lost connection."""

from typing import Annotated, ClassVar

from pydantic import Field

from agent_proto.models.base import ClosingReason, Event, Instant, Params, Result


class HelloParams(Params):
    """`session.hello`, the first request of every connection."""

    protocol: int
    """The version that the client speaks: 1."""
    client: Annotated[str, Field(max_length=128)] = ""
    """The client's name and version, for logs."""
    locale: Annotated[str, Field(max_length=35)] = ""
    """BCP 47 language tag."""


class HelloResult(Result):
    """What the server is and can do."""

    server: str
    protocol: int
    capabilities: list[str]
    """The methods that this server has."""
    heartbeat_s: float


class ResumeParams(Params):
    """`session.resume`: takes over a session whose connection was lost, or is still there."""

    resume_token: Annotated[str, Field(max_length=256)]
    last_seq: Annotated[int, Field(ge=0)]
    """The newest `seq` the client has; the next one follows at once."""


class ResumeResult(Result):
    """Resumed; events up to `last_seq` are sent again right after this answer."""

    session_id: str
    last_seq: int
    """The newest event's number when the session was resumed."""
    resume_token: str | None = None
    """A new token, where the old one is no longer good."""


class PingParams(Params):
    """`session.ping`."""


class PingResult(Result):
    """Alive."""

    at: Instant


class SessionClosing(Event):
    """The server is about to close this connection.

    Its `seq` follows the last event's but is not counted: it is never sent again, and the next
    event of a resumed session has that number too. `drain` is kept for a server that is emptied
    while others go on: a single one lets its calls end, and then says `shutdown`.
    """

    event: ClassVar[str] = "session.closing"

    reason: ClosingReason
