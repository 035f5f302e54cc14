"""Where recordings lie, and what is told of them."""

import asyncio
import itertools
import os
from functools import partial
from pathlib import Path

import pytest

from callcenter import events
from callcenter.clock import Clock
from callcenter.event_stream import EventStream
from callcenter.recordings.recorder import ConversationRecorder, RecordingFolder
from tests.support.fake_media import FakePlane
from tests.support.virtual_loop import virtual_time


@virtual_time
async def test_every_day_has_its_folder(tmp_path: Path) -> None:
    folder = RecordingFolder(tmp_path / "recordings")

    assert await folder.path("2025-10-09", "a.wav") == "2025-10-09/a.wav"
    assert await folder.path("2025-10-10", "b.wav") == "2025-10-10/b.wav"
    names = await asyncio.to_thread(lambda: sorted(os.listdir(folder.root)))
    assert names == ["2025-10-09", "2025-10-10"]


@virtual_time
async def test_a_folder_that_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    blocker = tmp_path / "recordings"
    await asyncio.to_thread(blocker.touch)
    folder = RecordingFolder(blocker)
    for _ in range(2):
        with pytest.raises(OSError, match="recordings"):
            await folder.path("2025-10-09", "a.wav")
    await asyncio.to_thread(blocker.unlink)

    await folder.path("2025-10-09", "a.wav")
    assert await asyncio.to_thread((blocker / "2025-10-09").is_dir)


@virtual_time
async def test_each_conversation_of_a_call_has_a_file_of_its_own(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    told: list[events.Event] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe(told.append)
    plane = FakePlane()
    recorder = ConversationRecorder(
        "call", plane, RecordingFolder(tmp_path), Clock(loop.time, lambda: 0.0), stream
    )
    caller = plane.open_port()
    for agent_id in ("ann", "bo"):
        await recorder.record(caller, plane.open_port(), agent_id, partial(asyncio.sleep, 3))
    await asyncio.sleep(0)

    started = [e for e in told if isinstance(e, events.RecordingStarted)]
    assert [(e.recording_id, e.path, e.agent_id) for e in started] == [
        ("call", "1970-01-01/call.wav", "ann"),
        ("call-2", "1970-01-01/call-2.wav", "bo"),
    ]
    stopped = [e for e in told if isinstance(e, events.RecordingStopped)]
    assert [(e.duration_s, e.error) for e in stopped] == [(3, ""), (3, "")]
    await plane.stop()


@virtual_time
async def test_a_conversation_that_fails_stops_its_recording(tmp_path: Path) -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    plane = FakePlane()
    stream = EventStream(lambda *_: None)
    clock = Clock(asyncio.get_running_loop().time)
    recorder = ConversationRecorder("call", plane, RecordingFolder(tmp_path), clock, stream)
    with pytest.raises(ZeroDivisionError):
        await recorder.record(plane.open_port(), plane.open_port(), "ann", fails)

    assert plane.recordings[0].stopped_at is not None
    await plane.stop()


@virtual_time
async def test_a_long_talk_goes_on_in_another_file(tmp_path: Path) -> None:
    told: list[events.Event] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe(told.append)
    plane = FakePlane()
    folder = RecordingFolder(tmp_path, max_file_mb=64)  # 1000 s
    clock = Clock(asyncio.get_running_loop().time, lambda: 0.0)
    recorder = ConversationRecorder("call", plane, folder, clock, stream)
    caller, agent, third = (plane.open_port() for _ in range(3))
    recorder.join(third)

    await recorder.record(caller, agent, "ann", partial(asyncio.sleep, 2500))
    await asyncio.sleep(0)

    stopped = [e for e in told if isinstance(e, events.RecordingStopped)]
    assert [(e.recording_id, round(e.duration_s)) for e in stopped] == [
        ("call", 1000),
        ("call-part2", 1000),
        ("call-part3", 500),
    ]
    spans = plane.recordings
    assert all(span.also == [third] for span in spans)
    for before, after in itertools.pairwise(spans):
        assert before.stopped_at is not None
        assert after.started_at <= before.stopped_at, "nothing is lost between two files"
    await plane.stop()


@virtual_time
async def test_without_room_the_talk_goes_on_unrecorded(tmp_path: Path) -> None:
    told: list[events.Event] = []
    stream = EventStream(lambda *_: None)
    stream.subscribe(told.append)
    plane = FakePlane()
    folder = RecordingFolder(tmp_path)
    folder.has_room = lambda: False
    clock = Clock(asyncio.get_running_loop().time, lambda: 0.0)
    recorder = ConversationRecorder("call", plane, folder, clock, stream)

    async def talk() -> str:
        return "said"

    assert await recorder.record(plane.open_port(), plane.open_port(), "ann", talk) == "said"
    assert not plane.recordings
    (failed,) = told
    assert isinstance(failed, events.RecordingFailed)
    assert "too little room" in failed.error
    await plane.stop()
