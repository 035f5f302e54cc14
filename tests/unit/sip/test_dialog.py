import pytest

from sip.address import Address
from sip.dialog import Dialog, next_hop
from tests.support.sip_messages import parsed_request

PUBLIC = Address("udp", "198.51.100.7", 4000)
LOCAL = Address("udp", "10.0.0.1", 5060)


def dialog(**fields: object) -> Dialog:
    return Dialog.as_server(
        parsed_request("INVITE", **fields), "mine", Address("udp", "10.0.0.2", 5060), LOCAL
    )


def test_a_server_dialog_mirrors_the_invite() -> None:
    """RFC 3261 §12.1.1."""
    it = dialog(headers="Record-Route: <sip:10.0.0.8;lr>, <sip:10.0.0.9;lr>\r\n", cseq=7)
    assert it.id == ("call-1", "mine", "f1")
    assert it.route_set == ("<sip:10.0.0.8;lr>", "<sip:10.0.0.9;lr>")
    assert (it.remote_target, it.remote_cseq) == ("sip:100@10.0.0.2:5060", 7)
    bye = it.request("BYE", "z9hG4bKx")
    assert (bye.from_, bye.to) == (
        "<sip:4001@10.0.0.1>;tag=mine",
        '"Ann" <sip:100@10.0.0.2>;tag=f1',
    )
    assert (bye.cseq, it.request("INFO", "z9hG4bKy").cseq) == (1, 2)
    assert it.request("ACK", "z9hG4bKz", cseq=1).cseq == 1
    assert str(it.route.destination) == "udp:10.0.0.8:5060"


def test_a_strict_router_becomes_the_request_uri() -> None:
    """RFC 3261 §12.2.1.1."""
    bye = dialog(headers="Record-Route: <sip:10.0.0.8>, <sip:10.0.0.9;lr>\r\n").request("BYE", "b")
    assert bye.uri == "sip:10.0.0.8"
    assert bye.routes == ("<sip:10.0.0.9;lr>", "<sip:100@10.0.0.2:5060>")


def test_requests_have_to_come_in_order() -> None:
    it = dialog(cseq=5)
    accepted = [it.accept_cseq(parsed_request("INFO", cseq=n)) for n in (5, 6, 6, 9, 8)]
    assert accepted == [False, True, False, True, False]


@pytest.mark.parametrize(
    ("uri", "base", "expected"),
    [
        ("sip:a@198.51.100.7:5080", PUBLIC, "udp:198.51.100.7:5080"),
        ("sip:a@198.51.100.7", PUBLIC, "udp:198.51.100.7:5060"),
        ("sip:a@9.9.9.9:5070", Address("udp", "8.8.8.8", 5060), "udp:9.9.9.9:5070"),
        ("sip:a@192.168.1.4:5060", Address("udp", "8.8.8.8", 4000), "udp:8.8.8.8:4000"),
        ("sip:a@100.64.3.4:5060", Address("udp", "8.8.8.8", 4000), "udp:8.8.8.8:4000"),
        ("sip:a@192.168.1.4:5060", Address("udp", "100.64.3.4", 4000), "udp:100.64.3.4:4000"),
        ("sip:a@192.168.1.4:5060", Address("udp", "10.0.0.2", 4000), "udp:192.168.1.4:5060"),
        ("sip:a@127.0.0.1:5060", Address("udp", "10.0.0.2", 4000), "udp:10.0.0.2:4000"),
        ("sip:a@127.0.0.1:5062", Address("udp", "127.0.0.1", 4000), "udp:127.0.0.1:5062"),
        ("sip:a@169.254.3.4:5060", Address("udp", "10.0.0.2", 4000), "udp:10.0.0.2:4000"),
        ("sip:a@[fe80::1]", Address("udp", "fd00::2", 4000), "udp:[fd00::2]:4000"),
        ("sip:a@0.0.0.0", PUBLIC, str(PUBLIC)),
        ("sip:a@224.0.0.1", PUBLIC, str(PUBLIC)),
        ("sip:a@[2a00::1]", PUBLIC, str(PUBLIC)),
        ("sip:a@carrier.example", PUBLIC, str(PUBLIC)),
        ("not a uri", PUBLIC, str(PUBLIC)),
        ("sip:a@1.2.3.4", Address("tcp", "1.2.3.4", 40001), "tcp:1.2.3.4:40001"),
    ],
)
def test_the_next_hop(uri: str, base: Address, expected: str) -> None:
    assert str(next_hop(uri, base)) == expected


@pytest.mark.parametrize(
    ("contact", "lost", "expected"),
    [
        ("sip:a@10.0.0.2:5070", "tcp:10.0.0.2:40001", "tcp:10.0.0.2:5070"),
        ("sip:a@10.0.0.3", "tls:10.0.0.2:40001", "tls:10.0.0.3:5061"),
        ("sip:a@9.9.9.9:5070", "tcp:8.8.8.8:40001", "tcp:9.9.9.9:5070"),
        ("sip:a@192.168.1.4:5060", "tcp:8.8.8.8:40001", None),
        ("sip:a@127.0.0.1:5060", "tcp:10.0.0.2:40001", None),
        ("sip:a@0.0.0.0:5060", "tcp:10.0.0.2:40001", None),
        ("sip:a@224.0.0.1:5060", "tcp:10.0.0.2:40001", None),
        ("sip:a@[2a00::1]:5060", "tcp:8.8.8.8:40001", None),
        ("sip:a@phone.example", "tcp:10.0.0.2:40001", None),
        ("sip:a@10.0.0.2:5060", "tcp:10.0.0.2:5060", None),
        ("sip:a@10.0.0.2:5060", "ws:10.0.0.2:40001", None),
    ],
)
def test_the_way_after_a_lost_connection(contact: str, lost: str, expected: str | None) -> None:
    """An address of less reach than the lost one's would be somebody's in our own house."""
    source = Address.parse(lost)
    it = Dialog.as_server(parsed_request("INVITE", contact=f"<{contact}>"), "m", source, LOCAL)
    assert it.reroute() is (expected is not None)
    if expected is not None:
        assert str(it.route.destination) == expected
