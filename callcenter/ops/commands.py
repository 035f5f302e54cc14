"""The commands that ask a running daemon; `ask` finds its socket and words what goes wrong."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

FAILED = 1
MISTAKEN = 2

SiteFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="The daemon's site file (TOML)."),
]
Socket = Annotated[
    Path | None,
    typer.Option("--socket", metavar="PATH", help="Its control socket, where it is not the usual."),
]
Json = Annotated[bool, typer.Option("--json", help="The whole answer, for programs.")]


def add_to(app: typer.Typer) -> None:
    """Makes the commands known."""
    for command in (
        status,
        counters,
        registrations,
        trunks,
        media,
        bans,
        unban,
        notice,
        close_queue,
        open_queue,
        waiting,
        transfer,
        calendars,
        reload,
        callbacks,
    ):
        app.command(rich_help_panel="Running daemon")(command)


def status(config: SiteFile = None, socket: Socket = None, as_json: Json = False) -> None:
    """Calls, phones, trunks and queues of the running daemon."""
    answer = ask(config, socket, "status")
    if as_json:
        _print_json(answer)
        return
    seats, agents = answer["seats"], answer["agents"]
    for line in (
        f"callcenter {answer['version']}, process {answer['pid']}, up {_ago(answer['uptime_s'])}",
        f"site    {answer['site']}",
        f"SIP     {', '.join(answer['sip'])}",
        f"calls   {answer['calls']}",
        f"phones  {seats['registered']} of {seats['all']} registered",
        f"agents  {agents['signed_in']} of {agents['all']} signed in",
    ):
        typer.echo(line)
    _print_trunks(answer["trunks"])
    print_rows(
        answer["queues"],
        ("queue", "waiting", "ringing", "talking", "closed"),
        ("name", "waiting", "ringing", "talking", "closed"),
    )


def counters(
    config: SiteFile = None,
    socket: Socket = None,
    as_json: Json = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="In Prometheus' text format.")
    ] = False,
) -> None:
    """What SIP has counted since the daemon started."""
    answer = ask(config, socket, "counters")
    if as_json:
        _print_json(answer)
    elif prometheus:
        from callcenter.ops.prometheus import exposition

        typer.echo(exposition(answer), nl=False)
    else:
        _print_counts("requests", answer["requests_received"], answer["requests_sent"])
        _print_counts("responses", answer["responses_received"], answer["responses_sent"])
        for kind in ("events", "guard", "gateways", "acd", "trace", "journal"):
            rows = [{"name": key, "value": value} for key, value in answer[kind].items()]
            print_rows(rows, (kind, "count"), ("name", "value"))


def registrations(config: SiteFile = None, socket: Socket = None, as_json: Json = False) -> None:
    """The phones that are registered now."""
    answer = ask(config, socket, "registrations")
    if as_json:
        _print_json(answer)
    elif not answer:
        typer.echo("no phone is registered")
    else:
        print_rows(
            answer,
            ("seat", "from", "expires", "contact", "phone"),
            ("seat_no", "source", "expires_s", "contact", "user_agent"),
        )


def trunks(config: SiteFile = None, socket: Socket = None, as_json: Json = False) -> None:
    """The trunks and their channels."""
    answer = ask(config, socket, "trunks")
    if as_json:
        _print_json(answer)
    elif not answer:
        typer.echo("the site has no trunk")
    else:
        _print_trunks(answer)


def media(config: SiteFile = None, socket: Socket = None, as_json: Json = False) -> None:
    """The ports of the media engine: whose they are, loss, jitter, scores, and what it holds."""
    answer = ask(config, socket, "media")
    if as_json:
        _print_json(answer)
        return
    udp = answer["udp_ports"]
    typer.echo(
        f"{udp['open']} of {udp['all']} ports open, {udp['resting']} resting; "
        f"{answer['rooms']} rooms, {answer['recordings']} recordings, {answer['audios']} audios; "
        + ", ".join(
            f"thread {nth}: {thread['ports']} ports, {thread['cpu_s']:.1f} s of CPU"
            for nth, thread in enumerate(answer["threads"], 1)
        )
    )
    print_rows(
        answer["ports"],
        ("port", "party", "source", "codec", "in", "out", "lost", "jitter", "trip", "MOS", "call"),
        (
            "rtp_port",
            "party",
            "source",
            "codec",
            "packets_received",
            "packets_sent",
            "lost",
            "jitter_ms",
            "round_trip_ms",
            "mos",
            "call_id",
        ),
    )


def bans(config: SiteFile = None, socket: Socket = None, as_json: Json = False) -> None:
    """The addresses that are not answered."""
    answer = ask(config, socket, "bans")
    if as_json:
        _print_json(answer)
    elif not answer:
        typer.echo("nobody is banned")
    else:
        print_rows(
            answer,
            ("source", "expires", "strikes", "cause"),
            ("source", "expires_s", "strikes", "cause"),
        )


def unban(
    host: Annotated[str, typer.Argument(metavar="HOST", help="An IP address.")],
    config: SiteFile = None,
    socket: Socket = None,
) -> None:
    """Answer an address again at once."""
    ask(config, socket, "unban", host=host)
    typer.echo(f"{host} is answered again")


def notice(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be told.")],
    team: Annotated[
        str, typer.Option("--team", metavar="NAME", help="Only the agents of this team.")
    ] = "",
    config: SiteFile = None,
    socket: Socket = None,
) -> None:
    """Tell all agents who are signed in something; their programs show it."""
    told = ask(config, socket, "post_notice", text=text, team=team)["told"]
    typer.echo(f"{told} agents are told")


def close_queue(
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="The queue's name.")],
    clear: Annotated[
        bool, typer.Option("--clear", help="Those who wait leave too; a ring may finish.")
    ] = False,
    config: SiteFile = None,
    socket: Socket = None,
) -> None:
    """Let no more callers into a queue, until it is opened or the daemon starts anew."""
    ask(config, socket, "close_queue", queue=queue, clear=clear)
    typer.echo(f"queue {queue} is closed")


def open_queue(
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="The queue's name.")],
    config: SiteFile = None,
    socket: Socket = None,
) -> None:
    """Let callers into a closed queue again."""
    still = ask(config, socket, "open_queue", queue=queue)["still"]
    typer.echo(f"queue {queue} is {f'still closed by its calendar ({still})' if still else 'open'}")


def waiting(config: SiteFile = None, socket: Socket = None, as_json: Json = False) -> None:
    """The callers who wait in the queues, by queue, the longest first."""
    answer = ask(config, socket, "waiting")
    if as_json:
        _print_json(answer)
    elif not answer:
        typer.echo("nobody waits")
    else:
        shown = [each | {"number": printable(each["number"] or "withheld")} for each in answer]
        keys = ("queue", "number", "waited_s", "call_id")
        print_rows(shown, ("queue", "number", "seconds", "call"), keys)


def transfer(
    call: Annotated[
        str, typer.Argument(metavar="CALL", help="As `waiting` and the log have it: call_id.")
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="queue:NAME, flow:NAME, voicemail[:BOX] or number:DIGITS."
        ),
    ],
    config: SiteFile = None,
    socket: Socket = None,
) -> None:
    """Take a caller who waits out of the line, and send them elsewhere."""
    answer = ask(config, socket, "transfer", call_id=call, target=target)
    typer.echo(f"{answer['call_id']} goes from {answer['queue']} to {answer['to']}")


def reload(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would change.")
    ] = False,
    config: SiteFile = None,
    socket: Socket = None,
    as_json: Json = False,
) -> None:
    """Take the site file over while calls go on: agents, queues, calendars, numbers, flows.

    What needs a restart is told, and stays as it was. A file with mistakes changes nothing.
    Without --config the daemon reads the file that it was started with.
    """
    given = {} if config is None else {"source": str(config), "text": _text_of(config)}
    answer = ask(config, socket, "reload", dry_run=dry_run, **given)
    if as_json:
        _print_json(answer)
        return
    for each in answer:
        where = f"{each['table']}[{each['name']}]" if each["name"] else each["table"]
        if each["key"]:
            told = f"{where}.{each['key']}: {each['before']} → {each['after']}"
        else:
            told = f"{where}: {'gone' if each['after'] is None else 'new'}"
        typer.echo(printable(told) + ("" if each["live"] else "  (needs a restart)"))
    live = sum(each["live"] for each in answer)
    if not answer:
        typer.echo("nothing has changed in the site file; flows are read anew")
    else:
        done = "would be taken over" if dry_run else "taken over"
        typer.echo(f"{live} of {len(answer)} changes {done}")


def calendars(config: SiteFile = None, socket: Socket = None, as_json: Json = False) -> None:
    """What now is by each calendar: the kind of day, the band, and until when."""
    answer = ask(config, socket, "calendars")
    if as_json:
        _print_json(answer)
    elif not answer:
        typer.echo("the site has no calendar")
    else:
        print_rows(answer, ("calendar", "day", "band", "until"), ("name", "kind", "band", "until"))


def callbacks(
    cancel: Annotated[
        str, typer.Option("--cancel", metavar="ID", help="Strike this one off the list.")
    ] = "",
    config: SiteFile = None,
    socket: Socket = None,
    as_json: Json = False,
) -> None:
    """Who waits to be called back, the first in line first."""
    if cancel:
        ask(config, socket, "cancel_callback", callback_id=cancel)
        typer.echo(f"{cancel} is not called back")
        return
    answer = ask(config, socket, "callbacks")
    if as_json:
        _print_json(answer)
    elif not answer:
        typer.echo("nobody waits to be called back")
    else:
        columns = ("callback_id", "number", "queue", "waiting_since", "due_at", "attempts")
        print_rows(answer, columns, columns)


def ask(config: Path | None, socket: Path | None, method: str, **params: object) -> Any:
    """The daemon's answer; ends the program with one line where there is none."""
    from callcenter.ops.client import NoDaemonError
    from callcenter.ops.client import ask as ask_daemon
    from callcenter.ops.registry import AskError

    path = socket or site_value(config, lambda settings: settings.daemon.control)
    try:
        return ask_daemon(path, method, **params)
    except NoDaemonError as error:
        fail(str(error), FAILED)
    except AskError as error:
        fail(error.message, MISTAKEN if error.code == "not_found" else FAILED)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {error}", MISTAKEN)


