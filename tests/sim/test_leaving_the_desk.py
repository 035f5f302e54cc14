"""Busy, logout and lost connections: the agent goes, and no caller is forgotten."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.switch.ring import Ring
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


async def talking(site: SimSite) -> tuple[SimDesk, SimPhone, SimPhone]:
    """Desk, phone and caller in a talk that has just begun."""
    desk, phone = await site.agent("1001", "8001")
    phone.answer_calls()
    caller = await site.caller()
    caller.dial("4001")
    await asyncio.sleep(8)
    assert caller.hears == "8001"
    return desk, phone, caller


@virtual_time
async def test_an_idle_agent_logs_out(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        await desk.ask("agent.logout")
        await moment()
        caller = await site.caller()
        caller.dial("4001")
        await moment()

        assert desk.names[-1] == "agent.logged_out"
        assert await desk.refusal("agent.get") == (1001, "not_logged_in")
        assert caller.hears == "<music>"


@virtual_time
async def test_logout_while_ringing_offers_the_caller_to_the_next_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        await asyncio.sleep(1)
        other, _ = await site.agent("1004", "8002")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        await desk.ask("agent.logout")
        await moment()

        assert phone.outcome == ("cancelled", 487)
        assert other.state == "ringing"
        assert caller.hears == "<music>"


@virtual_time
async def test_logout_while_talking_hangs_the_seat_up_and_releases_the_caller(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site)
        await desk.ask("agent.logout")
        await moment()

        assert phone.outcome == caller.outcome == ("bye", 200)
        [end] = site.told(events.TalkEnded)
        assert (end.by, end.cause) == ("agent", "logout")
        assert desk.names[-2:] == ["call.ended", "agent.logged_out"]
        ended = desk.last("call.ended")
        assert (ended["by"], ended["cause"]) == ("agent", "logout")
        await desk.login("1001", "8001")
        await moment()
        assert site.state("1001") == "idle"


@virtual_time
async def test_everybody_is_signed_out_and_their_talks_have_ended_before(tmp_path: Path) -> None:
    """The end of the service."""
    async with running_site(tmp_path) as site:
        desk, phone, caller = await talking(site)
        site.exchange.desk.sign_out_all("shutdown")
        await moment()

        assert phone.outcome == caller.outcome == ("bye", 200)
        assert desk.names[-2:] == ["call.ended", "agent.logged_out"]
        assert desk.last("agent.logged_out")["reason"] == "shutdown"


@virtual_time
async def test_logout_in_a_call_that_the_phone_made_hangs_it_up(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.dial("4000")
        await asyncio.sleep(1)
        assert desk.state == "talking"
        await desk.ask("agent.logout")
        await moment()

        assert phone.outcome == ("bye", 200)


@virtual_time
async def test_busy_and_idle_only_on_hook(tmp_path: Path) -> None:
    """A-05"""
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        for state in ("ringing", "talking"):
            assert desk.state == state
            for method in ("agent.set_busy", "agent.set_idle"):
                assert await desk.refusal(method) == (1101, "wrong_state")
            phone.answer()
            await moment()


@virtual_time
async def test_busy_twice_is_busy_and_keeps_the_first_reason(tmp_path: Path) -> None:
    """A-05"""
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        for reason in ("lunch", "meeting"):
            result = await desk.ask("agent.set_busy", reason=reason)
            assert result == {"state": "busy", "reason": "lunch"}
        for _ in range(2):
            assert await desk.ask("agent.set_idle") == {"state": "idle", "reason": ""}

        assert desk.states == ["idle", "busy(lunch)", "idle"]


@virtual_time
async def test_a_request_repeated_under_its_key_is_done_once(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _, caller = await talking(site)
        params = {"call_id": desk.call_id, "request_key": "k"}
        first = await desk.ask("call.hangup", **params)
        await moment()

        assert await desk.ask("call.hangup", **params) == first
        assert caller.outcome == ("bye", 200)


@virtual_time
async def test_a_lost_connection_that_comes_back_in_time_has_missed_nothing(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        await desk.close()
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(5)
        phone.answer()
        await asyncio.sleep(50)

        again = await site.links.connect()
        await again.resume(desk)
        await moment()
        assert "call.ringing" in again.names
        assert again.state == "talking"
        assert caller.hears == "8001"
        await again.about_call("call.hangup")


@virtual_time
async def test_a_connection_lost_for_good_makes_the_agent_busy(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        await desk.close()
        await asyncio.sleep(59)
        assert site.state("1001") == "idle"

        await asyncio.sleep(2)
        assert site.state("1001") == "busy(connection_lost)"


@virtual_time
async def test_a_connection_lost_for_good_in_a_talk_ends_no_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _, caller = await talking(site)
        await desk.close()
        await asyncio.sleep(100)
        assert caller.hears == "8001"

        caller.hang_up()
        await moment()
        assert site.state("1001") == "busy(connection_lost)"


@pytest.mark.parametrize("seconds", [1, 100])
@virtual_time
async def test_a_client_that_crashed_signs_in_again(tmp_path: Path, seconds: float) -> None:
    """Within the grace time and after it."""
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        await desk.close()
        await asyncio.sleep(seconds)
        again = await site.links.connect()

        assert (await again.login("1001", "8001"))["state"] == "idle"
        await asyncio.sleep(100)
        assert site.state("1001") == "idle"
        refusal = await (await site.links.connect()).refusal(
            "session.resume", resume_token=desk.resume_token, last_seq=0
        )
        assert refusal == (1005, "bad_credentials")


@virtual_time
async def test_a_client_that_crashed_signs_in_at_another_seat(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _, caller = await talking(site)
        await desk.close()
        await moment()
        again, _ = await site.agent("1001", "8002")
        await moment()

        assert caller.outcome == ("bye", 200)
        assert again.states == ["idle"]


@pytest.mark.parametrize("seconds", [1, 100])
@virtual_time
async def test_a_client_that_crashed_in_a_talk_finds_the_call_again(
    tmp_path: Path, seconds: float
) -> None:
    async with running_site(tmp_path) as site:
        desk, _, caller = await talking(site)
        call_id = desk.call_id
        await desk.close()
        await asyncio.sleep(seconds)
        again = await site.links.connect()
        result = await again.login("1001", "8001")

        assert result["state"] == "talking"
        assert caller.hears == "8001"
        [call] = (await again.ask("agent.get"))["calls"]
        assert call["call_id"] == call_id
        await asyncio.sleep(100)
        await again.ask("call.hangup", call_id=call_id)
        await moment()
        assert caller.outcome == ("bye", 200)
        assert again.names[-1] != "agent.logged_out"
        assert again.state == "idle"


@virtual_time
async def test_a_client_that_crashed_in_a_talk_may_sign_in_again_as_busy(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _, caller = await talking(site)
        await desk.close()
        await asyncio.sleep(100)
        again = await site.links.connect()
        await again.login("1001", "8001", state="busy")
        caller.hang_up()
        await moment()

        assert again.state == "busy"


@virtual_time
async def test_logout_in_the_moment_of_the_answer_is_told_as_a_call_that_ended(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        desk_of_site = site.exchange.desk
        sign_in = site.exchange.roster.of_agent("1001")
        assert sign_in is not None
        ring = site.call.ring_of(sign_in)
        assert ring is not None
        leave = ring._picked_up

        def picked_up(picked: Ring) -> None:
            leave(picked)
            desk_of_site.sign_out_all("logout")  # before the call's task has seen the answer

        ring._picked_up = picked_up
        phone.answer()
        await asyncio.sleep(1)

        assert desk.names[-2:] == ["call.ended", "agent.logged_out"]
        assert desk.last("call.ended")["talk_s"] == 0.0
