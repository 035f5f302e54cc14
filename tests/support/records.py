"""What a running or stopped daemon has written down, read through its own store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from callcenter.store.rows import Cdr, CdrSegment, Recording, VoicemailMessage
from callcenter.store.store import Store
from tests.support.live_site import LiveSite

T = TypeVar("T")
_LOOK_AGAIN_S = 0.02


@asynccontextmanager
async def records(site: LiveSite) -> AsyncIterator[Store]:
    """The site's store; its daemon may be running."""
    store = await Store.open(site.url, spool=site.folder / "spool-of-the-test")
    try:
        yield store
    finally:
        await store.close()


async def eventually(look: Callable[[], Awaitable[T | None]], within: float = 5.0) -> T:
    """What `look` finds, as soon as it finds something; TimeoutError."""
    async with asyncio.timeout(within):
        while (found := await look()) is None:  # noqa: ASYNC110 (a database calls nobody)
            await asyncio.sleep(_LOOK_AGAIN_S)
        return found


async def cdr_of(site: LiveSite, ani: str) -> tuple[Cdr, list[CdrSegment]]:
    """The record of the newest call from that number, and its segments, once it is stored."""
    async with records(site) as store:

        async def look() -> Cdr | None:
            return next(iter(await store.calls.list(ani=ani)), None)

        cdr = await eventually(look)
        return cdr, list(await store.calls.segments(cdr.call_id))


async def recording_of(site: LiveSite, call_id: str) -> Recording:
    """The recording of a call, once it is complete."""
    async with records(site) as store:

        async def look() -> Recording | None:
            return next((r for r in await store.recordings.for_call(call_id) if r.size), None)

        return await eventually(look)


async def message_from(site: LiveSite, box: str, ani: str) -> VoicemailMessage:
    """The newest message from that number, once it is stored."""
    async with records(site) as store:

        async def look() -> VoicemailMessage | None:
            return next((m for m in await store.voicemail.list(box) if m.ani == ani), None)

        return await eventually(look)
