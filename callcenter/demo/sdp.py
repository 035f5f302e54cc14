"""The little SDP that a phone with one audio stream needs, both ways (RFC 4566, RFC 3264)."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.demo.g711 import Law
from callcenter.demo.rtp import PAYLOAD_TYPES

KEY_TYPE = 101
_LAWS = {str(kind): law for law, kind in PAYLOAD_TYPES.items()}
_TO_US = {"sendrecv": True, "recvonly": True, "sendonly": False, "inactive": False}


@dataclass(frozen=True, slots=True)
class Remote:
    """The other side's audio: where it wants to be sent what."""

    host: str
    port: int
    law: Law
    key_type: int | None
    """Payload type of RFC 4733's events; None when it takes none."""
    listens: bool
    """False while it holds the call."""


def describe(
    host: str, port: int, laws: Sequence[Law], *, key_type: int | None = KEY_TYPE, version: int = 1
) -> bytes:
    """An offer or answer for audio in these laws, in order of preference."""
    kinds = [str(PAYLOAD_TYPES[law]) for law in laws]
    lines = [
        "v=0",
        f"o=phone {port} {version} IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {' '.join([*kinds, *([str(key_type)] if key_type else [])])}",
        *(f"a=rtpmap:{PAYLOAD_TYPES[law]} {law}/8000" for law in laws),
    ]
    if key_type:
        lines += [f"a=rtpmap:{key_type} telephone-event/8000", f"a=fmtp:{key_type} 0-15"]
    lines += ["a=ptime:20", "a=sendrecv"]
    return "".join(f"{line}\r\n" for line in lines).encode()


def understand(body: bytes, laws: Sequence[Law]) -> Remote:
    """The first audio stream of an offer or answer, in the first of its laws that is ours too.

    ValueError says what is missing.
    """
    host, port, listens = "", 0, True
    kinds: list[str] = []
    key_type: int | None = None
    for line in body.decode("utf-8", "replace").splitlines():
        field, _, value = line.partition("=")
        words = value.split()
        if field == "m":
            if port:
                break  # the next stream
            if len(words) > 3 and words[0] == "audio":
                port, kinds = int(words[1].split("/")[0]), words[3:]
        elif field == "c" and len(words) == 3:
            host = words[2]
        elif field == "a" and value in _TO_US:
            listens = _TO_US[value]
        elif value.startswith("rtpmap:") and len(words) == 2:
            kind = words[0].removeprefix("rtpmap:")
            if words[1].lower() == "telephone-event/8000" and kind.isdigit():
                key_type = int(kind)
    law = next((_LAWS[kind] for kind in kinds if _LAWS.get(kind) in laws), None)
    if not host or not port or law is None:
        raise ValueError("no audio stream in G.711")
    return Remote(host, port, law, key_type, listens and host != "0.0.0.0")
