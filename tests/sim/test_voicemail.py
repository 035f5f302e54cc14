"""Messages that callers leave when nobody comes."""

import asyncio
from pathlib import Path

from callcenter import events
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

SAVED = "Thank you. Your message has been saved. Goodbye."


async def at_the_beep(site: SimSite) -> SimPhone:
    """A caller of the menu who pressed 0; the beep has just sounded."""
    caller = await site.caller()
    caller.dial("4000")
    await asyncio.sleep(1.5)
    caller.press("0")
    await asyncio.sleep(1.5)
    assert caller.hears == "<beep>"
    await asyncio.sleep(0.6)
    return caller


@virtual_time
async def test_a_caller_whom_nobody_answers_in_time_leaves_a_message(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(19.9)
        assert caller.hears == "<music>"
        await asyncio.sleep(3)
        call_id = site.call.call_id
        await asyncio.sleep(10)
        caller.hang_up()
        await moment()

        [message] = site.told(events.VoicemailLeft)
        assert message.path == f"{call_id}.wav"
        assert message.ani == "13800138000"
        assert 9 < message.duration_s < 12
        [span] = site.plane.recordings
        assert span.path == str(tmp_path / "voicemail" / f"{call_id}.wav")
        assert span.right is None


@virtual_time
async def test_the_pound_key_ends_the_message_and_it_is_confirmed(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await at_the_beep(site)
        await asyncio.sleep(5)
        caller.press("#")
        await moment()
        assert caller.hears == SAVED
        await asyncio.sleep(1)

        assert len(site.told(events.VoicemailLeft)) == 1
        assert caller.outcome == ("bye", 200)
        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by) == ("message_left", "system")


@virtual_time
async def test_a_caller_who_hangs_up_at_the_beep_has_left_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await at_the_beep(site)
        caller.hang_up()
        await moment()

        assert not site.told(events.VoicemailLeft)
        assert len(site.plane.recordings) == 1


@virtual_time
async def test_a_pound_key_during_the_beep_leaves_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        caller.press("0")
        await asyncio.sleep(1.5)
        caller.press("#")
        await asyncio.sleep(2)

        assert not site.told(events.VoicemailLeft)
        assert caller.outcome == ("bye", 200)


@virtual_time
async def test_a_message_ends_at_its_greatest_length(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await at_the_beep(site)
        await asyncio.sleep(120.2)

        assert caller.hears == SAVED
        [message] = site.told(events.VoicemailLeft)
        assert message.duration_s == 120


@virtual_time
async def test_a_message_that_breaks_off_is_kept_and_reported(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await at_the_beep(site)
        await asyncio.sleep(5)
        site.plane.recording_error = "No space left on device"
        caller.press("#")
        await moment()

        assert len(site.told(events.VoicemailLeft)) == 1
        assert [entry["event"] for entry in site.expect_errors()] == ["message is incomplete"]


@virtual_time
async def test_without_the_beep_a_message_is_taken_all_the_same(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        site.prompts.missing.add("<beep>")
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        caller.press("0")
        await asyncio.sleep(5)
        caller.hang_up()
        await moment()

        assert len(site.told(events.VoicemailLeft)) == 1
        assert [entry["event"] for entry in site.expect_errors()] == ["no beep"]
