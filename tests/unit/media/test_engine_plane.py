"""The asyncio face of the engine, over an engine that does as the test says."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import pytest

from media._engine import Engine
from media.engine_plane import EnginePlane
from media.heard import Heard
from media.plane import MediaPlane, RecordingResult
from media.sdp import Direction, Stream
from tests.support.garbage import GarbageWatch


class ScriptedEngine:
    """Logs the commands; gives out numbers in order; tells the events it is given."""

    def __init__(self) -> None:
        self.commands: list[tuple[Any, ...]] = []
        self.flushes = 0
        self.flushed = asyncio.Event()
        self.last_words: list[tuple[Any, ...]] = []
        """Events of the engine's own end."""
        self.event_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._events: list[tuple[Any, ...]] = []
        self._numbers = iter(range(1, 1000))

    def tell(self, *events: tuple[Any, ...]) -> None:
        self._events.extend(events)
        os.eventfd_write(self.event_fd, 1)

    def poll_events(self) -> list[tuple[Any, ...]]:
        if self._events:
            os.eventfd_read(self.event_fd)
        events, self._events = self._events, []
        return events

    def start(self, batched: bool = False) -> int:
        assert batched
        return self.event_fd

    def flush(self) -> None:
        self.flushes += 1
        self.flushed.set()

    def stop(self) -> None:
        self.commands.append(("stop",))
        self.tell(*self.last_words)

    def open_port(self) -> tuple[int, int]:
        number = next(self._numbers)
        return number, 30_000 + 2 * number

    def play(
        self, port: int, audio: list[int], loop: bool, told: bool = True, more: bool = False
    ) -> int:
        self.commands.append(("play" if told else "play untold", port, audio, loop))
        return next(self._numbers)

    def start_recording(self, left: int, right: int | None, path: str, silence_ms: int) -> int:
        self.commands.append(("start_recording", left, right, path, silence_ms))
        return next(self._numbers)

    def configure_port(self, port: int, *what: Any) -> None:
        self.commands.append(("configure_port", port, *what))

    def configure_rtcp(self, port: int, remote: tuple[str, int] | None) -> None:
        self.commands.append(("configure_rtcp", port, remote))

    def close_port(self, port: int) -> None:
        self.commands.append(("close_port", port))

    def mix(self, listener: int, row: list[tuple[int, float]]) -> None:
        self.commands.append(("mix", listener, row))

    def load_audio(self, pcm: bytes) -> int:
        return len(pcm)

    def drop_audio(self, audio: int) -> None:
        self.commands.append(("drop_audio", audio))

    def stop_play(self, port: int) -> None:
        self.commands.append(("stop_play", port))

    def listen(self, port: int, ears: list[str]) -> None:
        self.commands.append(("listen", port, ears))

    def send_digits(self, port: int, digits: str, press_ms: int, gap_ms: int) -> None:
        self.commands.append(("send_digits", port, digits, press_ms, gap_ms))

    def add_to_recording(self, recording: int, port: int) -> None:
        self.commands.append(("add_to_recording", recording, port))

    def stop_recording(self, recording: int) -> None:
        self.commands.append(("stop_recording", recording))

    def statistics(self, port: int) -> None:
        return None


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    engine = ScriptedEngine()
    yield engine
    os.close(engine.event_fd)


@pytest.fixture
async def plane(engine: ScriptedEngine) -> AsyncIterator[EnginePlane]:
    plane = EnginePlane(cast(Engine, engine), "10.0.0.1")
    await plane.start()
    yield plane
    await plane.stop()


async def delivered() -> None:
    """Lets the loop see the descriptor."""
    for _ in range(3):
        await asyncio.sleep(0)


def stream(direction: Direction = "sendrecv") -> Stream:
    return Stream("192.0.2.7", 40000, "PCMA", 8, 101, 20, direction)


async def test_it_is_a_media_plane(plane: EnginePlane) -> None:
    as_seen_by_the_application: MediaPlane = plane

    port = as_seen_by_the_application.open_port()

    assert (port.port_id, port.address, port.rtp_port) == (1, "10.0.0.1", 30_002)


async def test_music_is_played_without_word_of_its_end(
    engine: ScriptedEngine, plane: EnginePlane
) -> None:
    port = plane.open_port()
    port.play_untold([7], loop=True)
    assert engine.commands == [("play untold", 1, [7], True)]
    port.close()
    port.play_untold([7])
    assert engine.commands == [("play untold", 1, [7], True), ("close_port", 1)]


