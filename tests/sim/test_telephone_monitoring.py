"""Supervisors hear agents by telephone: agent ID, PIN, whom (WZ-T15, A-41)."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

SITE = """
[[number]]
dnis = "4900"
monitoring = true
[[agent]]
agent_id = "1007"
name = "Gus"
password = "agent-1007"
class = "supervisor"
pin = "4711"
[[agent]]
agent_id = "1008"
name = "Hal"
password = "agent-1008"
pin = "1234"
[[agent]]
agent_id = "1009"
name = "Ida"
password = "agent-1009"
class = "supervisor"
team = "other"
pin = "9999"
"""
WHO = "Please enter your agent ID, and press the hash key."
PIN = "Please enter your PIN, and press the hash key."
WHOM = "Please enter the agent ID to monitor, and press the hash key. The star key ends it."
REFUSED = "Sorry, that is not right."
NOT_NOW = "Sorry, this agent cannot be monitored now."


async def key(phone: SimPhone, digits: str) -> None:
    phone.press(f"{digits}#")
    await moment()


async def calling(site: SimSite, agent_id: str = "1007", pin: str = "4711") -> SimPhone:
    """A supervisor somewhere outside who has said who they are."""
    phone = await site.caller("13911111111")
    phone.dial("4900")
    await moment()
    assert phone.hears == WHO
    await key(phone, agent_id)
    assert phone.hears == PIN
    await key(phone, pin)
    return phone


async def talking(site: SimSite) -> tuple[SimPhone, SimPhone]:
    """An agent's phone and their caller."""
    _, phone = await site.agent("1001", "8001")
    phone.answer_calls()
    caller = await site.caller()
    caller.dial("4001")
    await asyncio.sleep(9)
    return phone, caller


@virtual_time
async def test_a_talk_is_heard_by_telephone_until_it_ends(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE) as site:
        phone, caller = await talking(site)
        supervisor = await calling(site)
        assert supervisor.hears == WHOM
        await key(supervisor, "1001")
        assert supervisor.hears == "13800138000+8001"
        assert (phone.hears, caller.hears) == ("13800138000", "8001"), "nobody can tell"
        caller.hang_up()
        await moment()
        assert supervisor.hears == WHOM
        [acted] = site.told(events.SupervisorActed)
        assert (acted.agent_id, acted.target, acted.outcome) == ("1007", "1001", "done")
        assert acted.detail == "from 13911111111"
        supervisor.hang_up()


@virtual_time
async def test_the_star_key_leads_to_the_next_talk(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE) as site:
        await talking(site)
        supervisor = await calling(site)
        await key(supervisor, "1001")
        for _ in range(2):
            supervisor.press("5*")
            await moment()
            assert supervisor.hears == WHOM
            await key(supervisor, "8001")
            assert supervisor.hears == "13800138000+8001"
        supervisor.hang_up()
        await moment()
        assert site.exchange.services.supervisions.of("1007") is None
        assert len(site.exchange.switchboard.calls) == 1, "the talk goes on"


@pytest.mark.parametrize(
    ("agent_id", "pin"),
    [("1007", "4712"), ("1007", ""), ("1008", "1234"), ("1002", "agent-1002"), ("4242", "4711")],
)
@virtual_time
async def test_every_mistake_sounds_the_same(tmp_path: Path, agent_id: str, pin: str) -> None:
    async with running_site(tmp_path, more=SITE) as site:
        supervisor = await calling(site, agent_id, pin)
        assert supervisor.hears == REFUSED
        await asyncio.sleep(1.1)
        assert supervisor.hears == WHO
        [refused] = site.told(events.LoginRefused)
        assert refused.cause == "bad_credentials"
        supervisor.hang_up()


@virtual_time
async def test_guessing_locks_out_also_the_right_pin(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE) as site:
        for _ in range(2):
            guesser = await calling(site, pin="0000")
            for _ in range(2):
                await asyncio.sleep(1.1)
                await key(guesser, "1007")
                await key(guesser, "0000")
            await asyncio.sleep(5)
            assert guesser.outcome == ("bye", 200), "three tries a call"
        supervisor = await calling(site)
        assert supervisor.hears == REFUSED
        supervisor.hang_up()
        causes = [each.cause for each in site.told(events.LoginRefused)]
        assert causes == ["bad_credentials"] * 5 + ["locked_out"] * 2
        await asyncio.sleep(61)
        again = await calling(site)
        assert again.hears == WHOM
        again.hang_up()


@pytest.mark.parametrize("target", ["1001", "1002", "4242"])
@virtual_time
async def test_who_is_in_no_call_or_unknown_cannot_be_heard(tmp_path: Path, target: str) -> None:
    async with running_site(tmp_path, more=SITE) as site:
        await site.agent("1001", "8001")
        supervisor = await calling(site)
        await key(supervisor, target)
        assert supervisor.hears == NOT_NOW
        await asyncio.sleep(1.1)
        assert supervisor.hears == WHOM
        [acted] = site.told(events.SupervisorActed)
        assert acted.outcome == ("target_not_in_call" if target == "1001" else "no_such_target")
        supervisor.hang_up()


@virtual_time
async def test_own_teams_only(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE) as site:
        await talking(site)
        supervisor = await calling(site, "1009", "9999")
        await key(supervisor, "1001")
        assert supervisor.hears == NOT_NOW
        [acted] = site.told(events.SupervisorActed)
        assert acted.outcome == "forbidden"
        supervisor.hang_up()


@virtual_time
async def test_who_presses_nothing_is_let_go(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE) as site:
        supervisor = await site.caller()
        supervisor.dial("4900")
        await asyncio.sleep(25)
        assert supervisor.outcome == ("bye", 200)


@virtual_time
async def test_the_desk_does_not_send_the_telephone_elsewhere(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE) as site:
        await talking(site)
        supervisor = await calling(site)
        await key(supervisor, "1001")
        desk = await site.desk("1007", "8002", **{"class": "supervisor"})
        for method in ("supervisor.whisper", "supervisor.intercept"):
            assert await desk.refusal(method, target="8001") == (1101, "wrong_state")
        assert supervisor.hears == "13800138000+8001"
        supervisor.hang_up()
