"""Agents at a real daemon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent_proto import AgentClient
from callcenter.demo.softphone import Softphone
from tests.support.live_site import LiveSite


@asynccontextmanager
async def desk(
    site: LiveSite, agent_id: str = "1001", seat_no: str = "8001"
) -> AsyncIterator[AgentClient]:
    """An agent signed in, and out again."""
    async with await AgentClient.connect("127.0.0.1", site.agent_port) as agent:
        await agent.login(agent_id, f"agent-{agent_id}", seat_no)
        await agent.wait_for("agent.state_changed", state="idle")
        yield agent
        await agent.logout()


async def served_call(
    caller: Softphone, agent: AgentClient, *, says: int, hears: int, for_s: float = 0.5
) -> None:
    """To the queue `sales`, whose agent's phone picks up: the caller says a tone and hangs up some
    time after the agent's was heard.
    """
    call = await caller.call("4001")
    call.say(says)
    await agent.wait_for("call.answered")
    await call.hears(tone=hears)
    await call.listen(for_s)
    call.hang_up()
