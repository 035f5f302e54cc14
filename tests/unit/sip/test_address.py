import pytest

from sip.address import Address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("udp:127.0.0.1:5060", Address("udp", "127.0.0.1", 5060)),
        ("tcp:127.0.0.1", Address("tcp", "127.0.0.1", 5060)),
        ("udp:0.0.0.0:0", Address("udp", "0.0.0.0", 0)),
        ("tcp:[::1]:5070", Address("tcp", "::1", 5070)),
        ("tls:[2001:db8::1]", Address("tls", "2001:db8::1", 5061)),
        ("ws:127.0.0.1", Address("ws", "127.0.0.1", 80)),
        ("wss:pbx.example", Address("wss", "pbx.example", 443)),
    ],
)
def test_addresses_read_and_write(text: str, expected: Address) -> None:
    address = Address.parse(text)
    assert address == expected
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    ("address", "sent_by", "parameter"),
    [
        ("udp:127.0.0.1:5060", "UDP 127.0.0.1:5060", ""),
        ("tcp:[::1]:5060", "TCP [::1]:5060", ";transport=tcp"),
        ("tls:127.0.0.1", "TLS 127.0.0.1:5061", ";transport=tls"),
        ("ws:127.0.0.1", "WS 127.0.0.1:80", ";transport=ws"),
        ("wss:127.0.0.1", "WSS 127.0.0.1:443", ";transport=ws"),
    ],
)
def test_each_transport_is_spelled_right(address: str, sent_by: str, parameter: str) -> None:
    here = Address.parse(address)
    assert (here.sent_by, here.uri_parameter) == (sent_by, parameter)
    assert here.reliable is (here.transport != "udp")
    assert here.secure is (here.transport in ("tls", "wss"))


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1:5060", "sctp:1.2.3.4:5060", "udp:", "udp:h:x", "udp:h:70000"]
)
def test_bad_addresses_name_themselves(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Address.parse(text)
