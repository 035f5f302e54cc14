"""The command line. Exit codes: 0 done, 1 could not run, 2 mistakes in the site file or command.

Commands import what they need when they run, so that `--version` and `--help` answer at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from callcenter.journal import commands as journal_commands
from callcenter.ops import commands as ops_commands
from callcenter.ops.commands import FAILED, MISTAKEN
from callcenter.recordings import commands as recording_commands
from callcenter.routing import customer_commands
from callcenter.simulation import commands as simulation_commands
from callcenter.site_commands import Config, settings_in
from callcenter.statistics import commands as report_commands
from callcenter.terminal import commands as terminal_commands
from callcenter.trace import commands as trace_commands

if TYPE_CHECKING:
    from callcenter.settings import Settings

app = typer.Typer(
    help="A call centre in one process: SIP trunks in, skills-based queues, agents over JSON/TCP.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """The `callcenter` command."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"callcenter {version('callcenter')}")
        raise typer.Exit


@app.callback()
def callcenter(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """What stands before a command."""


@app.command()
def serve(
    config: Config,
    log_format: Annotated[
        Literal["auto", "json", "console"],
        typer.Option(help="auto: console on a terminal, else JSON lines."),
    ] = "auto",
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], typer.Option(help="Least level shown.")
    ] = "info",
) -> None:
    """Run the call centre until SIGTERM or Ctrl-C; calls in progress may end first."""
    settings = settings_in(config)
    from callcenter import logs
    from callcenter.daemon import run
    from callcenter.store.errors import StoreError

    logs.configure(log_format, log_level)
    try:
        code = run(settings)
    except (OSError, StoreError) as error:
        code = _tell(f"callcenter cannot run: {_in_words(error)}", FAILED)
    raise typer.Exit(code)


@app.command()
def check(config: Config) -> None:
    """Check a site file and its call flows; tell every mistake with file, line, key and reason."""
    settings = settings_in(config)
    for warning in settings.warnings:
        typer.echo(f"warning: {warning}", err=True)
    from callcenter.flows.audio_check import unplayable

    faults = list(unplayable(settings))
    if faults:
        raise typer.Exit(_tell("\n".join(faults), MISTAKEN))
    typer.echo(f"{config} is valid: {_summary(settings)}")


@app.command("hash-password")
def hash_password(
    password: Annotated[
        str | None,
        typer.Option(
            show_default=False, help="When left out: asked for, twice, or a line of a pipe."
        ),
    ] = None,
) -> None:
    """Print the argon2 hash of an agent's password, for the site file."""
    from argon2 import PasswordHasher

    if password is None:
        password = _asked_for() if _at_a_terminal() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise typer.Exit(_tell("no password given", MISTAKEN))
    typer.echo(PasswordHasher().hash(password))


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the call; exit 0 if every step was verified.")
    ] = False,
    port_base: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=60_000,
            help="First port to use; 0 takes any. Without it the usual ones where they are free.",
        ),
    ] = None,
    keep_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep site file, logs, database and recordings there."),
    ] = None,
    language: Annotated[
        Literal["en", "zh"], typer.Option(help="Of the narration and of the prompts.")
    ] = "en",
) -> None:
    """Watch one real call from menu to record; then the site stays up for you to join."""
    from callcenter.demo.run import run

    try:
        code = run(once=once, port_base=port_base, keep_dir=keep_dir, language=language)
    except OSError as error:
        code = _tell(f"the demo cannot run: {error}", FAILED)
    raise typer.Exit(code)


ops_commands.add_to(app)
trace_commands.add_to(app)
report_commands.add_to(app)
journal_commands.add_to(app)
simulation_commands.add_to(app)
terminal_commands.add_to(app)
customer_commands.add_to(app)
recording_commands.add_to(app)


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _asked_for() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _tell(what: str, code: int) -> int:
    typer.echo(what, err=True)
    return code


def _in_words(error: Exception) -> str:
    """One line; Python's own would begin with `[Errno 98]`."""
    if not (isinstance(error, OSError) and error.strerror):
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _summary(settings: "Settings") -> str:
    counts = {
        "trunk": settings.trunks,
        "queue": settings.queues,
        "number": settings.numbers,
        "seat": settings.seats,
        "agent": settings.agents,
    }
    return ", ".join(
        f"{len(rows)} {name if len(rows) == 1 else name + 's'}" for name, rows in counts.items()
    )
