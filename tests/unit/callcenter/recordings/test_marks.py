"""Marks beside a recording: who does what at which second."""

import errno
import resource
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from callcenter import events
from callcenter.recordings import marks
from callcenter.recordings.marks import WRITE_EVERY_S, MarkKeeper, marks_of, read_marks

CALL = "c1"


def started(at: float, recording_id: str = CALL) -> events.RecordingStarted:
    return events.RecordingStarted(at, CALL, recording_id, f"{recording_id}.wav", "1001")


def stopped(at: float, recording_id: str = CALL) -> events.RecordingStopped:
    path = f"{recording_id}.wav"
    return events.RecordingStopped(at, CALL, recording_id, path, 30.0, 9, "", "1001")


def kept(root: Path, *told: events.Event) -> list[tuple[float, str]]:
    failures: list[OSError] = []
    keeper = MarkKeeper(root, failures.append)
    for event in told:
        keeper.read(event)
    keeper.close()
    assert not failures
    return [(mark["at"], mark["what"]) for mark in read_marks(root / "c1.wav")]


def test_the_conversation_is_told_second_by_second(tmp_path: Path) -> None:
    found = kept(
        tmp_path,
        events.CallHeld(95.0, CALL, "1001", "8001"),  # before anything is recorded
        started(100.0),
        events.CallHeld(105.5, CALL, "1001", "8001"),
        events.CallRetrieved(110.0, CALL, "1001", "8001"),
        events.RecordingPaused(112.0, CALL, CALL, "1001"),
        events.RecordingResumed(115.0, CALL, CALL, "1001"),
        events.CallHeld(116.0, "another call", "1002", "8002"),
        events.CallConferenced(120.0, CALL, (("", "138"), ("8001", "8001")), ("1001",)),
        stopped(131.0),
        events.CallHeld(140.0, CALL, "1001", "8001"),
    )

    assert found == [
        (0, "begins"),
        (5.5, "holds"),
        (10.0, "retrieves"),
        (12.0, "pauses"),
        (15.0, "resumes"),
        (20.0, "confers"),
        (30.0, "ends"),
    ]


def test_they_are_no_more_public_than_the_recording(tmp_path: Path) -> None:
    kept(tmp_path, started(100.0))

    assert marks_of(tmp_path / "c1.wav").stat().st_mode & 0o137 == 0


def test_two_recordings_of_one_call_have_their_own_seconds(tmp_path: Path) -> None:
    found = kept(
        tmp_path,
        started(100.0),
        started(110.0, "c1-named"),
        events.CallHeld(111.0, CALL, "1001", "8001"),
        stopped(120.0, "c1-named"),
        stopped(130.0),
    )

    assert found == [(0, "begins"), (11.0, "holds"), (30.0, "ends")]
    named = [(mark["at"], mark["what"]) for mark in read_marks(tmp_path / "c1-named.wav")]
    assert named == [(0, "begins"), (1.0, "holds"), (30.0, "ends")]


def test_one_of_which_the_length_is_unknown_ends_when_that_is_told(tmp_path: Path) -> None:
    lost = events.RecordingStopped(
        107.5, CALL, CALL, "c1.wav", 0.0, 0, "the media engine stopped", "1001"
    )

    assert kept(tmp_path, started(100.0), lost) == [(0, "begins"), (7.5, "ends")]


def test_marks_are_there_while_the_talk_lasts(tmp_path: Path) -> None:
    keeper = MarkKeeper(tmp_path, lambda _: None)
    keeper.read(started(100.0))
    end = time.monotonic() + 20 * WRITE_EVERY_S
    while not list(read_marks(tmp_path / "c1.wav")) and time.monotonic() < end:
        time.sleep(0.01)
    assert [mark["what"] for mark in read_marks(tmp_path / "c1.wav")] == ["begins"]
    keeper.close()


def test_what_a_crash_left_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    recording = tmp_path / "c1.wav"
    assert list(read_marks(recording)) == []
    marks_of(recording).write_text('{"at": 0, "what": "begins"}\n[1]\n{"at": 3.5, "wha')
    assert [mark["at"] for mark in read_marks(recording)] == [0]


def test_a_disk_that_refuses_is_told_and_harms_nobody(tmp_path: Path) -> None:
    failures: list[OSError] = []
    keeper = MarkKeeper(tmp_path, failures.append)
    keeper.read(started(1.0, "missing/c1"))
    keeper.read(started(1.0))
    keeper.read(stopped(2.0, "missing/c1"))
    keeper.close()
    told = [(type(error), error.filename) for error in failures]
    assert told == [(FileNotFoundError, f"{tmp_path}/missing/c1.jsonl")]
    assert [mark["what"] for mark in read_marks(tmp_path / "c1.wav")] == ["begins"]


def test_a_disk_that_is_full_for_a_while_costs_the_marks_of_then_alone(tmp_path: Path) -> None:
    failures: list[OSError] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for nth, room in enumerate((hard, 290, hard)):
        keeper = MarkKeeper(tmp_path, failures.append)
        keeper.read(started(0.0))
        for second in (1, 2, 3):
            keeper.read(events.CallHeld(100.0 * nth + second, CALL, "1001", "8001"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))  # as if the disk were
        try:
            keeper.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    told = [(error.errno, error.filename) for error in failures]
    assert told == [(errno.EFBIG, f"{tmp_path}/c1.jsonl")]
    marks = list(read_marks(tmp_path / "c1.wav"))
    assert [mark["at"] for mark in marks] == [0, 1, 2, 3, 0, 101, 0, 201, 202, 203]
    assert len(marks) == len(marks_of(tmp_path / "c1.wav").read_text().splitlines())


def test_an_event_that_cannot_be_marked_harms_no_other(tmp_path: Path) -> None:
    unreadable = events.CallHeld("now", CALL, "1001", "8001")  # type: ignore[arg-type]

    assert kept(tmp_path, started(100.0), unreadable, stopped(130.0)) == [
        (0, "begins"),
        (30.0, "ends"),
    ]


@pytest.mark.parametrize("name", ["\udc80", "line\u2028of\x85its own", "\n"])
def test_a_name_that_is_no_line_of_text_is_marked(tmp_path: Path, name: str) -> None:
    held = events.CallHeld(101.0, CALL, name, "8001")

    assert kept(tmp_path, started(100.0), held) == [(0, "begins"), (1.0, "holds")]


def test_no_more_waits_than_the_memory_allows_and_what_is_lost_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "MOST_NOTED", 2)

    with capture_logs() as logged:
        found = kept(tmp_path, started(100.0), stopped(130.0), started(140.0), stopped(150.0))

    assert found == [(0, "begins"), (30.0, "ends")]
    assert [(line["event"], line["events"]) for line in logged] == [("recordings_not_marked", 2)]
