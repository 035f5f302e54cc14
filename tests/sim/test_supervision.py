"""Supervisors with live calls: who hears whom, what is refused, and what goes on through it all."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.switch.auditor import Auditor
from tests.sim.test_agent_commands import served
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

CUSTOMER = "13800138000"
WEST = """
[[agent]]
agent_id = "1009"
name = "Wu"
password = "agent-1009"
team = "west"
class = "supervisor"
skills = { sales = 1 }
"""


async def supervisor(
    site: SimSite, agent_id: str = "1002", seat_no: str = "8002"
) -> tuple[SimDesk, SimPhone]:
    """Bo at 8002, whose phone is picked up at once."""
    phone = await site.phone(seat_no)
    phone.answer_calls()
    return await site.desk(agent_id, seat_no, **{"class": "supervisor", "state": "busy"}), phone


@virtual_time
async def test_who_monitors_hears_both_and_is_heard_by_none(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site)
        before = list(desk.names)
        answer = await boss.ask("supervisor.monitor", target="1001")
        assert answer["call_id"] == desk.call_id
        await moment()
        assert ear.hears == f"{CUSTOMER}+8001"
        assert (caller.hears, phone.hears) == ("8001", CUSTOMER)
        assert boss.state == "talking"
        assert boss.last("call.answered")["call_id"] == desk.call_id
        await boss.ask("supervisor.leave", call_id=desk.call_id)
        await moment()
        assert ear.outcome == ("bye", 200)
        assert boss.state == "busy"
        assert boss.last("call.ended")["by"] == "supervisor"
        assert (caller.hears, phone.hears) == ("8001", CUSTOMER)
        assert desk.names == before, "nobody is told"
        refused = await boss.refusal("supervisor.leave", call_id=desk.call_id)
        assert refused == (1102, "no_such_call")
        acts = [(each.act, each.target, each.outcome) for each in site.told(events.SupervisorActed)]
        assert acts == [
            ("supervisor.monitor", "1001", "done"),
            ("supervisor.leave", "", "done"),
            ("supervisor.leave", "", "no_such_call"),
        ]


@virtual_time
async def test_whisper_and_barge_switch_in_place(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site)
        before = list(desk.names)
        heard = {
            "monitor": ("8001", CUSTOMER),
            "whisper": ("8001", f"{CUSTOMER}+8002"),
            "barge": ("8001+8002", f"{CUSTOMER}+8002"),
        }
        for mode in ("whisper", "barge", "monitor", "barge", "whisper", "monitor"):
            answer = await boss.ask(f"supervisor.{mode}", target="8001")
            await moment()
            assert answer["call_id"] == desk.call_id
            assert (caller.hears, phone.hears) == heard[mode], mode
            assert ear.hears == f"{CUSTOMER}+8001"
        assert len(ear.calls) == 1
        assert desk.names == before
        [span] = site.plane.recordings
        assert span.also == [ear.port], "who barges in is recorded"
        ear.hang_up()
        await moment()
        assert boss.state == "busy"
        assert (caller.hears, phone.hears) == heard["monitor"]
        modes = [each.mode for each in site.told(events.SupervisionStarted)]
        assert modes == ["whisper", "barge", "monitor", "barge", "whisper", "monitor"]


@pytest.mark.parametrize("method", ["monitor", "whisper", "barge", "intercept"])
@virtual_time
async def test_what_is_refused(tmp_path: Path, method: str) -> None:
    async with running_site(tmp_path, more=WEST) as site:
        _caller, desk, _ = await served(site)
        method = f"supervisor.{method}"
        boss = await site.desk("1002", "8002", **{"class": "supervisor"})
        assert await desk.refusal(method, target="nobody") == (1201, "forbidden")
        assert await boss.refusal(method, target="nobody") == (1103, "no_such_target")
        assert await boss.refusal(method, target="1004") == (1103, "no_such_target")
        assert await boss.refusal(method, target="1002") == (1105, "target_not_in_call")
        assert await boss.refusal(method, target="1001") == (1401, "media_failed")
        await site.agent("1004", "8004")
        assert await boss.refusal(method, target="1004") == (1105, "target_not_in_call")
        seat = await site.desk("1009", "8011", **{"class": "supervisor"})
        assert await seat.refusal(method, target="1001") == (1201, "forbidden")
        assert await boss.refusal(method, target="1009") == (1201, "forbidden")


@virtual_time
async def test_a_supervisor_in_a_call_of_their_own_is_refused(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await served(site)
        house = await site.phone("8012")
        house.answer_calls()
        boss, ear = await supervisor(site)
        ear.dial("8012")
        await asyncio.sleep(1)
        assert boss.state == "talking"
        assert await boss.refusal("supervisor.monitor", target="1001") == (1101, "wrong_state")
        ear.hang_up()
        await moment()
        await boss.ask("supervisor.monitor", target="1001")
        await moment()
        assert boss.state == "talking"


@virtual_time
async def test_a_supervisors_phone_that_does_not_answer(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site)
        for how, cause in (
            (lambda call: call.reject(486), "busy"),
            (lambda call: call.reject(603), "rejected"),
        ):
            ear.ring_for(1, how)
            await boss.ask("supervisor.monitor", target="1001")
            await moment()
            assert boss.state == "dialling"
            await asyncio.sleep(2)
            assert boss.last("call.ended")["cause"] == cause
            assert boss.state == "busy"
        ear.ring_for(1000, lambda call: None)
        await boss.ask("supervisor.monitor", target="1001")
        await asyncio.sleep(site.settings.pbx.ring_timeout + 1)
        assert boss.last("call.ended")["cause"] == "no_answer"
        await boss.ask("supervisor.barge", target="1001")
        await boss.ask("supervisor.leave", call_id=desk.call_id)
        await moment()
        assert boss.state == "busy"
        assert (caller.hears, phone.hears) == ("8001", CUSTOMER)


@pytest.mark.parametrize("connected", [False, True])
@virtual_time
async def test_who_intercepts_has_the_call_and_the_agent_is_free(
    tmp_path: Path, connected: bool
) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site)
        if connected:
            await boss.ask("supervisor.monitor", target="1001")
            await moment()
        await boss.ask("supervisor.intercept", target="1001")
        await asyncio.sleep(1)
        assert phone.outcome == ("bye", 200)
        assert desk.state == "idle"
        assert desk.names.count("call.ended") == 1
        assert (caller.hears, ear.hears) == ("8002", CUSTOMER)
        if connected:  # else the supervisor has yet to say something
            heard = [heard for _, heard in caller.port.heard_log]
            assert heard[-3:] == ["8001", "8001+8002", "8002"], "by way of a mix, without a pause"
        assert boss.names.count("call.answered") == 1
        assert "call.ended" not in boss.names
        assert (boss.state, site.call.call_id) == ("talking", desk.call_id)
        await boss.ask("call.hold", call_id=desk.call_id)
        await moment()
        assert caller.hears == "<music>"
        await boss.ask("call.hangup", call_id=desk.call_id)
        await moment()
        assert caller.outcome == ("bye", 200)
        assert boss.state == "busy"
        assert boss.names.count("call.ended") == 1


@pytest.mark.parametrize("who", ["caller", "agent", "boss signs out", "agent signs out"])
@virtual_time
async def test_a_supervision_ends(tmp_path: Path, who: str) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site)
        await boss.ask("supervisor.barge", target="1001")
        await moment()
        match who:
            case "caller":
                caller.hang_up()
            case "agent":
                phone.hang_up()
            case "boss signs out":
                await boss.ask("agent.logout")
            case _:
                await desk.ask("agent.logout")
        await moment()
        assert ear.outcome == ("bye", 200)
        if who == "boss signs out":
            assert (caller.hears, phone.hears) == ("8001", CUSTOMER)
        else:
            assert boss.state == "busy"
            assert boss.names.count("call.ended") == 1


@virtual_time
async def test_hold_is_survived(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site)
        await boss.ask("supervisor.whisper", target="1001")
        await moment()
        await desk.about_call("call.hold")
        await moment()
        assert (caller.hears, phone.hears, ear.hears) == ("<music>", "8002", "8001")
        await desk.about_call("call.retrieve")
        await moment()
        assert (caller.hears, phone.hears) == ("8001", f"{CUSTOMER}+8002")
        assert ear.hears == f"{CUSTOMER}+8001"
        await desk.about_call("call.mute")
        await moment()
        assert (caller.hears, ear.hears) == ("", CUSTOMER)


@pytest.mark.parametrize("follow", ["agent", "call"])
@virtual_time
async def test_consultation_and_transfer_are_survived(tmp_path: Path, follow: str) -> None:
    more = WEST.replace('team = "west"\n', "").replace('class = "supervisor"\n', "")
    async with running_site(tmp_path, more=more) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site)
        helper = await site.phone("8011")
        helper.answer_calls()
        helped = await site.desk("1009", "8011")
        await boss.ask("supervisor.monitor", target="1001", follow=follow)
        await moment()
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1009"})
        await asyncio.sleep(1)
        assert (caller.hears, phone.hears, helper.hears) == ("<music>", "8011", "8001")
        assert ear.hears == ("8001+8011" if follow == "agent" else "")
        await desk.about_call("call.toggle")
        await moment()
        assert ear.hears == f"{CUSTOMER}+8001"
        await desk.about_call("call.toggle")
        await moment()
        await desk.about_call("call.complete_transfer")
        await asyncio.sleep(1)
        assert (caller.hears, helper.hears) == ("8011", CUSTOMER)
        if follow == "agent":
            assert (ear.idle, boss.state) == (True, "busy")
            return
        assert ear.hears == f"{CUSTOMER}+8011"
        await boss.ask("supervisor.whisper", target="1001")
        await moment()
        assert (caller.hears, helper.hears) == ("8011", f"{CUSTOMER}+8002")
        await boss.ask("supervisor.leave", call_id=desk.call_id)
        await moment()
        assert helper.hears == CUSTOMER
        assert helped.state == "talking"


@pytest.mark.parametrize("allowed", [False, True])
@virtual_time
async def test_a_call_that_goes_to_another_team(tmp_path: Path, allowed: bool) -> None:
    more = WEST + ("[agent_proto]\nfollow_calls = true\n" if allowed else "")
    async with running_site(tmp_path, more=more) as site:
        caller, desk, _phone = await served(site)
        boss, ear = await supervisor(site)
        other = await site.phone("8011")
        other.answer_calls()
        await site.desk("1009", "8011")
        await boss.ask("supervisor.monitor", target="1001", follow="call")
        await moment()
        await desk.ask("call.transfer", call_id=desk.call_id, target={"agent": "1009"})
        await asyncio.sleep(1)
        assert (caller.hears, other.hears) == ("8011", CUSTOMER)
        assert ear.idle is not allowed
        if allowed:
            assert ear.hears == f"{CUSTOMER}+8011"
        else:
            assert boss.last("call.ended")["cause"] == "other_team"


@virtual_time
async def test_who_is_asked_may_be_monitored(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _caller, desk, _phone = await served(site)
        boss, ear = await supervisor(site, "1002", "8011")
        helped, helper = await site.agent("1004", "8002")
        helper.answer_calls()
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await asyncio.sleep(1)
        await boss.ask("supervisor.whisper", target="1004")
        await moment()
        assert (ear.hears, helper.hears) == ("8001+8002", "8001+8011")
        assert await boss.refusal("supervisor.intercept", target="1004") == (1101, "wrong_state")
        await helped.ask("agent.logout")
        await moment()
        assert ear.idle


@virtual_time
async def test_the_auditor_knows_supervisors(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await served(site)
        boss, _ear = await supervisor(site)
        await boss.ask("supervisor.monitor", target="1001")
        await moment()
        auditor = Auditor(site.exchange.services, site.exchange.switchboard)
        for _ in range(3):
            auditor.look()
        assert auditor.healed == 0
        assert boss.state == "talking"


@virtual_time
async def test_a_conference_is_survived(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site, "1002", "8011")
        _, helper = await site.agent("1004", "8002")
        helper.answer_calls()
        await boss.ask("supervisor.whisper", target="1001")
        await moment()
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await asyncio.sleep(1)
        assert (phone.hears, helper.hears) == ("8002+8011", "8001")
        await desk.about_call("call.conference")
        await moment()
        assert ear.hears == f"{CUSTOMER}+8001+8002"
        assert (caller.hears, phone.hears) == ("8001+8002", f"{CUSTOMER}+8002+8011")
        await boss.ask("supervisor.barge", target="1001")
        await moment()
        assert caller.hears == "8001+8002+8011"
        assert helper.hears == f"{CUSTOMER}+8001+8011"
        await desk.about_call("call.hangup")
        await moment()
        assert (caller.hears, helper.hears) == ("8002", CUSTOMER)
        assert ear.idle


@virtual_time
async def test_a_recording_by_a_supervisor(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=WEST) as site:
        caller, desk, _phone = await served(site)
        boss = await site.desk("1002", "8002", **{"class": "supervisor"})
        before = list(desk.names)
        asked = {"target": "1001", "name": "../a complaint"}
        answer = await boss.ask("supervisor.record", **asked)
        assert answer == {"call_id": desk.call_id}
        await asyncio.sleep(1)
        automatic, named = site.plane.recordings
        assert "a_complaint" in named.path
        assert (named.left, named.right) == (automatic.left, automatic.right)
        assert boss.last("call.recording_started")["name"] == "../a complaint"
        assert boss.state == "busy(device_failed)", "no phone is needed"
        assert desk.names == before
        assert await boss.refusal("supervisor.record", **asked) == (1101, "wrong_state")
        missing = await boss.refusal("supervisor.record", target="1004", name="x")
        assert missing == (1103, "no_such_target")
        other = await site.desk("1009", "8011", **{"class": "supervisor"})
        assert await other.refusal("supervisor.record", **asked) == (1201, "forbidden")
        assert await desk.refusal("supervisor.record", **asked) == (1201, "forbidden")
        caller.hang_up()
        await moment()
        assert named.stopped_at is not None
        assert boss.last("call.recording_stopped")["name"] == "../a complaint"
        refused = await boss.refusal("supervisor.record", **asked)
        assert refused == (1105, "target_not_in_call")


@virtual_time
async def test_a_supervisor_calls_an_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=WEST) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls(after=1)
        boss, ear = await supervisor(site)
        assert await desk.refusal("supervisor.call", target="1002") == (1201, "forbidden")
        for target, name in (("1002", "no_such_target"), ("1004", "no_such_target")):
            assert (await boss.refusal("supervisor.call", target=target))[1] == name
        await site.desk("1009", "8012", **{"class": "supervisor"})
        assert await boss.refusal("supervisor.call", target="1009") == (1201, "forbidden")
        await desk.ask("agent.set_busy")
        refused = await boss.refusal("supervisor.call", target="1001")
        assert refused == (1104, "target_not_idle")
        await desk.ask("agent.set_idle")
        answer = await boss.ask("supervisor.call", target="8001")
        await asyncio.sleep(2)
        assert (ear.hears, phone.hears) == ("8001", "8002")
        assert answer["call_id"] == desk.call_id
        assert (boss.state, desk.state) == ("talking", "talking")
        phone.hang_up()
        await moment()
        assert (boss.state, desk.state) == ("busy", "idle")


@virtual_time
async def test_from_one_agent_to_the_next(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site, "1002", "8011")
        other, handset = await site.agent("1004", "8002")
        handset.answer_calls()
        second = await site.caller("13900139000")
        second.dial("4001")
        await asyncio.sleep(8)
        await boss.ask("supervisor.whisper", target="1001")
        await moment()
        assert phone.hears == f"{CUSTOMER}+8011"
        answer = await boss.ask("supervisor.barge", target="1004")
        await moment()
        assert answer["call_id"] == other.call_id
        assert (len(ear.calls), ear.hears) == (1, "13900139000+8002")
        assert (phone.hears, handset.hears) == (CUSTOMER, "13900139000+8011")
        refused = await boss.refusal("supervisor.leave", call_id=desk.call_id)
        assert refused == (1102, "no_such_call")
        await boss.ask("supervisor.intercept", target="1001")
        await asyncio.sleep(1)
        assert (caller.hears, ear.hears) == ("8011", CUSTOMER)
        assert (phone.idle, handset.hears) == (True, "13900139000")
        assert (len(ear.calls), boss.state) == (1, "talking")
        refused = await boss.refusal("supervisor.monitor", target="1004")
        assert refused == (1101, "wrong_state")


@virtual_time
async def test_to_hang_up_is_to_leave(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site)
        await boss.ask("supervisor.barge", target="1001")
        await moment()
        await boss.ask("call.hangup", call_id=desk.call_id)
        await moment()
        assert (ear.outcome, boss.state) == (("bye", 200), "busy")
        assert (caller.hears, phone.hears) == ("8001", CUSTOMER)


@virtual_time
async def test_intercepting_too_late(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, desk, phone = await served(site)
        boss, ear = await supervisor(site, "1002", "8011")
        ear.answer_calls(after=1)
        _, helper = await site.agent("1004", "8002")
        helper.answer_calls()
        await boss.ask("supervisor.intercept", target="1001")
        await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
        await asyncio.sleep(2)
        assert (boss.last("call.ended")["cause"], boss.state) == ("failed", "busy")
        assert (ear.idle, phone.hears, caller.hears) == (True, "8002", "<music>")
