"""An hour of a random call centre: whatever people do, every call is a true story and ends.

`running_site` judges the stream of events and looks for what is left (`event_story`,
`SimSite.check_nothing_left`); here is only the confusion. A seed that fails, fails again.
"""

import asyncio
import random
from pathlib import Path
from typing import ClassVar

import pytest

import sip
from agent_proto import ProtocolError
from callcenter import events
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone, sdp
from tests.support.sim_site import SimSite, running_site
from tests.support.virtual_loop import virtual_time

HOUR = 3600.0
SEATS = {"1001": "8001", "1002": "8002", "1004": "8004"}
EXPECTED = {"wrong_state", "no_such_call", "media_failed"}
"""What an agent who acts at random may be answered."""


@pytest.mark.parametrize("seed", range(4))
@virtual_time
async def test_an_hour_of_random_people_leaves_nothing_behind(tmp_path: Path, seed: int) -> None:
    network = {"loss": 0.02, "delay": 0.01, "jitter": 0.02, "seed": seed}
    async with running_site(tmp_path, max_calls=8, **network) as site:
        chance = random.Random(seed)
        until = site.clock.now() + HOUR
        people = [Agent(site, random.Random(chance.random()), *pair) for pair in SEATS.items()]
        async with asyncio.TaskGroup() as tasks:
            for agent in people:
                tasks.create_task(agent.work(until))
            while site.clock.now() < until:
                await asyncio.sleep(chance.expovariate(1 / 15))
                tasks.create_task(call(site, random.Random(chance.random())))
        await asyncio.sleep(60)  # every lost BYE has been sent again
        for agent in people:
            await agent.be_idle()

        assert [site.state(agent_id) for agent_id in SEATS] == ["idle"] * len(SEATS)
        assert len(site.told(events.TalkStarted)) > 20
        outcomes = {event.outcome for event in site.told(events.QueueLeft)}
        assert outcomes >= {"answered", "abandoned", "timeout"}


async def call(site: SimSite, chance: random.Random) -> None:
    """Somebody who calls, presses keys, holds, waits for a while and hangs up."""
    caller = await site.caller(str(chance.randrange(10**9)))
    body = b"" if chance.random() < 0.1 else None
    caller.dial(chance.choice(["4000", "4000", "4001", "4002", "4999"]), body)
    patience = site.clock.now() + chance.expovariate(1 / 40)
    while site.clock.now() < patience and not caller.idle:
        await asyncio.sleep(chance.expovariate(1 / 5))
        if caller.up:
            act = chance.choice([key_pressed, key_pressed, held, retrieved, silenced])
            act(caller, chance)
    caller.hang_up()


def key_pressed(caller: SimPhone, chance: random.Random) -> None:
    caller.press(chance.choice("0123456789*#"))


def held(caller: SimPhone, _: random.Random) -> None:
    caller.call.reinvite(sdp(caller.host, "sendonly"))


def retrieved(caller: SimPhone, _: random.Random) -> None:
    caller.call.reinvite(sdp(caller.host))


def silenced(caller: SimPhone, chance: random.Random) -> None:
    if chance.random() < 0.1:
        caller.port.fall_silent()


class Agent:
    """Somebody at a desk, with a phone that does as it likes."""

    sign_in_as: ClassVar[dict[str, object]] = {}
    expected = EXPECTED
    acts = 0
    """How often they do what is special to them, beside the twenty usual things."""

    def __init__(self, site: SimSite, chance: random.Random, agent_id: str, seat_no: str) -> None:
        self.site = site
        self.chance = chance
        self.agent_id = agent_id
        self.seat_no = seat_no
        self.desk: SimDesk
        self.phone: SimPhone

    async def work(self, until: float) -> None:
        """A shift."""
        self.phone = await self.site.phone(self.seat_no)
        self.phone.on_call = self.phone_rings
        self.desk = await self.site.desk(self.agent_id, self.seat_no, **self.sign_in_as)
        habits = [self.answer] * 6 + [self.hang_up, self.reject, self.be_idle, self.be_idle]
        habits += [self.be_busy, self.log_out, self.crash, self.unplug, self.call_out]
        habits += [self.act] * self.acts
        while self.site.clock.now() < until:
            await asyncio.sleep(self.chance.expovariate(1 / 8))
            try:
                await self.chance.choice(habits)()
            except ProtocolError as error:
                if error.name not in self.expected:
                    raise
        self.phone.answer_calls()

    def phone_rings(self, incoming: sip.IncomingCall) -> None:
        """Mostly picks up, mostly in time; else refuses, rings for ever, or says nothing."""
        loop = asyncio.get_running_loop()
        fate = self.chance.random()
        if fate < 0.1:
            incoming.reject(self.chance.choice([480, 486, 500, 603]))
        elif fate < 0.9:
            incoming.ring()
            answer = self.chance.uniform(0, 5)
            loop.call_later(answer, lambda: incoming.answer(self.phone.media()))
            loop.call_later(answer + self.chance.expovariate(1 / 30), incoming.hangup)
        elif fate < 0.95:
            incoming.ring()

    async def act(self) -> None:
        """What is special to them."""

    async def answer(self) -> None:
        if self.desk.states and self.desk.state == "ringing":
            await self.desk.about_call("call.answer")

    async def reject(self) -> None:
        if self.desk.states and self.desk.state == "ringing":
            await self.desk.about_call("call.reject")

    async def hang_up(self) -> None:
        if self.desk.states and self.desk.state == "talking" and "call.ringing" in self.desk.names:
            await self.desk.about_call("call.hangup")

    async def be_busy(self) -> None:
        await self.desk.ask("agent.set_busy", reason="tea")

    async def log_out(self) -> None:
        await self.desk.ask("agent.logout")
        await asyncio.sleep(self.chance.uniform(0, 5))
        await self.sign_in()

    async def crash(self) -> None:
        """Comes back within the grace time or after it, with the session or without."""
        await self.desk.close()
        await asyncio.sleep(self.chance.expovariate(1 / 30))
        before, self.desk = self.desk, await self.site.links.connect()
        if self.chance.random() < 0.5:
            try:
                await self.desk.resume(before)
            except ProtocolError as error:
                if error.name != "bad_credentials":  # the grace time is over
                    raise
            else:
                return
        await self.sign_in()

    async def unplug(self) -> None:
        """The phone loses its registration for a while."""
        await self.phone.register(expires=0)
        await asyncio.sleep(self.chance.uniform(0, 10))
        await self.phone.register()

    async def call_out(self) -> None:
        """Calls a queue of the house."""
        self.phone.dial("4002")
        outgoing = self.phone.call
        await asyncio.sleep(self.chance.uniform(0, 10))
        outgoing.hangup()

    async def sign_in(self) -> None:
        await self.desk.login(self.agent_id, self.seat_no, **self.sign_in_as)

    async def be_idle(self) -> None:
        """Ready for calls, once the present one is over and wrapped up."""
        if self.phone.idle and self.site.state(self.agent_id) not in ("ringing", "talking"):
            await self.phone.register()
            await self.desk.ask("agent.set_idle")
