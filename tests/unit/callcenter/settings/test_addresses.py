"""Addresses, ports and host names: what is understood, and what is refused in which words."""

import pytest

from callcenter.settings import CarrierHost
from sip.stack import make_transport
from tests.support.site_file import SITE, changed, problems, read


@pytest.mark.parametrize(
    "address",
    [
        "udp:0.0.0.0:5062 advertise 203.0.113.7:5070",
        "udp:[::]:5060 advertise [2001:db8::1]:5060",
        "udp:[::]:5060 advertise pbx.example",
        "ws:127.0.0.1:8088 advertise pbx.example:80",
    ],
)
def test_what_is_advertised_is_understood_by_the_stack(address: str) -> None:
    settings = read(changed('"tcp:[::1]:5060"', f'"{address}"'))
    assert str(settings.sip.listen[1]) == address
    assert make_transport(address).local.transport == settings.sip.listen[1].transport


def test_addresses_are_parsed_and_written_back() -> None:
    settings = read(SITE)
    assert [str(address) for address in settings.sip.listen][1] == "tcp:[::1]:5060"
    carrier = settings.trunks[0]
    assert carrier.hosts == (CarrierHost("127.0.0.1", 5070), CarrierHost("192.0.2.7", 0))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'domain = "pbx.example"',
            'domain = "pbx example"',
            "site.toml:3: sip.domain: 'pbx example' is not a host name or an IP address",
        ),
        (
            '"tcp:[::1]:5060"',
            '"sctp:127.0.0.1:5061"',
            "site.toml:2: sip.listen[1]: "
            'must be text like "udp:127.0.0.1:5060" or "tls:127.0.0.1:5061"',
        ),
        (
            '"tcp:[::1]:5060"',
            '"udp:10.0.0.5:5060 advertise [2001:db8::1]"',
            "site.toml:2: sip.listen[1]: "
            "'2001:db8::1' is not of the IP version that is listened on",
        ),
        (
            '"tcp:[::1]:5060"',
            '"udp:10.0.0.5:5060 advertise not/a/host"',
            "site.toml:2: sip.listen[1]: 'not/a/host' is neither an IP address nor a host name",
        ),
        (
            '"tcp:[::1]:5060"',
            '"udp:10.0.0.5:5060 advertise pbx.example:0"',
            "site.toml:2: sip.listen[1]: '0' is not a port (1 to 65535)",
        ),
        (
            '"tcp:[::1]:5060"',
            '"tcp:127.0.0.1:70000"',
            "site.toml:2: sip.listen[1]: '70000' is not a port (0 to 65535)",
        ),
        (
            '"tcp:[::1]:5060"',
            '"tcp:127.0.0.1"',
            "site.toml:2: sip.listen[1]: '127.0.0.1' lacks a port: write IP:PORT",
        ),
        (
            '"tcp:[::1]:5060"',
            '"udp:127.0.0.1:5060"',
            "site.toml:2: sip.listen: address udp:127.0.0.1:5060 is named twice",
        ),
        (
            'address = "127.0.0.1"',
            'address = "0.0.0.0"',
            "site.toml:5: media.address: "
            "'0.0.0.0' cannot be told to a phone as the place to send its voice to",
        ),
        (
            'address = "127.0.0.1"',
            'address = "127.0.0.1"\nrtp_ports = [30001, 39999]',
            "site.toml:6: media.rtp_ports: must begin with an even port (RFC 3550 §11), not 30001",
        ),
        (
            'address = "127.0.0.1"',
            'address = "127.0.0.1"\nrtp_ports = [30000, 20000]',
            "site.toml:6: media.rtp_ports: must be [first, last] with first less than last",
        ),
        (
            '"127.0.0.1:5070"',
            '"carrier..example:5070"',
            "site.toml:8: trunk[carrier].hosts[0]: "
            "'carrier..example' is not an IP address or a host name",
        ),
        (
            '"127.0.0.1:5070"',
            '"carrier.example:x"',
            "site.toml:8: trunk[carrier].hosts[0]: 'x' is not a port (0 to 65535)",
        ),
    ],
)
def test_what_is_no_address_is_told(old: str, new: str, expected: str) -> None:
    assert problems(changed(old, new)) == [expected]
