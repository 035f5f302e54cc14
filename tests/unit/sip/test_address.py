import pytest

from sip.address import Address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("udp:127.0.0.1:5060", Address("udp", "127.0.0.1", 5060)),
        ("tcp:127.0.0.1", Address("tcp", "127.0.0.1", 5060)),
        ("udp:0.0.0.0:0", Address("udp", "0.0.0.0", 0)),
        ("tcp:[::1]:5070", Address("tcp", "::1", 5070)),
    ],
)
def test_addresses_read_and_write(text: str, expected: Address) -> None:
    address = Address.parse(text)
    assert address == expected
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1:5060", "sctp:1.2.3.4:5060", "udp:", "udp:h:x", "udp:h:70000"]
)
def test_bad_addresses_name_themselves(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Address.parse(text)
