"""All messages of RFC 5118 against a whole endpoint, with the treatment that the RFC asks for."""

import pytest

from sip import Address
from sip.message import Request, parse
from sip.trunk import Trunk
from tests.support.sip_wire import Wire
from tests.support.torture import torture

MESSAGES = torture("rfc5118")
PEER = Address("udp", "2001:db8::9:1", 5060)
LOCAL = Address("udp", "2001:db8::10", 5060)

TREATMENT = {
    "ipv6-good": {"401 REGISTER"},
    "ipv6-bad": {"400 REGISTER"},
    "port-ambiguous": {"401 REGISTER"},
    "port-unambiguous": {"401 REGISTER"},
    "via-received-param-with-delim": {"481 BYE"},
    "via-received-param-no-delim": {"200 OPTIONS"},
    "ipv6-in-sdp": {"100 INVITE"},
    "mult-ip-in-header": {"481 BYE"},
    "mult-ip-in-sdp": {"100 INVITE"},
    "ipv4-mapped-ipv6": {"100 INVITE"},
    "ipv6-bug-abnf-3-colons": {"200 OPTIONS", "400 OPTIONS"},  # left to the element
}


def wire() -> Wire:
    """An endpoint on an IPv6 address."""
    return Wire(LOCAL, PEER, trunks=(Trunk("carrier", (f"[{PEER.host}]",)),))


def test_each_message_has_its_treatment() -> None:
    assert list(MESSAGES) == list(TREATMENT)


@pytest.mark.parametrize("name", TREATMENT)
def test_treatment(name: str) -> None:
    one = wire()
    (line,) = one.receive(MESSAGES[name])
    assert line in TREATMENT[name]
    assert one.endpoint.counters.internal_errors == 0
    assert one.endpoint.outgoing[0].destination.host == PEER.host


def test_a_contact_in_brackets_is_where_requests_go() -> None:
    one = wire()
    one.receive(MESSAGES["ipv6-in-sdp"])
    dialog = one.app.calls[0].dialog
    assert dialog is not None
    assert dialog.remote_target == "sip:caller@[2001:db8::20]"


@pytest.mark.parametrize(
    ("name", "sent_by"),
    [
        ("mult-ip-in-header", "[2001:db8::9:1]:6050"),
        ("ipv4-mapped-ipv6", "[::ffff:192.0.2.10]:19823"),
        ("ipv6-good", "[2001:db8::9:1]"),
    ],
)
def test_the_senders_address_is_read_from_via(name: str, sent_by: str) -> None:
    message = parse(MESSAGES[name])
    assert isinstance(message, Request)
    assert message.via.sent_by == sent_by
