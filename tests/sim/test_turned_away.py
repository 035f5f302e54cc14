"""Callers whom a flow or a queue turns away as the network does (IP-2.1.2a, controlled busy)."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.switch.tones import network_tone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

SITE = """
[ivr]
flows = "{flows}"
[[trunk]]
name = "overseas"
hosts = ["10.0.0.8"]
tones = "us"
[[queue]]
name = "packed"
skills = {{ support = 1 }}
answer = "agent"
early_media = false
max_length = 1
on_full = "busy"
[[queue]]
name = "short"
skills = {{ support = 1 }}
max_wait = 5
on_timeout = "busy"
[[number]]
dnis = "4005"
queue = "packed"
[[number]]
dnis = "4006"
queue = "short"
[[number]]
dnis = "4007"
flow = "refused"
[[number]]
dnis = "4008"
flow = "refused"
answer = "at_once"
[[number]]
dnis = "4009"
flow = "explained"
"""
FLOWS = {
    "refused": "start: away\nnodes:\n  away: {kind: busy, tone: %s, seconds: 4}\n",
    "explained": """
start: why
nodes:
  why: {kind: play, prompt: Nobody is here, next: busy}
""",
    "welcome": "start: bye\nnodes:\n  bye: {kind: hangup}\n",
}


def site_of(folder: Path, tone: str = "busy") -> str:
    flows = folder / "flows"
    flows.mkdir()
    for name, text in FLOWS.items():
        (flows / f"{name}.yaml").write_text(text.replace("%s", tone))
    return SITE.format(flows=flows)


def end_of(site: SimSite) -> events.CallEnded:
    [ended] = site.told(events.CallEnded)
    return ended


@pytest.mark.parametrize(
    ("tone", "code", "q850"),
    [("busy", 486, 17), ("congestion", 503, 41), ("special_information", 404, 1)],
)
@virtual_time
async def test_who_was_not_answered_is_refused(
    tmp_path: Path, tone: str, code: int, q850: int
) -> None:
    async with running_site(tmp_path, more=site_of(tmp_path, tone)) as site:
        caller = await site.caller()
        caller.dial("4007")
        await moment()
        assert caller.outcome == ("rejected", code)
        ended = end_of(site)
        assert (ended.cause, ended.by, ended.sip_code, ended.q850) == (
            "turned_away",
            "system",
            code,
            q850,
        )
        assert not site.told(events.CallAnswered)


@virtual_time
async def test_who_was_answered_hears_the_tone_of_their_country_and_is_hung_up(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, more=site_of(tmp_path, "congestion")) as site:
        caller = await site.caller()
        caller.dial("4008")
        await moment()
        # A prompt lasts a second here; three periods of 1.4 s come nearest to four seconds.
        assert caller.hears == " ".join(["<congestion>"] * 3)
        assert network_tone(site.exchange.services, "congestion", "overseas").plan == "us"
        await asyncio.sleep(3)
        assert caller.outcome == ("bye", 200)
        assert end_of(site).cause == "turned_away"


@virtual_time
async def test_after_a_prompt_the_tone_is_heard_whatever_is_pressed(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_of(tmp_path)) as site:
        caller = await site.caller()
        caller.dial("4009")
        await asyncio.sleep(0.5)
        assert caller.hears == "Nobody is here"
        await asyncio.sleep(1)
        caller.press("1#")
        await moment()
        assert caller.hears.split() == ["<busy>"] * 14
        await asyncio.sleep(15)
        assert caller.outcome == ("bye", 200)


@virtual_time
async def test_who_hangs_up_in_the_tone_has_ended_the_call(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_of(tmp_path)) as site:
        caller = await site.caller()
        caller.dial("4008")
        await asyncio.sleep(1)
        caller.hang_up()
        await moment()
        assert (end_of(site).cause, end_of(site).by) == ("hangup", "caller")


@virtual_time
async def test_a_full_queue_is_busy(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_of(tmp_path)) as site:
        first, second = await site.caller("1"), await site.caller("2")
        first.dial("4005")
        await asyncio.sleep(1)
        second.dial("4005")
        await moment()
        assert second.outcome == ("rejected", 486)
        assert first.log == [("ringing", 180)]
        first.hang_up()


@virtual_time
async def test_who_has_waited_too_long_hears_the_busy_tone(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=site_of(tmp_path)) as site:
        caller = await site.caller()
        caller.dial("4006")
        await asyncio.sleep(4)
        assert caller.hears == "<music>"
        await asyncio.sleep(2)
        assert set(caller.hears.split()) == {"<busy>"}
