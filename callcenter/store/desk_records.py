"""The store's answers to the desk: voicemail, in bounded time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from callcenter.desk.days import Change, Days, Handled
from callcenter.desk.records import Message, RecordsError
from callcenter.store.errors import StoreError
from callcenter.store.rows import CdrSegment, VoicemailMessage
from callcenter.store.store import Store

LIMIT_S = 1.0
"""How long an agent waits for a database that does not answer."""

T = TypeVar("T")


class StoreRecords:
    """Stands behind `callcenter.desk.records.DeskRecords`."""

    def __init__(self, store: Store, catch_up: Callable[[], None]) -> None:
        """`catch_up` has the store told what has happened: it follows the event stream."""
        self._store = store
        self._catch_up = catch_up

    async def unheard(self, boxes: Sequence[str]) -> int:
        """Counts."""
        return await _answered(self._store.voicemail.unheard(boxes))

    async def messages(self, boxes: Sequence[str], limit: int) -> Sequence[Message]:
        """Waits for what is being written, too."""
        return await _answered(self._messages(boxes, limit))

    async def message(self, message_id: str) -> Message | None:
        """Likewise."""
        return await _answered(self._message(message_id))

    async def mark(self, message_id: str, heard_at: datetime | None) -> None:
        """Writes at once."""
        await _answered(self._store.voicemail.mark(message_id, heard_at))

    async def delete(self, message_id: str) -> None:
        """Likewise."""
        await _answered(self._store.voicemail.delete(message_id))

    async def _messages(self, boxes: Sequence[str], limit: int) -> Sequence[Message]:
        await self._flush()
        return [_message(row) for row in await self._store.voicemail.of(boxes, limit)]

    async def _flush(self) -> None:
        self._catch_up()
        await self._store.flush()

    async def _message(self, message_id: str) -> Message | None:
        await self._flush()
        row = await self._store.voicemail.get(message_id)
        return None if row is None else _message(row)


async def restore_days(store: Store, days: Days, until: datetime) -> None:
    """What agents have done today before the process began. `StoreError`."""
    log = await store.agent_log.changes(days.began, until)
    handled = [
        found
        for segment, direction in await store.calls.handled(days.began)
        if (found := _handled(segment, direction)) is not None
    ]
    handled += [
        Handled(agent_id, "no_answer") for agent_id in await store.agent_log.unanswered(days.began)
    ]
    changes = (
        Change(entry.at, entry.agent_id, entry.state, entry.previous, entry.reason or "")
        for entry in log
        if entry.state is not None and entry.previous is not None
    )
    days.restore(changes, handled)


def _handled(segment: CdrSegment, direction: str) -> Handled | None:
    agent_id = segment.agent_id or ""
    if segment.kind == "ring":
        return Handled(agent_id, "offered") if segment.queue is not None else None
    seconds = (segment.ended_at - segment.started_at).total_seconds()
    outgoing = segment.queue is None and direction == "out"
    return Handled(agent_id, "outgoing" if outgoing else "answered", seconds)


def _message(row: VoicemailMessage) -> Message:
    return Message(
        message_id=row.message_id,
        box=row.box,
        path=row.path,
        ani=row.ani,
        contact_number=row.contact_number or row.ani,
        duration_s=row.duration_s,
        left_at=row.left_at,
        heard_at=row.heard_at,
    )


async def _answered(query: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(LIMIT_S):
            return await query
    except (StoreError, TimeoutError) as error:
        raise RecordsError(str(error) or "no answer in time") from error
