"""Supervisors force, grant, write and watch; own teams only, and everything is written down."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_desk import SimDesk
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

EAST = """
[[agent]]
agent_id = "1005"
name = "Eve"
password = "agent-1005"
team = "east"
[agent_proto]
max_on_break = 1
"""


async def supervisor(site: SimSite) -> SimDesk:
    return await site.desk("1002", "8002", **{"class": "supervisor"})


@virtual_time
async def test_forcing_is_told_to_both_and_written_down(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        boss = await supervisor(site)
        desk, _ = await site.agent("1001", "8001")
        busy = await boss.ask("supervisor.force_busy", target="8001")
        assert busy == {
            "agent_id": "1001",
            "seat_no": "8001",
            "state": "busy",
            "reason": "forced",
        }
        idle = await boss.ask("supervisor.force_idle", target="1001")
        assert (idle["state"], idle["reason"]) == ("idle", "")
        await boss.ask("supervisor.force_logout", target="1001")
        await moment()

        assert desk.states == ["idle", "busy(forced)", "idle"]
        assert desk.last("agent.state_changed")["by"] == "1002"
        gone = desk.last("agent.logged_out")
        assert (gone["reason"], gone["by"]) == ("forced", "1002")
        assert await desk.refusal("agent.get") == (1001, "not_logged_in")
        await desk.login("1001", "8001")
        acts = [(each.act, each.target, each.outcome) for each in site.told(events.SupervisorActed)]
        assert acts == [
            ("supervisor.force_busy", "8001", "done"),
            ("supervisor.force_idle", "1001", "done"),
            ("supervisor.force_logout", "1001", "done"),
        ]


@virtual_time
async def test_who_is_idle_again_by_force_gets_the_next_call_by_nobody(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        boss = await supervisor(site)
        desk, _ = await site.agent("1001", "8001")
        await desk.ask("agent.set_busy", reason="tea")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        assert (await boss.ask("supervisor.force_idle", target="8001"))["state"] == "ringing"
        await moment()

        told = [each.params for each in desk.told if each.name == "agent.state_changed"]
        assert [each["state"] for each in told] == ["idle", "busy", "idle", "ringing"]
        assert [each.get("by") for each in told] == [None, None, "1002", None]
        caller.hang_up()
        await moment()


@virtual_time
async def test_logout_by_force_ends_a_talk(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        boss = await supervisor(site)
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(8)
        assert caller.hears == "8001"
        await boss.ask("supervisor.force_logout", target="8001")
        await moment()

        assert phone.outcome == caller.outcome == ("bye", 200)
        assert desk.names[-2:] == ["call.ended", "agent.logged_out"]


REFUSALS = [
    ("force_busy", {"target": "9999"}, (1103, "no_such_target")),
    ("force_busy", {"target": "1004"}, (1103, "no_such_target")),
    ("force_busy", {"target": "1005"}, (1201, "forbidden")),
    ("force_logout", {"target": "1005"}, (1201, "forbidden")),
    ("force_busy", {"target": "8001"}, (1104, "target_not_idle")),
    ("force_idle", {"target": "1002"}, (1101, "wrong_state")),
    ("end_break", {"target": "1001"}, (1101, "wrong_state")),
    ("grant_break", {"target": "9999"}, (1103, "no_such_target")),
    ("send_message", {"targets": ["1001", "1005"], "text": "hi"}, (1201, "forbidden")),
    ("send_message", {"text": ""}, (1004, "out_of_range")),
    ("subscribe", {"topics": ["weather"]}, (1004, "out_of_range")),
    ("subscribe", {}, (-32602, "invalid_params")),
]


@pytest.mark.parametrize(("method", "params", "refusal"), REFUSALS)
@virtual_time
async def test_a_wrong_request_is_refused_and_changes_nothing(
    tmp_path: Path, method: str, params: dict[str, object], refusal: tuple[int, str]
) -> None:
    async with running_site(tmp_path, more=EAST) as site:
        await site.phone("8002")
        boss = await supervisor(site)
        desk, _ = await site.agent("1001", "8001")
        await desk.ask("agent.set_busy", reason="tea")
        other, _ = await site.agent("1005", "8004")
        before = [*desk.told, *other.told]
        assert await boss.refusal(f"supervisor.{method}", **params) == refusal
        await moment()
        assert [*desk.told, *other.told] == before
        assert site.state("1001") == "busy(tea)"


@virtual_time
async def test_an_agent_is_no_supervisor(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.desk("1002", "8002")  # who could be one
        refusal = await desk.refusal("supervisor.force_busy", target="9999")
        assert refusal == (1201, "forbidden")


@virtual_time
async def test_breaks_up_to_the_number_allowed_and_beyond_by_a_supervisor(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=EAST) as site:
        boss = await supervisor(site)
        first, _ = await site.agent("1001", "8001")
        second, _ = await site.agent("1004", "8004")
        assert (await first.ask("agent.request_break", reason="lunch"))["reason"] == "break"
        assert (await first.ask("agent.request_break"))["reason"] == "break"
        refusal = await second.refusal("agent.request_break", reason="tea")
        assert refusal == (1109, "break_quota_full")
        assert site.state("1004") == "idle"
        shown = await boss.ask("supervisor.list_breaks")
        assert shown["allowed"] == 1
        rows = [(each["agent_id"], each["status"], each["reason"]) for each in shown["breaks"]]
        assert rows == [("1001", "on_break", "lunch"), ("1004", "refused", "tea")]

        granted = await boss.ask("supervisor.grant_break", target="1004")
        assert (granted["state"], granted["reason"]) == ("busy", "break")
        refusal = await boss.refusal("supervisor.force_idle", target="1004")
        assert refusal == (1101, "wrong_state"), "a break is ended instead"
        await boss.ask("supervisor.end_break", target="1001")
        await second.ask("agent.end_break")
        await moment()

        assert first.states == ["idle", "busy(break)", "idle"]
        assert second.states == ["idle", "busy(break)", "idle"]
        assert second.last("agent.break_refused")["allowed"] == 1
        assert second.last("agent.break_granted")["by"] == "1002"
        assert (await boss.ask("supervisor.list_breaks"))["breaks"] == []


@virtual_time
async def test_a_break_takes_the_place_of_another_reason(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        await desk.ask("agent.set_busy", reason="tea")
        await desk.ask("agent.request_break")
        await moment()
        assert desk.states == ["idle", "busy(tea)", "busy(break)"]


@virtual_time
async def test_messages_go_to_whom_they_are_for(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=EAST) as site:
        boss = await supervisor(site)
        one = await site.desk("1001", "8001")
        two = await site.desk("1004", "8004")
        east = await site.desk("1005", "8011")
        everybody = await boss.ask("supervisor.send_message", text="meeting at five")
        assert everybody == {"agent_ids": ["1001", "1004"]}
        await boss.ask("supervisor.send_message", targets=["8004", "1004"], text="not you")
        await moment()

        assert one.last("message.received")["text"] == "meeting at five"
        assert (two.last("message.received")["text"], two.names.count("message.received")) == (
            "not you",
            2,
        )
        assert one.last("message.received")["sender_name"] == "Bo"
        assert "message.received" not in east.names


@virtual_time
async def test_what_is_watched_is_shown_whole_and_then_as_it_changes(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=EAST) as site:
        boss = await supervisor(site)
        desk, phone = await site.agent("1001", "8001")
        await site.desk("1005", "8004")
        answer = await boss.ask(
            "supervisor.subscribe", topics=["calls", "agents", "queues", "trunks"]
        )
        assert answer == {"topics": ["agents", "queues", "calls", "trunks"]}
        await moment()
        seen = Watched(boss)
        assert set(seen.rows["agents"]) == {"1001", "1002"}, "own teams only"
        assert seen.rows["queues"]["sales"]["idle"] == 1
        assert seen.rows["trunks"]["carrier"]["up"] is True

        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(8)
        seen = Watched(boss)
        assert seen.rows["agents"]["1001"]["state"] == "talking"
        assert seen.rows["queues"]["sales"]["talking"] == 1
        assert seen.rows["trunks"]["carrier"]["used"] == 1
        [row] = seen.rows["calls"].values()
        assert (row["ani"], row["seat_no"], row["state"]) == ("13800138000", "8001", "talking")

        caller.hang_up()
        await desk.ask("agent.logout")
        await asyncio.sleep(1)
        seen = Watched(boss)
        assert set(seen.rows["agents"]) == {"1002"}
        assert seen.rows["calls"] == {}
        assert await boss.ask("supervisor.unsubscribe", topics=["agents"]) == {
            "topics": ["queues", "calls", "trunks"]
        }
        assert await boss.ask("supervisor.unsubscribe") == {"topics": []}


@virtual_time
async def test_updates_come_at_most_four_times_a_second(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        boss = await supervisor(site)
        desk, _ = await site.agent("1001", "8001")
        await boss.ask("supervisor.subscribe", topics=["agents"])
        await moment()
        before = len(boss.told)
        for _ in range(50):
            await desk.ask("agent.set_busy", reason="tea")
            await desk.ask("agent.set_idle")
            await asyncio.sleep(0.04)
        await asyncio.sleep(1)
        assert 2 <= len(boss.told) - before <= 10  # in two seconds
        assert Watched(boss).rows["agents"]["1001"]["state"] == "idle"


@virtual_time
async def test_who_comes_back_is_shown_everything_anew(tmp_path: Path) -> None:
    async with running_site(tmp_path, grace_s=600) as site:
        boss = await supervisor(site)
        await boss.ask("supervisor.subscribe", topics=["agents"])
        await moment()
        await boss.close()
        for _ in range(300):  # more than is kept for a resume
            desk = await site.desk("1001", "8001")
            await asyncio.sleep(0.3)
            await desk.ask("agent.logout")
            await desk.close()
        again = await site.links.connect()
        await again.resume(boss)
        await asyncio.sleep(1)
        assert set(Watched(again).rows["agents"]) == {"1002"}


class Watched:
    """What a supervisor's screen shows after all that it was told."""

    def __init__(self, desk: SimDesk) -> None:
        self.rows: dict[str, dict[str, dict[str, object]]] = {}
        ids = {"agents": "agent_id", "queues": "queue", "calls": "id", "trunks": "trunk"}
        for told in desk.told:
            if told.name != "supervisor.topic_updated":
                continue
            topic = told.params["topic"]
            shown = {} if told.params["snapshot"] else self.rows[topic]
            shown.update({row[ids[topic]]: row for row in told.params["rows"]})
            for gone in told.params["removed"]:
                del shown[gone]
            self.rows[topic] = shown
