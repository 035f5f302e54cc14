"""Which calls may come in, and how the others are refused."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_phone import sdp
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time


@virtual_time
async def test_a_full_trunk_refuses_and_says_when_to_try_again(tmp_path: Path) -> None:
    async with running_site(tmp_path, max_calls=2) as site:
        callers = [await site.caller(str(number)) for number in range(3)]
        for caller in callers:
            caller.dial("4001")
        await moment()
        assert callers[2].outcome == ("rejected", 503)
        [refusal] = site.network.sent("SIP/2.0 503")
        assert "\r\nRetry-After: 5\r\n" in refusal

        callers[0].hang_up()
        await moment()
        callers[2].dial("4001")
        await moment()
        assert callers[2].hears == "<music>"


@virtual_time
async def test_no_media_port_refuses_the_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        site.plane.max_ports = 0
        caller = await site.caller()
        caller.dial("4001")
        await moment()

        assert caller.outcome == ("rejected", 503)
        assert not site.told(events.CallStarted)


@virtual_time
async def test_a_number_that_is_not_ours_is_not_found(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4999")
        await moment()

        assert caller.outcome == ("rejected", 404)
        assert not site.told(events.CallStarted)


NONSENSE = [
    b"nonsense",
    b"v=0\r\n",
    sdp("10.0.0.9").replace(b"m=audio", b"m=video"),
    sdp("10.0.0.9", payloads="18"),
    sdp("10.0.0.9").replace(b"4000", b'4000"\xff'),
    sdp("10.0.0.9").replace(b"4000", b"99999999"),
    b"v=0\r\nm=audio 1\r\n\r\n\xe4\xb8\xad\r\n",
]


@pytest.mark.parametrize("body", NONSENSE)
@virtual_time
async def test_media_that_nobody_can_speak_is_not_acceptable(tmp_path: Path, body: bytes) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4001", body=body)
        await moment()

        assert caller.outcome == ("rejected", 488)
        assert not site.told(events.CallStarted)


@virtual_time
async def test_an_answer_in_the_ack_that_nobody_can_speak_ends_the_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.media = lambda: b"nonsense"
        caller.dial("4001", body=b"")
        await moment()

        assert caller.outcome == ("bye", 200)
        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by) == ("failed", "caller")


@virtual_time
async def test_a_phone_where_nobody_is_signed_in_may_not_call(tmp_path: Path) -> None:
    """GX-B4, A-26"""
    async with running_site(tmp_path) as site:
        phone = await site.phone("8001")
        phone.dial("4001")
        await moment()

        assert phone.outcome == ("rejected", 403)
        assert not site.told(events.CallStarted)


@virtual_time
async def test_a_phone_that_calls_a_queue_engages_its_agent_until_it_hangs_up(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1002", "8001")
        phone.dial("4001")
        await asyncio.sleep(1)
        caller = await site.caller()
        caller.dial("4002")
        await asyncio.sleep(1)
        assert (desk.state, phone.hears, caller.hears) == ("talking", "<music>", "<music>")

        phone.hang_up()
        await moment()
        assert desk.states == ["idle", "talking", "idle", "ringing"]
        started = site.told(events.CallStarted)
        assert [(event.ani, event.trunk) for event in started] == [
            ("8001", ""),
            ("13800138000", "carrier"),
        ]


@virtual_time
async def test_a_busy_agents_phone_may_call_and_the_agent_is_busy_again_after(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        await desk.ask("agent.set_busy", reason="lunch")
        phone.dial("4002")
        await moment()
        phone.hang_up()
        await moment()

        assert desk.states[-2:] == ["talking", "busy(lunch)"]


@pytest.mark.parametrize(
    ("number", "body", "code"), [("4999", None, 403), ("49*", None, 404), ("4001", b"-", 488)]
)
@virtual_time
async def test_a_phones_call_that_is_refused_does_not_change_its_agents_state(
    tmp_path: Path, number: str, body: bytes | None, code: int
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.dial(number, body)
        await moment()

        assert phone.outcome == ("rejected", code)
        assert desk.states == ["idle"]


@virtual_time
async def test_an_agent_in_a_call_may_ask_back_in_one_more_and_no_third(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        await moment()
        talk = phone.call
        phone.dial("4002")
        await moment()
        assert phone.log[-1:] != [("rejected", 486)]
        phone.dial("4002")
        await moment()

        assert phone.outcome == ("rejected", 486)
        assert talk.end is None


@virtual_time
async def test_a_phone_call_to_oneself_rings_somebody_else(tmp_path: Path) -> None:
    """Whoever calls a queue is not offered their own call."""
    async with running_site(tmp_path) as site:
        await site.agent("1004", "8002")
        _, phone = await site.agent("1001", "8001")
        phone.dial("4001")
        await moment()

        assert [event.agent_id for event in site.told(events.AgentOffered)] == ["1004"]
