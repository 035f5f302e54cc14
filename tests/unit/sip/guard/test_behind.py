"""On whose account a password is, behind an edge proxy."""

import pytest

from sip.address import Address
from sip.guard import asker
from sip.trunk import Trunk, TrunkTable
from tests.support.sip_messages import parsed_request

EDGE = Address("udp", "192.0.2.1", 5070)
STRANGER = Address("udp", "203.0.113.9", 5060)
TRUNKS = TrunkTable([Trunk("edge", ("192.0.2.1:5070",))])


@pytest.mark.parametrize(
    ("via", "address"),
    [
        ("SIP/2.0/UDP 10.1.1.1:5062;received=203.0.113.9;rport=4444", "udp:203.0.113.9:4444"),
        ("SIP/2.0/UDP 203.0.113.9:5062;rport;branch=z9hG4bKa", "udp:203.0.113.9:5062"),
        ("SIP/2.0/TLS 203.0.113.9", "tls:203.0.113.9:5061"),
        ("SIP/2.0/ws df7jal.invalid;received=203.0.113.9;rport=9", "ws:203.0.113.9:9"),
        ("SIP/2.0/TCP [2001:db8::9]:5062;branch=z9hG4bKa", "tcp:[2001:db8::9]:5062"),
        ("SIP/2.0/UDP 203.0.113.9, SIP/2.0/UDP 10.0.0.7", "udp:203.0.113.9:5060"),
    ],
)
def test_the_edge_says_whom_it_had_the_request_from(via: str, address: str) -> None:
    request = parsed_request("REGISTER", headers=f"Via: {via}\r\n")
    assert asker(request, EDGE, TRUNKS) == Address.parse(address)


@pytest.mark.parametrize(
    "via",
    [
        "SIP/2.0/UDP phone.example",
        "SIP/2.0/SCTP 203.0.113.9",
        "SIP/2.0/UDP 203.0.113.9:99999",
        "SIP/2.0/UDP 203.0.113.9;rport=many",
        "SIP/2.0/UDP 203.0.113.9;rport=-1",
        f"SIP/2.0/UDP 203.0.113.9;rport={'9' * 5000}",
        "nonsense",
        "SIP/2.0/UDP 203.0.113.9;received=198.51.100.7;received=203.0.113.9",
    ],
)
def test_what_it_does_not_say_clearly_is_on_its_own_account(via: str) -> None:
    request = parsed_request("REGISTER", headers=f"Via: {via}\r\n")
    assert asker(request, EDGE, TRUNKS) == EDGE


def test_without_a_proxy_it_is_the_source() -> None:
    assert asker(parsed_request("REGISTER"), EDGE, TRUNKS) == EDGE


def test_a_stranger_cannot_name_another() -> None:
    request = parsed_request("REGISTER", headers="Via: SIP/2.0/UDP 198.51.100.7\r\n")
    assert asker(request, STRANGER, TRUNKS) == STRANGER
