"""A carrier of Kamailio's whose registrar names by Service-Route which way calls are to take."""

from pathlib import Path

import pytest

from callcenter.demo.softphone import Softphone
from sip import IncomingCall
from tests.support.daemon import NewDaemon
from tests.support.dns_zone import Zone, serving
from tests.support.kamailio import CARRIER, HOST, KamailioCarrier
from tests.support.live_site import NewSite

NUMBER = "057188889999"
CALLER_HZ, CALLED_HZ = 440, 620

_TABLES = """
[[trunk]]
name = "line"
hosts = ["{host}"]
domain = "carrier.example"
register = true
user = "line"
password = "{password}"

[[route]]
name = "out"
trunks = ["line"]

[pbx]
dial = "all"
"""


@pytest.mark.parametrize("named", [False, True], ids=["address", "name"])
async def test_a_call_out_passes_the_proxy_that_the_registrar_names(
    named: bool, new_site: NewSite, new_daemon: NewDaemon, tmp_path: Path
) -> None:
    """Which alone takes it, asks for the password, and stays in its way."""
    with KamailioCarrier(tmp_path, named=named) as carrier:
        service = f"_sip._udp.{carrier.PROXY_NAME}"
        zone = Zone(
            {
                (service, "SRV"): [f"1 1 {carrier.proxy_port} gw.carrier.example."],
                ("gw.carrier.example", "A"): [HOST],
            }
        )
        async with serving(zone) as (dns_host, dns_port):
            more = _TABLES.format(host=carrier.host_port, password=carrier.PASSWORD)
            site = new_site(more=more)
            servers = f'[sip]\ndns_servers = ["{dns_host}:{dns_port}"]\n'
            site.file.write_text(site.file.read_text().replace("[sip]\n", servers, 1))
            daemon = new_daemon(site)
            await daemon.logged("trunk registered", trunk="line")
            if named:
                await daemon.logged("service route found by DNS", trunk="line")
            async with (
                Softphone(
                    f"udp:{carrier.host_port}", NUMBER, password=carrier.PASSWORD, host=CARRIER
                ) as subscriber,
                Softphone(site.exchange(), "8011", password="phone-8011") as phone,
            ):
                ours = await phone.call(NUMBER)
                theirs = await subscriber.incoming()
                assert isinstance(theirs.session, IncomingCall)
                came_by = theirs.session.header("X-Came-By")
                assert came_by == f"{carrier.service_route} at {carrier.proxy_port}"
                theirs.answer()
                await ours.answered()
                ours.say(CALLER_HZ)
                theirs.say(CALLED_HZ)
                await ours.hears(tone=CALLED_HZ)
                await theirs.hears(tone=CALLER_HZ)
                theirs.hang_up()
                assert (await ours.ended()).by == "remote"
            daemon.wait_quiet()
            daemon.assert_healthy()
            daemon.stop()
