"""A talk of the real daemon: a caller, and the agent whom a queue found; each says a tone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from agent_proto import AgentClient
from callcenter.demo.phone_call import NotHeardError, PhoneCall
from callcenter.demo.softphone import Softphone
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite

CALLER_HZ, AGENT_HZ = 440, 620


@dataclass(frozen=True, slots=True)
class Talk:
    """The two, and the program of the agent 1001 at 8001."""

    caller: PhoneCall
    phone: PhoneCall
    agent: AgentClient
    call_id: str

    async def ask(self, method: str, **params: object) -> None:
        """A command about the call."""
        await self.agent.request(method, {"call_id": self.call_id, **params})

    async def together(self) -> None:
        """Caller and agent hear each other."""
        await asyncio.gather(self.caller.hears(tone=AGENT_HZ), self.phone.hears(tone=CALLER_HZ))


@asynccontextmanager
async def talk(site: LiveSite, number: str = "4001") -> AsyncIterator[Talk]:
    """One to a queue's number, both heard; the caller hangs up at the end, if nobody has before."""
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800001") as caller,
    ):
        call = await caller.call(number)
        handset = await phone.incoming()
        handset.answer()
        await asyncio.gather(call.answered(), handset.answered())
        call.say(CALLER_HZ)
        handset.say(AGENT_HZ)
        call_id = (await agent.wait_for("call.answered")).call_id
        assert call_id is not None
        scene = Talk(call, handset, agent, call_id)
        await scene.together()
        yield scene
        call.hang_up()


async def unheard(phone: PhoneCall, hz: int) -> None:
    """The tone is not heard, although its speaker goes on."""
    with pytest.raises(NotHeardError):
        await phone.hears(tone=hz, within=0.6)
