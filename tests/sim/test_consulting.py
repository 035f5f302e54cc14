"""Agents ask somebody and give calls on by command: consult, complete, keep, toggle, transfer."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.sim.test_agent_commands import served
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time

OUT = '[[route]]\nname = "out"\ntrunks = ["carrier"]\n'


@virtual_time
async def test_asking_a_colleague_and_keeping_the_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        helped, helper = await site.agent("1004", "8002")
        helper.answer_calls(after=1)
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await moment()
        assert (caller.hears, phone.hears) == ("<music>", "<ringback>")
        assert desk.last("call.consulting")["target"] == "agent:1004"
        assert helped.call_id == desk.call_id
        assert helped.state == "ringing"
        assert helped.last("call.ringing")["ani"] == "13800138000"
        assert await desk.refusal_about_call("call.toggle") == (1101, "wrong_state")
        assert await desk.refusal_about_call("call.hold") == (1101, "wrong_state")
        await asyncio.sleep(1)
        assert (caller.hears, phone.hears, helper.hears) == ("<music>", "8002", "8001")
        assert desk.last("call.participant_joined")["participant"] == {
            "role": "consulted",
            "seat_no": "8002",
        }
        assert helped.state == "talking"
        await desk.about_call("call.toggle")
        await moment()
        assert (caller.hears, phone.hears, helper.hears) == ("8001", "13800138000", "<music>")
        await desk.about_call("call.toggle")
        await moment()
        assert (caller.hears, phone.hears, helper.hears) == ("<music>", "8002", "8001")
        await desk.about_call("call.keep")
        await moment()
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        assert helper.outcome == ("bye", 200)
        assert helped.state == "idle"
        assert helped.names[-3:].count("call.ended") == 1
        assert "call.participant_left" in desk.names
        assert await desk.refusal_about_call("call.keep") == (1110, "no_consultation")
        [span] = site.plane.recordings
        assert span.stopped_at is None, "the recording goes on"


@pytest.mark.parametrize("answered", [True, False])
@virtual_time
async def test_completing_a_transfer(tmp_path: Path, answered: bool) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        await desk.ask("call.set_data", call_id=desk.call_id, data={"order": 17})
        helped, helper = await site.agent("1004", "8002")
        helper.answer_calls(after=1)
        await desk.ask("call.consult", call_id=desk.call_id, target={"seat": "8002"})
        await moment()
        assert helped.last("call.ringing")["data"] == {"order": 17}
        if answered:
            await asyncio.sleep(2)
        await desk.about_call("call.complete_transfer")
        await moment()
        assert phone.outcome == ("bye", 200)
        assert desk.state == "idle", "free at once (A-03)"
        assert desk.last("call.ended")["cause"] == "transferred"
        await asyncio.sleep(2)
        assert (caller.hears, helper.hears) == ("8002", "13800138000")
        assert site.call.call_id == desk.call_id == helped.call_id
        assert helped.names.count("call.answered") == 1
        assert desk.last("call.transferred")["to"] == "8002"
        await helped.about_call("call.hangup")
        await moment()
        assert caller.outcome == ("bye", 200)
        assert helped.state == "idle"
        assert helped.names.count("call.ended") == 1


@virtual_time
async def test_completed_while_it_rings_and_nobody_answers(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        phone.ring_for(5, lambda call: call.answer(phone.media()))
        _, helper = await site.agent("1004", "8002")
        helper.ring_for(2, lambda call: call.reject(603))
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await desk.about_call("call.complete_transfer")
        await asyncio.sleep(3)
        assert [each.queue for each in site.told(events.QueueEntered)] == ["sales", "sales"]
        assert caller.hears == "<music>"
        await asyncio.sleep(8)
        assert caller.up


@pytest.mark.parametrize("how", ["refuses", "hangs up"])
@virtual_time
async def test_a_consultation_that_fails_ends_by_itself(tmp_path: Path, how: str) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        _, helper = await site.agent("1004", "8002")
        if how == "refuses":
            helper.ring_for(1, lambda call: call.reject(486))
        else:
            helper.answer_calls()
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await asyncio.sleep(2)
        if how == "hangs up":
            helper.hang_up()
            await moment()
        cause = "busy" if how == "refuses" else "hangup"
        assert desk.last("call.consult_failed")["cause"] == cause
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        assert desk.state == "talking"


@virtual_time
async def test_whom_no_command_reaches(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, desk, _ = await served(site)
        busy, _ = await site.agent("1004", "8002")
        await busy.ask("agent.set_busy")
        for method in ("call.consult", "call.transfer"):
            for target, name in (
                ({"agent": "1004"}, "target_not_idle"),
                ({"seat": "8002"}, "target_not_idle"),
                ({"agent": "1002"}, "no_such_target"),
                ({"seat": "8099"}, "no_such_target"),
                ({"seat": "8004"}, "no_such_target"),
                ({"seat": "8001"}, "no_such_target"),
                ({"supervisor": "1004"}, "no_such_target"),
                ({"queue": "nowhere"}, "no_such_target"),
                ({"flow": "nowhere"}, "no_such_target"),
                ({"number": "7"}, "no_such_target"),
                ({"number": "13900139000"}, "number_not_allowed"),
                ({"seat": "8002", "agent": "1004"}, "invalid_params"),
                ({}, "invalid_params"),
            ):
                _, refused = await desk.refusal(method, call_id=desk.call_id, target=target)
                assert refused == name, (method, target)
        for method in ("call.complete_transfer", "call.keep", "call.toggle"):
            assert await desk.refusal_about_call(method) == (1110, "no_consultation")


@virtual_time
async def test_a_blind_transfer_to_a_colleague(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        helped, helper = await site.agent("1004", "8002")
        helper.answer_calls(after=1)
        await desk.ask("call.transfer", call_id=desk.call_id, target={"seat": "8002"})
        await moment()
        assert (phone.outcome, desk.state, caller.hears) == (("bye", 200), "idle", "<ringback>")
        await asyncio.sleep(2)
        assert (caller.hears, helper.hears) == ("8002", "13800138000")
        assert helped.call_id == desk.call_id


@virtual_time
async def test_a_blind_transfer_to_a_queue_and_to_a_flow(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        await desk.ask("call.set_data", call_id=desk.call_id, data={"order": 17})
        helper = await site.phone("8002")
        helper.answer_calls()
        helped = await site.desk("1002", "8002", **{"class": "supervisor"})
        await asyncio.sleep(1)
        await desk.ask("call.transfer", call_id=desk.call_id, target={"queue": "support"})
        await asyncio.sleep(8)
        assert (caller.hears, helper.hears) == ("8002", "13800138000")
        assert helped.last("call.ringing")["queue"] == "support"
        assert helped.last("call.ringing")["data"]["order"] == 17
        assert helped.call_id == desk.call_id
        assert phone.outcome == ("bye", 200)
        await helped.ask("call.transfer", call_id=desk.call_id, target={"flow": "welcome"})
        await asyncio.sleep(2)
        assert helped.state == "acw"
        assert [each.flow for each in site.told(events.FlowStarted)][-1] == "welcome"
        assert caller.up


@virtual_time
async def test_a_blind_transfer_to_a_supervisor(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        await desk.ask("call.set_data", call_id=desk.call_id, data={"order": 17})
        (await site.phone("8002")).answer_calls(after=1)
        boss = await site.desk("1002", "8002", **{"class": "supervisor"})
        target = {"supervisor": "1002"}
        await desk.ask("call.transfer", call_id=desk.call_id, target=target)
        await asyncio.sleep(2)
        assert (phone.outcome, caller.hears, boss.state) == (("bye", 200), "8002", "talking")
        ringing = boss.last("call.ringing")
        assert (ringing["call_id"], ringing["data"]) == (desk.call_id, {"order": 17})


@virtual_time
async def test_a_blind_transfer_to_an_outside_number(tmp_path: Path) -> None:
    more = OUT + '[pbx]\nwhitelist = ["13900139000"]\n'
    async with running_site(tmp_path, more=more) as site:
        gateway = await site.gateway("10.0.0.9")
        gateway.answer_calls(after=1)
        caller, desk, phone = await served(site)
        await desk.ask("call.transfer", call_id=desk.call_id, target={"number": "13900139000"})
        await moment()
        assert (phone.outcome, desk.state) == (("bye", 200), "idle")
        await asyncio.sleep(2)
        assert (caller.hears, gateway.hears) == ("gateway", "13800138000")
        gateway.hang_up()
        await moment()
        assert caller.outcome == ("bye", 200)


@virtual_time
async def test_a_customer_leaves_while_somebody_is_asked(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        helped, helper = await site.agent("1004", "8002")
        helper.answer_calls()
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await asyncio.sleep(1)
        caller.hang_up()
        await moment()
        assert (phone.idle, helper.idle) == (True, True)
        assert (desk.state, helped.state) == ("idle", "idle")
        assert helped.names.count("call.ended") == 1


@virtual_time
async def test_who_asks_signs_out(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        helped, helper = await site.agent("1004", "8002")
        helper.answer_calls()
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await asyncio.sleep(1)
        await desk.ask("agent.logout")
        await moment()
        assert (phone.idle, helper.idle, caller.idle) == (True, True, True)
        assert helped.state == "idle"


@virtual_time
async def test_the_phone_of_who_asks_dies(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        helped, helper = await site.agent("1004", "8002")
        helper.answer_calls()
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await asyncio.sleep(1)
        phone.die()
        await asyncio.sleep(60)
        assert site.state("1001") == "busy(device_failed)"
        assert caller.up, "and waits, or talks with somebody else"
        assert helped.names.count("call.ended") >= 1


@virtual_time
async def test_who_is_asked_answers_or_refuses_at_the_desk(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        helped, helper = await site.agent("1004", "8004")  # answer mode `protocol`
        helper.answer_calls()
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await moment()
        assert helper.calls == [], "only the desk rings"
        [call] = (await helped.ask("agent.get"))["calls"]
        assert call["state"] == "ringing"
        await helped.about_call("call.reject")
        await moment()
        assert desk.last("call.consult_failed")["cause"] == "rejected"
        assert helped.last("call.offer_withdrawn")["cause"] == "rejected"
        assert (caller.hears, phone.hears) == ("8001", "13800138000")

        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await moment()
        await helped.about_call("call.answer")
        await moment()
        assert (caller.hears, phone.hears, helper.hears) == ("<music>", "8004", "8001")
        await desk.about_call("call.keep")
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        helper.on_call = lambda call: call.ring()
        await moment()
        assert await helped.refusal_about_call("call.answer") == (1401, "media_failed")
        await moment()
        assert desk.last("call.consult_failed")["cause"] == "unreachable"
        assert helped.state == "idle"


@pytest.mark.parametrize("how", ["command", "key"])
@virtual_time
async def test_who_was_held_before_hears_music_again_afterwards(tmp_path: Path, how: str) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        _, helper = await site.agent("1004", "8002")
        helper.answer_calls()
        if how == "command":
            await desk.about_call("call.hold")
        else:
            phone.offer("sendonly")
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await asyncio.sleep(1)
        await desk.about_call("call.keep")
        await moment()
        assert caller.hears == "<music>"
        if how == "command":
            await desk.about_call("call.retrieve")
        else:
            phone.offer("sendrecv")
        await moment()
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_nobody_dials_while_their_desk_rings(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, desk, _ = await served(site)
        helped, helper = await site.agent("1004", "8004")  # answer mode `protocol`
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await moment()
        helper.dial("4002")
        await moment()
        assert helper.outcome == ("rejected", 486)
        await asyncio.sleep(site.settings.pbx.ring_timeout)
        assert helped.state == "idle"


@pytest.mark.parametrize("how", ["agent.logout", "call.hangup", "ringing"])
@virtual_time
async def test_who_is_asked_leaves(tmp_path: Path, how: str) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        helped, helper = await site.agent("1004", "8002")
        if how != "ringing":
            helper.answer_calls()
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await asyncio.sleep(1)
        if how == "call.hangup":
            await helped.about_call(how)
        else:
            await helped.ask("agent.logout")
        await moment()
        assert helper.idle
        assert "call.consult_failed" in desk.names
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
