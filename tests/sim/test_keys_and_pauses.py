"""Keys out of and into a talk, recordings that pause, and what agents say came of a call."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone, sdp
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

CODES = """
[[queue]]
name = "orders"
skills = { sales = 1 }
acw = 30
announce_agent = false
dispositions = ["sold", "call_back", "no_interest"]
[[number]]
dnis = "4003"
queue = "orders"
"""


async def talking(site: SimSite) -> tuple[SimDesk, SimPhone, SimPhone]:
    """Desk, phone and caller in a talk for the queue `orders`."""
    desk, phone = await site.agent("1001", "8001")
    phone.answer_calls()
    caller = await site.caller()
    caller.dial("4003")
    await asyncio.sleep(1)
    assert desk.state == "talking"
    return desk, phone, caller


# -- keys ----------------------------------------------------------------------------------------


@virtual_time
async def test_keys_are_sent_to_whom_the_agent_talks_with(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, phone, caller = await talking(site)
        await desk.ask("call.send_digits", call_id=desk.call_id, digits="42#")
        assert (caller.port.keys_heard, phone.port.keys_heard) == ("42#", "")

        other = await site.phone("8011")
        other.answer_calls()
        await desk.ask("call.consult", call_id=desk.call_id, target={"seat": "8011"})
        assert await desk.refusal("call.send_digits", call_id=desk.call_id, digits="1") == (
            1101,
            "wrong_state",
        )
        await asyncio.sleep(1)
        await desk.ask("call.send_digits", call_id=desk.call_id, digits="5")
        await desk.ask("call.toggle", call_id=desk.call_id)
        await moment()
        await desk.ask("call.send_digits", call_id=desk.call_id, digits="6")
        assert (other.port.keys_heard, caller.port.keys_heard) == ("5", "42#6")


@virtual_time
async def test_who_sends_keys_by_info_is_sent_them_so(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await site.caller()
        caller.media = lambda: sdp(caller.host, payloads="8")
        caller.dial("4003")
        await asyncio.sleep(1)
        await desk.ask("call.send_digits", call_id=desk.call_id, digits="1")
        assert caller.port.keys_heard == "1", "as tones"
        caller.press_by_info("9")
        await moment()
        await desk.ask("call.send_digits", call_id=desk.call_id, digits="23")
        await asyncio.sleep(1)
        infos = site.network.sent("INFO", to=caller.host)
        assert ["Signal=2" in each for each in infos] == [True, False]
        assert "Content-Type: application/dtmf-relay" in infos[1]
        assert "Signal=3\r\nDuration=160" in infos[1]
        assert caller.port.keys_heard == "1"


@pytest.mark.parametrize("digits", ["", "x", "1" * 33, "!"])
@virtual_time
async def test_what_is_no_key_is_not_sent(tmp_path: Path, digits: str) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, _, caller = await talking(site)
        refusal = await desk.refusal("call.send_digits", call_id=desk.call_id, digits=digits)
        assert refusal == (-32602, "invalid_params")
        assert caller.port.keys_heard == ""


@virtual_time
async def test_the_agent_is_told_what_the_caller_presses(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, _, caller = await talking(site)
        caller.press("17")
        await moment()
        told = [each.params for each in desk.told if each.name == "call.digits_received"]
        assert [(each["digits"], each["number"]) for each in told] == [
            ("1", "13800138000"),
            ("7", "13800138000"),
        ]
        assert {each["call_id"] for each in told} == {desk.call_id}
        await desk.ask("call.pause_recording", call_id=desk.call_id)
        caller.press("4111")
        await moment()
        assert desk.names.count("call.digits_received") == 2, "a card's number is nobody's to know"


# -- pauses --------------------------------------------------------------------------------------


@virtual_time
async def test_a_recording_pauses_and_goes_on(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, _, _ = await talking(site)
        call_id = desk.call_id
        await desk.ask("call.start_recording", call_id=call_id, name="order")
        await desk.ask("call.pause_recording", call_id=call_id)
        [call] = (await desk.ask("agent.get"))["calls"]
        assert call["recording_paused"]
        assert await desk.refusal("call.pause_recording", call_id=call_id) == (1101, "wrong_state")
        await asyncio.sleep(20)
        await desk.ask("call.start_recording", call_id=call_id, name="late")
        await desk.ask("call.resume_recording", call_id=call_id)
        assert await desk.refusal("call.resume_recording", call_id=call_id) == (1101, "wrong_state")

        automatic, order, late = site.plane.recordings
        for span in (automatic, order):
            [(paused_at, paused), (resumed_at, resumed)] = span.pauses
            assert (paused, resumed) == (True, False)
            assert resumed_at - paused_at == pytest.approx(20, abs=0.1)
        assert [paused for _, paused in late.pauses] == [True, False]
        marks = site.told(events.RecordingPaused)
        assert [each.recording_id.removeprefix(call_id) for each in marks] == [
            "",
            "-order-1",
            "-late-2",
        ]


@virtual_time
async def test_a_pause_ends_with_its_talk(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, _, caller = await talking(site)
        other, _ = await site.agent("1002", "8002")
        site_phone = await site.phone("8002")
        site_phone.answer_calls()
        await desk.ask("call.pause_recording", call_id=desk.call_id)
        await desk.ask("call.transfer", call_id=desk.call_id, target={"seat": "8002"})
        await asyncio.sleep(1)
        assert caller.hears == "8002"
        [call] = (await other.ask("agent.get"))["calls"]
        assert not call["recording_paused"]


@virtual_time
async def test_what_is_not_recorded_cannot_pause(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        other = await site.phone("8011")
        other.answer_calls()
        call_id = (await desk.ask("call.dial", number="8011"))["call_id"]
        await asyncio.sleep(1)
        assert await desk.refusal("call.pause_recording", call_id=call_id) == (1101, "wrong_state")


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("call.pause_recording", {}),
        ("call.resume_recording", {}),
        ("call.send_digits", {"digits": "1"}),
        ("call.set_disposition", {"codes": []}),
        ("call.receive_fax", {"file": "a.tif"}),
        ("call.send_fax", {"file": "a.tif"}),
    ],
)
@virtual_time
async def test_only_ones_own_talk(tmp_path: Path, method: str, params: dict[str, object]) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        stranger = await site.desk("1002", "8002")
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4003")
        await moment()
        call_id = desk.call_id
        assert await stranger.refusal(method, call_id=call_id, **params) == (1102, "no_such_call")
        assert await desk.refusal(method, call_id="nonsense", **params) == (1102, "no_such_call")
        assert await desk.refusal(method, call_id=call_id, **params) == (1101, "wrong_state")
        phone.refuse(486)
        await moment()


# -- fax -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["call.receive_fax", "call.send_fax"])
@virtual_time
async def test_there_is_no_fax_resource_and_first_must_there_be_somebody_outside(
    tmp_path: Path, method: str
) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, _, caller = await talking(site)
        call_id = desk.call_id
        refusal = await desk.refusal(method, call_id=call_id, file="order.tif")
        assert refusal == (1108, "no_fax_resource")
        assert desk.state == "talking"
        caller.hang_up()
        await moment()
        other = await site.phone("8011")
        other.answer_calls()
        call_id = (await desk.ask("call.dial", number="8011"))["call_id"]
        await asyncio.sleep(1)
        refusal = await desk.refusal(method, call_id=call_id, file="order.tif")
        assert refusal == (1111, "not_outside_party")


# -- dispositions --------------------------------------------------------------------------------


@virtual_time
async def test_what_came_of_a_call_is_said_in_it_and_after_it(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, _, caller = await talking(site)
        call_id = desk.call_id
        await desk.ask("call.set_disposition", call_id=call_id, codes=["sold"])
        caller.hang_up()
        await moment()
        assert desk.state == "acw"
        await desk.ask(
            "call.set_disposition", call_id=call_id, codes=["sold", "call_back"], note="in May"
        )
        await desk.ask("agent.finish_acw")
        await desk.ask("call.set_disposition", call_id=call_id, codes=["sold", "sold"])
        told = site.told(events.DispositionSet)
        assert [(each.codes, each.note, each.queue, each.agent_id) for each in told] == [
            (("sold",), "", "orders", "1001"),
            (("sold", "call_back"), "in May", "orders", "1001"),
            (("sold",), "", "orders", "1001"),
        ]


@virtual_time
async def test_a_code_that_the_queue_does_not_have(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, _, _ = await talking(site)
        refusal = await desk.refusal(
            "call.set_disposition", call_id=desk.call_id, codes=["sold", "stolen"]
        )
        assert refusal == (1004, "out_of_range")
        assert not site.told(events.DispositionSet)


@virtual_time
async def test_the_next_call_ends_ones_say_about_the_last(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, _, caller = await talking(site)
        first = desk.call_id
        caller.hang_up()
        await moment()
        await desk.ask("agent.finish_acw")
        again = await site.caller()
        again.dial("4003")
        await asyncio.sleep(1)
        refusal = await desk.refusal("call.set_disposition", call_id=first, codes=["sold"])
        assert refusal == (1102, "no_such_call")
        await desk.ask("call.set_disposition", call_id=desk.call_id, codes=["no_interest"])


@virtual_time
async def test_who_takes_a_call_over_uses_the_queues_codes(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CODES) as site:
        desk, _, _ = await talking(site)
        other, phone = await site.agent("1002", "8002")
        phone.answer_calls()
        call_id = desk.call_id
        await desk.ask("call.transfer", call_id=call_id, target={"seat": "8002"})
        await asyncio.sleep(1)
        refusal = await other.refusal("call.set_disposition", call_id=call_id, codes=["stolen"])
        assert refusal == (1004, "out_of_range")
        await other.ask("call.set_disposition", call_id=call_id, codes=["sold"])
        [told] = site.told(events.DispositionSet)
        assert (told.agent_id, told.queue) == ("1002", "orders")
