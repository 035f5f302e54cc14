"""A process of supervisors: `python -m tests.load.supervisors PORT FIRST COUNT`.

Signs them in, subscribes each to every topic, says `ready`, reads what they are told, and ends when
its standard input is closed.
"""

import asyncio
import sys

from agent_proto.client import AgentClient
from agent_proto.models import TOPICS, SubscribeParams
from tests.load.site import Person, people


async def _watch(port: int, person: Person) -> AgentClient:
    supervisor = await AgentClient.connect("127.0.0.1", port, client="load", patience=60)
    await supervisor.login(
        person.agent_id, person.password, person.seat_no, agent_class="supervisor", state="busy"
    )
    await supervisor.do(SubscribeParams(topics=list(TOPICS)))
    return supervisor


async def _run(port: int, first: int, count: int) -> None:
    watching = [await _watch(port, person) for person in people(first + count)[first:]]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for supervisor in watching:
        await supervisor.close()


if __name__ == "__main__":
    asyncio.run(_run(*map(int, sys.argv[1:4])))
