"""Queries, one class a subject; answers are the classes of `rows`, newest first unless said.

Each may raise StoreError when the database does not answer.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, Table, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callcenter.store.errors import StoreError
from callcenter.store.rows import (
    AgentLogEntry,
    Cdr,
    CdrLeg,
    CdrSegment,
    Disposition,
    QueueEntry,
    QueueVisit,
    Recording,
    RecordingPause,
    Row,
    VoicemailMessage,
)
from callcenter.store.tables import (
    TABLES,
    agent_log,
    cdr,
    cdr_leg,
    cdr_segment,
    disposition,
    queue_entry,
    queue_visit,
    recording,
    recording_pause,
    voicemail_message,
)

RowT = TypeVar("RowT", bound=Row)

LONGEST_VISIT: Final = timedelta(days=2)
"""Visits that began so long before the newest one are not looked at again."""


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


def _wanted(
    table: Table, since: datetime | None, until: datetime | None, **values: str | None
) -> Iterator[ColumnElement[bool]]:
    """Of what began in `since` ≤ t < `until`, what has these values; None restricts nothing."""
    if since is not None:
        yield table.c.started_at >= since
    if until is not None:
        yield table.c.started_at < until
    for name, value in values.items():
        if value is not None:
            yield table.c[name] == value


def _select(row_type: type[Row]) -> Select[Any]:
    table = TABLES[row_type]
    return select(*(table.c[field.name] for field in fields(row_type)))


class Repository:
    """What all of them share."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _fetch(self, row_type: type[RowT], query: Select[Any]) -> Sequence[RowT]:
        async with transaction(self._engine) as connection:
            return [row_type(*values) for values in await connection.execute(query)]


class Calls(Repository):
    """Call detail records."""

    async def get(self, call_id: str) -> Cdr | None:
        """The record of an ended call."""
        found = await self._fetch(Cdr, _select(Cdr).where(cdr.c.call_id == call_id))
        return found[0] if found else None

    async def legs(self, call_id: str) -> Sequence[CdrLeg]:
        """The voices of a call, in the order in which they ended."""
        query = _select(CdrLeg).where(cdr_leg.c.call_id == call_id)
        return await self._fetch(CdrLeg, query.order_by(cdr_leg.c.ended_at))

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
        query = _select(Cdr).where(*_wanted(cdr, since, until, agent_id=agent_id, ani=ani))
        query = query.order_by(cdr.c.started_at.desc(), cdr.c.call_id).limit(limit)
        return await self._fetch(Cdr, query)

    async def dispositions(self, call_id: str) -> Sequence[Disposition]:
        """What agents said came of a call, in the order of their saying so."""
        c = disposition.c
        query = _select(Disposition).where(c.call_id == call_id)
        return await self._fetch(Disposition, query.order_by(c.disposition_id))

    async def handled(self, since: datetime) -> Sequence[tuple[CdrSegment, str]]:
        """Rings and talks of agents that began since then, and their calls' directions."""
        c = cdr_segment.c
        query = (
            _select(CdrSegment)
            .add_columns(cdr.c.direction)
            .join(cdr, cdr.c.call_id == c.call_id)
            .where(c.started_at >= since, c.agent_id.is_not(None), c.kind.in_(("ring", "talk")))
        )
        async with transaction(self._engine) as connection:
            rows = await connection.execute(query)
            return [(CdrSegment(*values), direction) for *values, direction in rows]

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


class Recordings(Repository):
    """Recordings of conversations."""

    async def pauses(self, recording_id: str) -> Sequence[RecordingPause]:
        """The gaps in a recording, the first one first."""
        c = recording_pause.c
        query = _select(RecordingPause).where(c.recording_id == recording_id)
        return await self._fetch(RecordingPause, query.order_by(c.started_at))

    async def list(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        agent_id: str | None = None,
        call_id: str | None = None,
    ) -> Sequence[Recording]:
        """Those that began in `since` ≤ t < `until`, of one agent or one call; oldest first."""
        wanted = _wanted(recording, since, until, agent_id=agent_id, call_id=call_id)
        query = _select(Recording).where(*wanted)
        return await self._fetch(Recording, query.order_by(recording.c.started_at))

    async def for_call(self, call_id: str) -> Sequence[Recording]:
        """A call's recordings, oldest first."""
        query = _select(Recording).where(recording.c.call_id == call_id)
        return await self._fetch(Recording, query.order_by(recording.c.started_at))


