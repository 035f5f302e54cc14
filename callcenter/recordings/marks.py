"""Who talks when in a recording: marks in a file beside it, written a second later at most.

`2026-03-02/CALL.wav` has `2026-03-02/CALL.jsonl`: a line of JSON for each mark, with the second of
the recording at which it stands. Like the sound, it is good up to shortly before a crash.

The loop only notes events. All of a second are made marks at once, in a thread, which is cheaper
than one by one between other work; and the files are written without the interpreter, because a
thread that comes back to it after each system call takes it from the loop each time.
"""

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from callcenter import events
from media._engine import append_to_files

WRITE_EVERY_S = 1.0
"""Marks of so long are written together: each time a file is opened costs more than its marks."""
MOST_NOTED = 100_000
"""Events that wait for a disk that hangs; what comes then is lost, and that is logged."""

log = structlog.get_logger(__name__)
_encode = json.JSONEncoder(ensure_ascii=False).encode

Words = Mapping[str, object]
Wording = Callable[[Any], Words]


def _of_phone(what: str) -> Wording:
    return lambda event: {"what": what, "who": event.agent_id or event.seat_no}


def _consulted(event: events.ConsultAnswered) -> Words:
    who = event.agent_id or event.seat_no
    return {"what": "consults", "who": who, "whom": event.target_agent_id or event.number}


_WORDINGS: Mapping[type[events.CallEvent], Wording] = {
    events.CallHeld: _of_phone("holds"),
    events.CallRetrieved: _of_phone("retrieves"),
    events.ConsultAnswered: _consulted,
    events.ConsultEnded: _of_phone("consulted"),
    events.CallConferenced: lambda event: {
        "what": "confers",
        "who": [number for _, number in event.parties],
    },
    events.CallTransferred: lambda event: {
        "what": "transfers",
        "who": event.by,
        "whom": event.to,
    },
    events.SupervisionStarted: lambda event: {
        "what": "supervises",
        "who": event.agent_id,
        "mode": event.mode,
    },
    events.SupervisionEnded: lambda event: {"what": "leaves", "who": event.agent_id},
    events.TalkEnded: lambda event: {"what": "talked", "who": event.agent_id, "by": event.by},
}
"""Said of all recordings of the call that are under way."""

KINDS = (
    events.RecordingStarted,
    events.RecordingStopped,
    events.RecordingPaused,
    events.RecordingResumed,
    *_WORDINGS,
)


@dataclass(slots=True)
class _Live:
    """A recording under way."""

    path: str
    """Of its marks."""
    began: float


class MarkKeeper:
    """Notes events of the stream (`KINDS`); a thread makes marks of them and writes those.

    `close` ends the thread.
    """

    def __init__(self, root: Path, failed: Callable[[OSError], None]) -> None:
        """`failed` is told, in that thread, of each file that cannot be written."""
        self._root = str(root)
        self._failed = failed
        self._noted: deque[events.Event] = deque()
        self._lost = 0
        self._lost_told = 0
        self._live: dict[str, dict[str, _Live]] = {}
        """The thread's, by call and recording."""
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._run, name="recording marks", daemon=True)
        self._writer.start()

    def read(self, event: events.Event) -> None:
        """Takes one of `KINDS`; never waits."""
        if len(self._noted) < MOST_NOTED:
            self._noted.append(event)
        else:
            self._lost += 1

    def close(self, within: float = 5.0) -> None:
        """Writes what is left, but does not wait for a disk that hangs; not for the loop."""
        self._closing.set()
        self._writer.join(within)

    def _run(self) -> None:
        while not self._closing.wait(WRITE_EVERY_S):
            self._write_out()
        self._write_out()

    def _write_out(self) -> None:
        lines: dict[str, list[str]] = {}
        while self._noted:
            event = self._noted.popleft()
            try:
                for live, at, words in self._marks(event):
                    mark = {"at": round(max(at - live.began, 0.0), 3), **words}
                    lines.setdefault(live.path, []).append(f"{_encode(mark)}\n")
            except Exception:
                log.exception("recording_not_marked", event_type=type(event).__name__)
        if lines:
            # What is no text has come from outside.
            files = [(path, "".join(of).encode(errors="replace")) for path, of in lines.items()]
            for nth, errno in append_to_files(files):
                self._failed(OSError(errno, os.strerror(errno), files[nth][0]))
        lost = self._lost - self._lost_told
        if lost:
            self._lost_told += lost
            log.error("recordings_not_marked", events=lost)

    def _marks(self, event: events.Event) -> Iterator[tuple[_Live, float, Words]]:
        """What it is in which recordings, and when."""
        match event:
            case events.RecordingStarted():
                live = _Live(f"{self._root}/{_beside(event.path)}", event.at)
                self._live.setdefault(event.call_id, {})[event.recording_id] = live
                yield live, event.at, {"what": "begins", "who": event.agent_id}
            case events.RecordingStopped():
                recordings = self._live.get(event.call_id, {})
                if event.recording_id in recordings:
                    live = recordings.pop(event.recording_id)
                    # A media engine that has died tells no length.
                    ended = live.began + event.duration_s if event.size else event.at
                    yield live, ended, {"what": "ends"}
                if not recordings:
                    self._live.pop(event.call_id, None)
            case events.RecordingPaused() | events.RecordingResumed():
                recordings = self._live.get(event.call_id, {})
                if event.recording_id in recordings:
                    paused = isinstance(event, events.RecordingPaused)
                    what = "pauses" if paused else "resumes"
                    live = recordings[event.recording_id]
                    yield live, event.at, {"what": what, "who": event.agent_id}
            case events.CallEvent() if type(event) in _WORDINGS:
                words = _WORDINGS[type(event)](event)
                for live in self._live.get(event.call_id, {}).values():
                    yield live, event.at, words


def _beside(recording: str) -> str:
    return f"{os.path.splitext(recording)[0]}.jsonl"


def marks_of(path: str | Path) -> Path:
    """Where the marks of a recording are."""
    return Path(_beside(str(path)))


def read_marks(recording: Path) -> Iterator[dict[str, Any]]:
    """The marks of a recording, in order; none where there is no such file.

    Whatever cannot be read in it (a line that a crash cut off) is left out.
    """
    try:
        text = marks_of(recording).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.split("\n"):  # names may have what else Unicode has for lines' ends
        try:
            mark = json.loads(line)
        except ValueError:
            continue
        if isinstance(mark, dict) and isinstance(mark.get("at"), int | float):
            yield mark
