"""Gateways found by name and asked after, in virtual time."""

import asyncio
from pathlib import Path

from tests.sim.test_outside_line import Owner
from tests.support.dns_zone import Zone
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

NAMED = """
[[trunk]]
name = "named"
hosts = ["carrier.example"]
"""
ONLY_NAMED = (
    NAMED
    + """
[[route]]
name = "all"
trunks = ["named"]
"""
)
FIRST, SECOND, THIRD = "10.0.2.1", "10.0.2.2", "10.0.2.3"
SERVERS = {
    ("_sip._udp.carrier.example", "SRV"): [
        "10 1 5060 first.carrier.example.",
        "20 1 5060 second.carrier.example.",
    ],
    ("first.carrier.example", "A"): [FIRST],
    ("second.carrier.example", "A"): [SECOND],
}


def gateways(site: SimSite, trunk: str = "named") -> list[str]:
    return [str(gateway.address) for gateway in site.exchange.trunking.gateways.of(trunk)]


def events_logged(site: SimSite) -> list[tuple[str, str]]:
    """What was said about gateways and names, in order."""
    lines = site.logged("warning") + site.logged("info")
    return [
        (line["event"], str(line.get("gateway", line.get("gateways", ""))))
        for line in lines
        if line["event"].startswith(("gateway", "trunk"))
    ]


@virtual_time
async def test_the_next_server_of_a_name_is_tried_when_the_first_is_dead(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=ONLY_NAMED, zone=Zone(SERVERS)) as site:
        await moment()
        assert gateways(site) == [f"udp:{FIRST}:5060", f"udp:{SECOND}:5060"]
        second = await site.gateway(SECOND)
        second.answer_calls()
        owner = Owner(site)
        await asyncio.sleep(6)

        assert owner.told == [("ringing", 180), ("answered", "named")]
        [invite] = site.network.sent("INVITE ", to=SECOND)
        assert invite.startswith("INVITE sip:057188889999@carrier.example SIP/2.0\r\n")
        owner.line.hang_up()


@virtual_time
async def test_nobody_waits_for_dns(tmp_path: Path) -> None:
    zone = Zone(SERVERS)
    zone.silent = True
    async with running_site(tmp_path, more=ONLY_NAMED, zone=zone) as site:
        await asyncio.sleep(100)
        assert Owner(site).told == [("failed", 503, "No Gateway")]
        # It is said once, not each time.
        assert events_logged(site) == [("trunk not found by DNS", "")]

        zone.silent = False
        await asyncio.sleep(30)
        assert len(gateways(site)) == 2


@virtual_time
async def test_a_carrier_that_moves_is_known_at_its_new_address(tmp_path: Path) -> None:
    zone = Zone({("carrier.example", "A"): [FIRST]}, ttl=60)
    async with running_site(tmp_path, more=NAMED, zone=zone) as site:
        first, second = await site.gateway(FIRST), await site.gateway(SECOND)
        await moment()
        assert await answer(first) == "up"
        assert await answer(second) == ("rejected", 403)

        zone.records["carrier.example", "A"] = [SECOND]
        await asyncio.sleep(61)
        assert await answer(first) == ("rejected", 403)
        assert await answer(second) == "up"

        # And it stays known while DNS is away.
        zone.silent = True
        await asyncio.sleep(600)
        assert await answer(second) == "up"


@virtual_time
async def test_what_dns_tells_in_part_does_not_replace_the_whole(tmp_path: Path) -> None:
    zone = Zone(SERVERS, ttl=60)
    zone.failing = {("carrier.example", "NAPTR")}  # as it fails where nobody knows the type
    async with running_site(tmp_path, more=NAMED, zone=zone) as site:
        both = [f"udp:{FIRST}:5060", f"udp:{SECOND}:5060"]
        await asyncio.sleep(100)
        assert gateways(site) == both

        zone.failing.clear()
        await asyncio.sleep(60)
        zone.failing = {("second.carrier.example", "A")}
        await asyncio.sleep(600)
        assert gateways(site) == both
        await asyncio.sleep(3600)  # whom nobody has named for an hour is no more
        assert gateways(site) == both[:1]
        told = [event for event, _ in events_logged(site)]
        assert told.count("trunk found by DNS in part") == 2, "once each time"