class Voicemail(Repository):
    """Messages in boxes."""

    async def list(self, box: str, limit: int = 100) -> Sequence[VoicemailMessage]:
        """A box's messages."""
        query = _select(VoicemailMessage).where(voicemail_message.c.box == box)
        query = query.order_by(voicemail_message.c.left_at.desc()).limit(limit)
        return await self._fetch(VoicemailMessage, query)

    async def of(self, boxes: Sequence[str], limit: int = 100) -> Sequence[VoicemailMessage]:
        """The messages of several boxes."""
        c = voicemail_message.c
        query = _select(VoicemailMessage).where(c.box.in_(boxes))
        query = query.order_by(c.left_at.desc(), c.message_id.desc()).limit(limit)
        return await self._fetch(VoicemailMessage, query)

    async def get(self, message_id: str) -> VoicemailMessage | None:
        """One message."""
        query = _select(VoicemailMessage).where(voicemail_message.c.message_id == message_id)
        found = await self._fetch(VoicemailMessage, query)
        return found[0] if found else None

    async def mark(self, message_id: str, heard_at: datetime | None) -> None:
        """Notes when it was heard; None: it counts as unheard."""
        change = update(voicemail_message).where(voicemail_message.c.message_id == message_id)
        async with transaction(self._engine) as connection:
            await connection.execute(change.values(heard_at=heard_at))

    async def delete(self, message_id: str) -> None:
        """Forgets it; the file is somebody else's affair."""
        change = delete(voicemail_message).where(voicemail_message.c.message_id == message_id)
        async with transaction(self._engine) as connection:
            await connection.execute(change)

    async def unheard(self, boxes: Sequence[str]) -> int:
        """How many messages of these boxes nobody has heard yet."""
        query = select(func.count()).where(
            voicemail_message.c.box.in_(boxes), voicemail_message.c.heard_at.is_(None)
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


class AgentLog(Repository):
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

    async def unanswered(self, since: datetime) -> Sequence[str]:
        """The agents of the offers that rang out since then."""
        c = agent_log.c
        query = select(c.agent_id).where(c.at >= since, c.event == "no_answer")
        async with transaction(self._engine) as connection:
            return list((await connection.execute(query)).scalars())

    async def changes(self, since: datetime, until: datetime) -> Sequence[AgentLogEntry]:
        """Sign-ins and changes of state in `since` ≤ t < `until`, of all agents, oldest first."""
        c = agent_log.c
        query = _select(AgentLogEntry).where(
            c.at >= since, c.at < until, c.event.in_(("login", "state"))
        )
        return await self._fetch(AgentLogEntry, query.order_by(c.at, c.entry_id))


class Ledger(Repository):
    """Visits to queues: who came, and how each visit ended."""

    async def entries(self, since: datetime, until: datetime) -> Sequence[QueueEntry]:
        """Who entered in `since` ≤ t < `until`, oldest first."""
        at = queue_entry.c.entered_at
        query = _select(QueueEntry).where(at >= since, at < until)
        return await self._fetch(QueueEntry, query.order_by(at, queue_entry.c.visit_id))

    async def visits(self, since: datetime, until: datetime) -> Sequence[QueueVisit]:
        """The visits of those who entered then and have left."""
        at = queue_visit.c.entered_at
        query = _select(QueueVisit).where(at >= since, at < until)
        return await self._fetch(QueueVisit, query.order_by(at, queue_visit.c.visit_id))

    async def handling(self, since: datetime, until: datetime) -> Sequence[CdrSegment]:
        """Talks and after-call work for queues that lie in part in `since` ≤ t < `until`."""
        c = cdr_segment.c
        query = _select(CdrSegment).where(
            c.started_at >= since - LONGEST_VISIT,
            c.started_at < until,
            c.ended_at > since,
            c.kind.in_(("talk", "wrap_up")),
            c.queue.is_not(None),
        )
        return await self._fetch(CdrSegment, query.order_by(c.started_at, c.call_id, c.n))

    async def close_lost(self, before: datetime) -> int:
        """Ends visits that began before and never ended, as `system_error`; how many.

        To be called while no visit from before may still end: at the start of the only process.
        """
        entry, visit = queue_entry.c, queue_visit.c
        newest = select(func.max(entry.entered_at)).scalar_subquery()
        async with transaction(self._engine) as connection:
            last: datetime | None = (await connection.execute(select(newest))).scalar()
            if last is None:
                return 0
            ended = select(visit.visit_id).where(visit.visit_id == entry.visit_id).exists()
            query = _select(QueueEntry).where(
                entry.entered_at >= last - LONGEST_VISIT, entry.entered_at < before, ~ended
            )
            lost = [QueueEntry(*values) for values in await connection.execute(query)]
            rows = [_lost(each, before) for each in lost]
            if rows:
                await connection.execute(insert(queue_visit), rows)
            return len(rows)


def _lost(entry: QueueEntry, found_at: datetime) -> dict[str, Any]:
    visit = QueueVisit(
        visit_id=entry.visit_id,
        call_id=entry.call_id,
        queue=entry.queue,
        entered_at=entry.entered_at,
        left_at=max(found_at, entry.entered_at),
        outcome="system_error",
        cause="lost",
        agent_id=None,
        waited_s=0.0,
        rang_s=0.0,
        offers=0,
        expected_min_s=None,
        expected_max_s=None,
    )
    return asdict(visit)
