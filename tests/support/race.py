"""Races: deeds of one moment, in an order that a seed decides, and what must be true afterwards.

Everybody acts within a twentieth of a second, often at once, on a grid of half the network's delay,
so that deeds also meet messages that arrive; a desk's commands take as long as messages. Timers of
the same moment, those that bring messages among them, fire in an order of chance (`ties`), in one
turn of the loop or while what another one began is half done; in a third of the races some messages
are slower than others. What a seed shows it shows again.

`running_race` judges: nobody is stuck, no leg lives on one side only, nothing is left, and whoever
was in it can serve the next caller.
"""

import asyncio
import contextlib
import inspect
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

from agent_proto import ProtocolError
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, running_site
from tests.support.virtual_loop import run

Deed: TypeAlias = Callable[[], object]

DELAY = 0.01
GRID = DELAY / 2
MOMENTS = (1, 1, 1, 2, 4, 10)
"""Of how many steps of the grid a moment may consist."""
SETTLED = 75.0
"""Seconds after which every transaction, ring and grace time of the moment is over."""
TOO_LATE = {
    "wrong_state",
    "no_such_call",
    "no_such_target",
    "target_not_idle",
    "target_not_in_call",
    "no_consultation",
    "not_logged_in",
    "not_outside_party",
    "media_failed",
    "agent_already_logged_in",
    "bad_credentials",
}
"""How a command of that moment may be refused."""
BOSS = """
[[agent]]
agent_id = "1009"
name = "Wu"
password = "agent-1009"
class = "supervisor"
[[seat]]
seat_no = "8021"
password = "phone-8021"
pbx = true
pickup_group = "hall"
[[seat]]
seat_no = "8022"
password = "phone-8022"
pbx = true
pickup_group = "hall"
[[route]]
name = "out"
trunks = ["carrier"]
"""


