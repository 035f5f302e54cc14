"""`seat.*`: the place that an agent works at, and its phone."""

from typing import Literal

from agent_proto.models.base import Instant, Message, Params, Result


class SeatGetParams(Params):
    """`seat.get`."""


class SeatContact(Message):
    """A phone that is registered for the seat (GX-B3)."""

    user_agent: str
    """What it calls itself; empty when it does not."""
    address: str
    """Where it is reached: transport, host, port."""
    expires_at: Instant


class SeatQuality(Message):
    """What has been heard of the agent's phone in the talk so far."""

    received: int
    """Voice packets."""
    lost: int
    jitter_ms: float


class SeatGetResult(Result):
    """The seat as it is now."""

    seat_no: str
    kind: Literal["sip", "number"]
    answer_mode: Literal["phone", "protocol", "nailed_up"]
    registered: bool
    """Whether the device can be rung, or is connected in mode `nailed_up`; if not, the agent is
    offered nothing."""
    contacts: list[SeatContact]
    """The preferred first."""
    quality: SeatQuality | None = None
    """Only in a talk."""
