"""RTP without a socket: what a phone says as packets, and what it hears out of packets.

RFC 3550 for the header, RFC 3551 for G.711's payload types, RFC 4733 for keys. Packets are 20 ms.
"""

import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from callcenter.demo.ears import tone
from callcenter.demo.g711 import DECODE, ENCODE, RATE, Law

PACKET_S = 0.02
FRAME = 160
PAYLOAD_TYPES: Mapping[Law, int] = {"PCMA": 8, "PCMU": 0}
_LAWS: Mapping[int, Law] = {kind: law for law, kind in PAYLOAD_TYPES.items()}
KEYS = "0123456789*#ABCD!"
"""By their events' numbers (RFC 4733 §3.2); the last is the hook flash."""

_SILENCE: Mapping[Law, bytes] = {"PCMA": b"\xd5" * FRAME, "PCMU": b"\xff" * FRAME}
_KEY_PACKETS = 5
"""A key is held for 100 ms."""
_KEY_ENDS = 3
"""RFC 4733 §2.5.1.4: the last packet is sent three times."""
_KEY_PAUSE = 5
"""Packets of audio between keys, so that two of the same are two."""
_KEY_VOLUME = 10
_KEPT_S = 120
"""Seconds of what was heard that are kept."""
_MAX_DIGITS = 256


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def encode(self) -> bytes:
        """As it goes over the wire."""
        kind = self.payload_type | (0x80 if self.marker else 0)
        head = struct.pack("!BBHII", 0x80, kind, self.sequence, self.timestamp, self.ssrc)
        return head + self.payload

    @classmethod
    def parse(cls, datagram: bytes) -> Self | None:
        """The packet in a datagram; None when it is not RTP."""
        if len(datagram) < 12 or datagram[0] >> 6 != 2:
            return None
        first, kind, sequence, timestamp, ssrc = struct.unpack_from("!BBHII", datagram)
        start, end = 12 + 4 * (first & 0x0F), len(datagram)
        if first & 0x10:  # a header extension
            if end < start + 4:
                return None
            start += 4 + 4 * int.from_bytes(datagram[start + 2 : start + 4], "big")
        if first & 0x20:  # padding, its length in the last byte
            end -= datagram[-1]
        if end < start:
            return None
        payload = datagram[start:end]
        return cls(kind & 0x7F, sequence, timestamp, ssrc, payload, marker=kind >= 0x80)


@lru_cache(maxsize=64)
def _second_of(hz: int, law: Law) -> bytes:
    """One second of a tone, which for whole hertz can be repeated without a seam."""
    return ENCODE[law](tone(hz, 1.0))


class Mouth:
    """What a phone says, packet by packet: `next` is called every 20 ms."""

    def __init__(self, ssrc: int, sequence: int = 0, timestamp: int = 0) -> None:
        self.law: Law = "PCMA"
        self.key_type: int | None = None
        """Payload type of RFC 4733's events; None when the other side does not take them."""
        self.tone: int | None = None
        """Whole hertz; None is silence."""
        self.sent = 0
        self._ssrc = ssrc
        self._sequence = sequence
        self._timestamp = timestamp
        self._begun = False
        self._position = 0
        self._keys: deque[tuple[int, int, int]] = deque()
        self._key_since = 0

    def press(self, keys: str) -> None:
        """Queues keys; ValueError for what is no key, or when the other side takes none."""
        if self.key_type is None:
            raise ValueError("the other side takes no telephone events")
        codes = [KEYS.index(key) for key in keys.upper()]
        for code in codes:
            held = [(code, n, 0) for n in range(1, _KEY_PACKETS)]
            ends = [(code, _KEY_PACKETS, 1)] * _KEY_ENDS
            self._keys.extend((*held, *ends, *[(-1, 0, 0)] * _KEY_PAUSE))

    @property
    def pressing(self) -> bool:
        """Whether keys are still on their way."""
        return bool(self._keys)

    def next(self) -> bytes:
        """The next datagram: 20 ms of audio, or of a key being held."""
        code, held, end = self._keys.popleft() if self._keys else (-1, 0, 0)
        if code < 0:
            packet = self._packet(PAYLOAD_TYPES[self.law], self._timestamp, self._audio())
            self._begun = True
        else:
            if held == 1:
                self._key_since = self._timestamp
            state = (end << 7) | _KEY_VOLUME
            payload = struct.pack("!BBH", code, state, held * FRAME)
            packet = self._packet(self.key_type or 0, self._key_since, payload, marker=held == 1)
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.sent += 1
        return packet.encode()

    def _audio(self) -> bytes:
        if self.tone is None:
            return _SILENCE[self.law]
        start = self._position % RATE
        self._position += FRAME
        return _second_of(self.tone, self.law)[start : start + FRAME]

    def _packet(
        self, kind: int, timestamp: int, payload: bytes, marker: bool | None = None
    ) -> Packet:
        first = not self._begun if marker is None else marker
        return Packet(kind, self._sequence, timestamp, self._ssrc, payload, marker=first)