@virtual_time
async def test_what_dns_tells_in_part_is_heard_beside_the_whole(tmp_path: Path) -> None:
    """A carrier may take an address into use while its name server fails at something else."""
    zone = Zone(dict(SERVERS), ttl=60)
    async with running_site(tmp_path, more=NAMED, zone=zone) as site:
        await asyncio.sleep(1)
        zone.failing = {("carrier.example", "NAPTR")}
        zone.records["second.carrier.example", "A"] = [THIRD]
        await asyncio.sleep(100)
        assert gateways(site) == [f"udp:{FIRST}:5060", f"udp:{SECOND}:5060"]
        assert [await answer(await site.gateway(host)) for host in (SECOND, THIRD)] == ["up"] * 2


@virtual_time
async def test_two_ports_of_a_name_are_two_names(tmp_path: Path) -> None:
    zone = Zone(dict(SERVERS), ttl=60)
    zone.records["carrier.example", "A"] = [THIRD]
    ports = NAMED.replace('"carrier.example"', '"carrier.example", "carrier.example:5070"')
    async with running_site(tmp_path, more=ports, zone=zone) as site:
        await asyncio.sleep(1)
        zone.failing = {("second.carrier.example", "A")}
        await asyncio.sleep(100)
        assert gateways(site) == [f"udp:{FIRST}:5060", f"udp:{SECOND}:5060"]


async def answer(phone: SimPhone) -> object:
    """What a call in from there comes to."""
    phone.dial("4000")
    await moment()
    result: object = "up" if phone.up else phone.outcome
    phone.hang_up()
    await moment()
    return result


CHECKED = """
[[trunk]]
name = "checked"
hosts = ["10.0.2.1"]
health = 20
[[trunk]]
name = "spare"
hosts = ["10.0.2.2"]
priority = 1
[[route]]
name = "all"
trunks = ["checked", "spare"]
"""


@virtual_time
async def test_a_gateway_that_does_not_answer_options_is_tried_last(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=CHECKED) as site:
        await asyncio.sleep(90)
        assert events_logged(site) == [("gateway down", f"udp:{FIRST}:5060")]
        spare = await site.gateway(SECOND)
        spare.answer_calls()
        owner = Owner(site)
        await moment()
        assert owner.told[-1] == ("answered", "spare")
        owner.line.hang_up()

        first = await site.gateway(FIRST)
        first.answer_calls()
        await asyncio.sleep(30)
        assert events_logged(site)[1:] == [("gateway up", f"udp:{FIRST}:5060")]
        owner = Owner(site)
        await moment()
        assert owner.told[-1] == ("answered", "checked")
        owner.line.hang_up()

        counters = site.exchange.trunking.gateways.counters
        assert (counters.went_down, counters.came_up) == (1, 1)
        assert counters.failures >= 3


@virtual_time
async def test_an_emergency_call_is_tried_over_every_trunk(tmp_path: Path) -> None:
    down = CHECKED.replace('trunks = ["checked", "spare"]', 'trunks = ["checked"]')
    down = down.replace('name = "spare"', 'name = "spare"\nmax_calls = 1')
    async with running_site(tmp_path, more=down) as site:
        await asyncio.sleep(90)
        spare = await site.gateway(SECOND)
        owners = [Owner(site, "110"), Owner(site, "110")]
        await asyncio.sleep(6)  # the site's first carrier is dead, too, but nobody knows yet

        # No route leads to the spare trunk, and it is full: neither counts now.
        assert [owner.line.trunk for owner in owners] == ["spare", "spare"]
        assert len(spare.calls) == 2
        for owner in owners:
            owner.line.hang_up()
