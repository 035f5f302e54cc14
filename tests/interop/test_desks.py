"""What agents do with calls and messages through the real daemon, judged by tones and files."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_proto import AgentClient, ProtocolError
from agent_proto.models import (
    StatisticsParams,
    StatisticsResult,
    VoicemailListParams,
    VoicemailListResult,
)
from callcenter.demo import wav
from callcenter.demo.ears import power_at
from callcenter.demo.phone_call import PhoneCall
from callcenter.demo.softphone import Softphone
from tests.support.audio import RATE
from tests.support.daemon import NewDaemon, serving
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, NewSite, write_site
from tests.support.live_talk import AGENT_HZ, CALLER_HZ, talk, unheard
from tests.support.records import eventually, message_from, records

CARD_HZ = 1209
MORE = """
[[queue]]
name = "orders"
skills = { sales = 1 }
announce_agent = false
acw = 60
dispositions = ["sold", "call_back"]
[[queue]]
name = "message"
skills = { nobody = 1 }
max_wait = 0.2
on_timeout = "voicemail:1001"
[[number]]
dnis = "4010"
queue = "orders"
[[number]]
dnis = "4011"
queue = "message"
[[number]]
dnis = "4900"
monitoring = true
[[seat]]
seat_no = "8021"
password = "phone-8021"
answer_mode = "nailed_up"
[[agent]]
agent_id = "1007"
name = "Gus"
password = "agent-1007"
class = "supervisor"
pin = "4711"
"""


@pytest.fixture(scope="module")
def site(speech_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """With what these tests need beside the usual."""
    with serving(write_site(tmp_path_factory.mktemp("desks"), speech_cache, more=MORE)) as daemon:
        yield daemon.site
        daemon.assert_healthy()


async def together(caller: PhoneCall, agent: PhoneCall) -> None:
    await asyncio.gather(caller.hears(tone=AGENT_HZ), agent.hears(tone=CALLER_HZ))


async def test_a_card_number_is_in_no_file_and_the_gap_in_the_records(site: LiveSite) -> None:
    async with talk(site, "4010") as scene:
        call, handset, agent = scene.caller, scene.phone, scene.agent
        started = await agent.wait_for("call.recording_started")
        await call.listen(0.5)
        await scene.ask("call.pause_recording")
        await asyncio.sleep(0.1)  # the command is on its way
        call.say(CARD_HZ)
        await handset.hears(tone=CARD_HZ)
        await call.press("4")
        await call.listen(0.5)
        call.say(CALLER_HZ)
        await handset.hears(tone=CALLER_HZ)
        await scene.ask("call.resume_recording")
        await call.press("7")
        told = await agent.wait_for("call.digits_received")
        assert told.params["digits"] == "7", "what was pressed in the pause is not told"
        await call.listen(0.5)
        call.hang_up()
        await agent.wait_for("call.recording_stopped")
        await scene.ask("call.set_disposition", codes=["sold"], note="n")

    recording_id = str(started.params["recording_id"])
    row = await eventually_recorded(site, recording_id)
    sound = wav.read(site.recordings / row)
    left = sound.channel(0)
    assert power_at(left, CALLER_HZ) > 100 * power_at(left, CARD_HZ)
    async with records(site) as store:
        [pause] = await store.recordings.pauses(recording_id)
        [recording] = await store.recordings.for_call(str(started.call_id))
        [said] = await store.calls.dispositions(str(started.call_id))
    assert (said.agent_id, said.codes, said.note, said.queue) == ("1001", '["sold"]', "n", "orders")
    begins = (pause.started_at - recording.started_at).total_seconds()
    ends = (pause.ended_at - recording.started_at).total_seconds()
    gap = left[int((begins + 0.1) * RATE) : int((ends - 0.1) * RATE)]
    assert max(map(abs, gap)) < 100, "silence"


async def test_keys_go_both_ways(site: LiveSite) -> None:
    async with talk(site) as scene:
        call, handset = scene.caller, scene.phone
        await scene.ask("call.send_digits", digits="42#")
        async with asyncio.timeout(30):
            while call.hearing.keys != "42#":
                await call.listen(0.1)
        await scene.together()
        assert handset.hearing.keys == "", "they were for the caller"
        await call.press("9*")
        for key in "9*":
            await scene.agent.wait_for("call.digits_received", digits=key)


async def eventually_recorded(site: LiveSite, recording_id: str) -> Path:
    async with records(site) as store:

        async def look() -> Path | None:
            call_id = "-".join(recording_id.split("-")[:3])
            found = await store.recordings.for_call(call_id)
            return next((Path(r.path) for r in found if r.recording_id == recording_id), None)

        return await eventually(look)


async def test_calls_come_and_go_in_a_device_that_stays_connected(site: LiveSite) -> None:
    async with (
        Softphone(site.exchange(), "8021", password="phone-8021") as phone,
        Softphone(site.exchange(), "13800002") as caller,
        await AgentClient.connect("127.0.0.1", site.agent_port) as agent,
    ):
        session = await agent.login("1001", "agent-1001", "8021")
        assert (session.state, session.reason) == ("busy", "device_failed")
        device = await phone.incoming()
        await device.answered()
        await agent.wait_for("agent.state_changed", state="idle")
        device.say(AGENT_HZ)
        for _ in range(2):
            call = await caller.call("4001")
            ringing = await agent.wait_for("call.ringing")
            await device.hears(tone=450, within=6)  # the ring-back tone
            assert ringing.call_id is not None
            await agent.answer(ringing.call_id)
            await call.answered()
            call.say(CALLER_HZ)
            await together(call, device)
            await agent.hangup(ringing.call_id)
            await call.ended()
            await agent.wait_for("agent.state_changed", state="idle")
            await unheard(device, CALLER_HZ)
        assert phone.calls == [device], "one call for the whole shift"
        await agent.logout()
        await device.ended()


async def test_a_message_is_heard_at_the_agents_phone(site: LiveSite) -> None:
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800003") as caller,
    ):
        call = await caller.call("4011")
        await call.hears(tone=1000, within=15)
        call.say(CALLER_HZ)
        await asyncio.sleep(1.5)
        call.hang_up()
        waiting = await agent.wait_for("voicemail.waiting")
        assert (waiting.params["box"], waiting.params["ani"]) == ("1001", "13800003")
        message = {"message_id": waiting.params["message_id"]}
        kept = await message_from(site, "1001", "13800003")
        assert kept.message_id == message["message_id"]

        played = await agent.request("voicemail.play", message)
        handset = await phone.incoming()
        handset.answer()
        await handset.hears(tone=CALLER_HZ)
        await agent.wait_for("call.playback_finished", call_id=played["call_id"])
        await handset.ended()
        listed = await agent.do(VoicemailListParams(), VoicemailListResult)
        [shown] = [each for each in listed.messages if each.message_id == message["message_id"]]
        assert shown.heard
        await agent.request("voicemail.delete", message)
        assert not (site.voicemail / kept.path).exists()
        with pytest.raises(ProtocolError, match="no_such_message"):
            await agent.request("voicemail.play", message)


async def both(ear: PhoneCall) -> None:
    """Caller and agent are heard at once, as soon as the words before them are over."""
    async with asyncio.timeout(30):
        heard = [0.0]
        while min(heard) < 0.3:
            samples = await ear.listen(0.3)
            heard = [power_at(samples, hz) for hz in (CALLER_HZ, AGENT_HZ)]


async def test_a_supervisor_hears_a_talk_by_telephone(site: LiveSite) -> None:
    async with talk(site) as scene, Softphone(site.exchange(), "13800005") as telephone:
        ear = await telephone.call("4900")
        await ear.answered()
        ear.say(CARD_HZ)
        for keys in ("1007#", "4711#", "1001#"):
            await ear.press(keys)
            await asyncio.sleep(0.3)
        await both(ear)
        await unheard(scene.phone, CARD_HZ)
        await scene.together()
        ear.hang_up()
        await ear.ended()
        await scene.together()


async def test_the_figures_of_the_day_outlive_the_daemon(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    site = new_site(more=MORE)
    daemon = new_daemon(site)
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800006") as caller,
    ):
        call = await caller.call("4001")
        handset = await phone.incoming()
        handset.answer()
        await call.answered()
        await call.listen(1.0)
        call.hang_up()
        await agent.wait_for("call.ended")
        before = await agent.do(StatisticsParams(), StatisticsResult)
        assert (before.offered, before.answered) == (1, 1)
    daemon.stop()
    new_daemon(site)
    async with await AgentClient.connect("127.0.0.1", site.agent_port) as agent:
        await agent.login("1001", "agent-1001", "8001")
        after = await agent.do(StatisticsParams(), StatisticsResult)
    assert (after.offered, after.answered) == (1, 1)
    assert after.talk_s == pytest.approx(before.talk_s, abs=0.02)
    assert after.signed_in_s > before.signed_in_s - 0.1
