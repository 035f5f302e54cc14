import pytest

from callcenter.switch.redirection import elsewhere
from sip import Address, OutgoingInvite
from sip.trunk import Trunk, TrunkTable

UDP = Address("udp", "10.0.2.1", 5060)
TLS = Address("tls", "10.0.2.1", 5061, "carrier.example")


def sent(target: str, to: Address = UDP) -> Address | None:
    """Where a call to that address goes after a 3xx with that target."""
    invite = OutgoingInvite("sip:100@10.0.2.1", to, "sip:us@10.0.0.1", "sip:100@10.0.2.1")
    trunks = TrunkTable([Trunk("east", ("10.0.2.1", "10.0.2.3"))])
    call = elsewhere(invite, [target], "east", trunks)
    return None if call is None else call.destination


@pytest.mark.parametrize(
    ("target", "there"),
    [
        ("sip:100@10.0.2.3", Address("udp", "10.0.2.3", 5060)),
        ("sip:100@10.0.2.3:5070;transport=TCP", Address("tcp", "10.0.2.3", 5070)),
        ("sip:100@10.0.2.3;transport=tls", Address("tls", "10.0.2.3", 5061, "10.0.2.3")),
        ("sips:100@10.0.2.3", Address("tls", "10.0.2.3", 5061, "10.0.2.3")),
        ("sip:100@10.0.2.3;transport=ws", None),
        ("sip:100@10.0.2.3;transport=sctp", None),
        ("sips:100@10.0.2.3;transport=udp", None),
    ],
)
def test_the_target_s_transport_is_taken(target: str, there: Address | None) -> None:
    assert sent(target) == there


@pytest.mark.parametrize(
    ("target", "there"),
    [
        ("sip:100@10.0.2.3", Address("tls", "10.0.2.3", 5061, "carrier.example")),
        ("sips:100@10.0.2.3;transport=tcp", Address("tls", "10.0.2.3", 5061, "carrier.example")),
        ("sip:100@10.0.2.3;transport=tcp", None),
        ("sip:100@10.0.2.3;transport=udp", None),
    ],
)
def test_a_call_over_tls_stays_there(target: str, there: Address | None) -> None:
    assert sent(target, TLS) == there
