"""A process of agents: `python -m tests.load.agents PORT COUNT`.

Signs them in, says `ready` when all are idle, reads their events, and ends when its standard input
is closed.
"""

import asyncio
import sys

from agent_proto.client import AgentClient
from tests.load.site import Person, people


async def _sign_in(port: int, person: Person) -> AgentClient:
    agent = await AgentClient.connect("127.0.0.1", port, client="load", patience=60)
    session = await agent.login(person.agent_id, person.password, person.seat_no)
    if session.state != "idle":
        raise RuntimeError(f"{person.agent_id} is {session.state}, {session.reason}")
    return agent


async def _run(port: int, count: int) -> None:
    # One after the other: the daemon checks one password at a time anyway.
    agents = [await _sign_in(port, person) for person in people(count)]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for agent in agents:
        await agent.close()


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1]), int(sys.argv[2])))
