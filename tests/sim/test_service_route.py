"""A carrier that tells by Service-Route (RFC 3608) which way calls out are to take."""

import asyncio
from pathlib import Path

import pytest

from sip import Address
from sip.build import build_response
from sip.message import Request, parse
from tests.sim.test_outside_line import Owner
from tests.support.dns_zone import Zone
from tests.support.sim_network import SimTransport
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

REGISTRAR, PROXY, STRANGE = "10.0.2.1", "10.0.2.2", "10.0.9.9"
LINE = """
[[trunk]]
name = "line"
hosts = ["10.0.2.1", "10.0.2.2"]
register = true
user = "u"
password = "p"
health = 10
[[route]]
name = "all"
trunks = ["line"]
"""


class Registrar:
    """Takes every REGISTER and names a route; it takes no calls."""

    def __init__(self, transport: SimTransport, service_route: tuple[str, ...]) -> None:
        self.service_route = service_route
        self._transport = transport

    @classmethod
    async def start(cls, site: SimSite, *service_route: str) -> "Registrar":
        transport = site.network.transport(f"udp:{REGISTRAR}:5060")
        registrar = cls(transport, service_route)
        await transport.start(registrar)
        return registrar

    def on_message(self, data: bytes, source: Address, local: Address) -> None:
        request = parse(data)
        if not isinstance(request, Request) or request.method == "ACK":
            return
        code, lines = (200, "") if request.method in ("REGISTER", "OPTIONS") else (404, "")
        if request.method == "REGISTER":
            lines = f"Contact: {request.headers['contact'][0]}\r\n"
            lines += "".join(f"Service-Route: {value}\r\n" for value in self.service_route)
        data = build_response(request, code, to_tag="r", headers=lines)
        self._transport.send(data, source)

    def admits(self, source: Address) -> bool:
        return True

    def is_known(self, host: str) -> bool:
        return True

    def on_behind(self, seconds: float) -> None:
        return

    def on_connection_lost(self, source: Address) -> None:
        return


def routes(invite: str) -> list[str]:
    """The Route values of a message."""
    return list(parse(invite.encode()).items("route"))


@virtual_time
async def test_a_call_out_takes_the_route_that_the_registrar_names(tmp_path: Path) -> None:
    route = (f"<sip:{PROXY};lr>", "<sip:orig@scscf.example:5070;lr>")
    async with running_site(tmp_path, more=LINE) as site:
        await Registrar.start(site, *route)
        proxy = await site.gateway(PROXY)
        proxy.answer_calls()
        await asyncio.sleep(1)
        owner = Owner(site)
        await moment()
        assert owner.told[-1] == ("answered", "line")
        [invite] = site.network.sent("INVITE ")
        assert site.network.sent("INVITE ", to=PROXY) == [invite]
        assert invite.startswith(f"INVITE sip:057188889999@{REGISTRAR} SIP/2.0\r\n")
        assert routes(invite) == list(route)
        assert proxy.up
        proxy.hang_up()  # what the proxy sends in the call is taken from there
        await moment()
        assert owner.told[-1] == ("ended", "bye")
        # Health asks each gateway itself.
        assert all(routes(ping) == [] for ping in site.network.sent("OPTIONS "))
        assert site.network.sent("OPTIONS ", to=REGISTRAR)


@virtual_time
async def test_a_proxy_that_is_dead_costs_one_attempt(tmp_path: Path) -> None:
    route = f"<sip:{PROXY};lr>"
    async with running_site(tmp_path, more=LINE) as site:
        await Registrar.start(site, route)
        await asyncio.sleep(1)
        owner = Owner(site)
        await asyncio.sleep(6)
        assert owner.told == [("failed", 404, "Not Found")]
        [invite] = site.network.sent("INVITE ", to=REGISTRAR)
        assert site.network.sent("INVITE ", to=PROXY)
        assert routes(invite) == [route]


