"""OPTIONS outside any dialog: is a server there?"""

import pytest

from sip import Address, OutgoingPing, Pong, Transport
from tests.support.sip_bench import PBX
from tests.support.sip_wire import CARRIER, Wire


def asked(transport: Transport = "udp", **fields: object) -> tuple[Wire, list[Pong]]:
    """A wire with the question on its way; the answers told."""
    wire, told = Wire(local=PBX._replace(transport=transport)), list[Pong]()
    ping = OutgoingPing(
        "sip:carrier.example",
        CARRIER._replace(transport=transport),
        "sip:pbx.example",
        **fields,  # type: ignore[arg-type]
    )
    wire.endpoint.ping(ping, told.append)
    return wire, told


def test_the_question() -> None:
    wire, _ = asked(routes=("<sip:proxy.example;lr>",))
    ping = wire.take_request()

    assert (ping.method, ping.uri) == ("OPTIONS", "sip:carrier.example")
    assert ping.header("route") == "<sip:proxy.example;lr>"
    assert ping.header("to") == "<sip:carrier.example>"
    assert ping.from_.uri == "sip:pbx.example"
    assert ping.header("accept") == "application/sdp"
    assert ping.contact is not None


@pytest.mark.parametrize(
    ("code", "headers", "pong"),
    [
        (200, "", Pong(200)),
        (405, "", Pong(405)),
        (503, "Retry-After: 30\r\n", Pong(503, 30)),
        (503, "Retry-After: soon\r\n", Pong(503)),
    ],
)
def test_the_final_answer_is_told_once(code: int, headers: str, pong: Pong) -> None:
    wire, told = asked()
    ping = wire.take_request()
    wire.answer(ping, 100, tag="")
    assert told == []
    for _ in range(2):
        wire.answer(ping, code, headers=headers)
    assert told == [pong]
    assert wire.is_quiet()


def test_silence_is_told_in_the_end() -> None:
    wire, told = asked()
    wire.advance(40)
    assert told == [Pong(408)]
    assert wire.is_quiet()


def test_no_way_there_is_told() -> None:
    wire, told = asked("tcp")
    wire.endpoint.connection_lost(CARRIER._replace(transport="tcp"), wire.bench.now)
    assert told == [Pong(503)]


def test_what_cannot_be_sent_is_refused() -> None:
    wire = Wire()
    with pytest.raises(ValueError, match="line break"):
        wire.endpoint.ping(OutgoingPing("sip:a\r\nX: y", CARRIER, "sip:b"), print)
    tcp = Address("tcp", "10.0.0.9", 5060)
    with pytest.raises(ValueError, match="no tcp address"):
        wire.endpoint.ping(OutgoingPing("sip:a", tcp, "sip:b"), print)
    assert wire.is_quiet()
