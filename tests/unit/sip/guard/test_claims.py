import pytest

from sip.address import Address
from sip.guard import Claim, Claims
from sip.registrar import Expiry, Registrar
from sip.trunk import Trunk, TrunkPeer, TrunkTable
from tests.support.sip_messages import parsed_request

PHONE = Address("udp", "127.0.0.1", 5062)
LOCAL = Address("udp", "127.0.0.1", 5060)


def claims() -> Claims:
    """Seat 8001 registered from PHONE; a trunk on the same machine."""
    registrar = Registrar(Expiry(), lambda user, binding: None)
    registrar.register("8001", parsed_request("REGISTER"), PHONE, LOCAL, 0.0)
    trunks = TrunkTable(
        [Trunk("carrier", ("127.0.0.1:5070", "192.0.2.4")), Trunk("b", ("192.0.2.4",))]
    )
    return Claims(trunks, registrar, {"8001", "8002"}.__contains__)


@pytest.mark.parametrize(
    ("source", "from_user", "expected"),
    [
        (PHONE, "8001", Claim.PHONE),
        (PHONE, "anything", Claim.PHONE),  # from a registered contact's address
        (Address("udp", "127.0.0.1", 5070), "100", TrunkPeer("carrier")),
        (Address("udp", "127.0.0.1", 9999), "", TrunkPeer("carrier")),  # any port
        (Address("tcp", "192.0.2.4", 5060), "100", TrunkPeer("carrier")),  # the first wins
        (Address("udp", "192.0.2.4", 5060), "8002", Claim.PHONE),  # a trunk cannot be a seat
        (Address("udp", "203.0.113.9", 5060), "8002", Claim.STRANGER),  # not told that it is one
        (Address("udp", "203.0.113.9", 5060), "100", Claim.STRANGER),
    ],
)
def test_who_may_call(source: Address, from_user: str, expected: object) -> None:
    assert claims().judge(source, from_user, 1.0) == expected


def test_an_expired_registration_is_no_claim() -> None:
    assert claims().judge(PHONE, "100", 4000.0) == TrunkPeer("carrier")
