"""Signing in: who may, where, and as what."""

import asyncio
from pathlib import Path

import pytest

from agent_proto import ProtocolError
from callcenter import events
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time


@virtual_time
async def test_a_login_answers_all_that_the_desk_shows(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        for message_id in ("m1", "m2"):
            site.records.put(message_id, "1001")
        site.records.put("m3", "1002")
        await site.phone("8001")
        desk = await site.links.connect()
        result = await desk.login("1001", "8001")

        assert result.pop("session_id")
        assert result.pop("resume_token")
        assert result == {
            "agent": {
                "agent_id": "1001",
                "name": "Ann",
                "class": "agent",
                "team": "default",
                "skills": {"sales": 5, "support": 3},
            },
            "seat_no": "8001",
            "state": "idle",
            "reason": "",
            "queues": ["sales", "support"],
            "unheard_messages": 2,
        }
        assert desk.states == ["idle"]


@virtual_time
async def test_who_signs_in_busy_is_offered_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await site.phone("8001")
        desk = await site.links.connect()
        result = await desk.login("1001", "8001", state="busy")
        caller = await site.caller()
        caller.dial("4001")
        await moment()

        assert result["state"] == "busy"
        assert desk.states == ["busy"]


@virtual_time
async def test_skills_left_out_or_lowered_decide_the_queues(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.links.connect()
        result = await desk.login("1001", "8001", skills={"support": 1})

        assert result["queues"] == ["support"]
        assert result["agent"]["skills"] == {"support": 1}


REFUSALS: list[tuple[dict[str, object], tuple[int, str]]] = [
    ({"password": "wrong"}, (1005, "bad_credentials")),
    ({"agent_id": "9999"}, (1005, "bad_credentials")),
    ({"seat_no": "9999"}, (1004, "out_of_range")),
    ({"class": "emperor"}, (1004, "out_of_range")),
    ({"class": "supervisor"}, (1201, "forbidden")),
    ({"skills": {"sales": 6}}, (1004, "out_of_range")),
    ({"skills": {"sales": 0}}, (1004, "out_of_range")),
    ({"skills": {"juggling": 1}}, (1004, "out_of_range")),
    ({"state": "talking"}, (1004, "out_of_range")),
    ({"class": 7}, (-32602, "invalid_params")),
]


@pytest.mark.parametrize(("params", "refusal"), REFUSALS)
@virtual_time
async def test_a_wrong_login_is_refused_and_changes_nothing(
    tmp_path: Path, params: dict[str, object], refusal: tuple[int, str]
) -> None:
    async with running_site(tmp_path) as site:
        await site.phone("8001")
        desk = await site.links.connect()
        asked = {"agent_id": "1001", "password": "agent-1001", "seat_no": "8001"}

        assert await desk.refusal("agent.login", **{**asked, **params}) == refusal
        assert await desk.refusal("agent.get") == (1001, "not_logged_in")
        assert [event for event in site.events if not isinstance(event, events.LoginRefused)] == []
        await desk.login("1001", "8001")


@pytest.mark.parametrize(
    ("params", "path"),
    [({"seat_no": "9999"}, "seat_no"), ({"skills": {"sales": 6}}, "skills.sales")],
)
@virtual_time
async def test_a_value_out_of_range_is_named_like_any_wrong_field(
    tmp_path: Path, params: dict[str, object], path: str
) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.links.connect()
        asked = {"agent_id": "1001", "password": "agent-1001", "seat_no": "8001"}

        with pytest.raises(ProtocolError) as refused:
            await desk.ask("agent.login", **{**asked, **params})
        assert refused.value.data == {"path": path}


@virtual_time
async def test_a_supervisor_may_sign_in_as_one_and_as_an_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.links.connect()
        result = await desk.login("1002", "8001", **{"class": "supervisor"})
        assert result["agent"]["class"] == "supervisor"
        await desk.ask("agent.logout")

        assert (await desk.login("1002", "8001"))["agent"]["class"] == "agent"
        classes = [event.agent_class for event in site.told(events.AgentLoggedIn)]
        assert classes == ["supervisor", "agent"]


@virtual_time
async def test_an_agent_is_signed_in_once(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.desk("1001", "8001")
        other = await site.links.connect()
        asked = {"agent_id": "1001", "password": "agent-1001"}

        for seat_no in ("8001", "8002"):
            refusal = await other.refusal("agent.login", **asked, seat_no=seat_no)
            assert refusal == (1002, "agent_already_logged_in")
        refusal = await desk.refusal("agent.login", **asked, seat_no="8001")
        assert refusal == (1002, "agent_already_logged_in")


@virtual_time
async def test_a_seat_has_one_agent(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first = await site.desk("1001", "8001")
        other = await site.links.connect()
        asked = {"agent_id": "1002", "password": "agent-1002", "seat_no": "8001"}
        assert await other.refusal("agent.login", **asked) == (1003, "seat_in_use")

        await first.ask("agent.logout")
        await other.login("1002", "8001")


@virtual_time
async def test_a_crashed_client_may_not_take_somebody_elses_seat(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first = await site.desk("1001", "8001")
        await site.desk("1002", "8002")
        await first.close()
        await moment()
        again = await site.links.connect()
        asked = {"agent_id": "1001", "password": "agent-1001", "seat_no": "8002"}

        assert await again.refusal("agent.login", **asked) == (1003, "seat_in_use")
        await again.login("1001", "8001")


@virtual_time
async def test_who_guesses_is_locked_out_and_told_for_how_long(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        guesser = await site.links.connect()
        for _ in range(5):
            refusal = await guesser.refusal(
                "agent.login", agent_id="1001", password="wrong", seat_no="8001"
            )
            assert refusal == (1005, "bad_credentials")
        with pytest.raises(ProtocolError) as locked:
            await guesser.login("1001", "8001")  # now even with the right one
        assert locked.value.name == "locked_out"
        assert locked.value.data["retry_after_s"] == 60.0
        assert [event.cause for event in site.told(events.LoginRefused)] == [
            *["bad_credentials"] * 5,
            "locked_out",
        ]
        await asyncio.sleep(45)
        other = await site.links.connect()
        await other.login("1002", "8002")
        await asyncio.sleep(16)
        again = await site.links.connect()
        assert (await again.login("1001", "8001"))["seat_no"] == "8001"


@virtual_time
async def test_a_colleagues_guesses_do_not_keep_an_agent_out_who_was_here_before(
    tmp_path: Path,
) -> None:
    more = "[agent_proto]\nlogin_failures = 1\nlockout_s = 30\n"
    async with running_site(tmp_path, more=more) as site:
        desk = await site.desk("1001", "8001")
        await desk.ask("agent.logout")
        guesser = await site.links.connect()
        for number in range(4):
            await guesser.refusal(
                "agent.login", agent_id=f"x{number}", password="wrong", seat_no="8001"
            )
        locked = await guesser.refusal(
            "agent.login", agent_id="1002", password="agent-1002", seat_no="8002"
        )
        assert locked == (1007, "locked_out")
        assert (await desk.login("1001", "8001"))["state"] == "busy"