async def test_the_audio_thread_is_woken_once_for_commands_that_come_together(
    engine: ScriptedEngine, plane: EnginePlane
) -> None:
    port, other = plane.open_port(), plane.open_port()
    port.hear({other: 1.0})
    port.play([7])
    await delivered()
    other.close()
    assert engine.flushes == 0
    await engine.flushed.wait()
    assert engine.flushes == 1
    engine.flushed.clear()
    port.close()
    await engine.flushed.wait()
    assert engine.flushes == 2


async def test_commands_reach_the_engine(engine: ScriptedEngine, plane: EnginePlane) -> None:
    caller, agent = plane.open_port(), plane.open_port()

    caller.configure(stream())
    caller.hear({agent: 1.0})
    caller.hear({})
    plane.drop_audio(plane.load_audio(b"1234"))

    assert engine.commands == [
        ("configure_port", 1, "192.0.2.7", 40000, 8, "PCMA", 101, 20, False),
        ("configure_rtcp", 1, ("192.0.2.7", 40001)),
        ("mix", 1, [(2, 1.0)]),
        ("mix", 1, []),
        ("drop_audio", 4),
    ]


async def test_events_reach_their_port(engine: ScriptedEngine, plane: EnginePlane) -> None:
    caller, agent = plane.open_port(), plane.open_port()
    seen: list[str] = []
    caller.on_digit = lambda digit: seen.append(f"caller pressed {digit}")
    caller.on_started = lambda: seen.append("caller started")
    agent.on_timeout = lambda: seen.append("agent timed out")

    engine.tell(
        ("rtp_started", 1),
        ("rtp_started", 2),
        ("digit", 1, "5", 80),
        ("digit", 2, "6", 80),
        ("digit", 99, "7", 80),
        ("rtp_timeout", 2),
        ("rtp_timeout", 1),
    )
    await delivered()

    assert seen == ["caller started", "caller pressed 5", "agent timed out"]


async def test_a_reader_that_fails_costs_the_others_nothing(
    engine: ScriptedEngine, plane: EnginePlane
) -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))
    caller, agent = plane.open_port(), plane.open_port()
    pressed: list[str] = []
    caller.on_digit = lambda digit: [][int(digit)]
    agent.on_digit = pressed.append

    engine.tell(("digit", 1, "5", 80), ("news", 1), ("digit", 2, "6", 80))
    await delivered()

    assert pressed == ["6"]
    assert [type(report["exception"]) for report in reports] == [IndexError, KeyError]


async def test_a_playback_ends_as_the_engine_says(
    engine: ScriptedEngine, plane: EnginePlane
) -> None:
    port = plane.open_port()
    first, second = port.play([7, 8]), port.play([9], loop=True)
    assert engine.commands == [("play", 1, [7, 8], False), ("play", 1, [9], True)]

    engine.tell(("play_finished", 1, 2, False), ("play_finished", 1, 3, True))

    assert await first.done is False
    assert await second.done is True


async def test_stopping_a_replaced_playback_leaves_its_successor_alone(
    engine: ScriptedEngine, plane: EnginePlane
) -> None:
    port = plane.open_port()
    first, second = port.play([7]), port.play([8])
    engine.commands.clear()

    first.stop()
    assert engine.commands == []

    second.stop()
    assert engine.commands == [("stop_play", 1)]


async def test_what_is_listened_for_is_told(engine: ScriptedEngine, plane: EnginePlane) -> None:
    port, other = plane.open_port(), plane.open_port()
    heard: list[Heard] = []
    port.on_heard = heard.append
    port.listen(["progress"])
    engine.tell(
        ("heard", 1, "special_information", "vacant", 0.95),
        ("heard", other.port_id, "busy", "", 0.9),
    )
    await delivered()
    assert engine.commands == [("listen", 1, ["progress"])]
    assert heard == [Heard("special_information", "vacant", 0.95)]


async def test_keys_are_pressed(engine: ScriptedEngine, plane: EnginePlane) -> None:
    port = plane.open_port()
    port.send_digits("12#")
    port.send_digits("*", press_ms=250, gap_ms=60)
    assert engine.commands == [
        ("send_digits", 1, "12#", 100, 100),
        ("send_digits", 1, "*", 250, 60),
    ]


async def test_a_playback_whose_waiter_was_cancelled_ends_quietly(
    engine: ScriptedEngine, plane: EnginePlane
) -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))
    playback = plane.open_port().play([7])
    playback.done.cancel()

    engine.tell(("play_finished", 1, 2, True))
    await delivered()

    assert reports == []


