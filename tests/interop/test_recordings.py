"""What is written down of a call: sound files, judged byte by byte, and the rows about them."""

from functools import partial
from pathlib import Path

from agent_proto import AgentClient
from callcenter.demo import wav
from callcenter.demo.softphone import PhoneCall, Softphone
from callcenter.recordings.marks import read_marks
from callcenter.store.rows import CdrSegment
from tests.support.audio import RATE, dominant_tone
from tests.support.baresip import Baresip
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite
from tests.support.records import cdr_of, eventually, message_from, recording_of

CALLER_HZ, AGENT_HZ, OTHER_HZ = 440, 620, 880
TONES = (CALLER_HZ, AGENT_HZ, OTHER_HZ)


async def test_a_conversation_has_the_caller_left_and_the_agent_right(site: LiveSite) -> None:
    async with (
        Baresip(site, "8001", AGENT_HZ),
        desk(site) as agent,
        Softphone(site.exchange(), "13800001") as caller,
    ):
        call = await caller.call("4001")
        call.say(CALLER_HZ)
        call_id = (await agent.wait_for("call.recording_started")).call_id
        await call.hears(tone=AGENT_HZ)
        await call.listen(1.0)
        call.hang_up()
        await agent.wait_for("call.recording_stopped", call_id=call_id)

    row = await recording_of(site, call_id)
    file = site.recordings / row.path
    sound = wav.read(file)
    assert sound.channels == 2
    assert dominant_tone(sound.channel(0)[-RATE // 2 :], TONES) == CALLER_HZ
    assert dominant_tone(sound.channel(1)[-RATE // 2 :], TONES) == AGENT_HZ
    assert (row.call_id, row.error, row.size) == (call_id, "", file.stat().st_size)
    marks = await eventually(partial(all_marks, file))
    assert marks[0] == "begins"
    assert abs(row.duration_s - sound.seconds) < 0.02
    assert 1.2 < sound.seconds < 3.0


async def all_marks(recording: Path) -> list[str] | None:
    """What they say, once the last one is written: that may be after the records."""
    marks = [mark["what"] for mark in read_marks(recording)]
    return marks if marks and marks[-1] == "ends" else None


async def test_the_record_of_a_call_tells_who_had_it_and_for_how_long(site: LiveSite) -> None:
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800002") as caller,
    ):
        call = await caller.call("4001")
        handset = await ring(phone, agent)
        await call.hears("music", within=6)
        handset.answer()
        await call.answered()
        await handset.listen(1.0)
        call.hang_up()
        await handset.ended()

    cdr, segments = await cdr_of(site, "13800002")
    assert (cdr.direction, cdr.dnis, cdr.trunk) == ("in", "4001", "carrier")
    assert (cdr.queue, cdr.agent_id, cdr.seat_no) == ("sales", "1001", "8001")
    assert (cdr.cause, cdr.ended_by, cdr.sip_code) == ("hangup", "caller", 200)
    assert cdr.recording == f"{cdr.started_at.date()}/{cdr.call_id}.wav"
    assert cdr.rang_s > 1.5
    assert 0.9 < cdr.talked_s < 3.0
    assert cdr.billable_s >= cdr.waited_s + cdr.talked_s - 0.1
    assert [(part.kind, part.outcome) for part in segments] == [
        ("ivr", "handed_on"),
        ("wait", "answered"),
        ("ring", "accepted"),
        ("talk", "caller"),
    ]
    assert_seamless(segments)


async def test_a_message_holds_what_the_caller_said(site: LiveSite) -> None:
    async with Softphone(site.exchange(), "13800003") as caller:
        call = await caller.call("4003")
        call.say(OTHER_HZ)
        await call.hears("speech", within=10)
        await eventually(partial(a_second_of_a_message, site), within=30)
        call.hang_up()

    message = await message_from(site, "default", "13800003")
    sound = wav.read(site.voicemail / message.path)
    assert sound.channels == 1
    assert dominant_tone(sound.channel(0), TONES) == OTHER_HZ
    assert abs(message.duration_s - sound.seconds) < 0.02


async def a_second_of_a_message(site: LiveSite) -> Path | None:
    """The first message of which that much is on the disk."""
    messages = site.voicemail.glob("*.wav")
    return next((path for path in messages if path.stat().st_size > RATE), None)


async def ring(phone: Softphone, agent: AgentClient) -> PhoneCall:
    """Lets the agent's phone ring."""
    handset = await phone.incoming()
    handset.ring()
    await agent.wait_for("call.ringing")
    return handset


def assert_seamless(segments: list[CdrSegment]) -> None:
    """Whoever had the call gave it to the next at once; a ring lies within its wait."""
    ivr, wait, ring, talk = segments
    assert ivr.ended_at == wait.started_at
    assert wait.started_at <= ring.started_at
    assert ring.ended_at <= wait.ended_at
    assert abs((talk.started_at - wait.ended_at).total_seconds()) < 0.05
