"""A session description as data (RFC 8866), and the stream that two of them agree on (RFC 3264)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from lean import dataclass
from media.sdp.transport import UNSAID, Transport

if TYPE_CHECKING:
    from media.sdp.security import Checks, Handshake, Sdes

Codec: TypeAlias = Literal["PCMA", "PCMU", "G722", "L16", "opus", "G729"]
Direction: TypeAlias = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

DIRECTIONS: Mapping[str, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "sendonly",
    "recvonly": "recvonly",
    "inactive": "inactive",
}


def direction_of(*, sends: bool, receives: bool) -> Direction:
    """The attribute for what one side does."""
    if sends:
        return "sendrecv" if receives else "sendonly"
    return "recvonly" if receives else "inactive"


def sends_media(direction: Direction) -> bool:
    """Whether the side that wrote `direction` sends media."""
    return direction in ("sendrecv", "sendonly")


def receives_media(direction: Direction) -> bool:
    """Whether the side that wrote `direction` wants media."""
    return direction in ("sendrecv", "recvonly")


class RtpMap(NamedTuple):
    """What a payload type number stands for."""

    name: str
    """Encoding name in upper case: PCMA, TELEPHONE-EVENT, …"""
    clock_rate: int
    """Hertz."""
    channels: int = 1


class Media(NamedTuple):
    """One `m=` section, with what it inherits from the session level filled in."""

    kind: str
    """audio, video, image, …"""
    port: int
    """0 = refused or switched off."""
    protocol: str
    """RTP/AVP, RTP/SAVP, udptl, …"""
    formats: tuple[str, ...]
    """As written, in the writer's order of preference; payload type numbers where it is RTP."""
    address: str
    """From `c=`, as written; empty when there was none."""
    direction: Direction
    maps: tuple[tuple[str, RtpMap], ...]
    """`rtpmap` of each format, as far as it was written."""
    packet_ms: int | None
    """`ptime`: the packet length its writer would like to receive."""
    max_packet_ms: int | None
    """`maxptime`: the longest packet its writer takes."""
    transport: Transport = UNSAID

    @property
    def rtpmap(self) -> Mapping[str, RtpMap]:
        """`maps`, by format."""
        return dict(self.maps)


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A parsed description."""

    session_id: str
    version: str
    timing: str
    """The `t=` value; an answer repeats it (RFC 3264 §6)."""
    media: tuple[Media, ...]
    bundles: tuple[tuple[str, ...], ...] = ()
    """Names of the sections that its writer would carry together (RFC 9143)."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The agreed audio stream, seen from our side."""

    remote_ip: str
    """Where the peer wants its packets; 0.0.0.0 or :: while it holds the old way (RFC 2543)."""
    remote_port: int
    codec: Codec
    payload_type: int
    event_payload_type: int | None
    """telephone-event (RFC 4733), None when the peer has none."""
    packet_ms: int
    """Audio per packet that the peer wants to receive."""
    direction: Direction
    """What we do: `recvonly` or `inactive` = the peer holds us and must be sent nothing."""
    comfort_noise: bool = False
    """Whether the peer takes comfort noise (RFC 3389)."""
    keys: "Sdes | Handshake | None" = None
    """What makes the packets secret; None: they are plain."""
    checks: "Checks | None" = None
    """ICE; None: the peer makes no checks."""
    rtcp: tuple[str, int] | None = None
    """Where the peer wants RTCP; None: at the port above RTP's (RFC 3550 §11)."""
    rtcp_mux: bool = False
    """Whether RTCP goes with RTP (RFC 5761)."""
