"""The quality of voices: who is missed, told as events, kept with the legs of a call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from callcenter import events
from tests.support.fake_media import FakePort, FakeStatistics
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


@dataclass(frozen=True, slots=True)
class Talk:
    site: SimSite
    caller: SimPhone
    phone: SimPhone

    @property
    def ports(self) -> tuple[FakePort, FakePort]:
        return self.caller.port, self.phone.port


@asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[Talk]:
    async with running_site(folder) as site:
        _, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(5)
        yield Talk(site, caller, phone)


@virtual_time
async def test_the_quality_of_both_legs_is_told_at_their_end_and_kept(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        theirs, agents = talk.ports
        theirs.says = "caller"
        theirs.counted = FakeStatistics(
            packets_sent=90, lost=2, jitter_ms=1.5, worst_jitter_ms=9.0, mos=3.7, round_trip_ms=40.0
        )
        agents.counted = FakeStatistics(remote_lost=4, remote_mos=4.1)
        talk.caller.hang_up()
        await moment()

        closed = {leg.party: leg for leg in talk.site.told(events.LegClosed)}
        assert set(closed) == {"trunk carrier", "seat 8001"}
        caller = closed["trunk carrier"]
        assert (caller.lost, caller.worst_jitter_ms, caller.mos) == (2, 9.0, 3.7)
        assert (caller.round_trip_ms, caller.one_way) == (40.0, False)
        assert (closed["seat 8001"].remote_lost, closed["seat 8001"].remote_mos) == (4, 4.1)
        counted = talk.site.exchange.services.voices.counters
        assert (counted.packets_lost, counted.grades["medium"]) == (2, 1)
        assert not list(talk.site.exchange.services.voices)


@virtual_time
async def test_one_side_that_is_not_heard_is_told_until_it_is(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        theirs, agents = talk.ports
        agents.says = "agent"
        assert theirs.on_missing is not None
        assert theirs.on_back is not None
        theirs.on_missing("no_packets")
        (missing,) = talk.site.told(events.VoiceMissing)
        (one_way,) = talk.site.told(events.OneWayAudio)
        assert (missing.party, missing.lack) == ("trunk carrier", "no_packets")
        assert (one_way.party, one_way.call_id) == (missing.party, missing.call_id)
        theirs.on_back()
        assert talk.site.told(events.VoiceBack)[0].party == "trunk carrier"
        talk.caller.hang_up()
        await moment()
        one_way_legs = {leg.party: leg.one_way for leg in talk.site.told(events.LegClosed)}
        assert one_way_legs == {"trunk carrier": True, "seat 8001": False}


@virtual_time
async def test_silence_on_both_sides_is_not_one_way(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        for port in talk.ports:
            port.says = "noise"
        theirs, agents = talk.ports
        assert theirs.on_missing is not None
        assert agents.on_missing is not None
        theirs.on_missing("silent")
        assert len(talk.site.told(events.OneWayAudio)) == 1
        agents.on_missing("silent")
        assert len(talk.site.told(events.VoiceMissing)) == 2
        assert len(talk.site.told(events.OneWayAudio)) == 1


@virtual_time
async def test_a_port_that_fails_ends_its_leg_and_nothing_else(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        other = await talk.site.caller()
        other.dial("4001")
        await asyncio.sleep(2)
        theirs, _ = talk.ports
        theirs.fail("a bug")
        await moment()
        (ended,) = talk.site.told(events.CallEnded)
        assert (ended.cause, ended.by) == ("failed", "system")
        assert talk.site.told(events.TalkEnded)[0].call_id == ended.call_id
        await asyncio.sleep(30)
        assert len(talk.site.exchange.switchboard.calls) == 1
        other.hang_up()
        await moment()
