"""`callcenter customers`: the table of customers, filled and shown."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from callcenter.ops.commands import FAILED, MISTAKEN, fail, print_rows

if TYPE_CHECKING:
    from callcenter.routing.customers import Customer
    from callcenter.settings import Settings

customers = typer.Typer(
    help="Customers by number: their own agent and their importance.", no_args_is_help=True
)

Config = Annotated[
    Path, typer.Option("--config", "-c", metavar="FILE", help="The site file (TOML).")
]


def add_to(app: typer.Typer) -> None:
    """Makes the commands known."""
    app.add_typer(customers, name="customers")


@customers.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV: number, and name, agent, priority.")
    ],
    config: Config,
) -> None:
    """Put a CSV file in the place of all customers; a daemon that runs uses it at once."""
    from callcenter.routing.customer_table import TableError, read_customers

    settings = _settings(config)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(read_customers(lines))
    except TableError as error:
        fail(f"{file}: {error}", MISTAKEN)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: {error}", FAILED)
    _in_database(settings, lambda table: table.replace(rows))
    typer.echo(f"{len(rows)} customers; {_tell_daemon(settings)}")


@customers.command("list")
def list_(config: Config) -> None:
    """Show all customers."""
    rows: Sequence[Customer] = _in_database(_settings(config), lambda table: table.all())
    if not rows:
        typer.echo("there is no customer")
        return
    shown = [
        {"number": row.number, "name": row.name, "agent": row.agent, "priority": row.priority}
        for row in rows
    ]
    header = ("number", "name", "agent", "priority")
    print_rows(shown, header, header)


def _settings(config: Path) -> "Settings":
    from callcenter.settings import SettingsError, load

    try:
        return load(config)
    except SettingsError as error:
        fail(str(error), MISTAKEN)


def _in_database(settings: "Settings", work: Any) -> Any:
    from callcenter.store.customers import CustomerTable
    from callcenter.store.database import create_engine, parse_url
    from callcenter.store.errors import StoreError
    from callcenter.store.schema import ensure_schema

    async def run() -> Any:
        engine = create_engine(parse_url(settings.store.url.get_secret_value()))
        try:
            await ensure_schema(engine)
            return await work(CustomerTable(engine))
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except StoreError as error:
        fail(str(error), FAILED)


def _tell_daemon(settings: "Settings") -> str:
    from callcenter.ops.client import NoDaemonError, ask
    from callcenter.ops.registry import AskError

    try:
        ask(settings.daemon.control, "reload_customers")
    except NoDaemonError:
        return "no daemon runs"
    except AskError as error:
        fail(f"the daemon goes on with the old ones: {error.message}", FAILED)
    return "the daemon has them"
