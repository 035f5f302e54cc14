"""In overload new calls are refused without keeping anything, and calls in progress go on."""

import pytest

from sip import Address
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire

STRANGER = Address("udp", "203.0.113.9", 5060)


def late(wire: Wire, lag: float) -> None:
    """The shell is that late, and has been for a while."""
    for _ in range(50):
        wire.bench.now += lag
        wire.endpoint.overload.note_lag(lag, wire.bench.now)


def new(wire: Wire, method: str, number: int, **fields: object) -> list[str]:
    """A request of its own; what was sent for it."""
    lines = wire.get(method, branch=f"z9hG4bKn{number}", call_id=f"n{number}", **fields)
    wire.endpoint.outgoing.clear()
    return lines


def test_new_calls_are_refused_statelessly_and_the_one_in_progress_ends_well() -> None:
    wire = Wire(retry_after=5)
    wire.get("INVITE")
    wire.app.calls[0].answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    late(wire, 1.0)
    kept = len(wire.endpoint.core.layer)

    waits = set()
    for number in range(30):
        assert wire.get("INVITE", branch=f"z9hG4bKn{number}", call_id=f"n{number}") == [
            "503 INVITE"
        ]
        waits.add(wire.take_response().number("retry-after"))
    assert new(wire, "REGISTER", 50) == ["503 REGISTER"]
    assert waits <= set(range(5, 11))
    assert len(waits) > 1
    assert len(wire.endpoint.core.layer) == kept
    assert wire.endpoint.guard.counters.shed == 31

    assert new(wire, "OPTIONS", 51) == ["200 OPTIONS"]
    assert wire.in_dialog("BYE", 2) == ["200 BYE"]
    assert len(wire.app.calls) == 1


def test_a_call_that_rings_is_cancelled_and_its_repeated_invite_absorbed() -> None:
    wire = Wire()
    wire.get("INVITE")
    wire.take()
    late(wire, 1.0)
    assert wire.get("INVITE") == ["100 INVITE"]
    wire.take()
    assert wire.get("CANCEL") == ["200 CANCEL", "487 INVITE"]


def test_emergency_calls_pass_in_overload_and_beyond_the_limit_of_calls() -> None:
    wire = Wire(max_calls=1, is_emergency={"110"}.__contains__)
    new(wire, "INVITE", 1)
    assert new(wire, "INVITE", 2) == ["503 INVITE"]
    late(wire, 1.0)
    assert new(wire, "INVITE", 3, uri="sip:110@10.0.0.1") == ["100 INVITE"]


def test_strangers_are_not_even_read_in_deep_overload() -> None:
    wire = Wire()
    late(wire, 1.0)
    assert wire.receive(request("OPTIONS"), STRANGER) == []
    assert wire.endpoint.counters.received == 0
    wire.advance(10)
    assert wire.receive(request("OPTIONS"), STRANGER) == ["200 OPTIONS"]


def test_some_are_refused_before_all_are() -> None:
    wire = Wire()
    late(wire, 0.72)
    refused = sum(new(wire, "INVITE", number) == ["503 INVITE"] for number in range(200))
    assert 20 < refused < 180


@pytest.mark.parametrize(
    "limits", [{"max_transactions": 10}, {"max_transaction_bytes": 3000}], ids=str
)
def test_transactions_are_bounded_in_number_and_in_bytes(limits: dict[str, int]) -> None:
    wire = Wire(**limits)  # type: ignore[arg-type]
    refused = sum(new(wire, "INVITE", number) == ["503 INVITE"] for number in range(100))
    assert refused >= 85
    for call in wire.app.calls:
        call.reject(486)
    wire.take()
    assert wire.is_quiet()
    assert wire.endpoint.core.layer._bytes == 0
    wire.take()
    assert new(wire, "INVITE", 500) == ["100 INVITE"]
