"""Agents hold, ask, give on and dial through the real daemon; who hears whom is heard in tones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from callcenter.demo.phone_call import PhoneCall
from callcenter.demo.softphone import Softphone
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite
from tests.support.live_talk import AGENT_HZ, CALLER_HZ, Talk, talk, unheard

HELPER_HZ = 880


@dataclass(frozen=True, slots=True)
class Served(Talk):
    """And the helper at 8011, in no call yet."""

    helper: Softphone

    async def asked(self) -> PhoneCall:
        """The helper was called, has answered and says their tone."""
        call = await self.helper.incoming()
        call.answer()
        await call.answered()
        call.say(HELPER_HZ)
        return call


@asynccontextmanager
async def served(site: LiveSite) -> AsyncIterator[Served]:
    async with (
        Softphone(site.exchange(), "8011", password="phone-8011") as helper,
        talk(site) as both,
    ):
        yield Served(both.caller, both.phone, both.agent, both.call_id, helper)


async def test_hold_and_mute(site: LiveSite) -> None:
    async with served(site) as scene:
        await scene.ask("call.hold")
        await scene.caller.hears("music", within=6)
        await unheard(scene.phone, CALLER_HZ)
        await scene.ask("call.retrieve")
        await scene.together()
        await scene.ask("call.mute")
        await unheard(scene.caller, AGENT_HZ)
        await scene.phone.hears(tone=CALLER_HZ)
        await scene.ask("call.unmute")
        await scene.together()


async def test_asking_swapping_and_completing(site: LiveSite) -> None:
    async with served(site) as scene:
        await scene.ask("call.consult", target={"seat": "8011"})
        helper = await scene.asked()
        await asyncio.gather(
            scene.caller.hears("music", within=6),
            scene.phone.hears(tone=HELPER_HZ),
            helper.hears(tone=AGENT_HZ),
        )
        await scene.ask("call.toggle")
        await asyncio.gather(scene.together(), helper.hears("music", within=6))
        await scene.ask("call.complete_transfer")
        await asyncio.gather(scene.caller.hears(tone=HELPER_HZ), helper.hears(tone=CALLER_HZ))
        await scene.phone.ended()
        await scene.agent.wait_for("call.ended", cause="transferred")


async def test_asking_and_keeping(site: LiveSite) -> None:
    async with served(site) as scene:
        await scene.ask("call.consult", target={"seat": "8011"})
        helper = await scene.asked()
        await helper.hears(tone=AGENT_HZ)
        await scene.ask("call.keep")
        await scene.together()
        await helper.ended()


async def test_a_blind_transfer(site: LiveSite) -> None:
    async with served(site) as scene:
        await scene.ask("call.transfer", target={"seat": "8011"})
        await scene.phone.ended()
        helper = await scene.asked()
        await asyncio.gather(scene.caller.hears(tone=HELPER_HZ), helper.hears(tone=CALLER_HZ))


async def test_dialling(site: LiveSite) -> None:
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        Softphone(site.exchange(), "8011", password="phone-8011") as helper,
        desk(site) as agent,
    ):
        result = await agent.request("call.dial", {"number": "8011"})
        own = await phone.incoming()
        own.answer()
        other = await helper.incoming()
        other.answer()
        own.say(AGENT_HZ)
        other.say(HELPER_HZ)
        await asyncio.gather(own.hears(tone=HELPER_HZ), other.hears(tone=AGENT_HZ))
        await agent.request("call.hangup", {"call_id": result["call_id"]})
        await asyncio.gather(own.ended(), other.ended())
