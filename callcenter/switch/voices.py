"""Watches over the voice of every leg: who is missed, whether only one side is heard."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from callcenter import events
from callcenter.clock import Clock
from callcenter.event_stream import EventStream
from callcenter.events import VoiceLack
from media.plane import Port, PortStatistics

Grade = Literal["best", "high", "medium", "low", "poor"]
_GRADES: tuple[tuple[float, Grade], ...] = (
    (4.34, "best"),
    (4.03, "high"),
    (3.60, "medium"),
    (3.10, "low"),
)
"""The categories of speech transmission quality (ITU-T G.109), as scores by G.107."""


def grade(mos: float) -> Grade:
    """What a score is called."""
    return next((name for least, name in _GRADES if mos >= least), "poor")


@dataclass(slots=True)
class VoiceCounters:
    """Of all legs that have ended."""

    packets_received: int = 0
    packets_sent: int = 0
    packets_lost: int = 0
    one_way: int = 0
    """Legs that were not heard while another of their call was."""
    missing: int = 0
    """How often somebody was listened to in vain."""
    grades: dict[Grade, int] = field(
        default_factory=lambda: dict.fromkeys(("best", "high", "medium", "low", "poor"), 0)
    )
    """Legs by the quality of what came from them."""


@dataclass(slots=True)
class Voice:
    """One leg's."""

    call_id: str
    sip_call_id: str
    party: str
    port: Port
    missing: bool = False
    one_way: bool = False
    """Was ever not heard while another leg was."""


class Voices:
    """The voices of all legs that have a session."""

    def __init__(self, clock: Clock, stream: EventStream) -> None:
        self.counters = VoiceCounters()
        self._clock = clock
        self._stream = stream
        self._calls: dict[str, list[Voice]] = {}

    def __iter__(self) -> Iterator[Voice]:
        return iter([voice for call in self._calls.values() for voice in call])

    def join(self, call_id: str, sip_call_id: str, party: str, port: Port) -> Voice:
        """From now on this leg is watched, until it leaves."""
        voice = Voice(call_id, sip_call_id, party, port)
        self._calls.setdefault(call_id, []).append(voice)
        port.on_missing = lambda lack: self._missing(voice, lack)
        port.on_back = lambda: self._back(voice)
        return voice

    def leave(self, voice: Voice) -> None:
        """Its port is about to close: tells what it has carried."""
        others = self._calls[voice.call_id]
        others.remove(voice)
        if not others:
            del self._calls[voice.call_id]
        seen = voice.port.statistics()
        if seen is not None:
            self._count(voice, seen)
            self._stream.emit(_closed(self._clock.now(), voice, seen))

    def _count(self, voice: Voice, seen: PortStatistics) -> None:
        counters = self.counters
        counters.packets_received += seen.packets_received
        counters.packets_sent += seen.packets_sent
        counters.packets_lost += seen.lost
        counters.one_way += voice.one_way
        if seen.mos is not None:
            counters.grades[grade(seen.mos)] += 1

    def _missing(self, voice: Voice, lack: VoiceLack) -> None:
        now = self._clock.now()
        voice.missing = True
        self.counters.missing += 1
        told = (now, voice.call_id, voice.sip_call_id, voice.party, lack)
        self._stream.emit(events.VoiceMissing(*told))
        if any(map(_is_heard, self._calls.get(voice.call_id, ()))):
            voice.one_way = True
            self._stream.emit(events.OneWayAudio(*told))

    def _back(self, voice: Voice) -> None:
        voice.missing = False
        now = self._clock.now()
        self._stream.emit(events.VoiceBack(now, voice.call_id, voice.sip_call_id, voice.party))


def _is_heard(voice: Voice) -> bool:
    seen = voice.port.statistics()
    return not voice.missing and seen is not None and seen.packets_received > 0


def _closed(now: float, voice: Voice, seen: PortStatistics) -> events.LegClosed:
    return events.LegClosed(
        now,
        voice.call_id,
        voice.sip_call_id,
        seen.packets_received,
        seen.packets_sent,
        seen.lost,
        seen.jitter_ms,
        party=voice.party,
        worst_jitter_ms=seen.worst_jitter_ms,
        round_trip_ms=seen.round_trip_ms,
        mos=seen.mos,
        remote_lost=seen.remote_lost,
        remote_mos=seen.remote_mos,
        missing_s=seen.missing_s,
        one_way=voice.one_way,
    )
