"""Reads what a report needs from the database, which the daemon may be writing to meanwhile."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from callcenter.statistics.report import Material, idle_spans
from callcenter.store.database import SQLITE, create_engine, parse_url
from callcenter.store.errors import StoreError
from callcenter.store.repositories import AgentLog, Ledger

SHIFT: Final = timedelta(days=1)
"""Who has not changed state for so long before the report's beginning is not counted as idle."""


def _existing(url: str) -> URL:
    parsed = parse_url(url)
    if parsed.drivername == SQLITE and not Path(parsed.database or "").is_file():
        raise StoreError(f"there is no database {parsed.database}")
    return parsed


async def read(url: str, since: datetime, until: datetime, now: datetime) -> Material:
    """What happened in `since` ≤ t < `until`. Raises `StoreError` with one line to show."""
    engine = create_engine(_existing(url))
    try:
        ledger = Ledger(engine)
        log = await AgentLog(engine).changes(since - SHIFT, until)
        return Material(
            entries=await ledger.entries(since, until),
            visits=await ledger.visits(since, until),
            handling=await ledger.handling(since, until),
            idle=idle_spans(log, min(until, now)),
        )
    finally:
        await engine.dispose()
