"""`callcenter why` and `replay`: the queue engine's decisions, explained and repeated."""

import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from callcenter.ops.commands import FAILED, MISTAKEN, Json, SiteFile, fail, printable, site_value

if TYPE_CHECKING:
    import acd
    from callcenter.journal.why import Moment, Story

Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="The journal's folder, where not the usual."),
]


def add_to(app: typer.Typer) -> None:
    """Makes the commands known."""
    app.command(rich_help_panel="Calls, decisions and figures")(why)
    app.command(rich_help_panel="Calls, decisions and figures")(replay)


def why(
    call: Annotated[
        str, typer.Argument(metavar="CALL", help="Our call id, its beginning, or `last`.")
    ],
    agent: Annotated[
        str, typer.Option("--agent", metavar="ID", help="Only why this agent did (not) get it.")
    ] = "",
    config: SiteFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Tell for each offer of a call why that agent got it and why every other did not.

    The decisions are taken once more by the queue engine, from its journal.
    """
    from callcenter.journal.errors import JournalError
    from callcenter.journal.why import why as explained

    where = _folder(folder, config)
    try:
        story = explained(where, call)
    except JournalError as error:
        fail(f"{printable(str(error))} in {where}", MISTAKEN)
    except OSError as error:
        fail(f"{error.filename or where}: {error.strerror or error}", FAILED)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(story), ensure_ascii=False, indent=2))
        return
    _print(story, agent)


def replay(config: SiteFile = None, folder: Folder = None, as_json: Json = False) -> None:
    """Feed the whole journal to the queue engine again: it must decide as it did.

    Ends with exit code 1 where a decision differs.
    """
    from rich.progress import track

    from callcenter.journal.errors import JournalError
    from callcenter.journal.files import segments
    from callcenter.journal.replay import Replay

    where = _folder(folder, config)
    kept = segments(where)
    if not kept:
        fail(f"there is no journal in {where}: name the site file with --config", MISTAKEN)
    rows: list[dict[str, Any]] = []
    for segment in track(kept, "replaying", transient=True, disable=as_json):
        row: dict[str, Any] = {"segment": segment.path.name, "inputs": 0, "decisions": 0}
        row |= {"different": 0, "error": None}
        try:
            for each in Replay.of(segment).run():
                row["inputs"] += 1
                row["decisions"] += len(each.decisions)
                row["different"] += not each.same
        except (JournalError, OSError) as error:
            row["error"] = str(error)
        rows.append(row)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        for row in rows:
            told = f"{row['inputs']} inputs, {row['decisions']} decisions"
            end = row["error"] or (f"{row['different']} different" if row["different"] else "same")
            typer.echo(f"{row['segment']}: {told}: {printable(end)}")
    if any(row["different"] or row["error"] for row in rows):
        raise typer.Exit(FAILED)


def _folder(folder: Path | None, config: Path | None) -> Path:
    return folder or site_value(config, lambda settings: settings.journal.folder)


def _print(story: "Story", agent: str) -> None:
    typer.echo(f"call {printable(story.contact_id)}")
    if story.differs:
        typer.echo(f"the replay decides {story.differs} times otherwise: believe none of this")
    for moment in story.moments:
        typer.echo(f"{_time(moment.wall)}  {_headline(moment)}")
        for standing in moment.standings:
            if not agent or standing.agent_id == agent:
                line = f"  {standing.agent_id:<10} {_reason(standing, moment.origin)}"
                typer.echo(printable(line))
        if agent and moment.standings and agent not in [s.agent_id for s in moment.standings]:
            typer.echo(printable(f"  {agent:<10} not signed in"))


def _time(wall: float) -> str:
    return datetime.fromtimestamp(wall).astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _headline(moment: "Moment") -> str:
    waited = "" if moment.waited_s is None else f" after {moment.waited_s:.1f} s"
    rank = ""
    if moment.rank is not None:
        others = f", then {', '.join(moment.next)}" if moment.next else ", nobody else idle"
        rank = f" (number {moment.rank} in line{others})"
    told = {
        "queued": f"came to queue {moment.queue}",
        "offer": f"offered to {moment.agent_id}{waited}{rank}; input: {moment.by}",
        "accepted": f"{moment.agent_id} answered{waited}",
        "withdrawn": f"taken back from {moment.agent_id}: {moment.cause}",
        "step": f"relaxation step {moment.step}{waited}",
        "overflow": f"sent out of the queue{waited}: {moment.cause}",
        "left": f"the caller left{waited}",
        "ended": "the talk ended",
    }[moment.what]
    return printable(f"#{moment.position}  {told}")


def _reason(standing: "acd.Standing", origin: float) -> str:
    since = f"since {_time(standing.since + origin)[11:19]}"
    lacks = ", ".join(
        f"{skill} {level} (has {held or 'none'})" for skill, level, held in standing.lacks
    )
    return {
        "offered": "rings for this call",
        "talking_with": "talks with this caller",
        "in_line": f"idle {since}, number {standing.place} in line",
        "held_back": "has just let this call ring: others are asked first",
        "not_asked_for": f"idle {since}, but the caller waits for somebody by name",
        "later_step": f"not in reach before step {standing.step}: lacks {lacks}",
        "lacks_skills": f"lacks {lacks}",
        "busy": f"busy {since}{f' ({standing.reason})' if standing.reason else ''}",
        "ringing": f"rings for {standing.contact_id}",
        "talking": f"talks {since} {f'with {standing.contact_id}' if standing.contact_id else ''}",
        "dialling": f"dials {since}",
        "acw": f"in after-call work {since}",
    }[standing.verdict].rstrip()
