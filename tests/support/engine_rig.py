"""A real media engine with phones of the tests' own on loopback UDP, judged without `media`."""

import contextlib
import dataclasses
import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from media._engine import Engine, PortStatistics
from tests.support.audio import (
    alaw_decode,
    alaw_encode,
    dominant_tone,
    pcm_bytes,
    tone,
    ulaw_decode,
    ulaw_encode,
)

TONES = (350, 440, 550, 660, 880)
Law: TypeAlias = Literal["PCMA", "PCMU"]
ENCODE: dict[str, Callable[[Sequence[int]], bytes]] = {"PCMA": alaw_encode, "PCMU": ulaw_encode}
DECODE: dict[str, Callable[[bytes], list[int]]] = {"PCMA": alaw_decode, "PCMU": ulaw_decode}
_STATIC_TYPE: dict[Law, int] = {"PCMA": 8, "PCMU": 0}
DEADLINE = 10.0
"""How long a busy machine may keep the audio thread waiting; nothing waits for it to pass."""


@dataclasses.dataclass(frozen=True, slots=True)
class Packet:
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes

    def to_bytes(self) -> bytes:
        kind = self.payload_type | (0x80 if self.marker else 0)
        head = struct.pack("!BBHII", 0x80, kind, self.sequence, self.timestamp, self.ssrc)
        return head + self.payload


def _packet(datagram: bytes) -> Packet:
    first, kind, sequence, timestamp, ssrc = struct.unpack("!BBHII", datagram[:12])
    assert first == 0x80
    return Packet(kind >= 0x80, kind & 0x7F, sequence, timestamp, ssrc, datagram[12:])


class Phone:
    """A phone with a socket, an outgoing RTP stream and a law, connected to an engine's port."""

    def __init__(self, rig: "Rig", law: Law = "PCMA", *, events: int | None = 101) -> None:
        self.law = law
        self.payload_type = _STATIC_TYPE[law]
        self.events = events
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(DEADLINE)
        self.port, rtp_port = rig.engine.open_port()
        self.remote = ("127.0.0.1", rtp_port)
        self.ssrc, self.sequence, self.timestamp = id(self) & 0xFFFFFFFF, 65_530, 4_294_967_000
        self._engine = rig.engine
        self.configure()

    def configure(self, rtp_port: int | None = None, packet_ms: int = 20) -> None:
        """Tells the engine the phone's SDP, with another port than its own if one is given."""
        own = self.socket.getsockname()[1] if rtp_port is None else rtp_port
        self._engine.configure_port(
            self.port, "127.0.0.1", own, self.payload_type, self.law, self.events, packet_ms
        )

    def send(
        self, payload: bytes, payload_type: int | None = None, *, marker: bool = False
    ) -> None:
        kind = self.payload_type if payload_type is None else payload_type
        packet = Packet(marker, kind, self.sequence, self.timestamp, self.ssrc, payload)
        self.send_raw(packet.to_bytes())
        self.sequence = (self.sequence + 1) & 0xFFFF
        if kind != self.events:
            self.timestamp = (self.timestamp + len(payload)) & 0xFFFFFFFF

    def send_raw(self, datagram: bytes) -> None:
        self.socket.sendto(datagram, self.remote)

    def frames(self, hz: float, count: int = 10) -> list[bytes]:
        """A tone as payloads of 20 ms."""
        codes = ENCODE[self.law](tone(hz, count * 0.02))
        return [codes[at : at + 160] for at in range(0, len(codes), 160)]

    def speak(self, hz: float, count: int = 10) -> None:
        for frame in self.frames(hz, count):
            self.send(frame)

    def press(self, code: int, duration: int = 800, *, ends: int = 3) -> None:
        """One key: growing packets, then the end packets, all with one timestamp."""
        assert self.events is not None
        for grown in range(160, duration, 160):
            self.send(struct.pack("!BBH", code, 10, grown), self.events, marker=grown == 160)
        for _ in range(ends):
            self.send(struct.pack("!BBH", code, 0x80 | 10, duration), self.events)
        self.timestamp = (self.timestamp + duration) & 0xFFFFFFFF

    def hear(self, count: int = 10) -> list[Packet]:
        return [_packet(self.socket.recv(2048)) for _ in range(count)]

    def waiting(self) -> list[Packet]:
        """What has come by now; the socket must not block."""
        packets = []
        with contextlib.suppress(BlockingIOError):
            while True:
                packets.append(_packet(self.socket.recv(2048)))
        return packets

    def tone_in(self, packets: Sequence[Packet]) -> float | None:
        assert {packet.payload_type for packet in packets} == {self.payload_type}
        codes = b"".join(packet.payload for packet in packets)
        return dominant_tone(DECODE[self.law](codes), TONES)

    def hears_nothing(self) -> bool:
        """Nothing is on its way, as far as 60 ms can tell."""
        return not select.select([self.socket], [], [], 0.06)[0]

    def statistics(self) -> PortStatistics:
        statistics = self._engine.statistics(self.port)
        assert statistics is not None
        return statistics


class Rig:
    """A started engine, its phones, and the events seen so far."""

    def __init__(self, rtp_timeout_ms: int = 0, silence_ms: int = 0, threads: int = 1) -> None:
        self.engine = Engine(
            "127.0.0.1", 24_000, 25_999, rtp_timeout_ms, silence_ms=silence_ms, threads=threads
        )
        self.events_fd = self.engine.start()
        self.phones: list[Phone] = []
        self.seen: list[tuple[object, ...]] = []

    def phone(self, law: Law = "PCMA", *, events: int | None = 101) -> Phone:
        phone = Phone(self, law, events=events)
        self.phones.append(phone)
        return phone

    def pair(self, first: Law = "PCMA", second: Law = "PCMA") -> tuple[Phone, Phone]:
        """Two phones that hear each other."""
        a, b = self.phone(first), self.phone(second)
        self.engine.hear(a.port, b.port)
        self.engine.hear(b.port, a.port)
        return a, b

    def load(self, samples: list[int]) -> int:
        return self.engine.load_audio(pcm_bytes(samples))

    def event(self, *start: object) -> tuple[object, ...]:
        """Waits for the event that starts so, and takes it from those seen."""
        deadline = time.monotonic() + DEADLINE
        while True:
            for event in self.seen:
                if event[: len(start)] == start:
                    self.seen.remove(event)
                    return event
            left = deadline - time.monotonic()
            assert left > 0, f"no {start} among {self.seen}"
            if select.select([self.events_fd], [], [], left)[0]:
                self.seen.extend(self.engine.poll_events())

    def eventually(self, is_so: Callable[[], bool]) -> bool:
        """Gives the audio thread the moment it may need after a packet has been heard."""
        deadline = time.monotonic() + DEADLINE
        while not is_so() and time.monotonic() < deadline:
            time.sleep(0.001)
        return is_so()

    def events(self, name: str) -> list[tuple[object, ...]]:
        """All events of that name until the engine has stopped."""
        self.engine.stop()
        self.seen.extend(self.engine.poll_events())
        return [event for event in self.seen if event[0] == name]

    def close(self) -> None:
        self.engine.stop()
        for phone in self.phones:
            phone.socket.close()
