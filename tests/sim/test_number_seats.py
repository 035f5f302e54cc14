"""Seats whose device is an outside telephone: PC and phone (GX-B1)."""

import asyncio
from pathlib import Path

import pytest

from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

MOBILE = "13900000001"
SITE = """
[[route]]
name = "all"
trunks = ["carrier"]
[[trunk]]
name = "mobiles"
hosts = ["10.0.0.8:5060"]
[[route]]
name = "mobile"
prefix = "139"
trunks = ["mobiles"]
[[queue]]
name = "patient"
skills = {{ sales = 1 }}
ring_timeout = 30
announce_agent = false
[[number]]
dnis = "4003"
queue = "patient"
[[seat]]
seat_no = "8031"
kind = "number"
number = "13900000001"
{}
"""
QUESTION = "You have a call from the call centre. Press 1 to accept it. <silence>"


async def offered(site: SimSite, mobile: SimPhone) -> tuple[SimDesk, SimPhone]:
    """An agent at the seat is idle at once, and a call rings the outside phone."""
    desk = await site.desk("1001", "8031")
    caller = await site.caller()
    caller.dial("4003")
    await asyncio.sleep(1)
    assert desk.states[:2] == ["idle", "ringing"]
    assert mobile.calls, "it rings"
    return desk, caller


@virtual_time
async def test_whoever_picks_up_is_asked_before_the_caller_is_joined(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE.format("")) as site:
        mobile = await site.gateway("10.0.0.8")
        desk, caller = await offered(site, mobile)
        [invite] = site.network.sent("INVITE", to=mobile.host)
        assert invite.startswith(f"INVITE sip:{MOBILE}@")
        mobile.answer()
        await asyncio.sleep(2)
        assert (desk.state, caller.hears) == ("ringing", "<music>")
        assert mobile.hears == QUESTION
        mobile.press("7")
        await moment()
        assert desk.state == "ringing"

        mobile.press("1")
        mobile.port.says = "agent"
        await moment()
        assert desk.state == "talking"
        assert (caller.hears, mobile.hears) == ("agent", "13800138000")
        await desk.about_call("call.hangup")
        await moment()
        assert (desk.state, mobile.outcome) == ("idle", ("bye", 200))


@virtual_time
async def test_a_mailbox_never_answers_for_an_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE.format("")) as site:
        mobile = await site.gateway("10.0.0.8")
        mobile.answer_calls()
        desk, caller = await offered(site, mobile)
        await asyncio.sleep(30)
        assert desk.state == "busy(no_answer)"
        assert (caller.hears, mobile.outcome) == ("<music>", ("bye", 200))


@pytest.mark.parametrize(
    ("deed", "state"),
    [
        (lambda mobile: mobile.refuse(486), "busy(device_busy)"),
        (lambda mobile: mobile.refuse(603), "busy(rejected)"),
        (lambda mobile: mobile.refuse(404), "busy(device_failed)"),
        (lambda mobile: (mobile.answer(), mobile.hang_up()), "busy(rejected)"),
    ],
)
@virtual_time
async def test_an_outside_phone_that_refuses(tmp_path: Path, deed: object, state: str) -> None:
    async with running_site(tmp_path, more=SITE.format("")) as site:
        mobile = await site.gateway("10.0.0.8")
        desk, caller = await offered(site, mobile)
        assert callable(deed)
        deed(mobile)
        await asyncio.sleep(1)
        assert (desk.state, caller.hears) == (state, "<music>")


@virtual_time
async def test_no_question_where_the_site_wants_none(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE.format("confirm = false")) as site:
        mobile = await site.gateway("10.0.0.8")
        desk, caller = await offered(site, mobile)
        mobile.answer()
        await moment()
        mobile.port.says = "agent"
        assert (desk.state, caller.hears, mobile.hears) == ("talking", "agent", "13800138000")
        mobile.hang_up()
        await moment()
        assert (desk.state, caller.outcome) == ("idle", ("bye", 200))


@virtual_time
async def test_a_caller_who_leaves_frees_the_outside_phone(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE.format("")) as site:
        mobile = await site.gateway("10.0.0.8")
        desk, caller = await offered(site, mobile)
        mobile.answer()
        await moment()
        caller.hang_up()
        await moment()
        assert (desk.state, mobile.outcome) == ("idle", ("bye", 200))


@virtual_time
async def test_the_agent_dials_with_the_outside_phone(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE.format("")) as site:
        mobile = await site.gateway("10.0.0.8")
        colleague = await site.phone("8011")
        colleague.answer_calls()
        desk = await site.desk("1001", "8031")
        await desk.ask("call.dial", number="8011")
        await moment()
        mobile.answer()
        await moment()
        mobile.press("1")
        mobile.port.says = "agent"
        await moment()
        assert (mobile.hears, colleague.hears) == ("8011", "agent")


@virtual_time
async def test_a_nailed_up_outside_phone_is_asked_once_a_shift(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SITE.format('answer_mode = "nailed_up"')) as site:
        mobile = await site.gateway("10.0.0.8")
        mobile.answer_calls()
        desk = await site.desk("1001", "8031")
        await asyncio.sleep(3)
        assert desk.state == "busy(device_failed)"
        mobile.press("1")
        await moment()
        assert desk.state == "idle"
        mobile.port.says = "agent"
        for _ in range(2):
            caller = await site.caller()
            caller.dial("4003")
            await asyncio.sleep(1)
            await desk.about_call("call.answer")
            await moment()
            assert (caller.hears, mobile.hears) == ("agent", "13800138000")
            caller.hang_up()
            await moment()
        assert len(mobile.calls) == 1
