"""baresip, a softphone of other people's making, as the phone of a signed-in agent."""

import pytest

from agent_proto import AgentClient
from callcenter.demo.g711 import Law
from callcenter.demo.softphone import NotHeardError, Softphone
from tests.support.baresip import Baresip, NotRegisteredError
from tests.support.live_desk import desk, served_call
from tests.support.live_site import LiveSite
from tests.support.sipp import Transport

CALLER_HZ, AGENT_HZ = 440, 620
TONES = (350, CALLER_HZ, AGENT_HZ, 880)


@pytest.mark.parametrize(("transport", "law"), [("udp", "PCMA"), ("tcp", "PCMA"), ("udp", "PCMU")])
async def test_caller_and_agent_hear_each_other(
    site: LiveSite, transport: Transport, law: Law
) -> None:
    async with (
        Baresip(site, "8001", AGENT_HZ, transport=transport, codec=law) as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800001", laws=[law]) as caller,
    ):
        await served_call(caller, agent, says=CALLER_HZ, hears=AGENT_HZ)
        await phone.told("CALL_CLOSED")

    assert phone.last_tone(TONES) == CALLER_HZ


async def test_a_person_picks_the_phone_up_and_puts_it_down(site: LiveSite) -> None:
    async with (
        Baresip(site, "8001", AGENT_HZ, answer_mode="manual") as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800002") as caller,
    ):
        call = await caller.call("4001")
        await phone.told("CALL_INCOMING")
        await agent.wait_for("call.ringing", ani="13800002")
        await phone.command("accept")
        await agent.wait_for("call.answered")
        await call.hears(tone=AGENT_HZ)

        await phone.command("hangup")

        await agent.wait_for("call.ended", by="agent", cause="hangup")
        end = await call.ended()
        assert (end.cause, end.by) == ("bye", "remote")


async def test_a_phone_that_does_not_know_notify_talk_rings_on(site: LiveSite) -> None:
    async with (
        Baresip(site, "8001", AGENT_HZ, answer_mode="manual") as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800005") as caller,
    ):
        await caller.call("4001")
        ringing = await agent.wait_for("call.ringing")
        await phone.told("CALL_INCOMING")

        await agent.answer(ringing.call_id)

        assert (await agent.get()).calls[0].state == "ringing"
        await phone.command("accept")
        await agent.wait_for("call.answered")
        await agent.hangup(ringing.call_id)
        await phone.told("CALL_CLOSED")


async def test_a_held_caller_is_not_heard_until_the_phone_resumes(site: LiveSite) -> None:
    async with (
        Baresip(site, "8001", AGENT_HZ) as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800003") as caller,
    ):
        call = await caller.call("4001")
        call.say(CALLER_HZ)
        await agent.wait_for("call.answered")
        await call.hears(tone=AGENT_HZ)

        await phone.command("hold")
        with pytest.raises(NotHeardError):
            await call.hears(tone=AGENT_HZ, within=0.6)
        await phone.command("resume")
        await call.hears(tone=AGENT_HZ)
        call.hang_up()
        await phone.told("CALL_CLOSED")
        await agent.wait_for("call.ended", by="caller")


async def test_the_desk_answers_where_the_seat_is_answered_by_protocol(site: LiveSite) -> None:
    async with (
        Baresip(site, "8004", AGENT_HZ) as phone,
        desk(site, seat_no="8004") as agent,
        Softphone(site.exchange(), "13800004") as caller,
    ):
        call = await caller.call("4001")
        ringing = await agent.wait_for("call.ringing")
        assert not phone.events, "only the desk rings"

        await agent.answer(ringing.call_id)

        await agent.wait_for("call.answered")
        await call.hears(tone=AGENT_HZ)
        await agent.hangup(ringing.call_id)
        await phone.told("CALL_CLOSED")
        await call.ended()


async def test_a_wrong_password_leaves_the_phone_unregistered_and_the_agent_busy(
    site: LiveSite,
) -> None:
    async with await AgentClient.connect("127.0.0.1", site.agent_port) as agent:
        with pytest.raises(NotRegisteredError, match="403 Forbidden"):
            async with Baresip(site, "8002", AGENT_HZ, password="guessed"):
                pass
        result = await agent.login("1002", "agent-1002", "8002")
        assert (result.state, result.reason) == ("busy", "device_failed")
        await agent.logout()
