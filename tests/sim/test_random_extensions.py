"""An hour of people at extensions and of agents who call, hold, flash and give calls on at random.

As in `test_random_shift`, the judges are the stream of events and what is left at the end.
"""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import sip
from callcenter import events
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import HOST, SimPhone, sdp
from tests.support.sim_site import SimSite, running_site
from tests.support.virtual_loop import virtual_time

HOUR = 3600.0
EXTENSIONS = ("8011", "8012", "8013", "8014", "8015")
MORE = """
[[seat]]
seat_no = "8014"
password = "phone-8014"
pbx = true
dial = "all"
forward_busy = "8015"
forward_no_answer = "4001"
[[seat]]
seat_no = "8015"
password = "phone-8015"
pbx = true
dial = "all"
outside_minutes = 20
forward_no_answer = "8014"
[[number]]
dnis = "4011"
extension = "8011"
on_no_answer = "voicemail"
[[route]]
name = "all"
trunks = ["carrier"]
[pbx]
record_internal = true
"""
AGENTS = {"1001": "8001", "1002": "8002"}
TARGETS = (*EXTENSIONS, "4001", "4002", "01062345678", "110", "8099", "80*")


@pytest.mark.parametrize("seed", range(2))
@virtual_time
async def test_an_hour_of_random_people_leaves_nothing_behind(tmp_path: Path, seed: int) -> None:
    network = {"loss": 0.02, "delay": 0.01, "jitter": 0.02, "seed": seed}
    async with running_site(tmp_path, max_calls=8, more=MORE, **network) as site:
        chance = random.Random(seed)
        until = site.clock.now() + HOUR
        gateway = await site.gateway("10.0.0.9")
        gateway.on_call = partly_answering(gateway, random.Random(seed + 1))
        phones = [await site.phone(number) for number in (*EXTENSIONS, *AGENTS.values())]
        desks = [await site.desk(agent_id, seat_no) for agent_id, seat_no in AGENTS.items()]
        async with asyncio.TaskGroup() as tasks:
            for phone in phones:
                phone.on_call = partly_answering(phone, random.Random(chance.random()))
                tasks.create_task(live(site, phone, random.Random(chance.random()), until))
            for desk in desks:
                tasks.create_task(willing(site, desk, until))
            while site.clock.now() < until:
                await asyncio.sleep(chance.expovariate(1 / 60))
                tasks.create_task(customer(site, random.Random(chance.random())))
        for phone in (*phones, gateway):
            for each in phone.calls:
                each.hangup()
        await asyncio.sleep(60)  # every lost BYE has been sent again

        for agent_id in AGENTS:
            assert site.state(agent_id).partition("(")[0] in ("idle", "busy"), "nobody is stuck"
        assert site.exchange.services.pbx.lines.used == 0
        assert len(site.told(events.BridgeStarted)) > 50
        assert len(site.told(events.TalkStarted)) > 10, "by queues"
        assert {event.how for event in site.told(events.CallTransferred)} == {"blind", "attended"}
        outcomes = {event.outcome for event in site.told(events.ReachEnded)}
        assert outcomes >= {"answered", "busy", "rejected", "no_answer", "caller_left"}


def partly_answering(phone: SimPhone, chance: random.Random) -> Callable[[sip.IncomingCall], None]:
    """Picks up mostly, refuses sometimes, or lets it ring."""

    def take(call: sip.IncomingCall) -> None:
        call.ring()
        loop = asyncio.get_running_loop()
        draw = chance.random()
        if draw < 0.7:
            loop.call_later(chance.uniform(0, 5), lambda: call.answer(phone.media()))
        elif draw < 0.85:
            loop.call_later(chance.uniform(0, 5), call.reject, chance.choice([486, 603, 500]))

    return take


async def live(site: SimSite, phone: SimPhone, chance: random.Random, until: float) -> None:
    """One at a phone: does something with a call that is up, or places one."""
    while site.clock.now() < until:
        await asyncio.sleep(chance.expovariate(1 / 8))
        up = [call for call in phone.calls if call.state is sip.CallState.CONFIRMED]
        live = [call for call in phone.calls if call.end is None]
        if not live or (len(live) == 1 and chance.random() < 0.3):
            phone.dial(chance.choice(TARGETS))
        elif len(up) == 2 and chance.random() < 0.5:
            refer(up[0], "8013", replaces=up[1])
        elif up:
            act(site, phone, chance.choice(up), chance)
        else:
            chance.choice(live).hangup()


async def willing(site: SimSite, desk: SimDesk, until: float) -> None:
    """An agent who takes calls again, whenever they have missed one."""
    while site.clock.now() < until:
        await asyncio.sleep(10)
        if desk.state.startswith("busy"):
            await desk.ask("agent.set_idle")


def act(site: SimSite, phone: SimPhone, call: sip.Call, chance: random.Random) -> None:
    """Something that people do in a talk."""
    match chance.randrange(7):
        case 0:
            call.reinvite(sdp(phone.host, chance.choice(["sendonly", "inactive", "sendrecv"])))
        case 1:
            refer(call, chance.choice(TARGETS))
        case 2 | 3:
            rtp_port = int(call.remote_body.split(b"m=audio ")[1].split()[0])
            port = next((each for each in site.plane.ports if each.rtp_port == rtp_port), None)
            if port is not None:
                port.press(chance.choice(["!", "!8013*", "!8012*", "!01062345678#", "!!", "*"]))
        case 4:
            phone.dial("8011", headers=(("Replaces", str(call.as_replaced)),))
        case _:
            call.hangup()


def refer(call: sip.Call, number: str, replaces: sip.Call | None = None) -> None:
    """A transfer whose result nobody looks at."""
    call.refer(f"sip:{number}@{HOST}", lambda _code, _phrase: None, replaces=replaces)


async def customer(site: SimSite, chance: random.Random) -> None:
    """Calls the direct number or a queue, and hangs up after a while."""
    caller = await site.caller(str(chance.randrange(10**9)))
    caller.dial(chance.choice(["4011", "4001", "4002"]))
    await asyncio.sleep(chance.expovariate(1 / 30))
    caller.hang_up()
