"""Rows on disk while the database is away: a folder of JSONL files, each complete or absent.

A file is written beside its name, synced and renamed, and deleted after its rows are committed.
A crash in between leaves it to be replayed again, which the idempotent inserts make harmless.
Blocking: to be called from a worker thread.
"""

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from callcenter.store.rows import (
    AgentLogEntry,
    Cdr,
    CdrLeg,
    CdrSegment,
    Disposition,
    QueueEntry,
    QueueVisit,
    Recording,
    RecordingPause,
    Row,
    VoicemailMessage,
)

_TYPES: Final[dict[str, type[Row]]] = {
    "cdr": Cdr,
    "cdr_segment": CdrSegment,
    "cdr_leg": CdrLeg,
    "recording": Recording,
    "voicemail_message": VoicemailMessage,
    "agent_log": AgentLogEntry,
    "queue_entry": QueueEntry,
    "queue_visit": QueueVisit,
    "disposition": Disposition,
    "recording_pause": RecordingPause,
}
_NAMES: Final = {row_type: name for name, row_type in _TYPES.items()}
_REFUSED: Final = "refused.jsonl"


def encode(row: Row) -> str:
    """One line of JSON, without the line's end."""
    record = {"table": _NAMES[type(row)], **asdict(row)}
    return json.dumps(record, default=datetime.isoformat)


def decode(line: str) -> Row:
    """The row of a line; ValueError when it is none. A column this line's writer did not know is
    None, one that is unknown here is left out."""
    record: Any = json.loads(line)
    row_type = _TYPES.get(str(record.get("table"))) if isinstance(record, dict) else None
    if row_type is None:
        raise ValueError("not a row of any table")
    values = {field.name: record.get(field.name) for field in fields(row_type)}
    for name, value in values.items():
        if value is not None and (name == "at" or name.endswith("_at")):
            values[name] = datetime.fromisoformat(value)
    return row_type(**values)


class Spool:
    """The folder. It is made when the first row needs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[Path]:
        """What waits to be replayed, oldest first."""
        return sorted(self.folder.glob("rows-*.jsonl"))

    def save(self, rows: Iterable[Row]) -> Path:
        """Writes the rows to a new file and returns it when the disk has it; OSError if not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"rows-{time.time_ns():020d}.jsonl"
        unfinished = file.with_suffix(".part")
        with unfinished.open("w", encoding="utf-8") as stream:
            stream.writelines(f"{encode(row)}\n" for row in rows)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.rename(file)
        _sync(self.folder)
        return file

    def load(self, file: Path) -> tuple[list[Row], list[str]]:
        """The rows of a file, and the lines that are no rows."""
        rows: list[Row] = []
        bad: list[str] = []
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                rows.append(decode(line))
            except (ValueError, TypeError):
                bad.append(line)
        return rows, bad

    def refuse(self, lines: Iterable[str]) -> None:
        """Keeps for a person what no database will take."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _REFUSED).open("a", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in lines)


def _sync(folder: Path) -> None:
    """A rename is on disk when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
