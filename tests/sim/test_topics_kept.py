"""What a supervisor puts together from updates is what a new snapshot says, whatever happens."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.sim_desk import SimDesk
from tests.support.sim_site import SimSite, running_site
from tests.support.virtual_loop import virtual_time

TOPICS = ("agents", "calls", "queues")


def table(desk: SimDesk, topic: str, since: int = 0) -> dict[str, dict[str, Any]]:
    """As a client keeps it."""
    rows: dict[str, dict[str, Any]] = {}
    keys = {"agents": "agent_id", "calls": "id", "queues": "queue"}
    for told in desk.told[since:]:
        if told.name == "supervisor.topic_updated" and told.params["topic"] == topic:
            if told.params["snapshot"]:
                rows.clear()
            for gone in told.params["removed"]:
                rows.pop(gone, None)
            rows |= {row[keys[topic]]: row for row in told.params["rows"]}
    return rows


async def something(site: SimSite, chance: random.Random, desks: dict[str, SimDesk]) -> None:
    """One of the things that happen in a shift."""
    agent_id = chance.choice(["1001", "1004"])
    seat_no = {"1001": "8001", "1004": "8004"}[agent_id]
    match chance.randrange(5):
        case 0 if agent_id in desks:
            await desks.pop(agent_id).ask("agent.logout")
        case 1 if agent_id not in desks:
            desks[agent_id] = await site.desk(agent_id, seat_no)
        case 2:
            caller = await site.caller()
            caller.dial(chance.choice(["4001", "4002"]))
        case 3:
            for call in list(site.exchange.switchboard.calls.values())[:1]:
                call.end("hangup", "caller")
        case _:
            for desk in desks.values():
                await asyncio.sleep(chance.random())
                if desk.state in ("idle", "acw"):
                    await desk.ask("agent.set_busy")
                elif desk.state.startswith("busy"):
                    await desk.ask("agent.set_idle")


@pytest.mark.parametrize("seed", range(6))
@virtual_time
async def test_updates_add_up_to_the_snapshot(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with running_site(tmp_path) as site:
        for seat_no in ("8001", "8004"):
            phone = await site.phone(seat_no)
            phone.answer_calls(after=1)
        boss = await site.desk("1002", "8002", **{"class": "supervisor"})
        await boss.ask("supervisor.subscribe", topics=list(TOPICS))
        desks: dict[str, SimDesk] = {}
        for _ in range(40):
            await something(site, chance, desks)
            await asyncio.sleep(chance.random() * 3)
        await asyncio.sleep(1)
        kept = {topic: table(boss, topic) for topic in TOPICS}
        before = len(boss.told)
        await boss.ask("supervisor.unsubscribe")
        await boss.ask("supervisor.subscribe", topics=list(TOPICS))
        await asyncio.sleep(0.3)
        for topic in TOPICS:
            assert kept[topic] == table(boss, topic, before), topic
