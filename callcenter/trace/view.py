"""What `callcenter trace` prints."""

import json
import os
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from callcenter.trace.archive import Archive, CapturedCall, NotFoundError, Tail
from callcenter.trace.drawing import Drawing
from callcenter.trace.ladder import Arrow, Ladder, Row, ladder_of
from callcenter.trace.listing import Listed, listing
from callcenter.trace.pcap import pcap
from callcenter.trace.record import Captured
from callcenter.trace.redact import redacted
from callcenter.trace.wire import legible, tell

__all__ = ["NotFoundError", "follow_everything", "show_call", "show_list", "write_pcap"]

POLL_S = 0.25
LINGER_S = 2.0
"""How long after a call's end its last messages are waited for."""
PLAIN_WIDTH = 160
"""Columns where there is no terminal that says how many it has."""


def show_list(folder: Path, number: str, limit: int, *, as_json: bool) -> None:
    """The newest calls, a line each."""
    lines = listing(Archive(folder), number, limit)
    if as_json:
        _print_json([line.as_json() for line in lines])
    elif not lines:
        typer.echo(f"no call{f' with {legible(number)}' if number else ''} in {folder}")
    else:
        table = Table("time", "call", "from", "to", "party", "s", "outcome", box=None)
        for line in lines:
            table.add_row(*map(Text, _cells(line)))
        _console().print(table)


def follow_everything(folder: Path, *, as_json: bool) -> None:
    """Every message from now on, a line each, until Ctrl-C."""
    tail, console = Tail(folder), _console()
    with suppress(KeyboardInterrupt):
        while True:
            for captured in tail.new():
                message = _without_secrets(captured)
                if as_json:
                    _print_json(_message_json(message), indent=None)
                else:
                    console.print(_passing(message))
            time.sleep(POLL_S)


def write_pcap(folder: Path, name: str, target: Path) -> None:
    """The messages of a call for Wireshark."""
    archive = Archive(folder)
    call = archive.find(name)
    messages = [_without_secrets(message) for message in archive.of(call)]
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.writelines(pcap(messages))
    typer.echo(f"{len(messages)} messages of {legible(call.call_id or name)} in {target}")


def show_call(folder: Path, name: str, *, raw: bool, as_json: bool, follow: bool) -> None:
    """The ladder of a call; with `follow`, until the call is over or Ctrl-C."""
    archive = Archive(folder)
    call = archive.find(name)
    ladder = _ladder(archive, call)
    if as_json:
        _print_json(_call_json(call, ladder))
        return
    shown = _print_ladder(ladder, 0, raw=raw, header=True)
    with suppress(KeyboardInterrupt):
        while follow and not _over(call):
            time.sleep(POLL_S)
            columns = ladder.columns
            call = archive.find(call.call_id or name)
            ladder = _ladder(archive, call)
            shown = _print_ladder(ladder, shown, raw=raw, header=ladder.columns != columns)


def _ladder(archive: Archive, call: CapturedCall) -> Ladder:
    return ladder_of(call, map(_without_secrets, archive.of(call)))


def _over(call: CapturedCall) -> bool:
    end = call.first("CallEnded")
    return bool(end) and time.time() - float(end["at"]) > LINGER_S


def _print_ladder(ladder: Ladder, since: int, *, raw: bool, header: bool) -> int:
    """Prints the rows from that one on; returns how many there are."""
    console = _console()
    drawing = Drawing(ladder, console.width)
    if header:
        for line in drawing.header():
            console.print(line)
    for row, line in zip(ladder.rows[since:], drawing.rows(since), strict=True):
        console.print(line)
        if raw and isinstance(row, Arrow):
            console.print(Text(_in_full(row.message.data), "dim"))
    return len(ladder.rows)


def _in_full(data: bytes) -> str:
    """A message with its lines, indented, between empty ones."""
    lines = data.decode("utf-8", "replace").rstrip().splitlines()
    return "\n" + "\n".join(f"    {legible(line)}" for line in lines) + "\n"


def _passing(message: Captured) -> Text:
    told = tell(message.data)
    way = "→" if message.sent else "←"
    at = f"{_local(message.at):%H:%M:%S.%f}"[:-3]
    ends = f"{legible(message.local)} {way} {legible(message.remote)}"
    return Text(f"{at}  {ends}  {told.label}  {told.detail}".rstrip())


def _cells(line: Listed) -> list[str]:
    lasted = f"{line.seconds:.1f}" if line.seconds is not None else ""
    at = f"{_local(line.at):%m-%d %H:%M:%S}"
    cells = (at, line.call, line.ani, line.dnis, line.source, lasted, line.outcome)
    return [legible(cell) for cell in cells]


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at).astimezone()


def _without_secrets(message: Captured) -> Captured:
    return replace(message, data=redacted(message.data))


def _call_json(call: CapturedCall, ladder: Ladder) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "legs": call.parties,
        "rows": [_row_json(row) for row in ladder.rows],
    }


def _row_json(row: Row) -> dict[str, Any]:
    if isinstance(row, Arrow):
        return {**_message_json(row.message), "repeated": row.repeated}
    return {"at": row.at, "text": row.text, **row.fact}


def _message_json(message: Captured) -> dict[str, Any]:
    told = tell(message.data)
    return {
        "at": message.at,
        "event": "message",
        "direction": "sent" if message.sent else "received",
        "local": message.local,
        "remote": message.remote,
        "sip_call_id": message.sip_call_id,
        "label": told.label,
        "detail": told.detail,
        "text": message.data.decode("utf-8", "replace"),
    }


def _print_json(answer: object, indent: int | None = 2) -> None:
    text = json.dumps(answer, ensure_ascii=False, indent=indent)
    typer.echo(text.encode("utf-8", "replace").decode())


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=True)
    return (
        console
        if console.is_terminal
        else Console(width=PLAIN_WIDTH, highlight=False, soft_wrap=True)
    )
