"""Where a registrar's service route leads calls out, and where it does not."""

from typing import Any

import pytest

from callcenter.routing.service_routes import NamedHop, first_hop, named_hop, route_set
from callcenter.settings import TrunkSettings
from sip.address import Address

GATEWAY = Address("udp", "10.0.2.1", 5060)
OTHER = "<sip:scscf.example;lr>"
OWN = {"10.0.2.1", "10.0.2.2", "198.51.100.7"}


def trunk(**settings: Any) -> TrunkSettings:
    return TrunkSettings.model_validate(
        {"name": "line", "hosts": ["10.0.2.1", "10.0.2.2", "carrier.example"], **settings}
    )


@pytest.mark.parametrize(
    ("first", "hop"),
    [
        ("<sip:10.0.2.2;lr>", Address("udp", "10.0.2.2", 5060)),
        ("<sip:10.0.2.2:5080;lr;transport=UDP>", Address("udp", "10.0.2.2", 5080)),
        ("<sip:10.0.2.1;lr>", GATEWAY),
        ("<sip:10.0.2.9;lr>", None),  # not the trunk's
        ("<sip:carrier.example;lr>", None),  # which has to be looked up
        ("<sip:10.0.2.2;lr;transport=tcp>", None),
        ("<sips:10.0.2.2;lr>", None),
        ("<sip:10.0.2.2;lr;maddr=10.9.9.9>", None),
    ],
)
def test_the_first_value_is_the_next_hop_if_it_is_the_trunk_s(
    first: str, hop: Address | None
) -> None:
    assert first_hop(trunk(), GATEWAY, (first, OTHER), OWN.__contains__) == hop


@pytest.mark.parametrize(
    ("first", "hop"),
    [
        ("<sip:Carrier.example;lr>", NamedHop("carrier.example", 0, "udp")),
        ("<sip:orig@other.example:5080;lr;transport=udp>", NamedHop("other.example", 5080, "udp")),
        ("<sip:carrier.example;lr;transport=tcp>", None),
        ("<sip:carrier.example;lr;maddr=10.0.2.1>", None),
        ("<sip:10.0.2.9;lr>", None),
        ("<sip:[2001:db8::1];lr>", None),
    ],
)
def test_a_first_value_that_is_a_name_is_looked_up(first: str, hop: NamedHop | None) -> None:
    assert named_hop(trunk(), GATEWAY, (first, OTHER)) == hop
    assert named_hop(trunk(proxy="10.0.2.5"), GATEWAY, (first, OTHER)) is None


def test_calls_over_tls_stay_there_and_ask_for_the_same_name() -> None:
    gateway = Address("tls", "10.0.2.1", 5061, "carrier.example")
    hop = Address("tls", "10.0.2.2", 5061, "carrier.example")
    for first in ("<sip:10.0.2.2;lr>", "<sips:10.0.2.2;lr>"):
        assert first_hop(trunk(), gateway, (first,), OWN.__contains__) == hop
    other = ("<sip:10.0.2.2;lr;transport=udp>",)
    assert first_hop(trunk(), gateway, other, OWN.__contains__) is None


def test_a_proxy_stays_the_first_and_is_named_once() -> None:
    edge = trunk(proxy="10.0.2.5")
    assert first_hop(edge, GATEWAY, ("<sip:10.0.2.2;lr>",), OWN.__contains__) is None
    assert route_set(edge, ()) == ("<sip:10.0.2.5;lr>",)
    assert route_set(edge, (OTHER,)) == ("<sip:10.0.2.5;lr>", OTHER)
    own = "<sip:10.0.2.5:5060;lr;x>"
    assert route_set(edge, (own, OTHER)) == (own, OTHER)
    assert route_set(trunk(), (OTHER,)) == (OTHER,)
