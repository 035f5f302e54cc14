"""Who talks when in a recording: marks in a file beside it, written a second later at most.

`2026-03-02/CALL.wav` has `2026-03-02/CALL.jsonl`: a line of JSON for each mark, with the second of
the recording at which it stands. Like the sound, it is good up to shortly before a crash.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callcenter import desk_events, events
from callcenter.segments.segment import append

WRITE_EVERY_S = 1.0
"""Marks of so long are written together: each time a file is opened costs more than its marks."""
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
_MODE = 0o640
"""As a recording's: for the operator's group, not for everybody."""

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
    desk_events.RecordingPaused,
    desk_events.RecordingResumed,
    *_WORDINGS,
)


@dataclass(slots=True)
class _Live:
    """A recording under way."""

    path: Path
    began: float


class MarkKeeper:
    """Reads the event stream and writes the marks, in a thread of its own and in order.

    `close` ends the thread.
    """

    def __init__(self, root: Path, failed: Callable[[Path, OSError], None]) -> None:
        """`failed` is told, in that thread, of what cannot be written."""
        self._root = root
        self._failed = failed
        self._live: dict[str, dict[str, _Live]] = {}
        self._waiting: dict[Path, list[str]] = {}
        self._lock = threading.Lock()
        """Of `_waiting`, which the thread takes away."""
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._run, name="recording marks", daemon=True)
        self._writer.start()

    def read(self, event: events.Event) -> None:
        """Takes one of `KINDS`."""
        match event:
            case events.RecordingStarted():
                live = _Live(self._root / marks_of(event.path), event.at)
                self._live.setdefault(event.call_id, {})[event.recording_id] = live
                self._mark(live, event.at, {"what": "begins", "who": event.agent_id})
            case events.RecordingStopped():
                recordings = self._live.get(event.call_id, {})
                if event.recording_id in recordings:
                    live = recordings.pop(event.recording_id)
                    self._mark(live, live.began + event.duration_s, {"what": "ends"})
                if not recordings:
                    self._live.pop(event.call_id, None)
            case desk_events.RecordingPaused() | desk_events.RecordingResumed():
                recordings = self._live.get(event.call_id, {})
                if event.recording_id in recordings:
                    paused = isinstance(event, desk_events.RecordingPaused)
                    words: Words = {
                        "what": "pauses" if paused else "resumes",
                        "who": event.agent_id,
                    }
                    self._mark(recordings[event.recording_id], event.at, words)
            case events.CallEvent() if type(event) in _WORDINGS:
                words = _WORDINGS[type(event)](event)
                for live in self._live.get(event.call_id, {}).values():
                    self._mark(live, event.at, words)

    def close(self) -> None:
        """Writes what is left; not for the loop."""
        self._closing.set()
        self._writer.join()

    def _mark(self, live: _Live, at: float, words: Words) -> None:
        line = json.dumps({"at": round(max(at - live.began, 0.0), 3), **words}, ensure_ascii=False)
        with self._lock:
            self._waiting.setdefault(live.path, []).append(f"{line}\n")

    def _run(self) -> None:
        while not self._closing.wait(WRITE_EVERY_S):
            self._write_out()
        self._write_out()

    def _write_out(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for path, lines in waiting.items():
            try:
                marks = os.open(path, _FLAGS, _MODE)  # `open` would ask for much that is known
                try:
                    append(marks, "".join(lines).encode())
                finally:
                    os.close(marks)
            except OSError as error:
                self._failed(path, error)


def marks_of(path: str | Path) -> Path:
    """Where the marks of a recording are."""
    return Path(path).with_suffix(".jsonl")


def read_marks(recording: Path) -> Iterator[dict[str, Any]]:
    """The marks of a recording, in order; none where there is no such file.

    Whatever cannot be read in it (a line that a crash cut off) is left out.
    """
    try:
        lines = marks_of(recording).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            mark = json.loads(line)
        except ValueError:
            continue
        if isinstance(mark, dict) and isinstance(mark.get("at"), int | float):
            yield mark
