"""A daemon that is killed: what it was writing down lacks at most the last second."""

import asyncio
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import soundfile

from agent_proto import AgentClient
from callcenter.demo.rtp import FRAME, PACKET_S
from callcenter.demo.softphone import PhoneCall, Softphone
from tests.support.audio import RATE, power_at
from tests.support.baresip import Baresip
from tests.support.daemon import Daemon, NewDaemon
from tests.support.live_site import LiveSite, NewSite
from tests.support.records import eventually

BEFORE_HZ, AFTER_HZ, AGENT_HZ = 440, 880, 620
SAID_S = 2.3
"""Between the sign and the kill."""
LOST_S = 1.0
_SUPPORT = """
[[number]]
dnis = "4010"
queue = "support"
"""

pytestmark = pytest.mark.load


async def test_a_kill_loses_at_most_the_last_second_of_what_was_said(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    site = new_site(media='codecs = ["G722", "PCMA"]\n', more=_SUPPORT)
    daemon = new_daemon(site)
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        Baresip(site, "8007", AGENT_HZ, codec="G722"),
        await AgentClient.connect("127.0.0.1", site.agent_port) as one,
        await AgentClient.connect("127.0.0.1", site.agent_port) as other,
        Softphone(site.exchange(), "13800001") as caller,
    ):
        await one.login("1001", "agent-1001", "8001")
        await other.login("1002", "agent-1002", "8007")
        spoken = [await caller.call(number) for number in ("4001", "4010", "4003")]
        for call in spoken:
            call.say(BEFORE_HZ)
        (await phone.incoming()).answer()
        files = await eventually(partial(three_files, site), within=40)
        said = await killed_in_mid_word(daemon, spoken)

    lost = {coding: said - kept for coding, kept in map(since_the_sign, files)}
    assert lost.keys() == {"ALAW, 2", "PCM_16, 2", "ALAW, 1"}
    assert max(lost.values()) <= LOST_S + PACKET_S, lost


async def killed_in_mid_word(daemon: Daemon, spoken: list[PhoneCall]) -> float:
    """Changes what all say, and kills the daemon: how much each said after the change."""
    begin = spoken[0].said
    for call in spoken:
        call.say(AFTER_HZ)
    await asyncio.sleep(SAID_S)
    daemon.signal(signal.SIGKILL)
    said = spoken[0].said - begin
    assert await daemon.exited() == -signal.SIGKILL
    return said


async def three_files(site: LiveSite) -> list[Path] | None:
    """Both recordings and the message, once something of each is on the disk."""
    files = [*site.recordings.rglob("*.wav"), *site.voicemail.glob("*.wav")]
    grown = [path for path in files if path.stat().st_size > 3 * RATE]
    return grown if len(grown) == 3 else None


def since_the_sign(path: Path) -> tuple[str, float]:
    """How a file is coded, and how many seconds of its left side follow the change of tone."""
    with soundfile.SoundFile(path) as file:
        # A wide one is thinned: its tones are low.
        thinned = file.read(dtype="int16", always_2d=True)[:: file.samplerate // RATE, 0]
        left: list[int] = thinned.tolist()
        coding = f"{file.subtype}, {file.channels}"
    changed = next(at for at, packet in packets(left) if is_new(packet))
    return coding, (len(left) - changed) / RATE


def packets(samples: list[int]) -> Iterator[tuple[int, list[int]]]:
    """Pieces as long as packets, and where each begins."""
    for at in range(0, len(samples) - FRAME, FRAME):
        yield at, samples[at : at + FRAME]


def is_new(samples: list[int]) -> bool:
    """Whether it is the new tone, not the one before it."""
    return power_at(samples, AFTER_HZ) > 10 * power_at(samples, BEFORE_HZ) > 0
