"""How an agent answers: at the phone, from the desk, or with a phone that obeys the desk."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


async def ringing(site: SimSite, seat_no: str) -> tuple[SimDesk, SimPhone, SimPhone]:
    """Desk, phone and the caller who has been offered there."""
    desk, phone = await site.agent("1001", seat_no)
    caller = await site.caller()
    caller.dial("4001")
    await asyncio.sleep(1)
    assert desk.state == "ringing"
    return desk, phone, caller


# -- answer mode `phone` -----------------------------------------------------------------------


@virtual_time
async def test_call_answer_asks_the_ringing_phone_to_pick_up(tmp_path: Path) -> None:
    """Rule 16: in the early dialog that the phone's 180 opened."""
    async with running_site(tmp_path) as site:
        desk, phone, caller = await ringing(site, "8001")
        await desk.about_call("call.answer")
        await moment()

        [invite] = site.network.sent("INVITE", to=phone.host)
        assert header(invite, "Allow-Events") == "talk"
        [notify] = site.network.sent("NOTIFY", to=phone.host)
        [rang] = [m for m in site.network.sent("SIP/2.0 180") if "CSeq: 1 INVITE" in m][-1:]
        assert "\r\nEvent: talk\r\n" in notify
        assert header(notify, "To") == header(rang, "To")
        assert "tag=" in header(notify, "To")
        assert header(notify, "Call-ID") == header(rang, "Call-ID")

        phone.answer()
        await asyncio.sleep(8)
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_a_phone_that_does_not_ring_yet_is_asked_as_soon_as_it_does(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        phone = await site.phone("8001")
        phone.on_call = lambda call: None
        desk = await site.desk("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        await desk.about_call("call.answer")
        assert not site.network.sent("NOTIFY")

        phone.call.ring()  # type: ignore[attr-defined]
        await moment()
        assert len(site.network.sent("NOTIFY", to=phone.host)) == 1


@virtual_time
async def test_a_phone_that_ignores_the_request_rings_out(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _, caller = await ringing(site, "8001")
        await desk.about_call("call.answer")
        await asyncio.sleep(10)

        assert desk.state == "busy(no_answer)"
        assert caller.hears == "<music>"


@virtual_time
async def test_a_ringing_phone_gets_no_auto_answer_headers(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone, _ = await ringing(site, "8001")

        [invite] = site.network.sent("INVITE", to=phone.host)
        assert "answer-after" not in invite
        assert "alert-autoanswer" not in invite
        assert "13800138000" in header(invite, "From")


# -- answer mode `protocol` --------------------------------------------------------------------


@virtual_time
async def test_only_the_desk_rings_until_the_agent_answers(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await ringing(site, "8004")
        assert not site.network.sent("INVITE", to=phone.host)
        assert len(site.plane.ports) == 1

        phone.answer_calls(after=0.5)
        await desk.about_call("call.answer")
        [invite] = site.network.sent("INVITE", to=phone.host)
        assert header(invite, "Call-Info").endswith(";answer-after=0")
        assert header(invite, "Alert-Info").endswith(";info=alert-autoanswer")

        await asyncio.sleep(8)
        assert (caller.hears, phone.hears) == ("8004", "13800138000")


@virtual_time
async def test_an_answer_is_confirmed_when_the_phone_has_answered(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, _ = await ringing(site, "8004")
        phone.answer_calls(after=2)
        asked_at = site.clock.now()
        await desk.about_call("call.answer")

        assert site.clock.now() - asked_at == pytest.approx(2, abs=0.01)
        await moment()
        assert desk.names[-3:] == [
            "agent.state_changed",
            "call.answered",
            "call.recording_started",
        ]


@virtual_time
async def test_a_phone_that_does_not_obey_in_three_seconds_has_failed(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await ringing(site, "8004")
        phone.answer_calls(after=3.1)
        asked_at = site.clock.now()
        refusal = await desk.refusal_about_call("call.answer")

        assert refusal == (1401, "media_failed")
        assert site.clock.now() - asked_at == pytest.approx(3, abs=0.01)
        await asyncio.sleep(1)
        assert desk.state == "busy(device_failed)"
        assert desk.last("call.offer_withdrawn")["cause"] == "device_failed"
        assert phone.outcome == ("cancelled", 487)
        assert caller.hears == "<music>"


@virtual_time
async def test_a_phone_has_its_three_seconds_even_at_the_end_of_the_ring_time(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await ringing(site, "8004")
        phone.answer_calls(after=2)
        await asyncio.sleep(8.5)
        await desk.about_call("call.answer")
        await asyncio.sleep(8)

        assert caller.hears == "8004"


@virtual_time
async def test_a_phone_that_refuses_makes_the_answer_fail(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, _ = await ringing(site, "8004")
        phone.on_call = lambda call: call.reject(486)

        assert await desk.refusal_about_call("call.answer") == (1401, "media_failed")
        await moment()
        assert desk.state == "busy(device_busy)"


@virtual_time
async def test_a_phone_that_has_just_vanished_makes_the_answer_fail(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, _ = await ringing(site, "8004")
        await phone.register(expires=0)
        await moment()

        assert desk.state == "busy(device_failed)"
        assert await desk.refusal_about_call("call.answer") == (1102, "no_such_call")


@virtual_time
async def test_a_desk_that_lets_it_ring_is_set_busy(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, _ = await ringing(site, "8004")
        await asyncio.sleep(10)

        assert desk.state == "busy(no_answer)"
        assert desk.names.count("agent.no_answer_recorded") == 1
        assert not phone.calls


@virtual_time
async def test_a_caller_who_leaves_while_the_phone_is_called(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, caller = await ringing(site, "8004")
        asyncio.get_running_loop().call_later(1, caller.hang_up)
        refusal = await desk.refusal_about_call("call.answer")

        assert refusal == (1401, "media_failed")
        await moment()
        assert phone.outcome == ("cancelled", 487)
        assert desk.last("call.offer_withdrawn")["cause"] == "caller_left"
        assert desk.state == "idle"


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["call.answer", "call.reject", "call.hangup"])
@virtual_time
async def test_a_call_that_is_not_ones_own_is_no_call(tmp_path: Path, method: str) -> None:
    async with running_site(tmp_path) as site:
        other = await site.desk("1002", "8002")
        desk, _, _ = await ringing(site, "8001")

        assert await desk.refusal_about_call(method, "nonsense") == (1102, "no_such_call")
        assert await other.refusal_about_call(method, desk.call_id) == (1102, "no_such_call")
        assert desk.state == "ringing"


@virtual_time
async def test_what_does_not_fit_the_state_changes_nothing(tmp_path: Path) -> None:
    """A-04"""
    async with running_site(tmp_path) as site:
        desk, phone, _ = await ringing(site, "8001")
        assert await desk.refusal_about_call("call.hangup") == (1101, "wrong_state")
        phone.answer()
        await moment()
        for method in ("call.answer", "call.reject"):
            assert await desk.refusal_about_call(method) == (1101, "wrong_state")
        assert desk.state == "talking"

        await desk.about_call("call.hangup")
        await moment()
        assert await desk.refusal_about_call("call.hangup") == (1102, "no_such_call")


@virtual_time
async def test_agent_get_shows_the_call_as_it_stands(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone, _ = await ringing(site, "8001")
        [call] = (await desk.ask("agent.get"))["calls"]
        assert (call["state"], call["waited_s"]) == ("ringing", pytest.approx(1, abs=0.1))
        phone.answer()
        await asyncio.sleep(20)

        [call] = (await desk.ask("agent.get"))["calls"]
        assert call["call_id"] == desk.call_id
        assert (call["state"], call["waited_s"]) == ("talking", pytest.approx(1, abs=0.1))
        assert [each["role"] for each in call["participants"]] == ["caller", "agent"]
        [offered] = site.told(events.AgentOffered)
        assert call["call_id"] == offered.call_id


def header(message: str, name: str) -> str:
    """The value of a header field."""
    return next(
        line.partition(": ")[2] for line in message.split("\r\n") if line.startswith(f"{name}: ")
    )