def site_value(config: Path | None, read: Callable[[Any], Path]) -> Path:
    """A path of the site file; without one, that of a site that leaves it out."""
    from callcenter.settings import (
        DaemonSettings,
        JournalSettings,
        SettingsError,
        TraceSettings,
        load,
    )

    if config is None:
        from types import SimpleNamespace

        return read(
            SimpleNamespace(
                daemon=DaemonSettings(), trace=TraceSettings(), journal=JournalSettings()
            )
        )
    try:
        return read(load(config))
    except SettingsError as error:
        fail(str(error), MISTAKEN)


def fail(text: str, code: int) -> NoReturn:
    """Tells what is wrong and ends the program."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def _print_json(answer: Any) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _print_counts(name: str, received: Mapping[str, int], sent: Mapping[str, int]) -> None:
    rows = [
        {"name": key, "received": received.get(key, 0), "sent": sent.get(key, 0)}
        for key in sorted({*received, *sent})
    ]
    print_rows(rows, (name, "received", "sent"), ("name", "received", "sent"))


def _print_trunks(trunks: Sequence[Mapping[str, Any]]) -> None:
    rows = [{**trunk, "gateways": ", ".join(map(_gateway, trunk["gateways"]))} for trunk in trunks]
    header = ("trunk", "in use", "channels", "registration", "gateways")
    print_rows(rows, header, ("name", "used", "max_calls", "registration", "gateways"))


def _gateway(gateway: Mapping[str, Any]) -> str:
    return f"{gateway['address']}{'' if gateway['up'] else ' (down)'}"


def print_rows(
    rows: Sequence[Mapping[str, Any]],
    header: Sequence[str],
    keys: Sequence[str],
    width: int | None = None,
) -> None:
    """A table, by default as wide as the terminal.

    What came from the network is text, never mark-up or a terminal's commands.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table(*header, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(
            *(Text(printable(str("" if row.get(key) is None else row[key]))) for key in keys)
        )
    console = Console(highlight=False, soft_wrap=True, width=width)
    console.print()
    console.print(table)


def printable(text: str) -> str:
    """Without characters that would steer the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _ago(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    told = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(told[:2]) or "0 s"
