"""`call.dial`: the agent's own phone first, then another seat or the outside."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.speech.prompt import NetworkTone
from callcenter.switch.tones import network_tone
from tests.sim.test_agent_commands import served
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time

OUT = '[[route]]\nname = "out"\ntrunks = ["carrier"]\n[pbx]\nwhitelist = ["13900139000"]\n'


@virtual_time
async def test_dialling_outside(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=OUT) as site:
        gateway = await site.gateway("10.0.0.9")
        gateway.answer_calls(after=2)
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        call_id = (await desk.ask("call.dial", number="13900139000", data={"order": 17}))["call_id"]
        await asyncio.sleep(1)
        assert phone.calls[0].end is None
        assert phone.hears == "<ringback>"
        assert desk.last("call.dialling") | {"number": "13900139000"} == desk.last("call.dialling")
        assert desk.last("call.remote_ringing")["call_id"] == call_id
        assert desk.state == "dialling"
        assert await desk.refusal("call.dial", number="13900139000") == (1101, "wrong_state")
        await asyncio.sleep(2)
        assert (phone.hears, gateway.hears) == ("gateway", "8001")
        assert desk.state == "talking"
        [call] = (await desk.ask("agent.get"))["calls"]
        assert (call["state"], call["data"]) == ("talking", {"order": 17})
        await desk.ask("call.hold", call_id=call_id)
        await moment()
        assert (phone.hears, gateway.hears) == ("", "<music>")
        await desk.ask("call.hangup", call_id=call_id)
        await moment()
        assert (desk.state, gateway.idle, phone.idle) == ("idle", True, True)
        assert desk.names.count("call.ended") == 1
        [answered] = site.told(events.CallAnswered)
        assert answered.call_id == call_id


@virtual_time
async def test_dialling_a_colleague(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        helped, helper = await site.agent("1004", "8002")
        phone.answer_calls()
        helper.answer_calls()
        await desk.ask("call.dial", number="8002")
        await moment()
        assert (phone.hears, helper.hears) == ("8002", "8001")
        assert (desk.state, helped.state) == ("talking", "talking")
        assert helped.call_id == desk.last("call.dialling")["call_id"]
        await helped.about_call("call.hangup")
        await moment()
        assert (desk.state, helped.state) == ("idle", "idle")
        assert [each.names.count("call.ended") for each in (desk, helped)] == [1, 1]


@pytest.mark.parametrize("how", ["hangup", "logout", "silent", "refused"])
@virtual_time
async def test_ones_own_phone_is_not_connected(tmp_path: Path, how: str) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        await site.agent("1004", "8002")
        if how == "refused":
            phone.on_call = lambda call: call.reject(486)
        call_id = (await desk.ask("call.dial", number="8002"))["call_id"]
        await moment()
        if how == "hangup":
            assert await desk.refusal("call.hold", call_id=call_id) == (1101, "wrong_state")
            await desk.ask("call.hangup", call_id=call_id)
        elif how == "logout":
            await desk.ask("agent.logout")
        else:
            await asyncio.sleep(31)
        await moment()
        assert phone.idle
        if how != "logout":
            assert desk.state == "idle"
            assert desk.last("call.ended")["cause"] == "device_failed"


@virtual_time
async def test_what_may_not_be_dialled(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=OUT, max_calls=1) as site:
        _, desk, _ = await served(site)
        idle, _ = await site.agent("1004", "8002")
        assert await idle.refusal("call.dial", number="8001") == (1104, "target_not_idle")
        assert await idle.refusal("call.dial", number="8099") == (1107, "number_not_allowed")
        assert await idle.refusal("call.dial", number="8002") == (1103, "no_such_target")
        assert await idle.refusal("call.dial", number="7") == (1103, "no_such_target")
        assert await idle.refusal("call.dial", number="13800138000") == (1107, "number_not_allowed")
        assert await idle.refusal("call.dial", number="13900139000") == (1106, "no_outside_line")
        shown = await idle.refusal("call.dial", number="13900139000", display_number="110")
        assert shown == (1107, "number_not_allowed")
        assert await desk.refusal("call.dial", number="8002") == (1101, "wrong_state")
        assert idle.state == "idle"


@virtual_time
async def test_who_waits_hears_ring_back_as_their_trunks_country_knows_it(tmp_path: Path) -> None:
    more = '[[trunk]]\nname = "overseas"\nhosts = ["10.0.0.8"]\ntones = "us"\n'
    async with running_site(tmp_path, more=more) as site:
        services = site.exchange.services
        trunks = ("", "carrier", "overseas")
        heard = {trunk: network_tone(services, "ringback", trunk) for trunk in trunks}
    assert heard == {
        "": NetworkTone("ringback", "cn"),
        "carrier": NetworkTone("ringback", "cn"),
        "overseas": NetworkTone("ringback", "us"),
    }


@virtual_time
async def test_help_is_called_though_no_line_is_free(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=OUT, max_calls=1) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        gateway = await site.gateway("10.0.0.9")
        caller = await site.caller()
        caller.dial("4000")
        await moment()
        assert await desk.refusal("call.dial", number="13900139000") == (1106, "no_outside_line")
        await desk.ask("call.dial", number="110")
        await moment()
        assert [what for what, _ in gateway.log] == ["incoming"]


@pytest.mark.parametrize(
    ("code", "tone", "cause"),
    [
        (486, "busy", "busy"),
        (603, "busy", "rejected"),
        (480, "busy", "no_answer"),
        (404, "special_information", "failed"),
        (484, "special_information", "failed"),
        (503, "congestion", "failed"),
        (500, "congestion", "failed"),
    ],
)
@virtual_time
async def test_who_dialled_hears_why_nobody_answers(
    tmp_path: Path, code: int, tone: str, cause: str
) -> None:
    async with running_site(tmp_path, more=OUT) as site:
        gateway = await site.gateway("10.0.0.9")
        gateway.ring_for(1, lambda call: call.reject(code))
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        await desk.ask("call.dial", number="13900139000")
        await asyncio.sleep(1.5)
        assert set(phone.hears.split()) == {f"<{tone}>"}
        assert desk.state == "dialling"
        await asyncio.sleep(5)
        assert (phone.outcome, desk.state) == (("bye", 200), "idle")
        assert desk.last("call.ended")["cause"] == cause


@virtual_time
async def test_who_dialled_need_not_hear_the_tone_out(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        other, _ = await site.agent("1004", "8002")
        phone.answer_calls()
        await desk.ask("call.dial", number="8002")
        await asyncio.sleep(0.5)
        await other.about_call("call.reject")
        await moment()
        assert set(phone.hears.split()) == {"<busy>"}
        await desk.ask("call.hangup", call_id=desk.last("call.dialling")["call_id"])
        await moment()
        assert (phone.idle, desk.state) == (True, "idle")


@virtual_time
async def test_a_site_may_do_without_the_tone(tmp_path: Path) -> None:
    more = OUT.replace("[pbx]\n", "[pbx]\nunreached_tone = 0\n")
    async with running_site(tmp_path, more=more) as site:
        gateway = await site.gateway("10.0.0.9")
        gateway.ring_for(1, lambda call: call.reject(486))
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        await desk.ask("call.dial", number="13900139000")
        await asyncio.sleep(1.1)
        assert (phone.outcome, desk.state) == (("bye", 200), "idle")
