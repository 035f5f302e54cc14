import pytest

from sip import Address, Endpoint, EndpointConfig
from sip.core import Core
from tests.support.sip_bench import Application, counting_ids

BOUND = (
    "udp:127.0.0.1:5060",
    "udp:192.0.2.1:5060",
    "udp:[2001:db8::1]:5060",
    "tls:192.0.2.1:5061",
)


@pytest.fixture
def core() -> Core:
    core = Endpoint(Application(), config=EndpointConfig(), ids=counting_ids("i")).core
    for address in BOUND:
        core.bind(Address.parse(address))
    return core


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
    core: Core, destination: str, local: str
) -> None:
    assert core.local_for(Address.parse(destination)) == Address.parse(local)


def test_a_preferred_address_is_taken_while_it_is_ours(core: Core) -> None:
    there, ours = Address.parse("udp:127.0.0.9:5060"), Address.parse("udp:192.0.2.1:5060")
    assert core.local_for(there, ours) == ours
    assert core.local_for(there, ours._replace(port=5099)) == Address.parse("udp:127.0.0.1:5060")


def test_an_address_advertised_by_name_serves_its_ip_version(core: Core) -> None:
    named = Address.parse("ws:pbx.example:80")
    core.bind(named, ipv6=True)
    assert core.local_for(Address.parse("ws:[::1]:4000")) == named


@pytest.mark.parametrize("destination", ["tcp:127.0.0.1:5060", "tls:[::1]:5061"])
def test_what_is_not_bound_is_named(core: Core, destination: str) -> None:
    with pytest.raises(ValueError, match=r"no (tcp address of IPv4|tls address of IPv6) is bound"):
        core.local_for(Address.parse(destination))
