"""Phones that fall silent: who is there stays in the call, who is not ends nobody else's."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

PROBED = 5.1
"""Seconds after which a phone that does not answer counts as dead."""
RTP_TIMEOUT = 30.0


async def talking(site: SimSite, number: str = "4002") -> tuple[SimDesk, SimPhone, SimPhone]:
    """Desk, phone and caller in a talk; its queue has wrap-up."""
    desk, phone = await site.agent("1002", "8001")
    caller = await site.caller()
    caller.dial(number)
    await moment()
    phone.answer()
    await asyncio.sleep(8)
    assert (caller.hears, phone.hears) == ("8001", "13800138000")
    return desk, phone, caller


def probes(site: SimSite, phone: SimPhone) -> int:
    """How many different times the phone was asked for."""
    sent = site.network.sent("OPTIONS", to=phone.host)
    return len({line for text in sent for line in text.splitlines() if line.startswith("CSeq")})


@virtual_time
async def test_an_agents_phone_that_dies_gives_the_caller_back_to_the_queues_head(
    tmp_path: Path,
) -> None:
    """Rule 12: the agent is busy without wrap-up, and the caller goes before who came later."""
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site)
        later = await site.caller("2")
        later.dial("4002")
        await moment()
        phone.die()
        await asyncio.sleep(PROBED)

        assert desk.states[-2:] == ["talking", "busy(device_failed)"]
        ended = desk.last("call.ended")
        assert (ended["by"], ended["cause"]) == ("system", "device_failed")
        assert not site.told(events.WrapUpStarted)
        assert caller.up
        assert caller.hears == "<music>"
        assert await desk.ask("agent.get") | {"since": ""} == {
            "state": "busy",
            "reason": "device_failed",
            "since": "",
            "calls": [],
        }

        other, second = await site.agent("1001", "8002")
        await moment()
        assert other.last("call.ringing")["ani"] == "13800138000"
        assert other.last("call.ringing")["waited_s"] == pytest.approx(8 + PROBED, abs=0.2)
        second.answer()
        await asyncio.sleep(8)
        assert (caller.hears, second.hears) == ("8002", "13800138000")
        assert [e.outcome for e in site.told(events.QueueLeft)] == ["answered", "answered"]
        assert [e.cause for e in site.told(events.TalkEnded)] == ["device_failed"]
        caller.hang_up()
        later.hang_up()


@virtual_time
async def test_an_agent_whose_phone_died_is_idle_again_when_they_say_so(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site)
        phone.die()
        await asyncio.sleep(PROBED)
        caller.hang_up()
        await moment()

        assert (await desk.ask("agent.set_idle"))["state"] == "idle"


@virtual_time
async def test_the_caller_may_leave_after_the_agents_phone_died(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone, caller = await talking(site)
        phone.die()
        await asyncio.sleep(PROBED)
        caller.hang_up()
        await moment()

        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by) == ("hangup", "caller")
        assert [e.outcome for e in site.told(events.QueueLeft)] == ["answered", "abandoned"]


@virtual_time
async def test_who_waits_again_in_vain_goes_where_the_queue_says(tmp_path: Path) -> None:
    """The longest wait begins anew."""
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        await asyncio.sleep(15)
        phone.die()
        await asyncio.sleep(PROBED + 19)
        assert caller.hears == "<music>"

        await asyncio.sleep(2)
        assert [e.outcome for e in site.told(events.QueueLeft)] == ["answered", "timeout"]
        caller.hang_up()


@virtual_time
async def test_a_phone_that_is_there_keeps_the_talk_and_is_asked_again(tmp_path: Path) -> None:
    """A muted microphone, or a phone that sends nothing in silence."""
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site)
        phone.port.fall_silent()
        await asyncio.sleep(3.5 * RTP_TIMEOUT)

        assert probes(site, phone) == 4
        assert (desk.state, caller.hears) == ("talking", "8001")

        phone.port.says = "8001"
        await asyncio.sleep(3 * RTP_TIMEOUT)
        assert probes(site, phone) == 4, "the engine reports the next silence"

        phone.die()
        await asyncio.sleep(PROBED)
        assert desk.state == "busy(device_failed)"
        caller.hang_up()


@virtual_time
async def test_a_phone_that_dies_after_it_was_asked_is_found_out_by_the_next_question(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site)
        phone.port.fall_silent()
        await asyncio.sleep(1)
        site.network.lose_host(phone.host)
        await asyncio.sleep(RTP_TIMEOUT - 2)
        assert desk.state == "talking"

        await asyncio.sleep(1 + PROBED)
        assert desk.state == "busy(device_failed)"
        caller.hang_up()


@virtual_time
async def test_a_phone_that_has_forgotten_the_call_is_as_good_as_dead(tmp_path: Path) -> None:
    """It was started anew, and answers 481."""
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site)
        phone.stack.endpoint.core.dialogs.clear()
        phone.port.fall_silent()
        await moment()

        assert desk.state == "busy(device_failed)"
        caller.hang_up()


@virtual_time
async def test_a_voice_that_comes_back_while_it_is_looked_for_is_no_dead_phones(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site)
        port = phone.port
        phone.die()
        await asyncio.sleep(1)
        port.says = "back"
        await asyncio.sleep(PROBED)

        assert (desk.state, caller.hears) == ("talking", "back")
        caller.hang_up()


@virtual_time
async def test_a_phone_that_holds_is_not_taken_for_dead_until_it_is_back(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site)
        phone.offer("sendonly")
        await moment()
        phone.port.fall_silent()
        await asyncio.sleep(2.5 * RTP_TIMEOUT)
        assert (desk.state, probes(site, phone)) == ("talking", 0)

        phone.offer("sendrecv")
        await moment()
        site.network.lose_host(phone.host)
        await asyncio.sleep(RTP_TIMEOUT + PROBED)
        assert desk.state == "busy(device_failed)"
        caller.hang_up()


@virtual_time
async def test_a_caller_who_dies_in_the_talk_frees_the_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site, "4002")
        caller.die()
        await asyncio.sleep(PROBED)

        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by, end.sip_code) == ("media_timeout", "system", 200)
        ended = desk.last("call.ended")
        assert (ended["by"], ended["cause"]) == ("system", "media_timeout")
        assert phone.outcome == ("bye", 200)
        assert desk.state == "acw"


@pytest.mark.parametrize("keys", ["", "1"])
@virtual_time
async def test_a_caller_who_dies_in_the_menu_or_the_queue_ends_the_call(
    tmp_path: Path, keys: str
) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        caller.press(keys)
        await moment()
        caller.die()
        await asyncio.sleep(PROBED)

        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by, end.sip_code) == ("media_timeout", "system", 200)


@virtual_time
async def test_a_silent_caller_whose_gateway_answers_waits_on(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4002")
        await moment()
        caller.port.fall_silent()
        await asyncio.sleep(3 * RTP_TIMEOUT)

        assert caller.hears == "<music>"
        caller.hang_up()


@virtual_time
async def test_a_caller_who_never_sent_voice_is_never_ended_for_it(tmp_path: Path) -> None:
    """Such as one behind a gateway that sends no silence, or whose packets do not reach us."""
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.tone = ""
        caller.dial("4002")
        await moment()
        caller.die()
        await asyncio.sleep(3 * RTP_TIMEOUT)

        assert probes(site, caller) == 0
        assert len(site.exchange.switchboard.calls) == 1
        site.exchange.switchboard.end_all()
