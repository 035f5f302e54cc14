"""Both engines for every test that asks for a database."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeAlias

import pytest

from callcenter.store.store import Store
from callcenter.store.writer import WriterConfig
from tests.support.postgres import postgres_cluster, postgres_url

__all__ = ["postgres_cluster", "postgres_url"]

QUICK = WriterConfig(flush_s=0.001, retry_s=0.001, max_retry_s=0.01)
Request: TypeAlias = pytest.FixtureRequest


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: Request, tmp_path: Path) -> str:
    """The URL of an empty database of either engine."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/var/store.db"
    made: str = request.getfixturevalue("postgres_url")
    return made


@pytest.fixture
async def store(url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """An open store on an empty database, with its spool in `tmp_path / "spool"`."""
    opened = await Store.open(url, spool=tmp_path / "spool", config=QUICK)
    yield opened
    await opened.close()
