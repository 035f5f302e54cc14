"""A call from the menu to the last good-bye: the whole way, and what everybody hears on it."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time

WELCOME = "Welcome, and thank you for calling."
MENU = "For sales, press 1. For support, press 2. To leave a message, press 0."
ANNOUNCEMENT = "Agent 1 0 0 1 at your service."


@virtual_time
async def test_a_caller_goes_through_the_menu_to_an_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        caller.press("1")
        await asyncio.sleep(3)
        ringing = desk.last("call.ringing")
        phone.answer()
        await asyncio.sleep(20)
        caller.hang_up()
        await moment()

        told = {key: ringing[key] for key in ("ani", "dnis", "service", "queue", "data")}
        assert told == {
            "ani": "13800138000",
            "dnis": "4000",
            "service": "sales",
            "queue": "sales",
            "data": {},
        }
        assert ringing["answer_within_s"] == 10
        assert desk.last("call.answered")["participants"] == [
            {"role": "caller", "number": "13800138000"},
            {"role": "agent", "seat_no": "8001"},
        ]
        ended = desk.last("call.ended")
        assert (ended["cause"], ended["by"], ended["talk_s"]) == ("hangup", "caller", 20)
        assert desk.states == ["idle", "ringing", "talking", "idle"]
        assert phone.outcome == ("bye", 200)


@virtual_time
async def test_the_caller_hears_welcome_menu_music_the_number_and_the_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        port = caller.port
        caller.press("1")
        await asyncio.sleep(3.5)
        phone.answer()
        await asyncio.sleep(20)

        assert [(at - 1000, heard) for at, heard in port.heard_log if heard] == [
            (0, WELCOME),
            (1, MENU),
            (1.5, "<music>"),
            (5, ANNOUNCEMENT),
            (5 + 6, "8001"),
        ]


@virtual_time
async def test_nobody_hears_the_other_before_the_answer(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(3)
        site.plane.ports[1].says = "sounds from the agent's room"
        assert [port.heard for port in site.plane.ports] == ["<music>", ""]

        phone.answer()
        await moment()
        assert caller.hears == phone.hears == ANNOUNCEMENT
        await asyncio.sleep(10)
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_both_are_told_the_agents_number_before_they_talk(tmp_path: Path) -> None:
    """WZ-T17"""
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        await moment()
        ports = caller.port, phone.port
        await asyncio.sleep(10)

        for port in ports:
            assert [heard for _, heard in port.heard_log if heard][-2] == ANNOUNCEMENT


@virtual_time
async def test_an_announcement_still_being_made_delays_the_talk_by_a_second(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        site.prompts.rendering_s = 5.0
        phone.answer()
        await asyncio.sleep(0.9)
        assert caller.hears == phone.hears == ""
        await asyncio.sleep(0.2)
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        assert [entry["event"] for entry in site.expect_errors()] == ["agent not announced"]

        phone.hang_up()
        await moment()
        assert (desk.state, caller.outcome) == ("idle", ("bye", 200))


@virtual_time
async def test_an_announcement_that_cannot_be_made_costs_no_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        site.prompts.missing.add("Agent")
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        await moment()

        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        assert [entry["event"] for entry in site.expect_errors()] == ["agent not announced"]


@pytest.mark.parametrize("by", ["desk", "phone"])
@virtual_time
async def test_the_agent_hangs_up_and_the_caller_is_released(tmp_path: Path, by: str) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        await asyncio.sleep(20)
        if by == "desk":
            await desk.about_call("call.hangup")
        else:
            phone.hang_up()
        await moment()

        assert caller.outcome == ("bye", 200)
        ended = desk.last("call.ended")
        assert (ended["cause"], ended["by"], ended["talk_s"]) == ("hangup", "agent", 20)
        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by, end.sip_code) == ("hangup", "agent", 200)


@virtual_time
async def test_the_talk_is_recorded_and_told(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        await moment()
        left, right = caller.port, phone.port
        await asyncio.sleep(20)
        caller.hang_up()
        await moment()

        [span] = site.plane.recordings
        assert (span.left, span.right) == (left, right)
        [stopped] = site.told(events.RecordingStopped)
        assert str(tmp_path / "recordings" / stopped.path) == span.path
        assert stopped.path == f"2025-10-09/{desk.call_id}.wav"
        assert Path(span.path).parent.is_dir()
        assert desk.last("call.recording_stopped")["duration_s"] == 20.01


@virtual_time
async def test_a_disk_that_refuses_the_recording_is_told_and_the_talk_goes_on(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        (tmp_path / "recordings").write_text("no folder")
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        await asyncio.sleep(10)

        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        [failed] = site.told(events.RecordingFailed)
        assert "recordings" in failed.error
        assert not [name for name in desk.names if "recording" in name]


@virtual_time
async def test_a_caller_who_offers_nothing_is_offered_to(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001", body=b"")
        await moment()
        phone.answer()
        await asyncio.sleep(10)

        assert (caller.hears, phone.hears) == ("8001", "13800138000")
