"""RTCP as a phone of the tests speaks it (RFC 3550 §6, RFC 3611), without `media`."""

import struct
import time
from dataclasses import dataclass

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, GOODBYE, EXTENDED = 200, 201, 202, 203, 207
_TO_1900_S = 2_208_988_800
VOIP_METRICS = 7


@dataclass(frozen=True, slots=True)
class Block:
    """What a receiver tells of one source."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Of the VoIP metrics block: what the tests look at."""

    ssrc: int
    loss_rate: int
    r_factor: int
    mos_listening: float
    mos_conversational: float


def ntp_now() -> int:
    """NTP format: seconds since 1900 in the upper half, their fraction in the lower."""
    return int((time.time() + _TO_1900_S) * 2**32)


def middle(ntp: int) -> int:
    """What a report block calls the time of a report."""
    return ntp >> 16 & 0xFFFFFFFF


def packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def sender_report(ssrc: int, ntp: int, *blocks: Block) -> bytes:
    """An SR of somebody who has sent nothing worth counting."""
    body = struct.pack("!IQIII", ssrc, ntp, 0, 0, 0)
    return packet(SENDER_REPORT, len(blocks), body + b"".join(map(_packed, blocks)))


def receiver_report(ssrc: int, *blocks: Block) -> bytes:
    return packet(
        RECEIVER_REPORT, len(blocks), struct.pack("!I", ssrc) + b"".join(map(_packed, blocks))
    )


def _packed(block: Block) -> bytes:
    loss = block.fraction_lost << 24 | block.lost & 0xFFFFFF
    return struct.pack(
        "!6I", block.ssrc, loss, block.highest, block.jitter, block.last_report, block.delay
    )


def packets(compound: bytes) -> dict[int, tuple[int, bytes]]:
    """Each packet's count and body, by its type; they fill the datagram to the last byte."""
    found = {}
    while compound:
        flags, kind, length = struct.unpack_from("!BBH", compound)
        assert flags >> 6 == 2
        found[kind] = (flags & 31, compound[4 : 4 + 4 * length])
        assert len(found[kind][1]) == 4 * length
        compound = compound[4 + 4 * length :]
    return found


def block_of(compound: bytes) -> Block | None:
    """The first block of the report that a compound packet starts with."""
    found = packets(compound)
    count, body = found.get(SENDER_REPORT) or found[RECEIVER_REPORT]
    if count == 0:
        return None
    ssrc, loss, *rest = struct.unpack_from("!6I", body, 24 if SENDER_REPORT in found else 4)
    lost = (loss & 0xFFFFFF) - (1 << 24 if loss & 0x800000 else 0)
    return Block(ssrc, loss >> 24, lost, *rest)


def metrics_of(compound: bytes) -> Metrics | None:
    """The VoIP metrics of a compound packet."""
    _, body = packets(compound).get(EXTENDED, (0, b""))
    at = 4
    while at < len(body):
        kind, _, length = struct.unpack_from("!BBH", body, at)
        if kind == VOIP_METRICS:
            ssrc, loss_rate = struct.unpack_from("!IB", body, at + 4)
            r_factor, _, listening, conversational = struct.unpack_from("!4B", body, at + 24)
            return Metrics(ssrc, loss_rate, r_factor, listening / 10, conversational / 10)
        at += 4 + 4 * length
    return None


def name_of(compound: bytes) -> bytes:
    """The CNAME of a compound packet."""
    count, body = packets(compound)[DESCRIPTION]
    assert count == 1
    kind, length = body[4], body[5]
    assert kind == 1
    return body[6 : 6 + length]
