"""A call as a whole: how it comes in, what leads it, what goes with it, how it ends."""

from collections.abc import Mapping
from typing import Literal

from callcenter.events.base import CallEvent, Event, Party
from lean import dataclass


@dataclass(frozen=True, slots=True)
class CallStarted(CallEvent):
    """An INVITE was admitted and a number found for it."""

    direction: Literal["in", "out", "internal"]
    ani: str
    """Calling number as the trunk's settings have it read; empty when withheld."""
    dnis: str
    trunk: str


@dataclass(frozen=True, slots=True)
class CallAnswered(CallEvent):
    """The system answered the caller (200 sent)."""


@dataclass(frozen=True, slots=True)
class FlowStarted(CallEvent):
    """An IVR flow took control."""

    flow: str


@dataclass(frozen=True, slots=True)
class FlowEnded(CallEvent):
    """The flow handed the call on."""

    flow: str


@dataclass(frozen=True, slots=True)
class CallDataChanged(CallEvent):
    """The data that goes with the call are other ones."""

    agents: tuple[str, ...]
    """Who is in the call."""
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CallEnded(CallEvent):
    """The caller's leg is gone; the last event of a call but for wrap-up and recording."""

    cause: str
    """hangup, abandoned, rejected, failed, media_timeout, max_wait, shutdown; of calls that no
    queue took also transferred, limit and the outcomes of `ReachEnded`."""
    by: Party
    sip_code: int
    """Final SIP status for the caller: 200 when answered, else what was sent or received."""
    q850: int | None = None
    """The Q.850 cause: the caller's own, or that of our release."""


@dataclass(frozen=True, slots=True)
class CallRefused(Event):
    """A call that may not come in or not go where it was to; nobody was answered."""

    ani: str
    dnis: str
    source: str
    """Where the INVITE came from."""
    sip_code: int
    cause: str
