"""`callcenter simulate`: the planner's what-if, before a rule goes live."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from callcenter.ops.commands import FAILED, MISTAKEN, fail, print_rows, printable
from callcenter.site_commands import settings_in

if TYPE_CHECKING:
    from callcenter.settings import Settings
    from callcenter.simulation.simulator import Result
    from callcenter.simulation.traffic import Traffic

Sites = Annotated[
    list[Path],
    typer.Option(
        "--config", "-c", metavar="FILE", help="A site file; several are compared, same traffic."
    ),
]


PLOTTED_S = 900.0
"""What a point of the plot averages."""
WIDTH = 160
"""Of the table, which is rather broken by the terminal than cut."""


def add_to(app: typer.Typer) -> None:
    """Makes the command known."""
    app.command(rich_help_panel="Calls, decisions and figures")(simulate)


def simulate(
    config: Sites,
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", "-s", metavar="FILE", help="Traffic to be made (TOML)."),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option("--journal", metavar="DIR", help="Traffic that was: a site's journal."),
    ] = None,
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Of --journal: local time, from here on.")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", metavar="TIME", help="Of --journal: up to here.")
    ] = "",
    runs: Annotated[int, typer.Option(min=1, max=1000, help="Days of chance to average.")] = 5,
    seed: Annotated[int, typer.Option(help="The same seed draws the same traffic.")] = 1,
    plot: Annotated[bool, typer.Option("--plot", help="Draw how many wait, over time.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All figures, for programs.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="All figures, for spreadsheets.")] = False,
) -> None:
    """Let the queue engine lead a day's callers by one or more site files, and compare.

    Traffic is made after a scenario, or taken from a journal. The daemon is not touched.
    """
    from callcenter.journal.errors import JournalError
    from callcenter.simulation.errors import SimulationError

    if (scenario is None) is (journal is None):
        fail("give either --scenario or --journal", MISTAKEN)
    sites = {str(path): settings_in(path) for path in config}
    try:
        source = _Source(scenario, journal, _moment(since, 0.0), _moment(until, float("inf")))
        results = _run(sites, source, runs, seed, quiet=as_json or as_csv)
    except (SimulationError, JournalError) as error:
        fail(printable(str(error)), MISTAKEN)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror or error}", FAILED)
    _show(results, as_json=as_json, as_csv=as_csv)
    if plot:
        _plot(results)


class _Source:
    """Where each run's traffic comes from."""

    def __init__(
        self, scenario: Path | None, journal: Path | None, since: float, until: float
    ) -> None:
        from callcenter.simulation import scenario as scenarios

        self._scenario = scenarios.load(scenario) if scenario is not None else None
        self._journal, self._since, self._until = journal, since, until

    def traffic(self, site: "Settings", seed: int) -> "Traffic":
        """That of one run."""
        if self._scenario is not None:
            from callcenter.simulation.scenario import generated

            return generated(self._scenario, site, seed)
        from callcenter.journal.files import segments
        from callcenter.simulation.recorded import recorded

        assert self._journal is not None
        return recorded(segments(self._journal), self._since, self._until, seed)


def _run(
    sites: Mapping[str, "Settings"], source: _Source, runs: int, seed: int, *, quiet: bool
) -> dict[str, list["Result"]]:
    from rich.progress import Progress

    from callcenter.simulation.simulator import Simulator

    results: dict[str, list[Result]] = {name: [] for name in sites}
    with Progress(transient=True, disable=quiet) as bar:
        task = bar.add_task("simulating", total=float(runs * len(sites)))
        for run in range(runs):
            for number, (name, site) in enumerate(sites.items()):
                traffic = source.traffic(site, seed + run)
                done = run * len(sites) + number

                def progress(
                    seconds: float, done: int = done, length: float = traffic.seconds
                ) -> None:
                    bar.update(task, completed=done + (seconds / length if length else 1.0))

                results[name].append(Simulator(site, traffic, seed + run).run(progress))
    return results


def _show(results: Mapping[str, Sequence["Result"]], *, as_json: bool, as_csv: bool) -> None:
    from callcenter.simulation.comparing import FIGURES, Estimate, table

    rows = table(results)
    if as_json or as_csv:
        flat = [_flat(row) for row in rows]
        if as_json:
            typer.echo(json.dumps(flat, ensure_ascii=False, indent=2))
        else:
            writer = csv.DictWriter(sys.stdout, list(flat[0]))
            writer.writeheader()
            writer.writerows(flat)
        return
    headings = {"site": "site", "queue": "queue"}
    headings |= {key: heading for key, (heading, _) in FIGURES.items()} | {"occupancy": "occ. %"}
    shown = [
        {key: str(row[key]) if isinstance(row[key], str | Estimate) else "–" for key in headings}
        for row in rows
    ]
    print_rows(shown, list(headings.values()), list(headings), WIDTH)


def _flat(row: Mapping[str, object]) -> dict[str, Any]:
    from callcenter.simulation.comparing import Estimate

    flat: dict[str, Any] = {}
    for key, value in row.items():
        if key in ("site", "queue"):
            flat[key] = value
        else:
            flat[key] = round(value.mean, 3) if isinstance(value, Estimate) else None
            half = value.half if isinstance(value, Estimate) else None
            flat[f"{key}_half"] = None if half is None else round(half, 3)
    return flat


def _plot(results: Mapping[str, Sequence["Result"]]) -> None:
    """Mean number of waiting callers over the hours, a line for each site."""
    import plotext

    from callcenter.simulation.simulator import SAMPLE_S

    plotext.theme("clear")
    plotext.plot_size(100, 24)
    plotext.title("callers waiting")
    plotext.xlabel("hours")
    per_point = round(PLOTTED_S / SAMPLE_S)
    for name, runs in results.items():
        samples = [sum(each) / len(runs) for each in zip(*(r.waiting for r in runs), strict=False)]
        points = [samples[at : at + per_point] for at in range(0, len(samples), per_point)]
        hours = [(at + 0.5) * PLOTTED_S / 3600 for at in range(len(points))]
        plotext.plot(hours, [sum(each) / len(each) for each in points], label=Path(name).name)
    typer.echo(plotext.build())


def _moment(text: str, default: float) -> float:
    if not text:
        return default
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        fail(f"'{text}' is no time such as 2026-11-20T08:00", MISTAKEN)
