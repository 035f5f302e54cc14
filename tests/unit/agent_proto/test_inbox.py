import asyncio
from collections.abc import Mapping

import pytest

from agent_proto import ReceivedEvent
from agent_proto import models as m
from agent_proto.inbox import HISTORY, Inbox
from tests.support.fake_desk import WALL
from tests.support.virtual_loop import virtual_time


def event(seq: int, name: str = "a.b", **params: object) -> ReceivedEvent:
    return ReceivedEvent(name, seq, WALL, "", params)


async def claim(inbox: Inbox, name: str, **fields: object) -> int:
    return (await inbox.wait_for(name, fields)).seq


@virtual_time
async def test_what_came_before_is_found() -> None:
    inbox = Inbox()
    inbox.deliver(event(1, "a.b"))
    inbox.deliver(event(2, "c.d", state="idle"))
    inbox.deliver(event(3, "c.d", state="busy"))
    assert await claim(inbox, "c.d", state="busy") == 3
    assert await claim(inbox, "c.d") == 2
    assert await claim(inbox, "a.b") == 1


@virtual_time
async def test_what_comes_later_is_awaited() -> None:
    inbox = Inbox()
    waiting = asyncio.create_task(claim(inbox, "a.b", state="idle"))
    await asyncio.sleep(1)
    inbox.deliver(event(1, state="busy"))
    await asyncio.sleep(1)
    assert not waiting.done()
    inbox.deliver(event(2, state="idle"))
    assert await waiting == 2


@virtual_time
async def test_an_event_is_given_to_one_waiter_only() -> None:
    inbox = Inbox()
    waiters = [asyncio.create_task(claim(inbox, "a.b")) for _ in range(2)]
    await asyncio.sleep(1)
    for seq in (1, 2):
        inbox.deliver(event(seq))
    assert sorted(await asyncio.gather(*waiters)) == [1, 2]


@virtual_time
async def test_a_missing_field_is_not_a_null_one() -> None:
    inbox = Inbox()
    inbox.deliver(event(1, by="1009"))
    inbox.close("gone")
    with pytest.raises(ConnectionError, match="gone"):
        await claim(inbox, "a.b", by="1010")


@virtual_time
async def test_nothing_more_comes_after_the_connection_but_what_came_is_there() -> None:
    inbox = Inbox()
    inbox.deliver(event(1))
    waiting = asyncio.create_task(claim(inbox, "c.d"))
    await asyncio.sleep(1)
    inbox.close("closed by the server")
    with pytest.raises(ConnectionError, match="closed by the server"):
        await waiting
    assert await claim(inbox, "a.b") == 1
    inbox.reopen()
    waiting = asyncio.create_task(claim(inbox, "c.d"))
    await asyncio.sleep(1)
    inbox.deliver(event(2, "c.d"))
    assert await waiting == 2


@virtual_time
async def test_every_reader_sees_every_event_in_order() -> None:
    inbox = Inbox()
    inbox.deliver(event(1))
    await claim(inbox, "a.b")  # claims take nothing from the readers

    async def read() -> list[int]:
        return [event.seq async for event in inbox.events()]

    readers = [asyncio.create_task(read()) for _ in range(2)]
    await asyncio.sleep(1)
    inbox.deliver(event(2))
    await asyncio.sleep(1)
    inbox.deliver(event(3))
    inbox.close("end")
    assert await asyncio.gather(*readers) == [[1, 2, 3]] * 2


@virtual_time
async def test_the_history_is_bounded_and_a_reader_that_is_too_slow_skips() -> None:
    inbox = Inbox()
    events = inbox.events()
    inbox.deliver(event(0))
    first = await anext(events)
    for seq in range(1, HISTORY + 5):
        inbox.deliver(event(seq))
    second = await anext(events)
    await events.aclose()
    assert (first.seq, second.seq, len(inbox.history)) == (0, 5, HISTORY)
    assert len(inbox.unclaimed()) == HISTORY


def test_an_event_is_read_as_its_model() -> None:
    params: Mapping[str, object] = {
        "seq": 1,
        "at": "2025-01-01T00:00:00.000Z",
        "call_id": "c",
        "cause": "hangup",
        "by": "caller",
        "talk_s": 1.5,
    }
    received = ReceivedEvent("call.ended", 1, WALL, "c", params)
    assert received.read(m.CallEnded) == m.CallEnded(cause="hangup", by="caller", talk_s=1.5)
