"""`seat.*`: the place that an agent works at, and its phone."""

from typing import Annotated, Literal

from pydantic import Field

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
    """How the agent's phone is heard, and hears, in the talk."""

    received: int
    """Voice packets from it so far."""
    lost: int
    """Missing in their numbering."""
    jitter_ms: float
    loss: float | None = None
    """Of the last seconds: lost of all that should have come, 0 to 1."""
    mos: float | None = None
    """Of the last seconds: mean opinion score, 1 to 4.5 (ITU-T G.107)."""
    round_trip_ms: float | None = None
    """To the phone and back, if it makes reports (RTCP)."""
    remote_lost: int | None = None
    """Packets that the phone has missed, as it reports."""


class SeatGetResult(Result):
    """The seat as it is now."""

    seat_no: str
    kind: Literal["sip", "number", "webrtc"]
    answer_mode: Literal["phone", "protocol", "nailed_up"]
    registered: bool
    """Whether the device can be rung, or is connected in mode `nailed_up`; if not, the agent is
    offered nothing."""
    contacts: list[SeatContact]
    """The preferred first."""
    quality: SeatQuality | None = None
    """Only in a talk."""


class SeatOfferParams(Params):
    """`seat.offer`."""

    sdp: Annotated[str, Field(max_length=16_384)]
    """The browser's offer (RFC 3264), its candidates gathered or not: it finds us by ours."""


class SeatOfferResult(Result):
    """The answer."""

    sdp: str
    """ICE-lite, with one candidate and the fingerprint of our certificate."""
