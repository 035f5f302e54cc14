"""Agents hear their messages at their own device, mark, delete and call back (WZ-T4)."""

import asyncio
from pathlib import Path

import pytest

from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

BOXES = """
[[route]]
name = "all"
trunks = ["carrier"]
[pbx]
dial = "national"
[[agent]]
agent_id = "1005"
name = "Eva"
password = "agent-1005"
boxes = ["default"]
[[agent]]
agent_id = "1006"
name = "Fay"
password = "agent-1006"
class = "supervisor"
team = "other"
"""


async def with_message(site: SimSite) -> tuple[SimDesk, SimPhone]:
    """An agent in whose box are m1, older, and m2."""
    desk, phone = await site.agent("1001", "8001")
    phone.answer_calls()
    for message_id in ("m1", "m2"):
        site.records.put(message_id, "1001", "13900000001", path=f"{message_id}.wav")
    return desk, phone


async def listed(desk: SimDesk, **params: object) -> list[tuple[str, bool]]:
    """Ids and whether they were heard."""
    answer = await desk.ask("voicemail.list", **params)
    return [(each["message_id"], each["heard"]) for each in answer["messages"]]


@virtual_time
async def test_a_message_is_heard_at_the_own_device(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        desk, phone = await with_message(site)
        assert await listed(desk) == [("m2", False), ("m1", False)]
        answer = await desk.ask("voicemail.play", message_id="m1")
        await asyncio.sleep(1)
        assert (desk.state, phone.hears) == ("talking", "audio:1")
        assert desk.last("call.dialling")["number"] == "voicemail"
        await asyncio.sleep(1)
        assert desk.last("call.playback_finished")["call_id"] == answer["call_id"]
        assert desk.last("call.ended")["call_id"] == answer["call_id"]
        assert (desk.state, phone.outcome) == ("idle", ("bye", 200))
        assert await listed(desk) == [("m2", False), ("m1", True)]


@virtual_time
async def test_who_hangs_up_while_it_plays_has_heard_it(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        desk, phone = await with_message(site)
        call_id = (await desk.ask("voicemail.play", message_id="m1"))["call_id"]
        await asyncio.sleep(1)
        await desk.ask("call.hangup", call_id=call_id)
        await moment()
        assert (desk.state, phone.outcome) == ("idle", ("bye", 200))
        assert "call.playback_finished" not in desk.names
        assert ("m1", True) in await listed(desk)


@virtual_time
async def test_a_device_that_does_not_answer_leaves_the_message_unheard(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        desk, phone = await with_message(site)
        phone.on_call = lambda call: call.reject(486)
        await desk.ask("voicemail.play", message_id="m1")
        await moment()
        assert desk.last("call.ended")["cause"] == "device_failed"
        assert await listed(desk) == [("m2", False), ("m1", False)]


@virtual_time
async def test_messages_are_marked_and_deleted(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        desk, _ = await with_message(site)
        file = tmp_path / "voicemail" / "m2.wav"
        file.parent.mkdir()
        file.touch()
        await desk.ask("voicemail.mark", message_id="m1")
        assert await listed(desk) == [("m2", False), ("m1", True)]
        await desk.ask("voicemail.mark", message_id="m1", heard=False)
        assert await listed(desk) == [("m2", False), ("m1", False)]
        await desk.ask("voicemail.delete", message_id="m2")
        assert await listed(desk) == [("m1", False)]
        assert not file.exists()


@virtual_time
async def test_who_left_a_message_is_called_back(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        desk, phone = await with_message(site)
        gateway = await site.gateway("10.0.0.9")
        gateway.answer_calls()
        call_id = (await desk.ask("voicemail.call_back", message_id="m1"))["call_id"]
        await asyncio.sleep(1)
        assert (phone.hears, gateway.hears) == ("gateway", "8001")
        [call] = (await desk.ask("agent.get"))["calls"]
        assert (call["call_id"], call["data"]) == (call_id, {"voicemail": "m1"})
        gateway.hang_up()


@virtual_time
async def test_nobody_is_called_back_without_a_number(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        desk, _ = await with_message(site)
        site.records.put("m3", "1001")
        refusal = await desk.refusal("voicemail.call_back", message_id="m3")
        assert refusal == (1107, "number_not_allowed")


@virtual_time
async def test_the_agent_is_told_of_a_message_in_a_box_of_theirs(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        other = await site.desk("1001", "8001")
        desk = await site.desk("1005", "8002")
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        caller.press("0")
        await asyncio.sleep(8)
        caller.hang_up()
        await moment()
        told = desk.last("voicemail.waiting")
        assert (told["box"], told["ani"]) == ("default", "13800138000")
        assert await listed(desk) == [(told["message_id"], False)]
        assert "voicemail.waiting" not in other.names


@pytest.mark.parametrize(
    "method", ["voicemail.play", "voicemail.mark", "voicemail.delete", "voicemail.call_back"]
)
@virtual_time
async def test_other_peoples_messages_are_none(tmp_path: Path, method: str) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        await with_message(site)
        stranger = await site.desk("1006", "8002", **{"class": "supervisor"})
        for message_id in ("m1", "nonsense"):
            refusal = await stranger.refusal(method, message_id=message_id)
            assert refusal == (1113, "no_such_message")
        assert len(site.records.kept) == 2


@virtual_time
async def test_a_superior_hears_the_teams_messages_when_they_ask_for_the_box(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        await with_message(site)
        boss = await site.desk("1002", "8002", **{"class": "supervisor"})
        assert await listed(boss) == []
        assert await listed(boss, box="1001") == [("m2", False), ("m1", False)]
        assert await boss.refusal("voicemail.list", box="default") == (1201, "forbidden")


@pytest.mark.parametrize("method", ["voicemail.play", "voicemail.call_back"])
@virtual_time
async def test_nobody_hears_messages_in_a_call(tmp_path: Path, method: str) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        desk, _ = await with_message(site)
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        assert await desk.refusal(method, message_id="m1") == (1101, "wrong_state")


@virtual_time
async def test_a_database_that_is_away_costs_the_messages_and_not_the_login(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=BOXES) as site:
        site.records.away = True
        await site.phone("8001")
        desk = await site.links.connect()
        assert (await desk.login("1001", "8001"))["unheard_messages"] == 0
        assert await desk.refusal("voicemail.list") == (-32603, "internal_error")
