"""The fake media plane behaves as the real one promises, in virtual time."""

import asyncio

import pytest

from media.plane import MediaPlane, Recording
from media.sdp import Stream
from tests.support.fake_media import FakePlane, FakePort
from tests.support.virtual_loop import START, elapsed, virtual_time

SECOND = bytes(16_000)


def pair(plane: FakePlane) -> tuple[FakePort, FakePort]:
    caller, agent = plane.open_port(), plane.open_port()
    caller.says, agent.says = "caller", "agent"
    return caller, agent


@virtual_time
async def test_it_stands_in_for_the_media_plane() -> None:
    plane: MediaPlane = FakePlane()

    assert plane.open_port().rtp_port % 2 == 0


@virtual_time
async def test_phones_hear_whom_they_are_told_to() -> None:
    caller, agent = pair(FakePlane())

    caller.hear({agent: 1.0})
    assert (caller.heard, agent.heard) == ("agent", "")

    agent.says = "music"
    assert caller.heard == "music"

    agent.close()
    assert caller.heard == ""


@virtual_time
async def test_a_playback_lasts_as_long_as_its_audio_and_hides_the_speaker() -> None:
    plane = FakePlane()
    caller, agent = pair(plane)
    welcome, menu = plane.load_audio(SECOND * 2), plane.load_audio(SECOND)
    plane.labels[welcome] = "welcome"
    caller.hear({agent: 1.0})

    playback = caller.play([welcome, menu])
    assert caller.heard == f"welcome audio:{menu}"

    assert await playback.done is True
    assert elapsed() == pytest.approx(3)
    assert caller.heard_log == [
        (START, "agent"),
        (START, f"welcome audio:{menu}"),
        (START + 3, "agent"),
    ]


@virtual_time
async def test_a_playback_can_be_stopped_and_replaced() -> None:
    plane = FakePlane()
    caller, _ = pair(plane)
    music = plane.load_audio(SECOND)

    first = caller.play([music], loop=True)
    second = caller.play([music], loop=True)
    first.stop()
    assert await first.done is False
    assert caller.heard == f"audio:{music}"

    await asyncio.sleep(5)
    second.stop()
    assert await second.done is False
    assert caller.heard == ""


@virtual_time
async def test_a_playback_can_be_paused_sought_and_given_more() -> None:
    plane = FakePlane()
    caller, _ = pair(plane)
    audio = plane.load_audio(SECOND)
    loop = asyncio.get_running_loop()
    began = loop.time()
    playback = caller.play([audio] * 4, more=True)
    await asyncio.sleep(0.5)
    playback.pause()
    assert caller.heard == ""
    await asyncio.sleep(10)
    playback.resume()
    assert caller.heard
    playback.skip(2)  # 2.5 of 4 s
    playback.append([audio])
    playback.finish()
    assert await playback.done is True
    assert loop.time() - began == pytest.approx(0.5 + 10 + 2.5)


@virtual_time
async def test_a_port_on_hold_hears_nobody() -> None:
    caller, agent = pair(FakePlane())
    caller.hear({agent: 1.0})

    caller.configure(Stream("192.0.2.7", 40000, "PCMA", 8, None, 20, "recvonly"))
    assert caller.heard == ""

    caller.configure(Stream("192.0.2.7", 40000, "PCMA", 8, None, 20, "sendrecv"))
    assert caller.heard == "agent"


@virtual_time
async def test_keys_and_time_outs_come_from_the_phone() -> None:
    caller, _ = pair(FakePlane())
    happened: list[str] = []
    caller.press("1")
    caller.on_digit = happened.append
    caller.on_started = lambda: happened.append("started")
    caller.on_timeout = lambda: happened.append("timeout")

    caller.send_first_packet()
    caller.press("2#")
    caller.fall_silent()
    caller.close()
    caller.press("3")

    assert happened == ["started", "2", "#", "timeout"]


@virtual_time
async def test_recordings_are_logged_as_spans() -> None:
    plane = FakePlane()
    caller, agent = pair(plane)

    recording = plane.start_recording(caller, agent, "r.wav")
    await asyncio.sleep(4)
    recording.stop()
    recording.stop()

    result = await recording.stopped
    assert (result.duration_s, result.size, result.error) == (4.0, 44 + 4 * 32_000, "")
    (span,) = plane.recordings
    assert (span.left, span.right, span.started_at, span.stopped_at) == (
        caller,
        agent,
        START,
        START + 4,
    )


@virtual_time
async def test_silence_is_told_to_who_asks() -> None:
    plane = FakePlane()
    caller, silent = pair(plane)
    silent.says = ""
    told: list[tuple[str, float]] = []

    def record(port: FakePort, name: str, silence_s: float = 0.0) -> Recording:
        recording = plane.start_recording(port, None, name, silence_s=silence_s)
        recording.on_silence = lambda: told.append((name, elapsed()))
        return recording

    unasked, blank, spoken = record(silent, "u"), record(silent, "b", 2), record(caller, "s", 2)
    short = record(silent, "short", 2)
    await asyncio.sleep(1)
    caller.says = ""
    short.stop()
    await asyncio.sleep(1.5)
    caller.says = "caller"
    await asyncio.sleep(1)
    caller.says = ""
    await asyncio.sleep(9)

    assert told == [("b", 2), ("s", 5.5)]
    for recording, expected in [(unasked, False), (blank, True), (spoken, False), (short, True)]:
        recording.stop()
        assert (await recording.stopped).blank is expected, recording.path


@virtual_time
async def test_stopping_completes_recordings_and_closes_ports() -> None:
    plane = FakePlane(max_ports=2)
    caller, agent = pair(plane)
    with pytest.raises(OSError, match="RTP port"):
        plane.open_port()
    playback = agent.play([plane.load_audio(SECOND)])
    recording = plane.start_recording(caller, None, "r.wav")

    await plane.stop()

    assert plane.ports == []
    assert await playback.done is False
    assert recording.stopped.done()


@virtual_time
async def test_unknown_audio_is_an_error() -> None:
    caller, _ = pair(FakePlane())

    with pytest.raises(ValueError, match="no audio 9"):
        caller.play([9])