async def test_closing_a_port_ends_what_it_played_and_all_it_does(
    engine: ScriptedEngine, plane: EnginePlane
) -> None:
    port = plane.open_port()
    playback = port.play([7])
    port.on_timeout = lambda: pytest.fail("closed ports have no time-out")
    engine.commands.clear()

    port.close()
    port.close()
    port.hear({port: 1.0})
    port.stop_play()
    port.send_digits("1")
    port.listen(["voice"])
    port.configure(stream())
    engine.tell(("rtp_timeout", 1))
    await delivered()

    assert engine.commands == [("close_port", 1)]
    assert await playback.done is False
    assert await port.play([7]).done is False
    assert port.statistics() is None


async def test_a_closed_port_needs_no_garbage_collector(plane: EnginePlane) -> None:
    with GarbageWatch() as garbage:
        port = plane.open_port()
        port.configure(stream())
        port.play([1])
        plane.start_recording(port, None, "a.wav")
        port.close()
        del port
        assert garbage.cycles() == []


@pytest.mark.parametrize(
    ("direction", "sent_to"),
    [("sendrecv", 40000), ("sendonly", 40000), ("recvonly", 0), ("inactive", 0)],
)
async def test_a_peer_that_holds_us_is_sent_nothing(
    engine: ScriptedEngine, plane: EnginePlane, direction: Direction, sent_to: int
) -> None:
    plane.open_port().configure(stream(direction))

    assert engine.commands == [
        ("configure_port", 1, "192.0.2.7", sent_to, 8, "PCMA", 101, 20, False),
        ("configure_rtcp", 1, ("192.0.2.7", 40001)),  # reports go on (RFC 3264 §8.4)
    ]


async def test_the_death_of_the_engine_is_told(engine: ScriptedEngine, plane: EnginePlane) -> None:
    reasons: list[str] = []
    plane.on_failed = reasons.append

    engine.tell(("engine_failed", "no memory"))
    await delivered()

    assert reasons == ["no memory"]


async def test_a_recording_tells_when_its_file_is_complete(
    engine: ScriptedEngine, plane: EnginePlane
) -> None:
    caller, agent = plane.open_port(), plane.open_port()
    recording = plane.start_recording(caller, agent, "/tmp/r.wav")
    recording.add(caller)
    recording.stop()
    assert engine.commands == [
        ("start_recording", 1, 2, "/tmp/r.wav", 0),
        ("add_to_recording", 3, 1),
        ("stop_recording", 3),
    ]

    engine.tell(("recording_stopped", 3, "/tmp/r.wav", 16_000, 64_044, "", False))

    assert await recording.stopped == RecordingResult(2.0, 64_044, "")
    recording.stop()
    recording.add(agent)
    assert len(engine.commands) == 3


async def test_a_recording_tells_of_silence_until_it_has_stopped(
    engine: ScriptedEngine, plane: EnginePlane
) -> None:
    caller = plane.open_port()
    watched = plane.start_recording(caller, None, "/tmp/w.wav", silence_s=2.5)
    unheeded = plane.start_recording(caller, None, "/tmp/u.wav", silence_s=0.04)
    told: list[str] = []
    watched.on_silence = lambda: told.append(watched.path)
    assert [command[-1] for command in engine.commands] == [2500, 40]

    engine.tell(("recording_silent", 2), ("recording_silent", 3), ("recording_silent", 99))
    await delivered()
    assert told == ["/tmp/w.wav"]

    engine.tell(
        ("recording_stopped", 2, "/tmp/w.wav", 24_000, 24_044, "", True),
        ("recording_silent", 2),
        ("recording_stopped", 3, "/tmp/u.wav", 24_000, 24_044, "", False),
    )
    assert await watched.stopped == RecordingResult(3.0, 24_044, "", blank=True)
    assert await unheeded.stopped == RecordingResult(3.0, 24_044, "")
    assert told == ["/tmp/w.wav"]


async def test_stopping_the_plane_settles_everything(engine: ScriptedEngine) -> None:
    plane = EnginePlane(cast(Engine, engine), "10.0.0.1")
    await plane.start()
    port = plane.open_port()
    playback = port.play([7])
    whole = plane.start_recording(port, None, "/tmp/whole.wav")
    lost = plane.start_recording(port, None, "/tmp/lost.wav")
    engine.last_words = [("recording_stopped", 3, "/tmp/whole.wav", 8000, 16_044, "", False)]

    await plane.stop()
    await plane.stop()

    assert engine.commands.count(("stop",)) == 1
    assert await playback.done is False
    assert await whole.stopped == RecordingResult(1.0, 16_044, "")
    assert (await lost.stopped).error == "the media engine stopped"
    port.close()
    assert engine.commands[-1] == ("stop",)
