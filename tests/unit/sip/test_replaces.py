"""An INVITE that is to take the place of another call (RFC 3891)."""

import pytest

from sip import Address, Replaces, Trunk
from sip.replaces import parse_replaces
from tests.support.sip_bench import CARRIER, Recorder
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire, invite_to


def test_reading_and_writing() -> None:
    replaces = parse_replaces("98732@x ;from-tag=r33;early-only; To-Tag=10 ;other=1")
    assert replaces == Replaces("98732@x", "10", "r33", early_only=True)
    assert parse_replaces(str(replaces)) == replaces


@pytest.mark.parametrize(
    "value",
    [
        *("", "a", "a;to-tag=1", ";to-tag=1;from-tag=2", "a;to-tag=;from-tag=2"),
        "a;to-tag=1;from-tag=2;to-tag=3",
    ],
)
def test_what_names_no_dialog(value: str) -> None:
    with pytest.raises(ValueError, match="Replaces"):
        parse_replaces(value)


def wire_with_call(*, answered: bool = True) -> Wire:
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    if answered:
        wire.app.calls[0].answer(b"answer")
        wire.in_dialog("ACK", 1)
    wire.take()
    return wire


def replacing(wire: Wire, suffix: str = "", **fields: object) -> list[str]:
    """An INVITE for the first call's place; what came back for it."""
    [dialog] = [it.dialog for it in wire.app.calls[:1]]
    assert dialog is not None
    line = f"Replaces: call-1;to-tag={dialog.local_tag};from-tag=f1{suffix}\r\n"
    given = {"headers": line, "body": b"offer", "branch": "z9hG4bKr", "call_id": "call-2"}
    return wire.get("INVITE", **(given | fields))


def test_the_application_learns_which_call_is_replaced() -> None:
    wire = wire_with_call()
    assert replacing(wire) == ["100 INVITE"]
    first, second = wire.app.calls
    assert second.replaces is first
    assert first.replaces is None


def test_it_may_be_required() -> None:
    wire = wire_with_call()
    dialog = wire.app.calls[0].dialog
    assert dialog is not None
    line = f"Replaces: call-1;to-tag={dialog.local_tag};from-tag=f1\r\n"
    assert replacing(wire, headers=f"{line}Require: replaces\r\n") == ["100 INVITE"]


def test_a_dialog_that_is_not_there() -> None:
    wire = wire_with_call()
    assert replacing(wire, "0") == ["481 INVITE"]
    assert len(wire.app.calls) == 1


def test_two_are_too_many() -> None:
    wire = wire_with_call()
    lines = "Replaces: a;to-tag=1;from-tag=2\r\n" * 2
    assert replacing(wire, headers=lines) == ["400 INVITE"]


def test_early_only_spares_who_has_answered() -> None:
    assert replacing(wire_with_call(), ";early-only") == ["486 INVITE"]


def test_an_early_dialog_of_the_other_side_is_not_taken() -> None:
    assert replacing(wire_with_call(answered=False)) == ["481 INVITE"]


def test_our_own_early_call_is_taken() -> None:
    """The pick-up of a ringing phone."""
    wire = Wire()
    call = wire.endpoint.invite(invite_to(CARRIER), Recorder())
    wire.answer(wire.take_request(), 180)
    replaced = call.as_replaced
    assert replaced is not None
    line = f"Replaces: {replaced.call_id};to-tag={replaced.from_tag};from-tag={replaced.to_tag}"
    assert wire.get("INVITE", headers=f"{line};early-only\r\n") == ["100 INVITE"]
    assert wire.app.calls[0].replaces is call


def test_a_call_that_ended_is_declined() -> None:
    """Its dialog is still there: the 200 waits for its ACK."""
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    wire.app.calls[0].answer(b"answer")
    wire.app.calls[0].hangup()
    wire.take()
    assert replacing(wire) == ["603 INVITE"]


def test_a_trunk_moves_only_its_own_calls() -> None:
    other = Address("udp", "10.0.0.8", 5060)
    wire = Wire(trunks=(Trunk("carrier", ("10.0.0.2",)), Trunk("other", ("10.0.0.8",))))
    wire.get("INVITE", body=b"offer")
    wire.take()
    call = wire.app.calls[0]
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    dialog = call.dialog
    assert dialog is not None
    line = f"Replaces: call-1;to-tag={dialog.local_tag};from-tag=f1\r\n"
    via = "SIP/2.0/UDP 10.0.0.8:5060;branch=z9hG4bKo"
    data = request(headers=line, body=b"offer", call_id="call-2", via=via)
    assert wire.receive(data, other) == ["403 INVITE"]
