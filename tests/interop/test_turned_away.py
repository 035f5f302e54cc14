"""A busy line as a real caller hears it: the tone of the country, in its cadence."""

from itertools import groupby

import pytest

from callcenter.demo.g711 import RATE
from tests.support.audio import power_at
from tests.support.daemon import NewDaemon
from tests.support.live_site import NewSite
from tests.support.rtp import RtpEndpoint
from tests.support.sipp import Sipp

MORE = """
[ivr]
flows = "flows"
[[number]]
dnis = "4010"
flow = "away"
answer = "at_once"
"""
AWAY = "start: away\nnodes:\n  away: {kind: busy, seconds: 2.5}\n"
WELCOME = "start: bye\nnodes:\n  bye: {kind: hangup}\n"
FRAME_S = 0.01
LOUD = 500


async def test_a_caller_hears_the_busy_tone(new_site: NewSite, new_daemon: NewDaemon) -> None:
    site = new_site(more=MORE)
    flows = site.folder / "flows"
    flows.mkdir()
    (flows / "away.yaml").write_text(AWAY)
    (flows / "welcome.yaml").write_text(WELCOME)
    new_daemon(site)
    async with (
        RtpEndpoint(440) as caller,
        Sipp(site, "exchange_hangs_up", number="4010", rtp_port=caller.port) as call,
    ):
        await call.passed()
        heard = caller.hearing.since(0)
    frame = round(FRAME_S * RATE)
    frames = [heard[at : at + frame] for at in range(0, len(heard) - frame, frame)]
    assert power_at(heard[: round(0.3 * RATE)], 450) > 0.95, "of China, where nothing else is set"
    loudness = groupby(max(map(abs, each)) > LOUD for each in frames)
    spans = [(loud, FRAME_S * len(list(each))) for loud, each in loudness]
    assert [loud for loud, _ in spans] == [True, False] * 4
    assert all(seconds == pytest.approx(0.35, abs=0.03) for _, seconds in spans[:-1])
