"""`callcenter report queues`: what the queues' ledger amounts to, as a table, JSON or CSV."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from callcenter.ops.commands import FAILED, MISTAKEN, fail, print_rows
from callcenter.site_commands import Config, settings_in
from callcenter.statistics.figures import FORMULAS, WORDS
from callcenter.statistics.intervals import Unit, intervals

if TYPE_CHECKING:
    from callcenter.settings import Settings
    from callcenter.statistics.report import Material

MOST_INTERVALS = 100_000
WIDTH = 200
"""Of the table, which is rather broken by the terminal than cut."""

reports = typer.Typer(help="Figures of what has been.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Makes the commands known."""
    app.add_typer(reports, name="report", rich_help_panel="Calls, decisions and figures")


@reports.command()
def queues(
    config: Config,
    since: Annotated[
        str,
        typer.Option("--from", metavar="TIME", help="A day, or day and time; without it today."),
    ] = "",
    until: Annotated[
        str,
        typer.Option("--to", metavar="TIME", help="Up to, not including; without it now."),
    ] = "",
    by: Annotated[Unit, typer.Option(help="The intervals.")] = "day",
    queue: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this queue; may be repeated.")
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(metavar="FORMULA", help=f"Of the table: {', '.join(FORMULAS)}."),
    ] = None,
    zone: Annotated[
        str, typer.Option(metavar="NAME", help="Time zone, such as Asia/Shanghai.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="All figures, for programs.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="All figures, for spreadsheets.")] = False,
) -> None:
    """Presented callers and what became of them, by queue and interval.

    Presented is the sum of all outcomes and of those who still wait. The daemon need not run.
    """
    from callcenter.statistics import shown
    from callcenter.statistics.report import Frame, QueueReport

    settings = settings_in(config)
    if level is not None and level not in FORMULAS:
        fail(f"--level: there is no formula {level!r}: {', '.join(FORMULAS)}", MISTAKEN)
    where = _zone(zone)
    now = datetime.now(UTC)
    midnight = datetime.combine(now.astimezone(where), time(), where)
    first = _moment("--from", since, where) if since else midnight.astimezone(UTC)
    last = _moment("--to", until, where) if until else now
    if first >= last:
        fail("--from must be before --to", MISTAKEN)
    starts = list(islice(intervals(first, last, by, where), MOST_INTERVALS + 1))
    if len(starts) > MOST_INTERVALS:
        fail("too many intervals: choose longer ones", MISTAKEN)
    thresholds = {each.name: each.answer_within for each in settings.queues}
    report = QueueReport(Frame(starts, last), thresholds, 20.0)
    report.take(_read(settings, first, last, now))
    for key in [key for key in report.figures if queue and key[0] not in queue]:
        del report.figures[key]
    if as_json:
        typer.echo(json.dumps(shown.records(report, where), ensure_ascii=False, indent=2))
    elif as_csv:
        _write_csv(shown.records(report, where), shown.COLUMNS)
    elif not report.figures:
        typer.echo("no caller entered a queue")
    else:
        formula = level or "without_abandoned"
        print_rows(shown.lines(report, where, formula), shown.HEADER, shown.HEADER, WIDTH)
        typer.echo(f"\nlevel = {WORDS[formula]}; docs/statistics.md says what each figure is")


def _write_csv(records: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)


def _read(settings: "Settings", since: datetime, until: datetime, now: datetime) -> "Material":
    import asyncio

    from callcenter.statistics.reading import read
    from callcenter.store.errors import StoreError

    try:
        return asyncio.run(read(settings.store.url.get_secret_value(), since, until, now))
    except StoreError as error:
        fail(str(error), FAILED)


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if not name:
        return datetime.now(UTC).astimezone().tzinfo or UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        fail(f"--zone: there is no time zone {name!r}", MISTAKEN)


def _moment(option: str, text: str, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{option}: {text!r} is no time; write 2026-03-01 or 2026-03-01T08:30", MISTAKEN)
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
