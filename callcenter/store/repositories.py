"""Queries, one class a subject; answers are the classes of `rows`, newest first unless said.

Each may raise StoreError when the database does not answer.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callcenter.store.errors import StoreError
from callcenter.store.rows import AgentLogEntry, Cdr, CdrSegment, Recording, Row, VoicemailMessage
from callcenter.store.tables import (
    TABLES,
    agent_log,
    cdr,
    cdr_segment,
    recording,
    voicemail_message,
)

RowT = TypeVar("RowT", bound=Row)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection whose work is committed at the end; StoreError for whatever goes wrong."""
    try:
        async with engine.begin() as connection:
            yield connection
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(one_line(engine, error)) from error


def one_line(engine: AsyncEngine, error: Exception) -> str:
    """What happened to which database, without its password."""
    reason = getattr(error, "orig", None) or error
    place = engine.url.render_as_string(hide_password=True)
    return f"{place}: {' '.join(str(reason).split()) or type(reason).__name__}"


def _select(row_type: type[Row]) -> Select[Any]:
    table = TABLES[row_type]
    return select(*(table.c[field.name] for field in fields(row_type)))


class _Repository:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _fetch(self, row_type: type[RowT], query: Select[Any]) -> Sequence[RowT]:
        async with transaction(self._engine) as connection:
            return [row_type(*values) for values in await connection.execute(query)]


class Calls(_Repository):
    """Call detail records."""

    async def get(self, call_id: str) -> Cdr | None:
        """The record of an ended call."""
        found = await self._fetch(Cdr, _select(Cdr).where(cdr.c.call_id == call_id))
        return found[0] if found else None

    async def segments(self, call_id: str) -> Sequence[CdrSegment]:
        """A call's segments in the order of beginning."""
        query = _select(CdrSegment).where(cdr_segment.c.call_id == call_id)
        return await self._fetch(CdrSegment, query.order_by(cdr_segment.c.n))

    async def list(
        self,
        limit: int = 100,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        agent_id: str | None = None,
        ani: str | None = None,
    ) -> Sequence[Cdr]:
        """Calls that started in `since` ≤ t < `until`, of one agent or one calling number."""
        query = _select(Cdr)
        if since is not None:
            query = query.where(cdr.c.started_at >= since)
        if until is not None:
            query = query.where(cdr.c.started_at < until)
        if agent_id is not None:
            query = query.where(cdr.c.agent_id == agent_id)
        if ani is not None:
            query = query.where(cdr.c.ani == ani)
        query = query.order_by(cdr.c.started_at.desc(), cdr.c.call_id).limit(limit)
        return await self._fetch(Cdr, query)

    async def outside_seconds(self, since: datetime) -> Sequence[tuple[str, str, float]]:
        """Seat, trunk and seconds charged, of calls out that started since then."""
        query = (
            select(cdr.c.seat_no, cdr.c.trunk, func.sum(cdr.c.billable_s))
            .where(cdr.c.direction == "out", cdr.c.started_at >= since)
            .group_by(cdr.c.seat_no, cdr.c.trunk)
        )
        async with transaction(self._engine) as connection:
            rows = await connection.execute(query)
            return [(seat_no or "", trunk, float(seconds)) for seat_no, trunk, seconds in rows]


class Recordings(_Repository):
    """Recordings of conversations."""

    async def for_call(self, call_id: str) -> Sequence[Recording]:
        """A call's recordings, oldest first."""
        query = _select(Recording).where(recording.c.call_id == call_id)
        return await self._fetch(Recording, query.order_by(recording.c.started_at))


class Voicemail(_Repository):
    """Messages in boxes."""

    async def list(self, box: str, limit: int = 100) -> Sequence[VoicemailMessage]:
        """A box's messages."""
        query = _select(VoicemailMessage).where(voicemail_message.c.box == box)
        query = query.order_by(voicemail_message.c.left_at.desc()).limit(limit)
        return await self._fetch(VoicemailMessage, query)

    async def unheard(self, box: str) -> int:
        """How many messages of a box nobody has heard yet."""
        query = select(func.count()).where(
            voicemail_message.c.box == box, voicemail_message.c.heard_at.is_(None)
        )
        async with transaction(self._engine) as connection:
            return (await connection.execute(query)).scalar_one()

    async def count(self, box: str) -> tuple[int, int]:
        """How many messages of a box nobody has heard, and how many somebody has."""
        query = select(func.count(), func.count(voicemail_message.c.heard_at)).where(
            voicemail_message.c.box == box
        )
        async with transaction(self._engine) as connection:
            every, heard = (await connection.execute(query)).one()
        return every - heard, heard

    async def mark_heard(self, message_id: str, at: datetime) -> bool:
        """Notes the first hearing; False when there is no such message or it was heard before."""
        change = (
            update(voicemail_message)
            .where(
                voicemail_message.c.message_id == message_id,
                voicemail_message.c.heard_at.is_(None),
            )
            .values(heard_at=at)
        )
        async with transaction(self._engine) as connection:
            return (await connection.execute(change)).rowcount == 1


class AgentLog(_Repository):
    """What agents did."""

    async def list(
        self, agent_id: str | None = None, *, since: datetime | None = None, limit: int = 100
    ) -> Sequence[AgentLogEntry]:
        """Entries of one agent or of all."""
        query = _select(AgentLogEntry)
        if agent_id is not None:
            query = query.where(agent_log.c.agent_id == agent_id)
        if since is not None:
            query = query.where(agent_log.c.at >= since)
        query = query.order_by(agent_log.c.at.desc(), agent_log.c.entry_id.desc()).limit(limit)
        return await self._fetch(AgentLogEntry, query)
