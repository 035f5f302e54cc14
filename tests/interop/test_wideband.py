"""What no telephone line carries is heard by wide phones, and kept; and by others as nothing."""

import asyncio
from pathlib import Path

import pytest
import soundfile

from agent_proto import AgentClient
from callcenter.demo.softphone import Softphone
from tests.support.audio import dominant_tone, power_at, share_of_tone
from tests.support.baresip import Baresip
from tests.support.daemon import NewDaemon
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, NewSite
from tests.support.records import eventually, message_from, recording_of

CALLER_HZ = 440
BOSS_HZ = 880
WIDE_HZ, OTHER_WIDE_HZ = 5500, 6100
"""Above what G.711 carries; at 8000 Hz they would fold down to these."""
FALSE_HZ, OTHER_FALSE_HZ = 2500, 1900
TONES = (CALLER_HZ, WIDE_HZ, OTHER_WIDE_HZ, FALSE_HZ, OTHER_FALSE_HZ)
RATE = 16000


@pytest.fixture
def speaking_all(new_site: NewSite, new_daemon: NewDaemon) -> LiveSite:
    """A site whose phones may speak anything."""
    site = new_site(media='codecs = ["opus", "G722", "PCMA"]\n')
    new_daemon(site)
    return site


async def test_phones_of_two_wide_codecs_hear_each_other_s_width(speaking_all: LiveSite) -> None:
    site = speaking_all
    async with (
        Baresip(site, "8011", WIDE_HZ, codec="G722", rate=RATE) as caller,
        Baresip(site, "8012", OTHER_WIDE_HZ, codec="opus", rate=RATE) as called,
    ):
        await caller.talk(called)

    assert caller.last_tone(TONES) == OTHER_WIDE_HZ
    assert called.last_tone(TONES) == WIDE_HZ


async def test_a_wide_agent_is_recorded_wide_and_has_no_false_tone_for_others(
    speaking_all: LiveSite,
) -> None:
    site = speaking_all
    async with (
        Baresip(site, "8001", WIDE_HZ, codec="G722", rate=RATE) as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800001", laws=["PCMA"]) as caller,
    ):
        call = await caller.call("4001")
        call.say(CALLER_HZ)
        call_id = (await agent.wait_for("call.recording_started")).call_id
        await call.listen(3.0)  # the agent's number first
        heard = call.hearing.since(0, 0.5)
        call.hang_up()
        await agent.wait_for("call.recording_stopped", call_id=call_id)
        await phone.told("CALL_CLOSED")

    assert phone.last_tone(TONES) == CALLER_HZ
    row = await recording_of(site, call_id)
    sound, rate = soundfile.read(site.recordings / row.path, dtype="int16", always_2d=True)
    assert (rate, row.error) == (RATE, "")
    assert abs(row.duration_s - len(sound) / rate) < 0.02
    for channel, hz in enumerate((CALLER_HZ, WIDE_HZ)):
        side = sound[-RATE // 2 :, channel].tolist()
        assert dominant_tone(side, TONES, RATE) == hz
    # all that is left of the agent's tone for the caller is what G.722 adds to it
    assert max(map(abs, heard)) < 600
    assert power_at(heard, FALSE_HZ) < 0.3


async def test_a_supervisor_with_a_wide_phone_hears_wide_talkers_wide(
    speaking_all: LiveSite,
) -> None:
    site = speaking_all
    async with (
        Baresip(site, "8011", WIDE_HZ, codec="G722", rate=RATE) as caller,
        Baresip(site, "8001", OTHER_WIDE_HZ, codec="opus", rate=RATE),
        Baresip(site, "8002", BOSS_HZ, codec="G722", rate=RATE) as ear,
        desk(site) as agent,
        await AgentClient.connect("127.0.0.1", site.agent_port) as boss,
    ):
        await boss.login("1002", "agent-1002", "8002", agent_class="supervisor", state="busy")
        await caller.dial("4001")
        await agent.wait_for("call.recording_started")
        await boss.request("supervisor.monitor", {"target": "1001"})
        await ear.told("CALL_ESTABLISHED")
        await asyncio.sleep(3.0)  # as long as they are to be heard, the agent's number first
        await caller.command("hangup")
        await ear.told("CALL_CLOSED")
        await boss.logout()

    last = ear.heard()[-RATE // 2 :]
    sides = [share_of_tone(last, hz, RATE) for hz in (WIDE_HZ, OTHER_WIDE_HZ)]
    assert min(sides) > 0.25
    assert sum(sides) > 0.7, "a packet that came late costs a fifth of it"
    assert caller.last_tone(TONES) == OTHER_WIDE_HZ


async def test_a_message_of_a_wide_phone_is_kept_wide(speaking_all: LiveSite) -> None:
    site = speaking_all

    async def two_seconds_of_it() -> Path | None:
        messages = site.voicemail.glob("*.wav")
        return next((path for path in messages if path.stat().st_size > 2 * 2 * RATE), None)

    async with Baresip(site, "8011", WIDE_HZ, codec="opus", rate=RATE) as caller:
        await caller.dial("4003")
        await caller.told("CALL_ESTABLISHED")
        await eventually(two_seconds_of_it, within=30)
        await caller.command("hangup")
        await caller.told("CALL_CLOSED")

    message = await message_from(site, "default", "8011")
    sound, rate = soundfile.read(site.voicemail / message.path, dtype="int16")
    assert (rate, sound.ndim) == (RATE, 1)
    assert abs(message.duration_s - len(sound) / rate) < 0.02
    assert dominant_tone(sound[-RATE // 2 :].tolist(), TONES, RATE) == WIDE_HZ
