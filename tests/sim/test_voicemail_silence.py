"""Messages whose callers fall silent, or never say a word."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from tests.support.fake_media import SILENCE
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

SAVED = "Thank you. Your message has been saved. Goodbye."
SITE = """
[[number]]
dnis = "4005"
flow = "answering_machine"
[ivr]
flows = "{flows}"
"""
FLOW = """
start: message
nodes:
  message:
    kind: voicemail
    prompt: Speak.
    silence_seconds: 3
"""


@pytest.fixture
def more(tmp_path: Path) -> str:
    """A number with a flow that takes a message which three seconds of silence end."""
    flows = tmp_path / "flows"
    flows.mkdir()
    for name in ("answering_machine", "welcome"):
        (flows / f"{name}.yaml").write_text(FLOW)
    (tmp_path / "voicemail").mkdir()
    return SITE.format(flows=flows)


async def at_the_beep(site: SimSite, says: str) -> SimPhone:
    """A caller whose message is being recorded since this moment."""
    caller = await site.caller()
    caller.tone = says
    caller.dial("4005")
    await asyncio.sleep(1.5)
    assert caller.hears == "<beep>"
    await asyncio.sleep(0.6)
    begin_file(site)
    return caller


def begin_file(site: SimSite) -> None:
    """Does what the engine would have done, and the fake plane does not."""
    Path(site.plane.recordings[-1].path).write_bytes(b"RIFF")


@virtual_time
async def test_silence_after_the_last_word_ends_the_message(tmp_path: Path, more: str) -> None:
    async with running_site(tmp_path, more=more) as site:
        caller = await at_the_beep(site, "caller")
        await asyncio.sleep(4)
        caller.port.says = SILENCE
        await asyncio.sleep(2.5)
        caller.port.says = "caller"
        await asyncio.sleep(4)
        caller.port.says = SILENCE
        await asyncio.sleep(2.9)
        assert caller.hears == SILENCE
        await asyncio.sleep(0.2)
        assert caller.hears == SAVED
        await asyncio.sleep(1)

        [message] = site.told(events.VoicemailLeft)
        assert message.duration_s == pytest.approx(13.5, abs=0.2)
        assert (tmp_path / "voicemail" / message.path).exists()
        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by) == ("message_left", "system")


@virtual_time
async def test_a_caller_who_says_nothing_leaves_no_message(tmp_path: Path, more: str) -> None:
    async with running_site(tmp_path, more=more) as site:
        caller = await at_the_beep(site, SILENCE)
        await asyncio.sleep(2.8)
        assert not caller.idle
        await asyncio.sleep(0.3)

        assert caller.outcome == ("bye", 200)
        assert not site.told(events.VoicemailLeft)
        assert not list((tmp_path / "voicemail").iterdir())
        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by) == ("hangup", "system")


@virtual_time
@pytest.mark.parametrize("says", ["caller", SILENCE])
async def test_a_caller_who_hangs_up_left_a_message_if_anything_was_said(
    tmp_path: Path, more: str, says: str
) -> None:
    async with running_site(tmp_path, more=more) as site:
        caller = await at_the_beep(site, says)
        await asyncio.sleep(2)
        caller.hang_up()
        await moment()

        assert len(site.told(events.VoicemailLeft)) == bool(says)
        assert len(list((tmp_path / "voicemail").iterdir())) == bool(says)
