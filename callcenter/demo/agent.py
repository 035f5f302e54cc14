"""The agent: a desk over JSON/TCP and a phone over SIP, in one process.

    python -m callcenter.demo.agent --exchange udp:127.0.0.1:5060 --desk 127.0.0.1:7400

Waits for the cues `idle` and `hang_up`.
"""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from agent_proto import models
from agent_proto.client import AgentClient
from callcenter.demo.actor import AGENT_TONE, CALLER_TONE, Actor, play
from callcenter.demo.softphone import PhoneCall, Softphone

_REACTION_S = 1.0
"""What a person needs to read who calls, and to press the button."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works where."""

    exchange: str
    host: str
    port: int
    agent_id: str
    password: str
    seat_no: str
    phone_password: str


async def work(actor: Actor, desk: Desk) -> None:
    """One call, from signing in to signing out."""
    async with AsyncExitStack() as stack:
        with actor.step("phone_registered") as facts:
            phone = await stack.enter_async_context(
                Softphone(desk.exchange, desk.seat_no, password=desk.phone_password)
            )
            facts |= {"seat_no": desk.seat_no, "address": str(phone.address)}
        with actor.step("signed_in") as facts:
            client = await AgentClient.connect(desk.host, desk.port, client="callcenter-demo")
            await stack.enter_async_context(client)
            signed_in = await client.login(desk.agent_id, desk.password, desk.seat_no, state="busy")
            facts |= {"agent_id": desk.agent_id, "name": signed_in.agent.name}
        await _take_call(actor, client, phone)
        await client.logout()


async def _take_call(actor: Actor, client: AgentClient, phone: Softphone) -> None:
    await actor.cue("idle")
    with actor.step("idle"):
        await client.set_idle()
        await client.wait_for("agent.state_changed", state="idle")
    with actor.step("call_ringing") as facts:
        event = await client.wait_for("call.ringing")
        ringing = event.read(models.CallRinging)
        call_id = str(event.call_id)
        facts |= {"call_id": call_id, "ani": ringing.ani, "dnis": ringing.dnis}
        facts |= {"queue": ringing.queue, "waited_s": ringing.waited_s}
    with actor.step("phone_rang") as facts:
        call = await phone.incoming(within=5)
        call.ring()
        facts["caller"] = call.caller
    await asyncio.sleep(_REACTION_S)
    with actor.step("phone_answered"):
        await client.answer(call_id)
        await call.answered(within=5)
        call.say(tone=AGENT_TONE)
        await client.wait_for("call.answered", call_id=call_id)
    await _talk(actor, client, call, call_id)


async def _talk(actor: Actor, client: AgentClient, call: PhoneCall, call_id: str) -> None:
    with actor.step("announced_to_agent") as facts:
        facts["level"] = (await call.hears("speech", within=10)).level
    with actor.step("agent_hears_caller") as facts:
        facts["hz"] = (await call.hears(tone=CALLER_TONE, within=10)).hz
    await actor.cue("hang_up")
    with actor.step("hung_up"):
        await client.hangup(call_id)
        await call.ended(within=5)
    with actor.step("call_ended") as facts:
        event = await client.wait_for("call.ended", call_id=call_id)
        ended = event.read(models.CallEnded)
        facts |= {"by": ended.by, "cause": ended.cause, "talk_s": ended.talk_s}
    with actor.step("wrapped_up"):
        await client.wait_for("agent.state_changed", state="acw")
        await client.wait_for("agent.state_changed", state="idle")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--exchange", default="udp:127.0.0.1:5060")
    parser.add_argument("--desk", default="127.0.0.1:7400", help="where the agent protocol is")
    parser.add_argument("--agent-id", default="1001")
    parser.add_argument("--password", default="agent-1001")
    parser.add_argument("--seat-no", default="8001")
    parser.add_argument("--phone-password", default="phone-8001")
    given = parser.parse_args()
    host, _, port = given.desk.rpartition(":")
    desk = Desk(
        given.exchange,
        host,
        int(port),
        given.agent_id,
        given.password,
        given.seat_no,
        given.phone_password,
    )
    return play(partial(work, desk=desk))


if __name__ == "__main__":
    sys.exit(main())
