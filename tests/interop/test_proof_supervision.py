"""Whether who is listened to could tell by when their packets arrive, at length: `make proof`."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from callcenter.demo.phone_call import PhoneCall
from callcenter.demo.softphone import Softphone
from tests.interop.test_supervision import Unaware, Watched, watched
from tests.load.results import keep
from tests.support.live_site import LiveSite
from tests.support.live_talk import AGENT_HZ, CALLER_HZ

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

CALLS = 20
AFTER_S = 0.4
"""How long they are listened to after each act."""
LONGEST_MS = 40.0


@asynccontextmanager
async def nobody_listens(site: LiveSite) -> AsyncIterator[PhoneCall]:
    """The control: a party of a talk like the other, at the same time, that is left alone."""
    async with (
        Softphone(site.exchange(), "8012", password="phone-8012") as one,
        Softphone(site.exchange(), "8013", password="phone-8013") as other,
    ):
        call = await one.call("8013")
        taken = await other.incoming()
        taken.answer()
        await asyncio.gather(call.answered(), taken.answered())
        call.say(CALLER_HZ)
        taken.say(AGENT_HZ)
        await asyncio.gather(call.hears(tone=AGENT_HZ), taken.hears(tone=CALLER_HZ))
        yield call
        call.hang_up()
        await taken.ended()


class Gaps:
    """The longest gap of each party after each act, in milliseconds; one of each for each call."""

    def __init__(self) -> None:
        self._seen: dict[str, list[Mapping[str, float]]] = defaultdict(list)

    @asynccontextmanager
    async def during(self, act: str, **parties: PhoneCall) -> AsyncIterator[None]:
        """What is done inside, and the moments after it."""
        for party in parties.values():
            party.hearing.longest_wait_s = 0.0
        yield
        await asyncio.gather(*(party.listen(AFTER_S) for party in parties.values()))
        longest = {who: round(p.hearing.longest_wait_s * 1e3, 2) for who, p in parties.items()}
        self._seen[act].append(longest)

    def rows(self) -> Sequence[Mapping[str, object]]:
        """By act."""
        return [
            {"act": act, "times": len(each), **{who: self._worst(each, who) for who in each[0]}}
            for act, each in self._seen.items()
        ]

    def worst(self, who: str) -> float:
        """Of all acts."""
        return max(self._worst(each, who) for each in self._seen.values() if who in each[0])

    def calm(self) -> bool:
        """Whether the machine lets packets be in time: everybody's as long as nothing is done, and
        the control's always."""
        before = max(max(gaps.values()) for gaps in self._seen["nothing"])
        return max(before, self.worst("control")) <= LONGEST_MS

    @staticmethod
    def _worst(each: Sequence[Mapping[str, float]], who: str) -> float:
        return max(gaps[who] for gaps in each)


async def _listened_to(told: Watched, control: PhoneCall, gaps: Gaps) -> None:
    scene = told.scene
    parties = {"caller": scene.caller, "agent": scene.phone, "control": control}
    unaware = Unaware.of(scene.caller, scene.phone)
    async with gaps.during("nothing", **parties):
        pass
    async with gaps.during("monitor begins", **parties):
        await told.ask("monitor")
        ear = await scene.asked()
    for mode in ("whisper", "barge", "monitor"):
        async with gaps.during(mode, **parties):
            await told.ask(mode)
    async with gaps.during("leave", **parties):
        await told.boss.request("supervisor.leave", {"call_id": scene.call_id})
        await ear.ended()
    unaware.check()
    alone = Unaware.of(scene.caller)
    async with gaps.during("intercept", caller=scene.caller, control=control):
        await told.ask("intercept")
        await scene.asked()
        await scene.phone.ended()
    alone.check()
    await told.boss.request("call.hangup", {"call_id": scene.call_id})
    await scene.caller.ended()


async def test_no_gap_tells_the_parties(site: LiveSite) -> None:
    """Arrivals are the kernel's: how busy these phones are does not count, but as speakers, and
    those of the control are as busy. Skipped where the machine is too busy to tell."""
    gaps = Gaps()
    async with nobody_listens(site) as control:
        for _ in range(CALLS):
            async with watched(site) as told:
                await _listened_to(told, control, gaps)
    rows = gaps.rows()
    if not gaps.calm():
        pytest.skip(f"the machine is too busy to tell: {rows}")
    facts = {
        "calls": CALLS,
        "load_average": round(os.getloadavg()[0], 1),
        "longest_gap_ms": {who: gaps.worst(who) for who in ("caller", "agent", "control")},
    }
    table = "| act | times | caller | agent | control |\n| --- | --- | --- | --- | --- |\n"
    for row in rows:
        table += f"| {' | '.join(str(row.get(key, '–')) for key in _COLUMNS)} |\n"
    title = "The longest gap between packets, in ms, of who is listened to, and of who is not"
    keep("supervision", title, facts, f"{_MEANING}\n\n{table}", rows)
    assert max(gaps.worst("caller"), gaps.worst("agent")) <= LONGEST_MS, rows


_COLUMNS = ("act", "times", "caller", "agent", "control")
_MEANING = """\
Caller and agent talk; a supervisor begins to monitor, switches to whisper, barge and back, leaves,
and then intercepts. For each act: the longest time between two arrivals of RTP packets, by the
kernel's stamps, from just before the act until 0.4 s after it was done; the worst of all calls.
The control is a party of another talk in the same exchange at the same time, that is left alone.
It counts where no gap of the control, nor of anybody before the first act, is over 40 ms: else the
machine is too busy to tell. A packet has 20 ms of sound. SSRC, sequence numbers and the timestamps'
steps are compared, too."""
