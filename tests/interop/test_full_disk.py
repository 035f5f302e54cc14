"""What calls still are where the disk is full, with a real daemon on a real, tiny disk."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from callcenter.demo import wav
from callcenter.demo.softphone import Softphone
from tests.support.audio import dominant_tone
from tests.support.daemon import Daemon
from tests.support.live_desk import desk
from tests.support.live_site import NewSite
from tests.support.records import eventually, records

CALLER_HZ, AGENT_HZ = 440, 620
TONES = (CALLER_HZ, AGENT_HZ)
DISK = 48 * 1024
"""Three seconds of both sides."""
TINY_DISK = f'mount -t tmpfs -o size={DISK} tmpfs "$0" && exec "$@"'


def on_a_tiny_disk(folder: Path, *command: str) -> list[str]:
    """A command line that sees another disk there, as only root can make it."""
    return ["unshare", "--mount", "sh", "-c", TINY_DISK, str(folder), *command]


def _can_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    trial = on_a_tiny_disk(folder, "true")
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


def _open(daemon: Daemon, ending: str) -> int:
    links = (os.readlink(entry) for entry in Path(f"/proc/{daemon.pid}/fd").iterdir())
    return sum(ending in link for link in links)


async def test_a_full_disk_costs_the_recording_and_not_the_call(new_site: NewSite) -> None:
    site = new_site(more="[recordings]\nleast_free_mb = 0\n")
    site.recordings.mkdir()
    if not _can_mount(site.recordings):
        pytest.skip("no disk can be mounted here")
    daemon = Daemon(site, within=on_a_tiny_disk(site.recordings))
    try:
        daemon.wait_ready()
        async with (
            Softphone(site.exchange(), "8001", password="phone-8001") as phone,
            desk(site) as agent,
            Softphone(site.exchange(), "13800001") as caller,
        ):
            call = await caller.call("4001")
            handset = await phone.incoming()
            handset.answer()
            await call.answered()
            call.say(CALLER_HZ)
            handset.say(AGENT_HZ)
            stopped = await agent.wait_for("call.recording_stopped", timeout=20)
            full = await daemon.logged("RecordingStopped", level="error")
            assert full["error"] == "No space left on device"
            assert _open(daemon, ".wav") == 0

            await call.hears(tone=AGENT_HZ)
            await handset.hears(tone=CALLER_HZ)
            call.hang_up()
            await handset.ended()

        async with records(site) as store:
            [row] = await eventually(lambda: store.recordings.for_call(stopped.call_id))
        assert row.error == "No space left on device"
        seen = Path(f"/proc/{daemon.pid}/root{site.recordings / row.path}")
        sound = wav.read(seen)
        assert 1.0 < sound.seconds < DISK / 16_000
        assert abs(row.duration_s - sound.seconds) < 0.02
        for channel, tone in enumerate(TONES):
            assert dominant_tone(sound.channel(channel)[-4000:], TONES) == tone
        daemon.lines.remove(full)
        daemon.stop()
    finally:
        daemon.remove()
