"""`callcenter customers`: the table of customers, filled and shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callcenter.ops.commands import FAILED, MISTAKEN, fail, print_rows
from callcenter.site_commands import Config, in_database, settings_in

if TYPE_CHECKING:
    from callcenter.settings import Settings

customers = typer.Typer(
    help="Customers by number: their own agent and their importance.", no_args_is_help=True
)


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
    from callcenter.store.customers import CustomerTable

    settings = settings_in(config)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(read_customers(lines))
    except TableError as error:
        fail(f"{file}: {error}", MISTAKEN)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: {error}", FAILED)
    in_database(settings, lambda engine: CustomerTable(engine).replace(rows))
    typer.echo(f"{len(rows)} customers; {_tell_daemon(settings)}")


@customers.command("list")
def list_(config: Config) -> None:
    """Show all customers."""
    from callcenter.store.customers import CustomerTable

    rows = in_database(settings_in(config), lambda engine: CustomerTable(engine).all())
    if not rows:
        typer.echo("there is no customer")
        return
    shown = [
        {"number": row.number, "name": row.name, "agent": row.agent, "priority": row.priority}
        for row in rows
    ]
    header = ("number", "name", "agent", "priority")
    print_rows(shown, header, header)


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
