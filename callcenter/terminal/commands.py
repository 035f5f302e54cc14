"""`callcenter desk`: sign in and work, in a terminal."""

import asyncio
import ssl
from typing import Annotated, Literal

import typer

from callcenter.ops.commands import FAILED, MISTAKEN, fail, printable


def add_to(app: typer.Typer) -> None:
    """Makes the command known."""
    app.command()(desk)


def desk(
    agent_id: Annotated[str, typer.Argument(metavar="AGENT", help="The agent's number.")],
    seat_no: Annotated[str, typer.Argument(metavar="SEAT", help="The seat, whose phone rings.")],
    host: Annotated[str, typer.Option(help="Where the daemon is.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Of the agent protocol.")] = 7400,
    tls: Annotated[bool, typer.Option("--tls", help="Over TLS (usually port 7401).")] = False,
    authority: Annotated[
        str, typer.Option(metavar="FILE", help="With --tls: who vouches for the daemon (PEM).")
    ] = "",
    supervisor: Annotated[
        bool, typer.Option("--supervisor", help="Sign in as a supervisor.")
    ] = False,
    busy: Annotated[bool, typer.Option("--busy", help="Take no calls yet.")] = False,
    language: Annotated[Literal["en", "zh"], typer.Option(help="Of the screen.")] = "en",
    password: Annotated[
        str,
        typer.Option(
            envvar="CALLCENTER_DESK_PASSWORD", prompt=True, hide_input=True, help="Asked for."
        ),
    ] = "",
) -> None:
    """Work as an agent or supervisor: calls, transfers, supervision, all on keys.

    The password is asked for, or taken from CALLCENTER_DESK_PASSWORD.
    """
    from agent_proto import AgentClient, ProtocolError
    from callcenter.terminal.app import DeskApp
    from callcenter.terminal.texts import Texts

    context = ssl.create_default_context(cafile=authority or None) if tls else None

    async def work() -> int:
        async with await AgentClient.connect(
            host, port, client="callcenter-desk", locale=language, ssl_context=context
        ) as client:
            login = await client.login(
                agent_id,
                password,
                seat_no,
                agent_class="supervisor" if supervisor else "agent",
                state="busy" if busy else "idle",
            )
            app = DeskApp(client, login, Texts(language))
            await app.run_async()
            return app.return_code or 0

    try:
        code = asyncio.run(work())
    except ProtocolError as error:
        fail(printable(f"{error.name}: {error.message}"), MISTAKEN)
    except (OSError, TimeoutError) as error:
        fail(f"{host}:{port}: {error}", FAILED)
    raise typer.Exit(code)