class Race:
    """One race at one site."""

    def __init__(self, site: SimSite, chance: random.Random) -> None:
        self.site = site
        self.chance = chance
        self.moment = chance.choice(MOMENTS)
        self.phones: list[SimPhone] = []
        """Of everybody, callers and gateways too."""
        self.desks: dict[str, tuple[str, SimDesk, SimPhone]] = {}
        """agent -> seat, desk and phone."""

    async def agent(
        self, agent_id: str, seat_no: str, *, transport: str = "udp", **params: object
    ) -> tuple[SimDesk, SimPhone]:
        """An idle agent, whose phone rings until it is told to do otherwise."""
        phone = await self.phone(seat_no, transport=transport)
        desk = await self.desk(agent_id, seat_no, **params)
        self.desks[agent_id] = seat_no, desk, phone
        return desk, phone

    async def desk(self, agent_id: str, seat_no: str, **params: object) -> SimDesk:
        """A client where that agent has signed in, as far away as phones are."""
        desk = await self.site.desk(agent_id, seat_no, **params)
        desk.delay = DELAY
        return desk

    async def phone(self, seat_no: str, **options: Any) -> SimPhone:
        """A seat's phone."""
        phone = await self.site.phone(seat_no, **options)
        self.phones.append(phone)
        return phone

    async def caller(self, number: str) -> SimPhone:
        """Somebody outside, who has called that number."""
        caller = await self.site.caller(f"138{len(self.phones):08}")
        self.phones.append(caller)
        caller.dial(number)
        return caller

    async def gateway(self) -> SimPhone:
        """The carrier's, where outside numbers ring."""
        gateway = await self.site.gateway("10.0.0.9")
        self.phones.append(gateway)
        return gateway

    async def at_once(self, *deeds: Deed) -> None:
        """All of them within the moment; those that come too late are refused."""
        async with asyncio.TaskGroup() as tasks:
            for deed in self.chance.sample(deeds, len(deeds)):
                tasks.create_task(self._do(deed))

    async def pause(self) -> None:
        """A part of the moment: on the grid, so that timers decide who is first."""
        await asyncio.sleep((1 + self.chance.randrange(self.moment)) * GRID)

    def pick(self, *deeds: Deed) -> Deed:
        """One of them."""
        return self.chance.choice(deeds)

    async def comes_back(self, agent_id: str) -> SimDesk:
        """Whose desk lost its connection goes on with the session or, too late, signs in anew."""
        seat_no, before, phone = self.desks[agent_id]
        desk = await self.site.links.connect()
        self.desks[agent_id] = seat_no, desk, phone
        try:
            await desk.resume(before)
        except ProtocolError:
            await desk.login(agent_id, seat_no)
        else:
            desk.told[:0] = before.told
        desk.delay = DELAY
        return desk

    async def _do(self, deed: Deed) -> None:
        await self.pause()
        try:
            done = deed()
            if inspect.isawaitable(done):
                await done
        except ConnectionError:
            pass
        except ProtocolError as error:
            if error.name not in TOO_LATE:
                raise

    async def check(self) -> None:
        """Nobody is stuck and no leg is an orphan; then everybody goes on with their work."""
        site, endpoint = self.site, self.site.exchange.sip.endpoint
        await asyncio.sleep(SETTLED)
        self._hang_up_the_dead(site.network.restore_hosts())
        await asyncio.sleep(SETTLED)
        assert site.exchange.desk.auditor.healed == 0, site.logged("error")
        for call in site.exchange.switchboard.calls.values():
            talks = call.bridge.parties if call.bridge is not None else (call.caller,)
            assert not any(party.leg.over for party in talks), "a talk with somebody who is gone"
        legs = [call for phone in self.phones for call in phone.calls if call.end is None]
        assert endpoint.call_count == len(legs), [phone.log for phone in self.phones]
        site.exchange.switchboard.end_all()
        await asyncio.sleep(SETTLED)
        assert all(phone.idle for phone in self.phones), "a leg of no call"
        assert not site.plane.ports
        for agent_id in self.desks:
            await self._serves(agent_id)

    def _hang_up_the_dead(self, hosts: set[str]) -> None:
        """Phones that were cut off do not know that their calls are over."""
        for phone in self.phones:
            for call in phone.calls if phone.host in hosts else ():
                call.hangup()

    async def _serves(self, agent_id: str) -> None:
        """The agent takes the next caller, alone."""
        site = self.site
        for each in self.desks:
            await self._ready(each, each == agent_id)
        seat_no, desk, phone = self.desks[agent_id]
        phone.answer_calls(after=0.5)
        caller = await self.caller("4001")
        await asyncio.sleep(1)
        if site.exchange.roster.seats[seat_no].answer_mode == "protocol":
            await desk.about_call("call.answer")
        await asyncio.sleep(8)
        assert site.state(agent_id) == "talking"
        assert (phone.hears, caller.hears) == (caller.user, phone.user)
        caller.hang_up()
        await asyncio.sleep(20)  # after-call work
        assert site.state(agent_id) == "idle"

    async def _ready(self, agent_id: str, ready: bool) -> None:
        seat_no, desk, phone = self.desks[agent_id]
        await phone.register()
        if desk.lost or desk.closed.is_set():
            desk = await self.comes_back(agent_id)
        elif self.site.exchange.roster.of_agent(agent_id) is None:
            await desk.login(agent_id, seat_no)
        await desk.ask("agent.set_idle" if ready else "agent.set_busy")


Course: TypeAlias = Callable[[Race], Coroutine[Any, Any, None]]


def run_race(folder: Path, seed: int, course: Course) -> None:
    """Runs one race as this seed decides it, and judges what it leaves."""

    async def race() -> None:
        async with _running_race(folder, seed) as running:
            await course(running)

    run(race(), random.Random(f"ties {seed}"))


@contextlib.asynccontextmanager
async def _running_race(folder: Path, seed: int) -> AsyncIterator[Race]:
    chance = random.Random(f"deeds {seed}")
    network = {"delay": DELAY, "jitter": chance.choice([0, 0, DELAY]), "grid": GRID, "seed": seed}
    options: dict[str, Any] = {"max_calls": 8, "transports": ("udp", "tcp"), **network}
    async with running_site(folder, more=BOSS, **options) as site:
        race = Race(site, chance)
        yield race
        await race.check()