class Hearing:
    """What a phone hears: the newest audio, the keys, and what was lost on the way."""

    def __init__(self) -> None:
        self.samples = 0
        """All samples heard so far; a position that `since` can be asked from."""
        self.packets = 0
        self.lost = 0
        """Sequence numbers that never came."""
        self.misplaced = 0
        """Packets that came late or twice, and were left out."""
        self.streams = 0
        """How many sources (SSRC) spoke one after the other."""
        self.longest_step_s = 0.0
        """The most that lies between the beginnings of two packets of sound, by their own clock."""
        self.longest_wait_s = 0.0
        """The most that lay between the arrivals of two packets."""
        self.keys = ""
        self.key_type: int | None = None
        self._frames: deque[tuple[Law, bytes]] = deque(maxlen=round(_KEPT_S / PACKET_S))
        self._ssrc = -1
        self._sequence = 0
        self._timestamp = -1
        self._key_at = -1
        self._arrived: float | None = None

    def take(self, datagram: bytes, at: float | None = None) -> bool:
        """Takes in a datagram, which arrived `at` that second if that is known; False when it is
        nothing this phone understands."""
        packet = Packet.parse(datagram)
        if packet is None:
            return False
        law = _LAWS.get(packet.payload_type)
        if law is None and packet.payload_type != self.key_type:
            return False
        self.packets += 1
        if at is not None:
            self._wait(at)
        if not self._in_order(packet):
            self.misplaced += 1
        elif law is None:
            self._hear_key(packet)
        else:
            self._step(packet.timestamp)
            self._frames.append((law, packet.payload[:RATE]))
            self.samples += len(packet.payload[:RATE])
        return True

    @property
    def law(self) -> Law:
        """How the newest audio is coded; PCMA before there is any."""
        return self._frames[-1][0] if self._frames else "PCMA"

    def since(self, position: int, seconds: float = _KEPT_S) -> list[int]:
        """The newest samples, `seconds` at most, that came after that position."""
        wanted = min(self.samples - position, round(seconds * RATE))
        pieces: list[list[int]] = []
        found = 0
        for law, payload in reversed(self._frames):
            if found >= wanted:
                break
            pieces.append(DECODE[law](payload))
            found += len(payload)
        heard = [sample for piece in reversed(pieces) for sample in piece]
        return heard[max(found - wanted, 0) :]

    def _in_order(self, packet: Packet) -> bool:
        if packet.ssrc != self._ssrc:
            self._ssrc = packet.ssrc
            self._timestamp = -1
            self.streams += 1
        else:
            ahead = (packet.sequence - self._sequence) & 0xFFFF
            if ahead == 0 or ahead >= 0x8000:
                return False
            self.lost += ahead - 1
        self._sequence = packet.sequence
        return True

    def _wait(self, at: float) -> None:
        if self._arrived is not None:
            self.longest_wait_s = max(self.longest_wait_s, at - self._arrived)
        self._arrived = at

    def _step(self, timestamp: int) -> None:
        if self._timestamp >= 0:
            step = ((timestamp - self._timestamp) & 0xFFFFFFFF) / RATE
            self.longest_step_s = max(self.longest_step_s, step)
        self._timestamp = timestamp

    def _hear_key(self, packet: Packet) -> None:
        """A key counts once: at the first of its packets that arrives."""
        if len(packet.payload) < 4 or packet.timestamp == self._key_at:
            return
        self._key_at = packet.timestamp
        if packet.payload[0] < len(KEYS) and len(self.keys) < _MAX_DIGITS:
            self.keys += KEYS[packet.payload[0]]
