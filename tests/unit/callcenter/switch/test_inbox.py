"""What waits for a call's task comes in order, and none is lost to who stops waiting."""

import asyncio
from contextlib import suppress

from callcenter.switch.inbox import Inbox


async def test_what_waits_comes_in_order() -> None:
    inbox = Inbox[int]()
    inbox.put(1)
    inbox.put(2)

    assert [await inbox.get(), await inbox.get(), len(inbox)] == [1, 2, 0]


async def test_who_waits_is_given_what_comes() -> None:
    inbox = Inbox[int]()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put(1)
    inbox.put(2)

    assert await waiting == 1
    assert await inbox.get() == 2


async def test_what_comes_as_somebody_stops_waiting_stays() -> None:
    inbox = Inbox[int]()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put(1)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting

    assert len(inbox) == 1
    assert await inbox.get() == 1


async def test_what_nobody_wants_is_gone() -> None:
    inbox = Inbox[int]()
    inbox.put(1)
    inbox.clear()

    assert not inbox
