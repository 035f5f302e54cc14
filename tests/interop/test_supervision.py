"""Supervisors with a live call of the real daemon: who hears whom, by the tone each party says."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from agent_proto import AgentClient
from callcenter.demo.ears import power_at
from callcenter.demo.phone_call import PhoneCall
from tests.interop.test_call_control import AGENT_HZ, CALLER_HZ, HELPER_HZ, Served, served
from tests.support.live_site import LiveSite

BOSS_HZ = HELPER_HZ
ALL_HZ = (CALLER_HZ, AGENT_HZ, BOSS_HZ)
_SHARE = 0.05
"""Of the power; of three tones in a mix each has a third."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A served caller, and the supervisor Bo at 8011, busy."""

    scene: Served
    boss: AgentClient

    async def ask(self, method: str) -> None:
        """About Ann."""
        result = await self.boss.request(f"supervisor.{method}", {"target": "1001"})
        assert result["call_id"] == self.scene.call_id


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
    async with asyncio.timeout(8):
        while heard != wanted:
            samples = await asyncio.gather(*(phone.listen(0.3) for phone, _ in phones))
            heard = [{hz for hz in ALL_HZ if power_at(each, hz) > _SHARE} for each in samples]


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
        lost = [phone.hearing.lost for phone in (scene.caller, scene.phone)]
        for mode in ("monitor", "whisper", "barge", "monitor"):
            await told.ask(mode)
            caller, agent = matrix[mode]
            both = {CALLER_HZ, AGENT_HZ}
            await hear([(scene.caller, caller), (scene.phone, agent), (ear, both)])
        assert [phone.hearing.lost for phone in (scene.caller, scene.phone)] == lost
        await told.boss.request("supervisor.leave", {"call_id": scene.call_id})
        await ear.ended()
        await scene.together()


async def test_intercept(site: LiveSite) -> None:
    async with watched(site) as told:
        scene = told.scene
        await told.ask("intercept")
        boss = await scene.asked()
        await scene.phone.ended()
        await scene.agent.wait_for("call.ended", cause="transferred")
        await hear([(scene.caller, {BOSS_HZ}), (boss, {CALLER_HZ})])
        await told.boss.request("call.hangup", {"call_id": scene.call_id})
        await scene.caller.ended()


async def test_hold_is_survived(site: LiveSite) -> None:
    async with watched(site) as told:
        scene = told.scene
        await told.ask("whisper")
        ear = await scene.asked()
        await hear([(scene.phone, {CALLER_HZ, BOSS_HZ}), (ear, {CALLER_HZ, AGENT_HZ})])
        await scene.ask("call.hold")
        await scene.caller.hears("music", within=6)
        await hear([(scene.phone, {BOSS_HZ}), (ear, {AGENT_HZ})])
        await scene.ask("call.retrieve")
        await hear([(scene.caller, {AGENT_HZ}), (ear, {CALLER_HZ, AGENT_HZ})])
