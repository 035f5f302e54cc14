"""An agent's phone gives a queue's caller on by its own keys: REFER, hold, hook flash."""

import asyncio
from pathlib import Path

import pytest

import sip
from callcenter import events
from tests.sim.test_transfers import Transfer
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


async def served(site: SimSite) -> tuple[SimPhone, SimDesk, SimPhone]:
    """A caller who talks with Ann at 8001, found by a queue."""
    desk, phone = await site.agent("1001", "8001")
    phone.answer_calls()
    caller = await site.caller()
    caller.dial("4001")
    await asyncio.sleep(8)
    assert (caller.hears, phone.hears) == ("8001", "13800138000")
    return caller, desk, phone


@virtual_time
async def test_an_agents_phone_transfers_a_queues_caller(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        call_id = site.call.call_id
        other = await site.phone("8011")
        other.answer_calls(after=2)
        transfer = Transfer(phone.call, "8011")
        await moment()
        assert caller.hears == "<ringback>"
        await asyncio.sleep(2)
        assert transfer.told == [100, 200]
        assert phone.outcome == ("bye", 200)
        assert desk.state == "idle"
        assert (caller.hears, other.hears) == ("8011", "13800138000")
        assert site.call.call_id == call_id
        [ended] = site.told(events.TalkEnded)
        assert (ended.by, ended.cause) == ("agent", "transferred")
        other.hang_up()
        await moment()
        assert caller.outcome == ("bye", 200)


@virtual_time
async def test_who_is_given_to_nobody_goes_to_the_head_of_the_queue(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, _desk, phone = await served(site)
        later = await site.caller("13900139000")
        later.dial("4001")
        await moment()
        other = await site.phone("8011")
        other.ring_for(3, lambda call: call.reject(603))
        Transfer(phone.call, "8011")
        await moment()
        phone.hang_up()
        phone.ring_for(9, lambda call: call.reject(603))  # the later caller rings for Ann
        await asyncio.sleep(4)
        assert phone.log[-1] == ("incoming", "13900139000")
        assert [entered.queue for entered in site.told(events.QueueEntered)] == ["sales"] * 3
        helper = await site.phone("8002")
        helper.answer_calls()
        await site.desk("1004", "8002")
        await asyncio.sleep(8)
        assert (caller.hears, helper.hears) == ("8002", "13800138000")


@pytest.mark.parametrize("named", ["caller's", "asked"])
@virtual_time
async def test_an_agents_phone_asks_somebody_and_joins_the_two(tmp_path: Path, named: str) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        call_id, talk = site.call.call_id, phone.call
        other = await site.phone("8011")
        other.answer_calls()
        phone.offer("sendonly")
        phone.dial("8011")
        await moment()
        assert caller.hears == "<music>"
        assert (phone.hears, other.hears) == ("8011", "8001")
        asked = phone.call
        first, second = (talk, asked) if named == "caller's" else (asked, talk)
        transfer = Transfer(first, "8011", replaces=second)
        await moment()
        assert transfer.told[-1] == 200
        assert (caller.hears, other.hears) == ("8011", "13800138000")
        assert desk.state == "idle"
        assert site.exchange.switchboard.calls.keys() == {call_id}


@virtual_time
async def test_hook_flash_in_a_queues_talk(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        other = await site.phone("8011")
        other.answer_calls()
        phone.press(sip.FLASH)
        await moment()
        assert caller.hears == "<music>"
        phone.press("8011*")
        await moment()
        assert (caller.hears, phone.hears, other.hears) == ("<music>", "8011", "8001")
        phone.hang_up()
        await moment()
        assert (caller.hears, other.hears) == ("8011", "13800138000")
        assert desk.state == "idle"


@virtual_time
async def test_an_agent_who_is_given_on_is_engaged_until_that_talk_ends(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, agent = await site.agent("1001", "8001")
        agent.answer_calls()
        first, other = await site.phone("8011"), await site.phone("8012")
        other.answer_calls()
        first.dial("4001")
        await asyncio.sleep(8)
        transfer = Transfer(first.call, "8012")
        await asyncio.sleep(2)
        assert transfer.told == [100, 200]
        assert (agent.hears, other.hears, desk.state) == ("8012", "8001", "talking")
        customer = await site.caller()
        customer.dial("4001")
        await asyncio.sleep(3)
        assert customer.hears == "<music>", "the agent is not asked"
        other.hang_up()
        await asyncio.sleep(8)
        assert (customer.hears, desk.state) == ("8001", "talking")
        customer.hang_up()
        await moment()
        assert desk.state == "idle"


@virtual_time
async def test_an_agent_asks_another_queue_and_joins_the_two(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        call_id, talk = site.call.call_id, phone.call
        asked_desk, asked = await site.agent("1002", "8002")
        asked.answer_calls()
        phone.dial("4002")
        await asyncio.sleep(8)
        assert (phone.hears, asked.hears) == ("8002", "8001")
        transfer = Transfer(talk, "4002", replaces=phone.call)
        await moment()
        assert transfer.told[-1] == 200
        assert (caller.hears, asked.hears) == ("8002", "13800138000")
        assert (desk.state, asked_desk.state) == ("idle", "talking")
        assert site.exchange.switchboard.calls.keys() == {call_id}
        caller.hang_up()
        await moment()
        assert (asked.idle, asked_desk.state) == (True, "acw")
        await asyncio.sleep(16)
        assert asked_desk.state == "idle"


@pytest.mark.parametrize("state", ["busy", "talking"])
@virtual_time
async def test_a_phone_s_keys_reach_whom_a_command_would(tmp_path: Path, state: str) -> None:
    """REFER and hook flash are refused like `call.transfer` and `call.consult` (rule 7)."""
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        other, colleague = await site.agent("1002", "8002")
        if state == "busy":
            await other.ask("agent.set_busy")
        else:
            colleague.dial("4002")
            await moment()
        target = {"seat": "8002"}
        command = await desk.refusal("call.transfer", call_id=desk.call_id, target=target)
        assert command == (1104, "target_not_idle")
        calls = len(colleague.calls)
        transfer = Transfer(phone.call, "8002")
        await moment()
        assert transfer.told == [486]
        phone.press("!8002*")
        await asyncio.sleep(1)
        assert len(colleague.calls) == calls
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_the_customer_s_call_lives_whichever_the_phone_names(tmp_path: Path) -> None:
    """Of a direct call, too, which no queue gave: `call_id` is in every record of it (rule 5)."""
    direct = '[[number]]\ndnis = "4011"\nextension = "8011"\n'
    async with running_site(tmp_path, more=direct) as site:
        phone, other = await site.phone("8011"), await site.phone("8012")
        phone.answer_calls()
        other.answer_calls()
        caller = await site.caller()
        caller.dial("4011")
        await moment()
        call_id, talk = site.call.call_id, phone.call
        phone.dial("8012")
        await moment()
        transfer = Transfer(phone.call, "8012", replaces=talk)
        await moment()
        assert transfer.told[-1] == 200
        assert (caller.hears, other.hears) == ("8012", "13800138000")
        assert site.exchange.switchboard.calls.keys() == {call_id}
        assert phone.idle
        caller.hang_up()
        await moment()
        assert other.idle
