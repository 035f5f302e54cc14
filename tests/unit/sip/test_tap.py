"""Who watches the wire sees every message as it was, with both its ends."""

from sip import Sighting
from tests.support.sip_bench import CARRIER, PBX
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire


def watched() -> tuple[Wire, list[Sighting]]:
    wire, seen = Wire(), list[Sighting]()
    wire.endpoint.tap = seen.append
    return wire, seen


def test_messages_are_seen_both_ways_in_order() -> None:
    wire, seen = watched()
    data = request("OPTIONS")
    wire.receive(data)

    (answer,) = wire.endpoint.outgoing
    assert seen == [
        (wire.bench.now, data, CARRIER, PBX, False),
        (wire.bench.now, answer.data, CARRIER, PBX, True),
    ]


def test_a_malformed_message_is_seen_and_a_keep_alive_is_not() -> None:
    wire, seen = watched()
    wire.receive(b"nonsense")
    wire.receive(b"\r\n\r\n")
    assert [data for _, data, *_ in seen] == [b"nonsense"]


def test_messages_calls_and_transactions_are_counted() -> None:
    wire = Wire()
    wire.get("INVITE")
    counters, states = wire.endpoint.counters.messages, wire.endpoint.calls_by_state()

    assert counters.requests_received() == {"INVITE": 1}
    assert counters.responses_sent() == {100: 1}
    assert {state.value: count for state, count in states.items()} == {"proceeding": 1}
    assert wire.endpoint.transaction_count == 1
