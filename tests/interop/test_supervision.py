"""Supervisors with a live call of the real daemon: who hears whom, by the tone each party says."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import pytest

from agent_proto import AgentClient
from callcenter.demo.ears import power_at
from callcenter.demo.phone_call import NotHeardError, PhoneCall
from callcenter.demo.softphone import Softphone
from tests.interop.test_call_control import HELPER_HZ, Served, served
from tests.support.live_site import LiveSite
from tests.support.live_talk import AGENT_HZ, CALLER_HZ

pytestmark = pytest.mark.load  # no gap of 40 ms: each party keeps time in Python

BOSS_HZ = HELPER_HZ
COLLEAGUE_HZ = 1100
ALL_HZ = (CALLER_HZ, AGENT_HZ, BOSS_HZ, COLLEAGUE_HZ)
_LONGEST_GAP_S = 0.04
_SHARE = 0.05
"""Of the power; of three tones in a mix each has a third."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A served caller, and the supervisor Bo at 8011, busy."""

    scene: Served
    boss: AgentClient

    async def ask(self, method: str, **params: str) -> None:
        """About Ann."""
        result = await self.boss.request(f"supervisor.{method}", {"target": "1001", **params})
        assert result["call_id"] == self.scene.call_id


@dataclass(frozen=True, slots=True)
class Unaware:
    """What a phone that is listened to would notice: another source, numbers that are missing, a
    gap of more than 40 ms."""

    phones: Sequence[PhoneCall]
    before: Sequence[tuple[int, int, int]]

    @classmethod
    def of(cls, *phones: PhoneCall) -> Self:
        for phone in phones:
            phone.hearing.longest_step_s = 0.0
        return cls(phones, list(map(_seen, phones)))

    def check(self) -> None:
        assert list(map(_seen, self.phones)) == self.before
        assert all(0 < phone.hearing.longest_step_s <= _LONGEST_GAP_S for phone in self.phones)


def _seen(phone: PhoneCall) -> tuple[int, int, int]:
    hearing = phone.hearing
    return hearing.streams, hearing.lost, hearing.misplaced


@asynccontextmanager
async def watched(site: LiveSite) -> AsyncIterator[Watched]:
    async with (
        served(site) as scene,
        await AgentClient.connect("127.0.0.1", site.agent_port) as boss,
    ):
        await boss.login("1002", "agent-1002", "8011", agent_class="supervisor", state="busy")
        yield Watched(scene, boss)
        await boss.logout()


async def hear(phones: Collection[tuple[PhoneCall, set[int]]]) -> None:
    """Each hears these tones and no other, as soon as the exchange has done what it was told."""
    heard: list[set[int]] = []
    wanted = [tones for _, tones in phones]
    async with asyncio.timeout(30):
        while heard != wanted:
            heard = await asyncio.gather(*(_tones_at(phone) for phone, _ in phones))


async def _tones_at(phone: PhoneCall) -> set[int]:
    try:
        samples = await phone.listen(0.3)
    except NotHeardError:
        return set()
    return {hz for hz in ALL_HZ if power_at(samples, hz) > _SHARE}


async def test_monitor_whisper_barge_and_leave(site: LiveSite) -> None:
    async with watched(site) as told:
        scene = told.scene
        await told.ask("monitor")
        ear = await scene.asked()
        matrix: dict[str, tuple[set[int], set[int]]] = {
            "monitor": ({AGENT_HZ}, {CALLER_HZ}),
            "whisper": ({AGENT_HZ}, {CALLER_HZ, BOSS_HZ}),
            "barge": ({AGENT_HZ, BOSS_HZ}, {CALLER_HZ, BOSS_HZ}),
        }
        unaware = Unaware.of(scene.caller, scene.phone)
        for mode in ("monitor", "whisper", "barge", "monitor"):
            await told.ask(mode)
            caller, agent = matrix[mode]
            both = {CALLER_HZ, AGENT_HZ}
            await hear([(scene.caller, caller), (scene.phone, agent), (ear, both)])
        await told.boss.request("supervisor.leave", {"call_id": scene.call_id})
        await ear.ended()
        await scene.together()
        unaware.check()


async def test_intercept(site: LiveSite) -> None:
    async with watched(site) as told:
        scene = told.scene
        unaware = Unaware.of(scene.caller)
        await told.ask("intercept")
        boss = await scene.asked()
        await scene.phone.ended()
        await scene.agent.wait_for("call.ended", cause="transferred")
        await hear([(scene.caller, {BOSS_HZ}), (boss, {CALLER_HZ})])
        unaware.check()
        await told.boss.request("call.hangup", {"call_id": scene.call_id})
        await scene.caller.ended()