async def goes_by_the_registrar(site: SimSite, route: str) -> None:
    """A call out has the route, but leaves by the trunk's gateway."""
    await asyncio.sleep(1)
    Owner(site)
    await moment()
    [invite] = site.network.sent("INVITE ")
    assert site.network.sent("INVITE ", to=REGISTRAR) == [invite]
    assert routes(invite) == [route]


@virtual_time
async def test_a_registrar_does_not_lead_our_packets_to_strangers(tmp_path: Path) -> None:
    route = f"<sip:{STRANGE};lr>"
    async with running_site(tmp_path, more=LINE) as site:
        await Registrar.start(site, route)
        await goes_by_the_registrar(site, route)


NAME = "scscf.example"
NAMED = {
    ("_sip._udp.scscf.example", "SRV"): ["20 1 5060 b.example.", "10 1 5080 a.example."],
    ("a.example", "A"): [PROXY],
    ("b.example", "A"): [STRANGE],
}


@virtual_time
async def test_a_proxy_that_is_named_is_looked_up(tmp_path: Path) -> None:
    """RFC 3263; an address that is not the trunk's is left out, and DNS may be away later."""
    route = f"<sip:orig@{NAME};lr>"
    zone = Zone(NAMED, ttl=60)
    async with running_site(tmp_path, more=LINE, zone=zone) as site:
        await Registrar.start(site, route)
        await asyncio.sleep(1)
        zone.silent = True
        await asyncio.sleep(300)
        Owner(site)
        await asyncio.sleep(6)
        [invite] = {*site.network.sent("INVITE ", to=PROXY)}
        assert routes(invite) == [route]
        assert site.network.sent("INVITE ", to=STRANGE) == []
        assert site.network.sent("INVITE ", to=REGISTRAR), "the hop was dead"
        complaints = [line["event"] for line in site.logged("warning")]
        assert complaints.count("service route not found by DNS") == 1


@virtual_time
@pytest.mark.parametrize("what", ["not found", "a stranger's", "not yet found"])
async def test_a_name_that_leads_nowhere_leaves_calls_with_the_gateway(
    tmp_path: Path, what: str
) -> None:
    route = f"<sip:{NAME};lr>"
    zone = Zone({(NAME, "A"): [STRANGE]} if what == "a stranger's" else {})
    zone.silent = what == "not yet found"
    async with running_site(tmp_path, more=LINE, zone=zone) as site:
        await Registrar.start(site, route)
        await goes_by_the_registrar(site, route)


@virtual_time
@pytest.mark.parametrize("newer", ["<sip:new.example;lr>", f"<sip:{STRANGE};lr>"])
async def test_a_newer_route_leads_to_what_another_name_of_the_trunk_leads_to(
    tmp_path: Path, newer: str
) -> None:
    zone = Zone({("new.example", "A"): [STRANGE]})
    line = LINE.replace('"10.0.2.2"]', '"new.example"]').replace("health = 10\n", "")
    async with running_site(tmp_path, more=line, zone=zone) as site:
        registrar = await Registrar.start(site, f"<sip:{PROXY};lr>")
        new = await site.gateway(STRANGE)
        new.answer_calls()
        await asyncio.sleep(1)
        registrar.service_route = (newer,)
        await asyncio.sleep(3600)  # the registration was refreshed
        owner = Owner(site)
        await moment()
        assert owner.told[-1] == ("answered", "line")
        [invite] = site.network.sent("INVITE ", to=STRANGE)
        assert routes(invite) == [newer]
        new.hang_up()
        await moment()


@virtual_time
async def test_a_route_that_cannot_be_followed_is_logged_once(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=LINE) as site:
        await Registrar.start(site, f"<sip:{PROXY}>")
        await asyncio.sleep(4 * 3600)
        assert len(site.network.sent("REGISTER ")) > 3
        Owner(site)
        await moment()
        [invite] = site.network.sent("INVITE ")
        assert routes(invite) == []
        assert [line for line in site.logged("warning") if "route" in line["event"]] == [
            {
                "event": "service route not followed",
                "trunk": "line",
                "error": "through a strict router",
                "log_level": "warning",
            }
        ]
