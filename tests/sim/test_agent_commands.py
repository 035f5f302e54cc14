"""What agents do with a live call at their desk: hold, mute, attach data."""

import asyncio
import json
from pathlib import Path

import pytest

import acd
from agent_proto.connection import Connection, Step
from agent_proto.framing import Line
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
async def test_a_caller_who_is_held_hears_music_until_retrieved(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        assert await desk.refusal_about_call("call.retrieve") == (1101, "wrong_state")
        await desk.about_call("call.hold")
        await moment()
        assert (caller.hears, phone.hears) == ("<music>", "")
        assert await desk.refusal_about_call("call.hold") == (1101, "wrong_state")
        [call] = (await desk.ask("agent.get"))["calls"]
        assert (call["held"], call["state"]) == (True, "talking")
        await desk.about_call("call.retrieve")
        await moment()
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        assert [name for name in desk.names if name in ("call.held", "call.retrieved")] == [
            "call.held",
            "call.retrieved",
        ]
        [span] = site.plane.recordings
        assert span.stopped_at is None, "the recording goes on"


@virtual_time
async def test_a_hold_by_the_phones_key_is_told_and_is_the_phones_to_end(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        phone.offer("sendonly")
        await moment()
        assert desk.names[-1] == "call.held"
        assert await desk.refusal_about_call("call.retrieve") == (1101, "wrong_state")
        phone.offer("sendrecv")
        await moment()
        assert desk.names[-1] == "call.retrieved"
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_who_is_muted_hears_and_is_not_heard(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        for _ in range(2):
            await desk.about_call("call.mute")
            assert (caller.hears, phone.hears) == ("", "13800138000")
        await desk.about_call("call.hold")
        await desk.about_call("call.retrieve")
        await moment()
        assert (caller.hears, phone.hears) == ("", "13800138000"), "muted as before"
        await desk.about_call("call.unmute")
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_data_are_attached_and_told(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, desk, _ = await served(site)
        call_id = desk.call_id
        await desk.ask("call.set_data", call_id=call_id, data={"order": 17, "vip": True})
        await desk.ask("call.set_data", call_id=call_id, data={"vip": False})
        assert desk.last("call.data_changed")["data"] == {"order": 17, "vip": False}
        assert await desk.refusal("call.set_data", call_id=call_id, data={"x": "y" * 20_000}) == (
            1004,
            "out_of_range",
        )
        [call] = (await desk.ask("agent.get"))["calls"]
        assert call["data"] == {"order": 17, "vip": False}


@virtual_time
async def test_commands_about_no_call_of_ones_own_are_refused(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, desk, _ = await served(site)
        stranger, _ = await site.agent("1004", "8002")
        for method in ("call.hold", "call.retrieve", "call.mute", "call.unmute", "call.hangup"):
            assert await stranger.refusal(method, call_id=desk.call_id) == (1102, "no_such_call")
            assert await desk.refusal(method, call_id="none") == (1102, "no_such_call")
        refused = await stranger.refusal("call.set_data", call_id=desk.call_id, data={})
        assert refused == (1102, "no_such_call")


@virtual_time
async def test_commands_of_a_talk_are_refused_while_it_rings(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        for method in ("call.hold", "call.retrieve", "call.mute", "call.unmute", "call.hangup"):
            assert await desk.refusal_about_call(method) == (1101, "wrong_state")


@virtual_time
async def test_there_is_no_fax_yet(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, desk, _ = await served(site)
        for method in ("call.receive_fax", "call.send_fax"):
            refused = await desk.refusal(method, call_id=desk.call_id, file="offer.pdf")
            assert refused == (1108, "no_fax_resource")


@virtual_time
async def test_recording_by_name(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, desk, _ = await served(site)
        call_id = desk.call_id
        asked = {"call_id": call_id, "name": "../order 17"}
        await desk.ask("call.start_recording", **asked)
        assert desk.last("call.recording_started")["name"] == "../order 17"
        assert await desk.refusal("call.start_recording", **asked) == (1101, "wrong_state")
        _, named = site.plane.recordings
        assert Path(named.path).name == f"{call_id}-___order_17-1.wav"
        await desk.ask("call.stop_recording", **asked)
        await moment()
        assert desk.last("call.recording_stopped")["name"] == "../order 17"
        assert named.stopped_at is not None
        assert await desk.refusal("call.stop_recording", **asked) == (1101, "wrong_state")
        await desk.ask("call.start_recording", **asked)
        await desk.about_call("call.hangup")
        await moment()
        assert all(span.stopped_at is not None for span in site.plane.recordings)


@virtual_time
async def test_only_a_talk_with_the_outside_is_recorded_by_name(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        _, other = await site.agent("1004", "8002")
        phone.answer_calls()
        other.answer_calls()
        call_id = (await desk.ask("call.dial", number="8002"))["call_id"]
        await moment()
        refused = await desk.refusal("call.start_recording", call_id=call_id, name="x")
        assert refused == (1111, "not_outside_party")


@virtual_time
async def test_an_agent_is_released_and_the_caller_hears_it_twice(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        await desk.ask("call.play", call_id=desk.call_id, text="Closed today.", then="release")
        await moment()
        assert phone.outcome == ("bye", 200)
        assert desk.state == "idle"
        assert caller.hears == "Closed today. Closed today."
        await asyncio.sleep(1.5)
        assert caller.up
        await asyncio.sleep(1)
        assert caller.outcome == ("bye", 200)
        assert desk.names.count("call.playback_finished") == 1


@virtual_time
async def test_words_within_the_talk(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        await desk.ask("call.play", call_id=desk.call_id, prompt="fares.wav", then="return")
        await moment()
        assert caller.hears == "fares.wav"
        await asyncio.sleep(1.5)
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        assert desk.names[-1] == "call.playback_finished"
        refused = await desk.refusal(
            "call.play", call_id=desk.call_id, prompt="../etc/x.wav", then="return"
        )
        assert refused == (1112, "no_such_prompt")
        _, name = await desk.refusal("call.play", call_id=desk.call_id, then="return")
        assert name == "invalid_params"


@virtual_time
async def test_after_call_work_is_prolonged_and_ended(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        assert await desk.refusal("agent.finish_acw") == (1101, "wrong_state")
        assert await desk.refusal("agent.extend_acw", seconds=10) == (1101, "wrong_state")
        for _ in range(2):
            caller = await site.caller()
            caller.dial("4002")
            await asyncio.sleep(8)
            caller.hang_up()
            await moment()
            assert desk.state == "acw"
            assert (await desk.ask("agent.extend_acw", seconds=20))["state"] == "acw"
            await asyncio.sleep(30)
            assert desk.state == "acw", "15 seconds and 20 more"
            if desk.states.count("acw") == 1:
                assert (await desk.ask("agent.finish_acw"))["state"] == "idle"
        await asyncio.sleep(6)
        assert desk.state == "idle"


@virtual_time
async def test_what_a_request_leads_to_follows_its_answer_in_order(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.desk("1001", "8001")
        before = len(desk.transcript)
        await desk.ask("agent.request_break", reason="lunch")
        await moment()
        heard = [json.loads(line).get("method", "answer") for line in desk.transcript[before:]]
        assert heard == [
            "agent.request_break",
            "answer",
            "agent.state_changed",
            "agent.break_granted",
        ]


@virtual_time
async def test_what_happened_before_a_request_is_told_before_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.desk("1001", "8001")
        receive = Connection.receive

        def receive_too_late(connection: Connection, line: Line, now: float) -> Step | None:
            site.exchange.dispatcher.post(acd.AgentSetBusy("1001", "meeting"))
            return receive(connection, line, now)

        monkeypatch.setattr(Connection, "receive", receive_too_late)
        before = len(desk.transcript)
        assert (await desk.ask("agent.get"))["state"] == "busy"
        heard = [json.loads(line).get("method", "answer") for line in desk.transcript[before:]]
        assert heard == ["agent.get", "agent.state_changed", "answer"]


@virtual_time
async def test_who_is_signed_out_is_told_all_that_went_before(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        phone.answer()
        await moment()
        before = len(desk.told)
        site.exchange.desk.sign_out_all("shutdown")
        await moment()
        assert desk.names[before:] == ["call.ended", "agent.logged_out"]
        assert desk.last("call.ended")["cause"] == "logout"
