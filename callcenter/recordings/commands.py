"""`callcenter recordings`: found, shown and exported, without the daemon."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callcenter.ops.commands import FAILED, MISTAKEN, fail, print_rows
from callcenter.site_commands import Config, in_database, settings_in

if TYPE_CHECKING:
    from callcenter.settings import Settings
    from callcenter.store.rows import Recording

recordings = typer.Typer(help="Recordings of conversations.", no_args_is_help=True)

Since = Annotated[
    str, typer.Option("--from", metavar="DAY", help="Begun on this day (UTC) or later.")
]
Until = Annotated[str, typer.Option("--to", metavar="DAY", help="Begun on this day or earlier.")]
Agent = Annotated[str, typer.Option(metavar="ID", help="Of this agent.")]
CallId = Annotated[str, typer.Option("--call", metavar="ID", help="Of this call.")]


def add_to(app: typer.Typer) -> None:
    """Makes the commands known."""
    app.add_typer(recordings, name="recordings", rich_help_panel="Calls, decisions and figures")


@recordings.command("list")
def list_(
    config: Config, since: Since = "", until: Until = "", agent: Agent = "", call: CallId = ""
) -> None:
    """Show recordings, the oldest first."""
    found = _found(settings_in(config), since, until, agent, call)
    if not found:
        typer.echo("there is no such recording")
        return
    rows = [
        {
            "began": f"{row.started_at:%Y-%m-%d %H:%M:%S}",
            "agent": row.agent_id or "",
            "seconds": round(row.duration_s, 1),
            "file": row.path,
            "error": row.error,
        }
        for row in found
    ]
    header = ("began", "agent", "seconds", "file", "error")
    print_rows(rows, header, header)


@recordings.command()
def show(
    file: Annotated[str, typer.Argument(metavar="FILE", help="As `list` writes it.")],
    config: Config,
) -> None:
    """Show who talks, holds, joins and pauses when in a recording."""
    from callcenter.recordings.marks import read_marks

    path = settings_in(config).store.recordings / file
    if not path.is_file():
        fail(f"there is no {path}", FAILED)
    rows = [
        {
            "at": f"{mark['at']:.1f}",
            "what": mark.get("what", ""),
            "who": _listed(mark.get("who", mark.get("by", ""))),
            "whom": _listed(mark.get("whom", mark.get("mode", ""))),
        }
        for mark in read_marks(path)
    ]
    if not rows:
        typer.echo("it has no marks")
        return
    print_rows(rows, ("second", "what", "who", "whom"), ("at", "what", "who", "whom"))


@recordings.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to; made if missing.")],
    config: Config,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="mp3, opus, flac or wav.")
    ] = "mp3",
    mono: Annotated[bool, typer.Option("--mono", help="Mix both sides into one.")] = False,
    since: Since = "",
    until: Until = "",
    agent: Agent = "",
    call: CallId = "",
) -> None:
    """Write recordings as MP3, Opus, FLAC or WAV into a folder; what is there already is kept."""
    from callcenter.recordings.export import FORMATS, ExportError
    from callcenter.recordings.export import export as write

    if form not in FORMATS:
        fail(f"--format: there is no {form!r}; choose {', '.join(FORMATS)}", MISTAKEN)
    settings = settings_in(config)
    done, failures = 0, []
    folder.mkdir(parents=True, exist_ok=True)
    for row in _found(settings, since, until, agent, call):
        if row.size == 0:
            continue
        target = folder / Path(row.path).with_suffix(f".{form}").name
        if target.exists():
            continue
        try:
            write(settings.store.recordings / row.path, target, FORMATS[form], mono=mono)
            done += 1
        except ExportError as error:
            failures.append(str(error))
    for failure in failures:
        typer.echo(f"not exported: {failure}", err=True)
    typer.echo(f"{done} recordings exported to {folder}")
    if failures:
        raise typer.Exit(FAILED)


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _found(
    settings: "Settings", since: str, until: str, agent: str, call: str
) -> "Sequence[Recording]":
    from callcenter.store.repositories import Recordings

    first, last = _day("--from", since), _day("--to", until)
    after = None if last is None else last + timedelta(days=1)
    return in_database(
        settings,
        lambda engine: Recordings(engine).list(
            since=first, until=after, agent_id=agent or None, call_id=call or None
        ),
    )


def _day(option: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(), UTC)
    except ValueError:
        fail(f"{option}: {text!r} is no day like 2026-03-02", MISTAKEN)
