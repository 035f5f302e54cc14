"""The migrated schema is the one the tables describe, and a usual start does not pay for it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.store import schema
from callcenter.store.database import create_engine, parse_url
from callcenter.store.errors import StoreError
from callcenter.store.rows import Row
from callcenter.store.schema import HEAD, MIGRATIONS, ensure_schema
from callcenter.store.store import Store
from callcenter.store.tables import TABLES, metadata


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(parse_url(url))
    yield made
    await made.dispose()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, metadata))


async def test_autogenerate_finds_no_difference(engine: AsyncEngine) -> None:
    await ensure_schema(engine)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_autogenerate_would_see_a_difference(engine: AsyncEngine) -> None:
    await ensure_schema(engine)

    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE cdr ADD COLUMN stray INTEGER"))
        await connection.execute(text("DROP INDEX ix_agent_log_at"))
        assert len(await connection.run_sync(differences)) == 2


async def test_an_older_database_is_brought_up_with_its_calls(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as old:
        old.setattr(schema, "HEAD", "0001")
        await ensure_schema(engine)
    call: dict[str, object] = {
        it.name: "x" for it in metadata.tables["cdr"].columns if it.name != "q850"
    }
    call |= {name: 0 for name in call if name == "sip_code" or name.endswith("_s")}
    call |= {name: datetime(2026, 1, 1, tzinfo=UTC) for name in call if name.endswith("_at")}
    async with engine.begin() as connection:
        await connection.execute(metadata.tables["cdr"].insert().inline(), [call])

    await ensure_schema(engine)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        rows = await connection.execute(text("SELECT call_id, q850 FROM cdr"))
        assert rows.all() == [("x", None)]


def test_the_head_known_to_the_start_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


@pytest.mark.parametrize("row_type", list(TABLES))
def test_a_table_has_the_fields_of_its_rows(row_type: type[Row]) -> None:
    assert [field.name for field in fields(row_type)] == TABLES[row_type].c.keys()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_two_starts_at_once_upgrade_one_after_the_other(engine: AsyncEngine) -> None:
    await asyncio.gather(ensure_schema(engine), ensure_schema(engine))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_newer_schema_is_refused_in_one_line(engine: AsyncEngine) -> None:
    await ensure_schema(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match=r"not this program's: .*9999"):
        await ensure_schema(engine)


async def test_a_start_on_an_upgraded_database_does_not_load_alembic(url: str) -> None:
    await (await Store.open(url)).close()
    program = (
        "import asyncio, sys; from callcenter.store.store import Store\n"
        "async def main(): await (await Store.open(sys.argv[1])).close()\n"
        "asyncio.run(main()); sys.exit('alembic' in sys.modules)"
    )

    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program, url])

    assert done.returncode == 0


def test_the_projection_and_the_rows_do_not_load_sqlalchemy() -> None:
    program = "import sys, callcenter.store.cdr; sys.exit('sqlalchemy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
