"""How the daemon goes: gracefully, in haste, and killed."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import structlog

from agent_proto import AgentClient
from callcenter.daemon import running
from callcenter.demo import wav
from callcenter.demo.softphone import PhoneCall, Softphone
from callcenter.recordings.marks import read_marks
from callcenter.recordings.recorder import ConversationRecorder
from callcenter.settings import load
from tests.support.audio import RATE, dominant_tone
from tests.support.daemon import Daemon, NewDaemon
from tests.support.live_site import LiveSite, NewSite
from tests.support.records import cdr_of, eventually, recording_of
from tests.support.sipp import run

CALLER_HZ, AGENT_HZ = 440, 620
ANI = "13800001"


@asynccontextmanager
async def conversation(site: LiveSite) -> AsyncIterator[tuple[AgentClient, PhoneCall]]:
    """A caller and an agent who talk, until whoever ends it."""
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        await AgentClient.connect("127.0.0.1", site.agent_port) as agent,
        Softphone(site.exchange(), ANI) as caller,
    ):
        await agent.login("1001", "agent-1001", "8001")
        call = await caller.call("4001")
        call.say(CALLER_HZ)
        handset = await phone.incoming()
        handset.answer()
        handset.say(AGENT_HZ)
        await agent.wait_for("call.answered")
        await call.hears(tone=AGENT_HZ)
        yield agent, call


async def test_calls_in_progress_may_end_and_new_ones_are_refused(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    daemon = new_daemon(new_site())
    async with conversation(daemon.site) as (agent, call):
        daemon.signal(signal.SIGTERM)
        await daemon.logged("stopping")
        await run(daemon.site, "refused_503_retry_after")
        await call.hears(tone=AGENT_HZ)
        call.hang_up()
        assert (await agent.wait_for("session.closing")).params["reason"] == "shutdown"
        assert await daemon.exited() == 0
    daemon.assert_healthy()
    cdr, _ = await cdr_of(daemon.site, ANI)
    assert (cdr.cause, cdr.ended_by) == ("hangup", "caller")
    assert (await recording_of(daemon.site, cdr.call_id)).error == ""


async def test_a_second_signal_ends_the_calls(new_site: NewSite, new_daemon: NewDaemon) -> None:
    daemon = new_daemon(new_site(drain_s=300))
    async with conversation(daemon.site) as (agent, call):
        daemon.signal(signal.SIGTERM)
        await daemon.logged("stopping")
        daemon.signal(signal.SIGTERM)
        await assert_ended_by_shutdown(daemon, agent, call)


async def test_the_drain_time_ends_the_calls(new_site: NewSite, new_daemon: NewDaemon) -> None:
    daemon = new_daemon(new_site(drain_s=0.5))
    async with conversation(daemon.site) as (agent, call):
        daemon.signal(signal.SIGINT)
        await assert_ended_by_shutdown(daemon, agent, call)


async def assert_ended_by_shutdown(daemon: Daemon, agent: AgentClient, call: PhoneCall) -> None:
    """Everybody was told, and it is written down."""
    end = await call.ended()
    assert (end.cause, end.by) == ("bye", "remote")
    await agent.wait_for("call.ended", cause="shutdown", by="system")
    assert await daemon.exited() == 0
    daemon.assert_healthy()
    cdr, _ = await cdr_of(daemon.site, ANI)
    assert (cdr.cause, cdr.ended_by) == ("shutdown", "system")
    recording = await recording_of(daemon.site, cdr.call_id)
    assert recording.error == ""
    marks = [mark["what"] for mark in read_marks(daemon.site.recordings / recording.path)]
    assert (marks[0], marks[-1]) == ("begins", "ends")


async def test_a_recording_that_ends_with_the_daemon_is_marked_to_its_end(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = new_site()
    monkeypatch.chdir(site.folder)
    failures: list[str] = []
    async with running(load(site.file, {}), structlog.get_logger(), failures.append) as exchange:
        plane, told = exchange.services.plane, (exchange.clock, exchange.stream)
        recorder = ConversationRecorder("c1", plane, exchange.recordings, *told)
        recording = await recorder.start_named("late", plane.open_port(), plane.open_port(), "1001")
        assert recording is not None
    assert not failures
    marks = [mark["what"] for mark in read_marks(Path(recording.path))]
    assert marks == ["begins", "ends"]


async def test_a_killed_daemon_leaves_a_recording_to_listen_to_and_starts_again(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    daemon = new_daemon(new_site())
    async with conversation(daemon.site):
        path = await eventually(partial(a_second_of_a_recording, daemon.site))
        daemon.signal(signal.SIGKILL)
        assert await daemon.exited() == -signal.SIGKILL
    sound = wav.read(path)
    assert sound.seconds >= 0.5
    assert dominant_tone(sound.channel(0)[RATE // 4 :], (CALLER_HZ, AGENT_HZ)) == CALLER_HZ
    assert dominant_tone(sound.channel(1)[RATE // 4 :], (CALLER_HZ, AGENT_HZ)) == AGENT_HZ

    again = await asyncio.to_thread(new_daemon, daemon.site)
    async with conversation(daemon.site) as (_, call):
        call.hang_up()
        await call.ended()
    again.stop()


async def a_second_of_a_recording(site: LiveSite) -> Path | None:
    """The recording of which that much is on the disk."""
    files = site.recordings.rglob("*.wav")
    return next((path for path in files if path.stat().st_size > 2 * RATE), None)


async def test_a_daemon_without_calls_stops_at_once(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    daemon = new_daemon(new_site(drain_s=300))
    async with await AgentClient.connect("127.0.0.1", daemon.site.agent_port) as agent:
        daemon.signal(signal.SIGTERM)
        await agent.wait_for("session.closing", reason="shutdown")
        assert await daemon.exited(within=30) == 0
