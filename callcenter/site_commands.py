"""What those commands share that work on a site file and its database, and ask no daemon."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from callcenter.ops.commands import FAILED, MISTAKEN, fail

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from callcenter.settings import Settings

Found = TypeVar("Found")

Config = Annotated[
    Path, typer.Option("--config", "-c", metavar="FILE", help="The site file (TOML).")
]


def settings_in(config: Path) -> "Settings":
    """The settings of the site file; where it has mistakes, tells them all and ends the program."""
    from callcenter.settings import SettingsError, load

    try:
        return load(config)
    except SettingsError as error:
        fail(str(error), MISTAKEN)


def in_database(settings: "Settings", work: "Callable[[AsyncEngine], Awaitable[Found]]") -> Found:
    """What `work` finds in the site's database; where that cannot be had, ends the program."""
    from callcenter.store.database import create_engine, parse_url
    from callcenter.store.errors import StoreError
    from callcenter.store.schema import ensure_schema

    async def run() -> Found:
        engine = create_engine(parse_url(settings.store.url.get_secret_value()))
        try:
            await ensure_schema(engine)
            return await work(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except StoreError as error:
        fail(str(error), FAILED)
