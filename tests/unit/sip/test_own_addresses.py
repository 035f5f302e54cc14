import pytest

from sip.address import Address
from sip.own_addresses import OwnAddresses

BOUND = (
    "udp:127.0.0.1:5060",
    "udp:192.0.2.1:5060",
    "udp:[2001:db8::1]:5060",
    "tls:192.0.2.1:5061",
)


@pytest.fixture
def own() -> OwnAddresses:
    own = OwnAddresses()
    for address in BOUND:
        own.bind(Address.parse(address))
    return own


@pytest.mark.parametrize(
    ("destination", "local"),
    [
        ("udp:127.0.0.9:5060", "udp:127.0.0.1:5060"),
        ("udp:203.0.113.7:5060", "udp:192.0.2.1:5060"),
        ("udp:[2001:db8::7]:5060", "udp:[2001:db8::1]:5060"),
        ("tls:127.0.0.9:5061", "tls:192.0.2.1:5061"),
    ],
)
def test_a_new_request_leaves_from_an_address_of_its_kind(
    own: OwnAddresses, destination: str, local: str
) -> None:
    assert own.for_(Address.parse(destination)) == Address.parse(local)


def test_a_preferred_address_is_taken_while_it_is_ours(own: OwnAddresses) -> None:
    there, ours = Address.parse("udp:127.0.0.9:5060"), Address.parse("udp:192.0.2.1:5060")
    assert own.for_(there, ours) == ours
    assert own.for_(there, ours._replace(port=5099)) == Address.parse("udp:127.0.0.1:5060")
    assert ours in own
    assert ours._replace(port=5099) not in own


def test_an_address_advertised_by_name_serves_its_ip_version(own: OwnAddresses) -> None:
    named = Address.parse("ws:pbx.example:80")
    own.bind(named, ipv6=True)
    assert own.for_(Address.parse("ws:[::1]:4000")) == named
    assert own.speaks("ws", ipv6=True)
    assert not own.speaks("ws", ipv6=False)


@pytest.mark.parametrize("destination", ["tcp:127.0.0.1:5060", "tls:[::1]:5061"])
def test_what_is_not_bound_is_named(own: OwnAddresses, destination: str) -> None:
    with pytest.raises(ValueError, match=r"no (tcp address of IPv4|tls address of IPv6) is bound"):
        own.for_(Address.parse(destination))
