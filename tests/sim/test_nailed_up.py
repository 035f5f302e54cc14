"""Nailed-up seats: connected once at login, then calls come and go in the device."""

import asyncio
from pathlib import Path

import pytest

from callcenter.speech.prompt import NetworkTone
from tests.sim.test_transfers import Transfer
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

SEATS = """
[[seat]]
seat_no = "8021"
password = "phone-8021"
answer_mode = "nailed_up"
"""


async def connected(site: SimSite, seat_no: str = "8021") -> tuple[SimDesk, SimPhone]:
    """An agent whose phone has picked the connection up."""
    await site.prompts.load(NetworkTone("ringback", "cn"))
    phone = await site.phone(seat_no)
    phone.answer_calls(after=0.5)
    desk = await site.desk("1001", seat_no)
    assert site.state("1001") == "busy(device_failed)"
    await asyncio.sleep(1)
    assert desk.state == "idle"
    phone.tone = "agent"
    phone.port.says = "agent"
    return desk, phone


@virtual_time
async def test_the_device_is_connected_at_login_and_let_go_at_logout(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        [invite] = site.network.sent("INVITE", to=phone.host)
        assert "answer-after=0" in invite
        assert (await desk.ask("seat.get"))["registered"]

        await desk.ask("agent.logout")
        await moment()
        assert phone.outcome == ("bye", 200)


@virtual_time
async def test_calls_come_and_go_in_the_device(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        for _ in range(2):
            caller = await site.caller()
            caller.dial("4001")
            await asyncio.sleep(1)
            assert (desk.state, phone.hears) == ("ringing", "<ringback>")
            assert len(phone.calls) == 1, "nothing rings but the desk"

            await desk.about_call("call.answer")
            await asyncio.sleep(8)
            assert (caller.hears, phone.hears) == ("agent", "13800138000")
            await desk.about_call("call.hangup")
            await moment()
            assert (desk.state, phone.hears, phone.up) == ("idle", "", True)
            assert caller.outcome == ("bye", 200)


@virtual_time
async def test_a_device_whose_voice_fails_after_a_call_is_gone(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        await desk.about_call("call.answer")
        await asyncio.sleep(8)
        await desk.about_call("call.hangup")
        await moment()
        [device] = [port for port in site.plane.ports if port.on_failed is not None]
        assert device.on_failed is not None
        device.on_failed("DTLS: no handshake came to an end")
        await moment()
        assert (desk.state, phone.up) == ("busy(device_failed)", False)


@virtual_time
async def test_an_offer_that_rings_out_leaves_the_device_silent(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(11)
        assert (desk.state, phone.hears) == ("busy(no_answer)", "")
        assert caller.hears == "<music>"


@virtual_time
async def test_an_own_call_does_not_ring_the_own_device(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        other = await site.phone("8011")
        other.answer_calls()
        await desk.ask("call.dial", number="8011")
        await asyncio.sleep(1)
        assert (phone.hears, other.hears, len(phone.calls)) == ("8011", "agent", 1)
        other.hang_up()
        await moment()
        assert (desk.state, phone.up) == ("idle", True)


@virtual_time
async def test_a_colleagues_call_is_answered_in_the_device(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        other = await site.phone("8011")
        other.dial("8021")
        await moment()
        assert (desk.state, phone.hears) == ("ringing", "<ringback>")
        await desk.about_call("call.answer")
        await moment()
        assert (phone.hears, other.hears) == ("8011", "agent")
        await desk.about_call("call.hangup")
        await moment()
        assert (phone.up, other.outcome) == (True, ("bye", 200))


@virtual_time
async def test_a_device_that_hangs_up_ends_the_talk_and_the_offers(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        await desk.about_call("call.answer")
        await moment()
        phone.hang_up()
        await moment()
        assert caller.outcome == ("bye", 200)
        assert desk.state == "busy(device_failed)"

        await desk.ask("agent.set_idle")  # calls it again
        await asyncio.sleep(1)
        assert (desk.state, len(phone.calls)) == ("idle", 2)


@virtual_time
async def test_a_device_that_dies_costs_the_caller_nothing_but_their_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        await desk.about_call("call.answer")
        await moment()
        phone.die()
        await asyncio.sleep(6)
        assert desk.state == "busy(device_failed)"
        assert caller.hears == "<music>"


@virtual_time
async def test_a_device_that_dies_between_two_calls_is_noticed(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        phone.die()
        await asyncio.sleep(6)
        assert desk.state == "busy(device_failed)"


@virtual_time
async def test_a_phone_that_registers_late_is_connected_then(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        phone = await site.phone("8021", register=False)
        phone.answer_calls()
        desk = await site.desk("1001", "8021")
        await asyncio.sleep(1)
        assert desk.state == "busy(device_failed)"
        assert not phone.calls
        await phone.register()
        await asyncio.sleep(1)
        assert desk.state == "idle"
        await phone.register(expires=0)
        await moment()
        assert desk.state == "idle", "what is connected needs no registration"


@virtual_time
async def test_a_device_that_does_not_pick_up_is_let_be(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        phone = await site.phone("8021")
        desk = await site.desk("1001", "8021")
        await asyncio.sleep(site.settings.pbx.ring_timeout + 1)
        assert (desk.state, phone.idle) == ("busy(device_failed)", True)
        await desk.ask("agent.logout")


@virtual_time
async def test_a_client_that_crashed_finds_the_device_connected(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        await desk.close()
        again = await site.desk("1001", "8021")
        await asyncio.sleep(1)
        assert (site.state("1001"), len(phone.calls)) == ("idle", 1)
        await again.ask("agent.logout")


@virtual_time
async def test_hold_and_consultation_use_the_one_device(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        _, other = await site.agent("1002", "8002")
        other.answer_calls(after=1)
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        await desk.about_call("call.answer")
        await asyncio.sleep(3)
        await desk.about_call("call.hold")
        await moment()
        assert caller.hears == "<music>"
        await desk.about_call("call.retrieve")
        await moment()
        await desk.ask("call.consult", call_id=desk.call_id, target={"seat": "8002"})
        await asyncio.sleep(2)
        assert (phone.hears, other.hears) == ("8002", "agent")
        await desk.ask("call.complete_transfer", call_id=desk.call_id)
        await moment()
        assert (caller.hears, other.hears) == ("8002", "13800138000")
        assert (phone.hears, phone.up, desk.state) == ("", True, "idle")


@virtual_time
async def test_a_supervisor_listens_in_the_device(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        _, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        boss = await site.phone("8021")
        boss.answer_calls()
        desk = await site.desk("1002", "8021", **{"class": "supervisor"})
        await moment()
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(3)
        answer = await desk.ask("supervisor.monitor", target="8001")
        await moment()
        assert boss.hears == "13800138000+8001"
        await desk.ask("supervisor.leave", call_id=answer["call_id"])
        await moment()
        assert (boss.hears, boss.up, len(boss.calls)) == ("", True, 1)


async def in_a_queues_talk(site: SimSite) -> tuple[SimPhone, SimDesk, SimPhone]:
    """A caller and the agent at the nailed-up phone; 8012 picks up after a second."""
    desk, phone = await connected(site)
    other = await site.phone("8012")
    other.answer_calls(after=1)
    caller = await site.caller()
    caller.dial("4001")
    await asyncio.sleep(1)
    await desk.about_call("call.answer")
    await asyncio.sleep(8)
    assert (caller.hears, phone.hears) == ("agent", "13800138000")
    return caller, desk, phone


@pytest.mark.parametrize("hangs_up", [False, True])
@virtual_time
async def test_the_phone_gives_a_call_on_blindly(tmp_path: Path, hangs_up: bool) -> None:
    """By REFER, as by `call.transfer`; a phone that then ends its one call is connected anew."""
    async with running_site(tmp_path, more=SEATS) as site:
        caller, desk, phone = await in_a_queues_talk(site)
        device = phone.call
        transfer = Transfer(device, "8012")
        await asyncio.sleep(2)
        assert transfer.told == [100, 200]
        assert caller.hears == "8012"
        told = desk.last("call.transferred")
        assert (told["call_id"], told["how"], desk.state) == (desk.call_id, "blind", "idle")
        assert device.end is None
        if hangs_up:
            device.hangup()
            await asyncio.sleep(1)
        assert (desk.state, phone.up, len(phone.calls)) == ("idle", True, 1 + hangs_up)
        caller.hang_up()
        await moment()


@pytest.mark.parametrize("refers", ["the call", "the question"])
@pytest.mark.parametrize("hangs_up", [False, True])
@virtual_time
async def test_the_phone_gives_a_call_on_after_asking(
    tmp_path: Path, refers: str, hangs_up: bool
) -> None:
    """It may name either of its two calls as the one that the other replaces."""
    async with running_site(tmp_path, more=SEATS) as site:
        caller, desk, phone = await in_a_queues_talk(site)
        device = phone.call
        phone.offer("sendonly")
        await moment()
        assert caller.hears == "<music>"
        phone.dial("8012")
        await asyncio.sleep(2)
        assert phone.hears == "8012"
        asked = phone.call
        if refers == "the call":
            transfer = Transfer(device, "8012", replaces=asked)
        else:
            transfer = Transfer(asked, "13800138000", replaces=device)
        await moment()
        assert transfer.told == [100, 200]
        assert caller.hears == "8012"
        told = desk.last("call.transferred")
        assert (told["call_id"], told["how"]) == (desk.call_id, "attended")
        assert (desk.state, device.end, asked.end is None) == ("idle", None, False)
        if hangs_up:
            device.hangup()
            await asyncio.sleep(1)
            assert phone.up
        assert desk.state == "idle"
        caller.hang_up()
        await moment()


@virtual_time
async def test_a_device_that_hangs_up_later_has_not_given_a_call_on(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        caller, desk, phone = await in_a_queues_talk(site)
        Transfer(phone.call, "8012")
        await asyncio.sleep(2)
        caller.hang_up()
        await moment()
        again = await site.caller()
        again.dial("4001")
        await asyncio.sleep(1)
        await desk.about_call("call.answer")
        await moment()
        phone.hang_up()
        await asyncio.sleep(1)
        assert (desk.state, phone.idle) == ("busy(device_failed)", True)


@virtual_time
async def test_a_device_in_no_call_has_none_to_give_on(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=SEATS) as site:
        desk, phone = await connected(site)
        transfer = Transfer(phone.call, "8012")
        await moment()
        assert (transfer.told, desk.state, phone.up) == ([603], "idle", True)
