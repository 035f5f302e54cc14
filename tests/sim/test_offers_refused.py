"""Offers that come to nothing: what becomes of the agent, and that the caller goes on."""

import asyncio
from pathlib import Path

import pytest

from agent_proto import ProtocolError
from callcenter import events
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

WZ = """
[[queue]]
name = "wz"
skills = { support = 1 }
busy_after_no_answer = false
[[number]]
dnis = "4003"
queue = "wz"
"""


async def waiting(site: SimSite, number: str = "4001") -> SimPhone:
    """A caller in the queue behind a number."""
    caller = await site.caller()
    caller.dial(number)
    await moment()
    return caller


@virtual_time
async def test_an_agent_who_lets_it_ring_is_set_busy_and_the_next_one_rings(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, phone = await site.agent("1001", "8001")
        await asyncio.sleep(1)
        second, _ = await site.agent("1004", "8002")
        await waiting(site)
        await asyncio.sleep(9.9)
        assert (first.state, second.state) == ("ringing", "idle")

        await asyncio.sleep(0.2)
        assert (first.state, second.state) == ("busy(no_answer)", "ringing")
        assert phone.outcome == ("cancelled", 487)
        assert first.last("call.offer_withdrawn")["cause"] == "no_answer"
        recorded = first.last("agent.no_answer_recorded")
        assert (recorded["queue"], recorded["call_id"]) == ("sales", second.call_id)
        assert second.last("call.ringing")["waited_s"] == pytest.approx(10, abs=0.1)


@virtual_time
async def test_the_same_agent_never_rings_twice_in_a_row(tmp_path: Path) -> None:
    """In a queue that leaves agents idle who did not answer (WZ-3.3.3b)."""
    async with running_site(tmp_path, more=WZ) as site:
        await site.agent("1001", "8001")
        await asyncio.sleep(1)
        await site.agent("1002", "8002")
        await waiting(site, "4003")
        await asyncio.sleep(65)

        rung = [event.agent_id for event in site.told(events.AgentOffered)]
        assert rung == ["1001", "1002"] * 3 + ["1001"]


@virtual_time
async def test_a_reject_counts_against_the_agent_and_the_next_one_rings(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, phone = await site.agent("1001", "8001")
        await asyncio.sleep(1)
        second, _ = await site.agent("1004", "8002")
        await waiting(site)
        await first.about_call("call.reject")
        await moment()

        assert (first.state, second.state) == ("busy(rejected)", "ringing")
        assert first.last("call.offer_withdrawn")["cause"] == "rejected"
        assert phone.outcome == ("cancelled", 487)
        assert site.exchange.dispatcher.view("1001").unanswered == 1


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (486, "device_busy"),
        (600, "device_busy"),
        (603, "rejected"),
        (480, "no_answer"),
        (500, "device_failed"),
        (404, "device_failed"),
    ],
)
@virtual_time
async def test_what_a_phone_answers_is_the_reason_of_being_busy(
    tmp_path: Path, code: int, cause: str
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await waiting(site)
        phone.refuse(code)
        await moment()

        assert desk.state == f"busy({cause})"
        assert desk.last("call.offer_withdrawn")["cause"] == cause
        assert caller.hears == "<music>"


@virtual_time
async def test_a_phone_that_says_nothing_at_all_counts_as_no_answer(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        await phone.stack.stop()
        caller = await waiting(site)
        await asyncio.sleep(10)

        assert desk.state == "busy(no_answer)"
        assert caller.hears == "<music>"


@virtual_time
async def test_a_phone_that_answers_with_nonsense_has_failed(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await waiting(site)
        phone.answer(b"v=0\r\nnonsense\r\n")
        await moment()

        assert desk.state == "busy(device_failed)"
        assert phone.idle
        assert caller.hears == "<music>"


@virtual_time
async def test_a_phone_that_cannot_be_given_a_port_has_failed(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        site.plane.max_ports = 1
        caller = await waiting(site)
        assert (desk.state, phone.idle) == ("ringing", True)
        await asyncio.sleep(4)
        [warning] = site.logged("warning")
        assert warning["event"] == "a seat's phone waits for a port"

        assert desk.state == "busy(device_failed)"
        assert caller.hears == "<music>"
        assert [entry["event"] for entry in site.expect_errors()] == ["no port for a seat's phone"]


@virtual_time
async def test_a_phone_waits_for_the_ports_of_calls_just_ended(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        site.plane.max_ports = 1
        await waiting(site)
        await asyncio.sleep(3)
        site.plane.max_ports = 2
        await asyncio.sleep(0.5)
        assert (desk.state, phone.idle) == ("ringing", False)


@virtual_time
async def test_a_caller_who_leaves_meanwhile_is_not_called_for(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        site.plane.max_ports = 1
        caller = await waiting(site)
        caller.hang_up()
        site.plane.max_ports = 2
        await asyncio.sleep(4)
        assert (desk.state, phone.idle) == ("idle", True)


@virtual_time
async def test_a_desk_that_answers_waits_shorter_for_a_port(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8004")
        site.plane.max_ports = 1
        await waiting(site)
        with pytest.raises(ProtocolError):
            await desk.ask("call.answer", call_id=desk.last("call.ringing")["call_id"])
        await moment()
        assert desk.state == "busy(device_failed)"
        assert site.expect_errors()


@virtual_time
async def test_an_agent_set_busy_for_it_is_offered_calls_again_after_set_idle(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await waiting(site)
        phone.refuse(500)
        await moment()
        await desk.ask("agent.set_idle")
        await moment()
        assert desk.state == "ringing"

        phone.answer()
        await asyncio.sleep(10)
        assert caller.hears == "8001"


@virtual_time
async def test_an_unregistered_phone_is_offered_nothing_until_it_registers(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        phone = await site.phone("8001", register=False)
        desk = await site.links.connect()
        result = await desk.login("1001", "8001")
        assert (result["state"], result["reason"]) == ("busy", "device_failed")
        caller = await waiting(site)
        await asyncio.sleep(5)
        assert caller.hears == "<music>"

        await phone.register()
        await moment()
        assert desk.states == ["busy(device_failed)", "idle", "ringing"]


@virtual_time
async def test_an_idle_agent_whose_registration_expires_is_offered_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        phone = await site.phone("8001", register=False)
        await phone.register(expires=60)
        desk = await site.desk("1001", "8001")
        await asyncio.sleep(61)
        assert desk.state == "busy(device_failed)"

        await phone.register(expires=60)
        await moment()
        assert desk.state == "idle"


@virtual_time
async def test_a_phone_that_unregisters_while_it_rings_has_failed(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        await waiting(site)
        await phone.register(expires=0)
        await moment()

        assert desk.last("call.offer_withdrawn")["cause"] == "device_failed"
        assert desk.state == "busy(device_failed)"


@pytest.mark.parametrize("user", ["%0d%0aVia", "%22quoted%22", "a" * 300, ""])
@virtual_time
async def test_a_caller_with_a_strange_number_reaches_an_agent(tmp_path: Path, user: str) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller(user)
        caller.dial("4001")
        await moment()
        phone.answer()
        await asyncio.sleep(10)

        assert phone.hears == user
        [started] = site.told(events.CallStarted)
        assert started.ani.isprintable()
        assert len(started.ani) <= 64
