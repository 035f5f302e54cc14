"""`callcenter desk` on a real daemon with SIPp phones: what keys do, and what the screen says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

from textual.pilot import Pilot
from textual.widgets import DataTable, Input, Static

from agent_proto import AgentClient
from callcenter.terminal.app import DeskApp
from callcenter.terminal.texts import Texts
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite
from tests.support.ports import free_port
from tests.support.sipp import Sipp, registered_phone, run


@asynccontextmanager
async def terminal(
    site: LiveSite,
    agent_id: str = "1001",
    seat_no: str = "8001",
    agent_class: Literal["agent", "supervisor"] = "agent",
) -> AsyncIterator[tuple[DeskApp, Pilot[None]]]:
    """A desk on a screen of its own."""
    async with await AgentClient.connect("127.0.0.1", site.agent_port) as client:
        password = f"agent-{agent_id}"
        login = await client.login(agent_id, password, seat_no, agent_class=agent_class)
        app = DeskApp(client, login, Texts("en"))
        async with app.run_test(size=(120, 40)) as pilot:
            yield app, pilot


async def until(pilot: Pilot[None], holds: Callable[[], bool], what: str) -> None:
    """Lets the screen go on until that holds."""
    async with asyncio.timeout(30):
        while not holds():
            await pilot.pause(0.05)
    assert holds(), what


def head(app: DeskApp) -> str:
    return str(app.query_one("#head", Static).render())


def cells(app: DeskApp, table: str) -> list[list[str]]:
    found = app.query_one(f"#{table}", DataTable)
    return [[str(cell) for cell in found.get_row_at(row)] for row in range(found.row_count)]


async def answer(app: DeskApp, pilot: Pilot[None], key: str, text: str) -> None:
    """Presses a key that asks for a text, and types it."""
    await pilot.press(key)
    await until(pilot, lambda: len(app.screen_stack) == 2, "asked")
    app.screen.query_one(Input).value = text
    await pilot.press("enter")


async def logged(app: DeskApp, pilot: Pilot[None], event: str, text: str = "") -> None:
    """Until the screen has told of that event."""

    def told() -> bool:
        return any(each.event == event and text in each.text for each in app.model.log)

    await until(pilot, told, f"{event} {text}")


async def test_a_call_is_taken_held_and_ended_by_keys(site: LiveSite) -> None:
    async with (
        registered_phone(site, "phone_answers") as phone,
        terminal(site) as (app, pilot),
    ):
        await until(pilot, lambda: "idle" in head(app), "idle")
        await pilot.press("b")
        await until(pilot, lambda: "busy" in head(app), "busy by key")
        await pilot.press("h")
        await until(pilot, lambda: app.model.log[-1].text == "there is no call", "told")
        await pilot.press("b")
        async with Sipp(site, "exchange_hangs_up", user="13800400") as caller:
            await until(pilot, lambda: "talking" in head(app), "talking")
            assert cells(app, "calls")[0][1:4] == ["talking", "13800400", "sales"]
            await pilot.press("o")
            await until(pilot, lambda: "held" in cells(app, "calls")[0][5], "held")
            await pilot.press("o")
            await until(pilot, lambda: "held" not in cells(app, "calls")[0][5], "retrieved")
            await answer(app, pilot, "t", "8")
            await until(pilot, lambda: "no_such_target" in app.model.log[-1].text, "refused")
            await answer(app, pilot, "v", "order=17")
            await logged(app, pilot, "call.data_changed")
            await answer(app, pilot, "v", "order")
            await until(pilot, lambda: "no data" in app.model.log[-1].text, "told")
            await answer(app, pilot, "e", "order 17")
            await logged(app, pilot, "call.recording_started", "name=order 17")
            await pilot.press("e")
            await logged(app, pilot, "call.recording_stopped", "name=order 17")
            await answer(app, pilot, "y", "Wait.")
            await logged(app, pilot, "call.playback_finished")
            await answer(app, pilot, "u", "a.tif")
            await until(pilot, lambda: "no_fax_resource" in app.model.log[-1].text, "no fax yet")
            await pilot.press("h")
            await until(pilot, lambda: cells(app, "calls") == [], "over")
            await caller.passed()
        await phone.passed()
        await pilot.press("q")


async def test_a_lost_connection_comes_back_by_itself(site: LiveSite) -> None:
    async with terminal(site) as (app, pilot):
        await until(pilot, lambda: "idle" in head(app), "idle")
        app._client.abort()
        lost = "connection lost"
        await until(pilot, lambda: any(lost in each.text for each in app.model.log), "told")
        await pilot.press("b")
        await until(pilot, lambda: "busy" in head(app), "works again")
        await pilot.press("1")
        await until(pilot, lambda: app.model.log[-1].text == "there is none", "no messages")
        await pilot.press("2")
        await until(pilot, lambda: "no message" in app.model.log[-1].text, "none to hear")
        await pilot.press("S")
        await logged(app, pilot, "", "seat_no 8001")
        await pilot.press("q")


async def test_a_supervisor_sees_the_team_and_acts_on_a_row(site: LiveSite) -> None:
    phone = {"port": free_port(), "user": "8001", "password": "phone-8001"}
    await run(site, "registered", **phone)
    async with (
        desk(site) as agent,
        terminal(site, "1002", "8002", "supervisor") as (app, pilot),
    ):
        await until(pilot, lambda: len(cells(app, "agents")) == 2, "both are shown")
        table = app.query_one("#agents", DataTable)
        table.move_cursor(row=table.get_row_index("1001"))
        await pilot.press("Y")
        await agent.wait_for("agent.state_changed", state="busy", reason="forced", by="1002")
        await until(pilot, lambda: "forced" in [row[4] for row in cells(app, "agents")], "shown")
        assert table.cursor_coordinate.row == table.get_row_index("1001")
        await pilot.press("D")
        await agent.wait_for("agent.state_changed", state="idle")
        assert {row[0] for row in cells(app, "queues")} >= {"sales"}
        await pilot.press("q")
