"""`callcenter trace`: a call as a ladder, the list of calls, or what passes right now."""

from pathlib import Path
from typing import Annotated

import typer

from callcenter.ops.commands import FAILED, MISTAKEN, SiteFile, fail, printable, site_value

LISTED = 20

_CALL = typer.Argument(
    metavar="[CALL]",
    help="Our call id or its beginning, a SIP Call-ID, a calling or called number (or its last "
    "digits; the newest call), or `last`.",
)


def add_to(app: typer.Typer) -> None:
    """Makes the command known."""
    app.command(rich_help_panel="Calls, decisions and figures")(trace)


def trace(
    call: Annotated[str, _CALL] = "",
    config: SiteFile = None,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The capture's folder, where it is not the usual."),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", "-l", help="The newest calls.")] = False,
    number: Annotated[
        str, typer.Option(metavar="DIGITS", help="Of --list: only calls from or to this number.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="Of --list: how many at most.")] = LISTED,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as it happens; without CALL, everything.")
    ] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The messages in full.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    pcap: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the messages for Wireshark.")
    ] = None,
) -> None:
    """Show a live or past call: its SIP messages as a ladder, its voice, what happened to it.

    Passwords' digests and SRTP keys are struck out of everything that is shown or written.
    """
    from callcenter.trace import view

    folder = folder or site_value(config, lambda settings: settings.trace.folder)
    if not folder.is_dir():
        fail(f"nothing is captured in {folder}: name the site file with --config", FAILED)
    try:
        if listing or not (call or follow):
            view.show_list(folder, number, limit, as_json=as_json)
        elif not call:
            view.follow_everything(folder, as_json=as_json)
        elif pcap is not None:
            view.write_pcap(folder, call, pcap)
        else:
            view.show_call(folder, call, raw=raw, as_json=as_json, follow=follow)
    except view.NotFoundError as error:
        hint = "`callcenter trace --list` has the newest"
        fail(f"{printable(str(error))}: no such call in {folder}; {hint}", MISTAKEN)
    except OSError as error:
        fail(f"{error.filename or folder}: {error.strerror or error}", FAILED)
