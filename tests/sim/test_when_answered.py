"""When the 200 goes to the carrier, and what the caller hears before it."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

WELCOME = "Welcome, and thank you for calling."

MORE = """
[[queue]]
name = "ringing"
skills = { sales = 1 }
answer = "agent"
early_media = false
[[queue]]
name = "early"
skills = { sales = 1 }
answer = "agent"
[[number]]
dnis = "5001"
queue = "ringing"
[[number]]
dnis = "5002"
queue = "early"
[[number]]
dnis = "5003"
queue = "ringing"
answer = "at_once"
[[number]]
dnis = "5004"
flow = "welcome"
answer = "agent"
[[number]]
dnis = "5005"
queue = "sales"
answer = "agent"
"""


def answered(site: SimSite) -> list[float]:
    """When callers were answered, by the simulation's clock."""
    return [event.at - 1000 for event in site.told(events.CallAnswered)]


@virtual_time
async def test_who_waits_for_ring_back_hears_nothing_of_ours_and_costs_nothing(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, more=MORE) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("5001")
        await asyncio.sleep(5)
        assert caller.log == [("ringing", 180)]
        assert caller.call.remote_body == b""
        assert answered(site) == []
        phone.answer()
        await asyncio.sleep(8)
        assert caller.log == [("ringing", 180), ("answered", 200)]
        assert answered(site) == [5]
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@pytest.mark.parametrize("number", ["5002", "5005"])
@virtual_time
async def test_music_is_early_media_until_an_agent_answers(tmp_path: Path, number: str) -> None:
    async with running_site(tmp_path, more=MORE) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial(number)
        await asyncio.sleep(5)
        assert caller.log == [("ringing", 180), ("ringing", 183)]
        assert caller.hears == "<music>"
        assert answered(site) == []
        phone.answer()
        await asyncio.sleep(8)
        assert caller.log[-1] == ("answered", 200)
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        assert answered(site) == [5]


@virtual_time
async def test_a_menu_before_the_answer_is_heard_and_hears_keys(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=MORE) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("5004")
        await asyncio.sleep(0.5)
        assert caller.hears == WELCOME
        await asyncio.sleep(1)
        caller.press("1")
        await asyncio.sleep(3)
        assert (caller.hears, answered(site)) == ("<music>", [])
        phone.answer()
        await asyncio.sleep(8)
        assert caller.hears == "8001"
        assert caller.log == [("ringing", 180), ("ringing", 183), ("answered", 200)]


@virtual_time
async def test_what_the_number_says_goes_before_what_the_queue_says(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=MORE) as site:
        caller = await site.caller()
        caller.dial("5003")
        await moment()
        assert caller.log == [("ringing", 180), ("answered", 200)]
        assert caller.hears == "<music>"
        caller.hang_up()


@virtual_time
async def test_who_gives_up_before_the_answer_was_never_answered(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=MORE) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("5002")
        await asyncio.sleep(5)
        caller.hang_up()
        await moment()
        (end,) = site.told(events.CallEnded)
        assert (end.cause, end.by, end.sip_code) == ("abandoned", "caller", 487)
        assert answered(site) == []
        assert phone.outcome == ("cancelled", 487)


@virtual_time
async def test_a_message_is_taken_only_after_the_answer(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=MORE) as site:
        caller = await site.caller()
        caller.dial("5005")
        await asyncio.sleep(19)
        assert answered(site) == []
        await asyncio.sleep(1.5)  # max_wait is over: the voicemail's prompt, still early media
        assert answered(site) == []
        assert "message" in caller.hears
        await asyncio.sleep(1)
        assert answered(site) == [21]
        caller.hang_up()


@virtual_time
async def test_an_invite_without_offer_hears_early_media_by_prack(tmp_path: Path) -> None:
    """Our offer goes in a reliable 183, the answer comes in its PRACK (RFC 3262 §5)."""
    async with running_site(tmp_path, more=MORE) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("5002", body=b"")
        await asyncio.sleep(5)
        assert caller.log == [("ringing", 180), ("ringing", 183)]
        assert caller.port.stream is not None
        assert caller.hears == "<music>"
        phone.answer()
        await asyncio.sleep(8)
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_the_default_answers_when_the_music_begins(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        assert (answered(site), caller.hears) == ([0], "<music>")
        caller.hang_up()
