"""Carriers of every mood, callers who hang up at any moment, a bad network: nothing may be left."""

import asyncio
from pathlib import Path
from random import Random

import pytest

import sip
from callcenter.switch.outside_line import OutsideLine
from callcenter.switch.presented import Presented
from callcenter.switch.trunk_invite import OutsideCall
from tests.support.sim_phone import SimPhone, sdp
from tests.support.sim_site import SimSite, running_site
from tests.support.virtual_loop import virtual_time

HOSTS = ["10.0.2.1", "10.0.2.2", "10.0.2.3", "10.0.2.4"]
CALLS = 60
TRUNKS = "".join(
    f'[[trunk]]\nname = "t{i}"\nhosts = ["{host}"]\nmax_calls = 6\ngroup = "all"\n'
    f"weight = {i + 1}\ncalls_per_second = {5 * i}\n"
    for i, host in enumerate(HOSTS)
)
ROUTE = '[[route]]\nname = "all"\ntrunks = ["all"]\n'


def moody(phone: SimPhone, chance: Random) -> None:
    """From now on every call meets another mood."""
    loop = asyncio.get_running_loop()

    def take(call: sip.IncomingCall) -> None:
        mood = chance.random()
        late = chance.uniform(0, 8)
        if mood < 0.2:
            call.reject(chance.choice([408, 480, 486, 500, 503, 503, 504, 603]))
        elif mood < 0.3:
            return  # a 100, and then nothing
        elif mood < 0.5:
            call.progress(sdp(phone.host))
            loop.call_later(late, call.reject, chance.choice([486, 503]))
        elif mood < 0.6:
            call.ring()
            loop.call_later(late, call.reject, chance.choice([408, 500, 603]))
        else:
            call.ring()
            loop.call_later(late, call.answer, sdp(phone.host) if mood < 0.95 else b"nonsense")
            loop.call_later(late + chance.uniform(0, 20), call.hangup)

    phone.on_call = take


class Fate:
    """One call out: told in the right order, and nothing after its owner hung up."""

    def __init__(self, site: SimSite, chance: Random) -> None:
        self.told: list[str] = []
        self.hung_up_at: int | None = None
        number = "110" if chance.random() < 0.1 else "057188889999"
        self.line = OutsideLine(site.exchange.services, OutsideCall(number, Presented("4001")))
        self.line.ringing = lambda code, body: self.told.append("ringing")
        self.line.answered = lambda: self.told.append("answered")
        self.line.failed = lambda code, phrase: self.told.append("failed")
        self.line.ended = lambda end: self.told.append("ended")
        self.line.start()
        asyncio.get_running_loop().call_later(chance.uniform(0, 40), self.hang_up)

    def hang_up(self) -> None:
        self.hung_up_at = len(self.told)
        self.line.hang_up()

    def check(self) -> None:
        told = [each for each in self.told if each != "ringing"]
        assert told in ([], ["failed"], ["answered"], ["answered", "ended"])
        assert self.hung_up_at == len(self.told)
        assert self.line.state == "over"
        if "answered" in self.told:
            assert "ringing" not in self.told[self.told.index("answered") :]


@pytest.mark.parametrize("seed", range(6))
@virtual_time
async def test_whatever_happens_every_channel_comes_back(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    network = {"delay": 0.02, "jitter": 0.05, "loss": 0.1, "seed": seed}
    async with running_site(tmp_path, more=TRUNKS + ROUTE, **network) as site:
        for host in HOSTS[:-1]:  # the last one is dead
            moody(await site.gateway(host), chance)
        fates = []
        for _ in range(CALLS):
            fates.append(Fate(site, chance))
            await asyncio.sleep(chance.uniform(0, 1.5))
        await asyncio.sleep(200)

        for fate in fates:
            fate.check()
        trunking = site.exchange.trunking
        assert {trunking.capacity.used(name) for name in trunking.trunks} == {0}
        outcomes = {each for fate in fates for each in fate.told}
        assert outcomes == {"ringing", "answered", "failed", "ended"}