async def test_hold_is_survived(site: LiveSite) -> None:
    async with watched(site) as told:
        scene = told.scene
        unaware = Unaware.of(scene.caller, scene.phone)
        await told.ask("whisper")
        ear = await scene.asked()
        await hear([(scene.phone, {CALLER_HZ, BOSS_HZ}), (ear, {CALLER_HZ, AGENT_HZ})])
        await scene.ask("call.hold")
        await scene.caller.hears("music", within=6)
        await hear([(scene.phone, {BOSS_HZ}), (ear, {AGENT_HZ})])
        await scene.ask("call.retrieve")
        await hear([(scene.caller, {AGENT_HZ}), (ear, {CALLER_HZ, AGENT_HZ})])
        unaware.check()


@asynccontextmanager
async def colleague(site: LiveSite) -> AsyncIterator[Softphone]:
    """At 8012, in no call."""
    async with Softphone(site.exchange(), "8012", password="phone-8012") as phone:
        yield phone


async def picked_up(phone: Softphone) -> PhoneCall:
    """The colleague is called, answers and says their tone."""
    call = await phone.incoming()
    call.answer()
    await call.answered()
    call.say(COLLEAGUE_HZ)
    return call


async def test_a_consultation_is_heard_by_who_follows_the_agent(site: LiveSite) -> None:
    async with watched(site) as told, colleague(site) as at_8012:
        scene = told.scene
        await told.ask("whisper")
        ear = await scene.asked()
        await hear([(scene.phone, {CALLER_HZ, BOSS_HZ}), (ear, {CALLER_HZ, AGENT_HZ})])
        unaware = Unaware.of(scene.caller, scene.phone)
        await scene.ask("call.consult", target={"seat": "8012"})
        asked = await picked_up(at_8012)
        await hear(
            [
                (scene.phone, {COLLEAGUE_HZ, BOSS_HZ}),
                (asked, {AGENT_HZ}),
                (ear, {AGENT_HZ, COLLEAGUE_HZ}),
            ]
        )
        await scene.ask("call.toggle")
        await hear(
            [
                (scene.caller, {AGENT_HZ}),
                (scene.phone, {CALLER_HZ, BOSS_HZ}),
                (ear, {AGENT_HZ, CALLER_HZ}),
            ]
        )
        unaware.check()


async def test_a_transfer_is_survived_by_who_follows_the_call(site: LiveSite) -> None:
    async with watched(site) as told, colleague(site) as at_8012:
        scene = told.scene
        await told.ask("monitor", follow="call")
        ear = await scene.asked()
        await hear([(scene.caller, {AGENT_HZ}), (ear, {CALLER_HZ, AGENT_HZ})])
        unaware = Unaware.of(scene.caller)
        await scene.ask("call.consult", target={"seat": "8012"})
        asked = await picked_up(at_8012)
        await hear([(asked, {AGENT_HZ}), (ear, set())])
        await scene.ask("call.complete_transfer")
        await hear(
            [
                (scene.caller, {COLLEAGUE_HZ}),
                (asked, {CALLER_HZ}),
                (ear, {CALLER_HZ, COLLEAGUE_HZ}),
            ]
        )
        await scene.phone.ended()
        unaware.check()


async def test_a_transfer_ends_the_supervision_of_the_agent(site: LiveSite) -> None:
    async with watched(site) as told, colleague(site) as at_8012:
        scene = told.scene
        await told.ask("barge")
        ear = await scene.asked()
        await hear([(scene.caller, {AGENT_HZ, BOSS_HZ}), (scene.phone, {CALLER_HZ, BOSS_HZ})])
        await scene.ask("call.transfer", target={"seat": "8012"})
        await ear.ended()
        asked = await picked_up(at_8012)
        await hear([(scene.caller, {COLLEAGUE_HZ}), (asked, {CALLER_HZ})])


async def test_a_conference_is_heard_by_all_three_whoever_holds_or_leaves(site: LiveSite) -> None:
    async with served(site) as scene:
        await scene.ask("call.conference", target={"seat": "8011"})
        helper = await scene.asked()
        caller, phone = scene.caller, scene.phone
        await hear(
            [
                (caller, {AGENT_HZ, HELPER_HZ}),
                (phone, {CALLER_HZ, HELPER_HZ}),
                (helper, {CALLER_HZ, AGENT_HZ}),
            ]
        )
        unaware = Unaware.of(caller, helper)
        phone.hang_up()
        await hear([(caller, {HELPER_HZ}), (helper, {CALLER_HZ})])
        unaware.check()
