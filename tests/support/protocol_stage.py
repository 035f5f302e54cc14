"""Where the stories of the agent protocol play: clients of a live site that are held to the OpenRPC
document, phones, a caller; and what is refused in a scene.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

import agent_proto as proto
from agent_proto import AgentClient, ProtocolError
from callcenter.demo.softphone import Softphone
from tests.support.baresip import Baresip
from tests.support.live_site import NARROW_CARRIER, LiveSite
from tests.support.openrpc import openrpc
from tests.support.protocol_rows import ROWS, Who
from tests.support.records import eventually


@dataclass
class Desk:
    """A client whose answers are held to the OpenRPC document and noted, as are its events."""

    client: AgentClient
    seen: set[str]

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        request = {"id": 1, "method": method, "params": params}
        result = await self.client.request(method, params)
        openrpc().check([request, {"id": 1, "result": result}])
        self.seen.add(method)
        return result

    async def told(self, event: str, **fields: Any) -> dict[str, Any]:
        """The next event of that name and those fields."""
        return dict((await self.client.wait_for(event, **fields)).params)

    async def until(self, state: str) -> None:
        """The agent is in that state."""

        async def reached() -> bool | None:
            return (await self.client.get()).state == state or None

        await eventually(reached)

    async def has(self, call_id: str) -> None:
        """The call is among the agent's: their own phone has answered."""

        async def listed() -> bool | None:
            return any(call.call_id == call_id for call in (await self.client.get()).calls) or None

        await eventually(listed)


@dataclass(frozen=True)
class Stage:
    """Where the stories play."""

    site: LiveSite
    seen: set[str]
    """Methods that succeeded and events that were told."""

    async def connect(self) -> Desk:
        """A client that has said hello."""
        client = await AgentClient.connect("127.0.0.1", self.site.agent_port)
        return Desk(client, self.seen)

    @asynccontextmanager
    async def desk(self, agent_id: str, seat_no: str, **params: object) -> AsyncIterator[Desk]:
        """An agent signed in, and out again."""
        desk = await self.connect()
        signing_in = {"agent_id": agent_id, "password": f"agent-{agent_id}", "seat_no": seat_no}
        result = await desk.ask("agent.login", **signing_in, **params)
        desk.client.resume_token = result["resume_token"]
        try:
            yield desk
            with suppress(ProtocolError, ConnectionError):  # gone already
                await desk.ask("agent.logout")
        finally:
            desk.seen.update(event.name for event in desk.client.history)
            await desk.client.close()

    @asynccontextmanager
    async def on_break(self) -> AsyncIterator[None]:
        """Dai, who has the one break."""
        async with self.desk("1004", "8003") as dai:
            await dai.ask("agent.request_break")
            yield

    def caller(self, number: str = "13800000001") -> Softphone:
        """Over the trunk that carries one call, and leads outside."""
        return Softphone(self.site.exchange(), number, host=NARROW_CARRIER)

    def phone(self, seat_no: str, hz: int) -> Baresip:
        return Baresip(self.site, seat_no, hz)


async def refuses(
    scene: str, desks: Mapping[Who, Desk], call_id: str = "", *, at_a_cost: bool = False
) -> None:
    """What is refused in a scene, one after the other, has changed nothing (A-04); but `at_a_cost`
    where the phone has failed meanwhile, and the agent is busy.
    """

    async def standing() -> list[object]:
        signed_in = [await desk.client.get() for who, desk in desks.items() if who != "guest"]
        clocks = {"since", "waited_s"}  # read anew each time
        return [
            (each.state, each.reason, [call.model_dump(exclude=clocks) for call in each.calls])
            for each in signed_in
        ]

    before = await standing()
    for row in ROWS[scene]:
        asked = row.asked(call_id, desks["agent"].client.resume_token)
        with pytest.raises(ProtocolError) as refused:
            await desks[row.who].client.request(row.method, asked)
        assert (refused.value.name, refused.value.code) == (row.error, proto.CODES[row.error]), row
    assert at_a_cost or await standing() == before
