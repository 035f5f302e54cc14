"""A random supervisor among random agents who ask, give calls on and confer: nobody is left over.

What must hold is judged by `running_site`, as in `test_random_shift`.
"""

import asyncio
import random
from pathlib import Path
from typing import ClassVar

import pytest

from callcenter import events
from callcenter.switch.auditor import Auditor
from tests.sim.test_random_shift import EXPECTED, SEATS, Agent, call
from tests.support.sim_site import running_site
from tests.support.virtual_loop import virtual_time

HALF_HOUR = 1800.0
BOSS = """
[[agent]]
agent_id = "1009"
name = "Wu"
password = "agent-1009"
class = "supervisor"
skills = { sales = 1 }
"""
REFUSALS = EXPECTED | {
    "not_logged_in",
    "no_such_target",
    "target_not_in_call",
    "target_not_idle",
    "no_consultation",
    "not_outside_party",
}


class Talker(Agent):
    """An agent who does more with calls than to answer them."""

    expected = REFUSALS
    acts = 12

    async def act(self) -> None:
        """One thing, in a call of theirs; the desk knows it by the last ring."""
        if not self.desk.states or "call.ringing" not in self.desk.names:
            return
        colleague = {"agent": self.chance.choice(list(SEATS))}
        targets: list[dict[str, str]] = [colleague, colleague, {"queue": "support"}]
        plain = ["hold", "retrieve", "mute", "toggle", "keep", "conference", "complete_transfer"]
        method = self.chance.choice([*plain, "consult", "consult", "transfer", "transfer"])
        if method in plain:
            await self.desk.about_call(f"call.{method}")
        else:
            target = self.chance.choice(targets)
            await self.desk.ask(f"call.{method}", call_id=self.desk.call_id, target=target)


class Boss(Talker):
    """A supervisor who may be offered calls, too."""

    sign_in_as: ClassVar[dict[str, object]] = {"class": "supervisor"}
    acts = 80

    def in_talk(self, agent_id: str) -> bool:
        """Whether there is anything to supervise."""
        roster = self.site.exchange.roster
        return roster.of_agent(agent_id) is not None and self.site.state(agent_id) == "talking"

    async def act(self) -> None:
        """Something to an agent, or to a call they were with."""
        talking = [each for each in SEATS if self.in_talk(each)]
        target = self.chance.choice(talking or list(SEATS))
        supervision = self.site.exchange.services.supervisions.of(self.agent_id)
        method = self.chance.choice(["monitor"] * 4 + ["whisper", "barge", "intercept", "leave"])
        method = f"supervisor.{method}"
        if method == "supervisor.monitor":
            follow = self.chance.choice(["agent", "call"])
            await self.desk.ask(method, target=target, follow=follow)
        elif method != "supervisor.leave":
            await self.desk.ask(method, target=target)
        elif supervision is not None:
            await self.desk.ask(method, call_id=supervision.call_id)


@pytest.mark.parametrize("seed", range(4))
@virtual_time
async def test_half_an_hour_of_supervision_leaves_nothing_behind(tmp_path: Path, seed: int) -> None:
    network = {"loss": 0.01, "delay": 0.01, "jitter": 0.02, "seed": seed}
    async with running_site(tmp_path, more=BOSS, max_calls=8, **network) as site:
        chance = random.Random(seed)
        until = site.clock.now() + HALF_HOUR
        people: list[Agent] = [
            Talker(site, random.Random(chance.random()), *pair) for pair in SEATS.items()
        ]
        people.append(Boss(site, random.Random(chance.random()), "1009", "8013"))
        auditor = Auditor(site.exchange.services, site.exchange.switchboard)
        async with asyncio.TaskGroup() as tasks:
            for agent in people:
                tasks.create_task(agent.work(until))
            while site.clock.now() < until:
                await asyncio.sleep(chance.expovariate(1 / 12))
                tasks.create_task(call(site, random.Random(chance.random())))
                auditor.look()
        await asyncio.sleep(90)
        assert auditor.healed == 0
        assert not site.exchange.services.supervisions.seats
        for agent in people:
            await agent.be_idle()
        assert site.state("1009") == "idle"
        assert site.told(events.SupervisionStarted)
