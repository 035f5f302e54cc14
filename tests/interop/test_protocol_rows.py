"""Every method of the agent protocol succeeds once over TCP, and every event is told once, in live
calls of baresip phones.

On their way the stories ask what `tests/support/protocol_rows` says is refused where they are; what
needs a daemon in distress is asked of another one, at the end.
"""

import asyncio
import wave
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import agent_proto as proto
from agent_proto import ProtocolError
from agent_proto.models import EVENTS
from agent_proto.refusals import own_refusals
from callcenter.demo.phone_call import PhoneCall
from callcenter.demo.softphone import Softphone
from callcenter.store.rows import VoicemailMessage
from callcenter.store.store import Store
from tests.support.audio import pcm_bytes, tone
from tests.support.baresip import Baresip
from tests.support.daemon import Daemon, run_command
from tests.support.live_site import LiveSite, write_site
from tests.support.protocol_rows import LIMITS, SITE
from tests.support.protocol_stage import Desk, Stage, refuses
from tests.unit.media.sdp.test_vendors import SAMPLES

AGENT_HZ, HELPER_HZ, BOSS_HZ = 620, 880, 1100
MORE = """
[[agent]]
agent_id = "1004"
name = "Dai"
password = "agent-1004"
skills = { sales = 1 }
[[queue]]
name = "message"
skills = { nobody = 1 }
max_wait = 0.2
on_timeout = "voicemail:1001"
[[number]]
dnis = "4011"
queue = "message"
[[queue]]
name = "hasty"
skills = { sales = 1 }
ring_timeout = 1
[[number]]
dnis = "4012"
queue = "hasty"
"""
SITE_OF_ROWS = SITE.replace('trunks = ["carrier"]', 'trunks = ["narrow"]')
MESSAGES = {
    "outside": "13900139000",
    "broken": "",
    "withheld": "",
    "from-8005": "8005",
    "from-8003": "8003",
}
"""For Ann, by id, and from which number; the broken one has no file."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL_FAX = frozenset({"call.receive_fax", "call.send_fax"})
"""Refused with `no_fax_resource` as long as there is no fax."""


async def a_shift_without_calls(stage: Stage) -> None:
    async with stage.phone("8001", AGENT_HZ), stage.desk("1001", "8001") as agent:
        guest = await stage.connect()
        async with stage.on_break():
            await refuses("idle", {"agent": agent, "guest": guest})
            await refuses("messages", {"agent": agent})
        await agent.ask("session.ping")
        for method in ("agent.get", "agent.statistics", "seat.get", "voicemail.list"):
            await agent.ask(method)
        await agent.ask("directory.query", condition="Miller")
        assert (await agent.ask("agent.set_busy", reason="lunch"))["reason"] == "lunch"
        assert (await agent.ask("agent.set_idle"))["state"] == "idle"
        assert (await agent.ask("agent.request_break"))["reason"] == "break"
        assert (await agent.ask("agent.end_break"))["state"] == "idle"
        for old, new in (("agent-1001", "agent-new-1001"), ("agent-new-1001", "agent-1001")):
            await agent.ask("agent.change_password", old=old, new=new)

        await asyncio.to_thread(run_command, "notice", "Tea at four.", cwd=stage.site.folder)
        assert (await agent.told("notice.posted"))["text"] == "Tea at four."

        await guest.ask("session.hello", protocol=1)
        token, seen = agent.client.resume_token, agent.client.last_seq
        await guest.ask("session.resume", resume_token=token, last_seq=seen)
        assert (await agent.told("session.closing"))["reason"] == "replaced"
        await guest.ask("agent.logout")
        await guest.client.close()


async def an_agents_calls(stage: Stage) -> None:
    async with (
        stage.phone("8004", AGENT_HZ),
        stage.phone("8011", HELPER_HZ) as helper,
        stage.desk("1001", "8004") as agent,
        stage.on_break(),
        stage.caller() as caller,
    ):
        call = await caller.call("4010")
        call_id = (await agent.told("call.ringing"))["call_id"]
        about = {"call_id": call_id}
        await refuses("ringing", {"agent": agent}, call_id)
        await agent.ask("call.reject", **about)
        await agent.told("agent.state_changed", reason="rejected")
        await agent.ask("agent.set_idle")
        await agent.told("call.ringing")
        await agent.ask("call.answer", **about)
        await agent.told("call.recording_started")
        await refuses("talking", {"agent": agent}, call_id)
        await refuses("mute", {"agent": agent}, call_id)
        await refuses("full", {"agent": agent}, call_id)
        await agent.ask("call.hold", **about)
        await agent.told("call.hold_recalled")
        for method in ("retrieve", "mute", "unmute"):
            await agent.ask(f"call.{method}", **about)
        await call.press("5")
        assert (await agent.told("call.digits_received"))["digits"] == "5"
        await agent.ask("call.send_digits", **about, digits="42#")
        await agent.ask("call.set_data", **about, data={"order": 17})
        await agent.ask("call.set_disposition", **about, codes=["sold"], note="quickly")
        for method in ("pause_recording", "resume_recording"):
            await agent.ask(f"call.{method}", **about)
        for method in ("start_recording", "stop_recording"):
            await agent.ask(f"call.{method}", **about, name="order 17")
        await agent.ask("call.play", **about, text="Wait.", then="return")
        await agent.told("call.playback_finished")

        await agent.ask("call.consult", **about, target={"seat": "8012"})
        await agent.told("call.consult_failed")
        for end in ("keep", "complete_transfer"):
            await agent.ask("call.consult", **about, target={"seat": "8011"})
            await agent.told("call.participant_joined")
            await agent.ask("call.toggle", **about)
            if end == "complete_transfer":
                await agent.ask("call.conference", **about)
                await agent.told("call.conferenced")
            await agent.ask(f"call.{end}", **about)
            await agent.told("call.participant_left" if end == "keep" else "call.transferred")
            if end == "keep":
                await helper.told("CALL_CLOSED")
        await call.hears(tone=HELPER_HZ)
        await agent.until("acw")
        await agent.ask("agent.extend_acw", seconds=10)
        assert (await agent.ask("agent.finish_acw"))["state"] == "idle"
        call.hang_up()
        await helper.told("CALL_CLOSED")
        await _given_on(stage, agent, helper, caller)
        await _inside(agent)
        await _unanswered(agent, caller)


async def _unanswered(agent: Desk, caller: Softphone) -> None:
    call = await caller.call("4012")
    await agent.told("agent.no_answer_recorded")
    await refuses("waiting", {"agent": agent})
    call.hang_up()
    await call.ended()


async def _given_on(stage: Stage, agent: Desk, helper: Baresip, caller: Softphone) -> None:
    """Blind, and to words that are played twice."""
    for how in ("transfer", "play"):
        call = await caller.call("4010")
        about = {"call_id": (await agent.told("call.ringing"))["call_id"]}
        await agent.ask("call.answer", **about)
        await agent.told("call.answered", **about)
        if how == "transfer":
            await agent.ask("call.transfer", **about, target={"seat": "8011"})
            await agent.told("call.transferred", **about)
            await call.hears(tone=HELPER_HZ)
            call.hang_up()
            await helper.told("CALL_CLOSED")
        else:
            await agent.ask("call.play", **about, text="Closed.", then="release")
            await call.ended()
        await agent.until("acw")
        await agent.ask("agent.finish_acw")


async def _inside(agent: Desk) -> None:
    call_id = (await agent.ask("call.dial", number="8011"))["call_id"]
    await agent.told("call.answered", call_id=call_id)
    await refuses("inside", {"agent": agent}, call_id)
    await agent.ask("call.hangup", call_id=call_id)
    await agent.told("call.ended", call_id=call_id)


async def a_supervisors_acts(stage: Stage) -> None:
    async with (
        stage.phone("8001", AGENT_HZ),
        stage.phone("8002", BOSS_HZ),
        stage.phone("8003", HELPER_HZ),
        stage.desk("1001", "8001") as agent,
        stage.caller() as caller,
    ):
        call = await caller.call("4010")
        about = {"call_id": (await agent.told("call.answered"))["call_id"]}
        async with (
            stage.desk("1002", "8005", **{"class": "supervisor"}) as boss,
            stage.desk("1004", "8003"),
        ):
            await refuses("no phone", {"agent": agent, "boss": boss})
        async with stage.desk("1002", "8002", **{"class": "supervisor"}) as boss:
            await _supervised(stage, agent, boss, call, about)


async def _supervised(
    stage: Stage, agent: Desk, boss: Desk, call: PhoneCall, about: dict[str, Any]
) -> None:
    async with stage.on_break():
        await refuses("supervised", {"agent": agent, "boss": boss}, about["call_id"])
    target = {"target": "1001"}
    for method in ("monitor", "whisper", "barge"):
        assert await boss.ask(f"supervisor.{method}", **target) == about
    await boss.until("talking")
    await boss.ask("supervisor.leave", **about)
    await boss.until("idle")
    await boss.ask("supervisor.record", **target, name="x")
    own = await boss.ask("call.dial", number="4000")
    await boss.has(**own)
    async with stage.desk("1004", "8003"):
        await refuses("boss talks", {"agent": agent, "boss": boss})
    await boss.ask("call.hangup", **own)
    await boss.until("idle")
    await boss.ask("supervisor.intercept", **target)
    await call.hears(tone=BOSS_HZ)
    await agent.until("acw")
    await boss.ask("call.hangup", **about)
    await call.ended()
    await agent.ask("agent.finish_acw")

    inside = await boss.ask("supervisor.call", **target)
    await agent.told("call.answered", **inside)
    await boss.ask("call.hangup", **inside)
    await agent.until("idle")
    assert (await boss.ask("supervisor.force_busy", **target))["reason"] == "forced"
    assert (await boss.ask("supervisor.force_idle", **target))["state"] == "idle"
    assert (await boss.ask("supervisor.grant_break", **target))["reason"] == "break"
    assert len((await boss.ask("supervisor.list_breaks"))["breaks"]) == 1
    assert (await boss.ask("supervisor.end_break", **target))["state"] == "idle"
    await boss.ask("supervisor.send_message", targets=["1001"], text="Well done.")
    assert (await agent.told("message.received"))["text"] == "Well done."
    await boss.ask("supervisor.subscribe", topics=["agents", "calls"])
    await boss.told("supervisor.topic_updated")
    await boss.ask("supervisor.unsubscribe", topics=["agents", "calls"])
    await boss.ask("supervisor.force_logout", **target)
    assert (await agent.told("agent.logged_out"))["by"] == "1002"


async def a_phone_that_nobody_picks_up(stage: Stage) -> None:
    """Neither does it obey a wish to be picked up."""
    exchange = stage.site.exchange()
    async with (
        Softphone(exchange, "8004", password="phone-8004", auto_answer=False) as phone,
        stage.desk("1001", "8004") as agent,
        stage.caller() as caller,
    ):
        own = await agent.ask("call.dial", number="8011")
        await phone.incoming()
        await refuses("dialling", {"agent": agent}, own["call_id"])
        await agent.ask("call.hangup", **own)
        await agent.until("idle")
        call = await caller.call("4010")
        call_id = (await agent.told("call.ringing"))["call_id"]
        await refuses("unanswered", {"agent": agent}, call_id, at_a_cost=True)
        await agent.told("agent.state_changed", reason="device_failed")
        call.hang_up()
        await call.ended()


async def messages(stage: Stage) -> None:
    async with (
        stage.phone("8001", AGENT_HZ),
        stage.desk("1001", "8001") as agent,
        stage.caller("13900139000") as caller,
    ):
        call = await caller.call("4011")
        await call.hears(tone=1000, within=15)
        call.say(AGENT_HZ)
        await asyncio.sleep(1.2)  # as long as the message
        call.hang_up()
        about = {"message_id": (await agent.told("voicemail.waiting"))["message_id"]}
        played = await agent.ask("voicemail.play", **about)
        await agent.told("call.playback_finished", **played)
        await agent.told("call.ended", **played)
        await agent.ask("voicemail.mark", **about, heard=False)
        dialled = await agent.ask("voicemail.call_back", **about)
        await agent.told("call.dialling", **dialled)
        await agent.ask("call.hangup", **dialled)
        await agent.ask("voicemail.delete", **about)


async def a_browsers_voice(stage: Stage) -> None:
    async with stage.desk("1001", "8009") as agent:
        await refuses("browser", {"agent": agent})
        offer = SAMPLES["Chromium"].offer.decode()
        answer = await agent.ask("seat.offer", sdp=offer)
        assert "a=fingerprint:" in answer["sdp"]


async def guesses(stage: Stage) -> None:
    """The last: who guessed has to wait."""
    async with stage.desk("1001", "8001") as agent:
        guest = await stage.connect()
        wrong = {"agent_id": "1004", "password": "guess", "seat_no": "8005"}
        for _ in range(5):
            for desk, method, params in (
                (agent, "agent.change_password", {"old": "guess", "new": "something-new"}),
                (guest, "agent.login", wrong),
            ):
                with pytest.raises(ProtocolError, match="bad_credentials"):
                    await desk.client.request(method, params)
        await refuses("locked out", {"agent": agent, "guest": guest})
        await guest.client.close()


def of(*prefixes: str, but: Collection[str] = ()) -> frozenset[str]:
    """The methods and events whose names begin so, but for some."""
    names = {*proto.METHODS, *EVENTS}
    return frozenset(name for name in names if name.startswith(prefixes)) - {*but}


_ACW = frozenset({"agent.finish_acw", "agent.extend_acw"})
_ELSEWHERE = _ACW | {"agent.no_answer_recorded"}
Story = Callable[[Stage], Awaitable[None]]
STORIES: Mapping[Story, frozenset[str]] = {
    a_shift_without_calls: of("session.", "agent.", "directory.", "notice.", but=_ELSEWHERE)
    | {"seat.get", "voicemail.list"},
    an_agents_calls: of("call.", "queue.", but=UNTIL_FAX) | _ELSEWHERE,
    a_supervisors_acts: of("supervisor.", "message."),
    a_phone_that_nobody_picks_up: frozenset({"call.dial", "call.hangup"}),
    messages: of("voicemail.", but={"voicemail.list"}),
    a_browsers_voice: frozenset({"seat.offer"}),
    guesses: frozenset({"agent.login", "agent.logout"}),
}
"""Each with the methods and events that it shows."""


@pytest.fixture(scope="module")
def site(speech_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """One daemon for all stories."""
    folder = tmp_path_factory.mktemp("rows")
    site = write_site(folder, speech_cache, agent_proto=LIMITS, more=MORE + SITE_OF_ROWS)
    asyncio.run(leave_messages(site))
    daemon = Daemon(site)
    try:
        daemon.wait_ready()
        yield daemon.site
        daemon.stop()
    finally:
        daemon.remove()


async def leave_messages(site: LiveSite) -> None:
    """Those that the rows name, from whom their names say."""
    site.voicemail.mkdir(exist_ok=True)
    for name in MESSAGES.keys() - {"broken"}:
        with wave.open(str(site.voicemail / f"{name}.wav"), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(pcm_bytes(tone(AGENT_HZ, 1.0)))
    store = await Store.open(site.url)
    store.put(
        VoicemailMessage(name, "", "1001", f"{name}.wav", ani, None, 1.0, LONG_AGO, None)
        for name, ani in MESSAGES.items()
    )
    await store.close()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_success(site: LiveSite, story: Story) -> None:
    seen: set[str] = set()
    await story(Stage(site, seen))
    assert seen >= STORIES[story]


def test_nothing_is_left_out() -> None:
    shown = frozenset[str]().union(*STORIES.values())
    assert shown | UNTIL_FAX == proto.METHODS.keys() | EVENTS.keys()
    assert all("no_fax_resource" in own_refusals(proto.METHODS[name]) for name in UNTIL_FAX)
