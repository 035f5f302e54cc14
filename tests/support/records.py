"""What a running or stopped daemon has written down, read by its own queries.

Not through its store: that one writes when it is opened, as the only process may.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from callcenter.store.database import create_engine, parse_url
from callcenter.store.repositories import AgentLog, Calls, Recordings, Voicemail
from callcenter.store.rows import Cdr, CdrSegment, Recording, VoicemailMessage
from tests.support.live_site import LiveSite

T = TypeVar("T")
_LOOK_AGAIN_S = 0.02


class Records:
    """What can be asked for."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.calls = Calls(engine)
        self.recordings = Recordings(engine)
        self.voicemail = Voicemail(engine)
        self.agent_log = AgentLog(engine)


@asynccontextmanager
async def records(site: LiveSite) -> AsyncIterator[Records]:
    """The site's; its daemon may be running."""
    engine = create_engine(parse_url(site.url))
    try:
        yield Records(engine)
    finally:
        await engine.dispose()


async def eventually(look: Callable[[], Awaitable[T | None]], within: float = 30.0) -> T:
    """What `look` finds, as soon as it finds something; TimeoutError."""
    async with asyncio.timeout(within):
        while (found := await look()) is None:  # noqa: ASYNC110 (a database calls nobody)
            await asyncio.sleep(_LOOK_AGAIN_S)
        return found


async def cdr_of(site: LiveSite, ani: str) -> tuple[Cdr, list[CdrSegment]]:
    """The record of the newest call from that number, and its segments, once it is stored."""
    async with records(site) as kept:

        async def look() -> Cdr | None:
            return next(iter(await kept.calls.list(ani=ani)), None)

        cdr = await eventually(look)
        return cdr, list(await kept.calls.segments(cdr.call_id))


async def recording_of(site: LiveSite, call_id: str) -> Recording:
    """The recording of a call, once it is complete."""
    async with records(site) as kept:

        async def look() -> Recording | None:
            return next((r for r in await kept.recordings.for_call(call_id) if r.size), None)

        return await eventually(look)


async def message_from(site: LiveSite, box: str, ani: str) -> VoicemailMessage:
    """The newest message from that number, once it is stored."""
    async with records(site) as kept:

        async def look() -> VoicemailMessage | None:
            return next((m for m in await kept.voicemail.list(box) if m.ani == ani), None)

        return await eventually(look)
