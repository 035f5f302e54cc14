"""RFC 3262: provisional responses that are sent until their PRACK; both sides of it."""

import pytest

from sip import CallState, OutgoingInvite
from sip.message import Request, Response
from tests.support.sip_bench import CARRIER, PBX, Bench, Party, Recorder
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire, invite_to

REQUIRED = "Require: 100rel\r\n"
SUPPORTED = "Supported: 100rel\r\n"


def ringing(
    headers: str = REQUIRED, body: bytes = b"offer", early: bytes = b"", **settings: object
) -> tuple[Wire, Response]:
    """An INVITE and the first response to it after the 100."""
    wire = Wire(**settings)  # type: ignore[arg-type]
    wire.get("INVITE", headers=headers, body=body)
    wire.take()
    wire.app.calls[0].progress(early)
    return wire, wire.take_response()


def rseq(response: Response) -> int:
    assert response.header("require") == "100rel"
    number = response.number("rseq")
    assert number is not None
    return number


def prack(wire: Wire, number: int, cseq: int = 2, **fields: object) -> list[str]:
    return wire.in_dialog("PRACK", cseq, headers=f"RAck: {number} 1 INVITE\r\n", **fields)


def codes(wire: Wire) -> list[int]:
    return [message.code for message in wire.take() if isinstance(message, Response)]


# The server's side (§3).


def test_a_response_is_repeated_in_doubling_intervals_until_its_prack() -> None:
    wire, first = ringing()
    assert 1 <= rseq(first) < 2**31
    times = []
    for _ in range(4):
        at = wire.endpoint.next_deadline()
        assert at is not None
        wire.advance(at - wire.bench.now)
        times.append(round(at - 1000, 3))
        assert rseq(wire.take_response()) == rseq(first)
    assert times == [0.5, 1.5, 3.5, 7.5]
    assert prack(wire, rseq(first)) == ["200 PRACK"]
    wire.take()
    wire.advance(50)
    assert wire.take() == []


def test_a_prack_that_matches_nothing_is_answered_481() -> None:
    wire, first = ringing()
    assert prack(wire, rseq(first) + 1) == ["481 PRACK"]
    wire.take()
    assert wire.in_dialog("PRACK", 3) == ["481 PRACK"]
    wire.take()
    headers = f"RAck: {rseq(first)} 7 INVITE\r\n"
    assert wire.in_dialog("PRACK", 4, headers=headers) == ["481 PRACK"]
    wire.take()
    assert prack(wire, rseq(first), 5) == ["200 PRACK"]
    wire.take()
    assert prack(wire, rseq(first), 6) == ["481 PRACK"]


def test_without_prack_the_invite_is_refused_after_64_t1() -> None:
    wire, _ = ringing()
    wire.take()
    wire.advance(31.9)
    assert 504 not in codes(wire)
    wire.advance(0.2)
    assert codes(wire) == [504]
    (end,) = wire.app.recorders[0].ended
    assert (end.cause, end.code) == ("timeout", 504)
    assert wire.is_quiet()


def test_the_next_response_waits_for_the_prack_and_counts_on() -> None:
    wire, first = ringing()
    wire.app.calls[0].ring()
    assert wire.lines() == []
    assert prack(wire, rseq(first)) == ["200 PRACK", "180 INVITE"]
    _, ring = wire.take()
    assert isinstance(ring, Response)
    assert rseq(ring) == rseq(first) + 1


def test_a_2xx_waits_for_the_prack_of_a_session_description() -> None:
    wire, first = ringing(early=b"answer")
    wire.app.calls[0].answer(b"answer")
    assert wire.lines() == []
    assert prack(wire, rseq(first)) == ["200 PRACK", "200 INVITE"]
    _, ok = wire.take()
    assert ok.body == b""  # agreed before; the 2xx does not repeat it
    assert wire.in_dialog("ACK", 1) == []
    assert wire.app.calls[0].state is CallState.CONFIRMED


def test_a_2xx_does_not_wait_for_the_prack_of_a_bare_180() -> None:
    wire, first = ringing()
    wire.app.calls[0].answer(b"answer")
    assert wire.take_response().body == b"answer"
    wire.in_dialog("ACK", 1)
    wire.advance(40)
    assert wire.take() == []
    assert prack(wire, rseq(first)) == ["200 PRACK"]
    assert wire.app.calls[0].state is CallState.CONFIRMED


def test_a_cancel_stops_the_repetition() -> None:
    wire, _ = ringing()
    assert wire.get("CANCEL") == ["200 CANCEL", "487 INVITE"]
    wire.get("ACK", branch="z9hG4bK1")
    wire.take()
    wire.advance(40)
    assert 183 not in codes(wire)


def test_an_offerless_invite_gets_its_offer_in_the_183_and_answers_in_the_prack() -> None:
    wire, first = ringing(body=b"", early=b"our offer")
    assert first.body == b"our offer"
    assert prack(wire, rseq(first), body=b"their answer") == ["200 PRACK"]
    assert wire.app.recorders[0].log == [("offer answered", b"their answer")]
    assert wire.app.calls[0].remote_body == b"their answer"
    wire.take()
    wire.app.calls[0].answer(b"our offer")
    assert wire.take_response().body == b""


def test_a_prack_that_owes_the_answer_gets_the_offer_again_in_the_200() -> None:
    wire, first = ringing(body=b"", early=b"our offer")
    assert prack(wire, rseq(first)) == ["200 PRACK"]
    wire.take()
    wire.app.calls[0].answer(b"our offer")
    assert wire.take_response().body == b"our offer"
    wire.in_dialog("ACK", 1, body=b"their answer")
    assert wire.app.recorders[0].log == [("confirmed", b"their answer")]


def test_nothing_is_repeated_once_the_connection_is_lost() -> None:
    carrier, us = (address._replace(transport="tcp") for address in (CARRIER, PBX))
    wire, _ = ringing(local=us, peer=carrier)
    wire.endpoint.connection_lost(carrier, wire.bench.now)
    assert wire.app.calls[0].state is CallState.ENDED
    wire.take()
    wire.advance(40)
    assert wire.take() == []


def test_an_offerless_invite_hears_nothing_before_there_is_an_offer() -> None:
    """§5: the first reliable response would have to hold it."""
    wire = Wire()
    wire.get("INVITE", headers=REQUIRED)
    wire.take()
    wire.app.calls[0].ring()
    assert wire.take() == []
    assert wire.app.calls[0].takes_early_media


def test_a_prack_may_hold_a_further_offer() -> None:
    wire, first = ringing(early=b"answer")
    assert prack(wire, rseq(first), body=b"second offer") == ["200 PRACK"]
    assert wire.take_response().body == b"new answer"
    assert wire.app.recorders[0].log == [("offer", b"second offer")]


@pytest.mark.parametrize(
    ("policy", "headers", "reliably"),
    [
        ("on_demand", "", False),
        ("on_demand", SUPPORTED, False),
        ("on_demand", REQUIRED, True),
        ("if_supported", "", False),
        ("if_supported", SUPPORTED, True),
        ("required", SUPPORTED, True),
    ],
)
def test_when_responses_are_sent_reliably(policy: str, headers: str, reliably: bool) -> None:
    _, first = ringing(headers, reliable=policy)
    assert ("rseq" in first.headers) is reliably


def test_who_must_support_it_and_does_not_gets_421() -> None:
    wire = Wire(reliable="required")
    assert wire.get("INVITE") == ["421 INVITE"]
    assert wire.take_response().header("require") == "100rel"


# The client's side (§4).


def calling(**fields: object) -> tuple[Wire, Recorder, Request]:
    wire, ear = Wire(), Recorder()
    wire.endpoint.invite(invite_to(CARRIER, **fields), ear)
    return wire, ear, wire.take_request()


def reliable(number: int) -> str:
    return f"{REQUIRED}RSeq: {number}\r\n"


def test_reliable_responses_are_acknowledged_in_order() -> None:
    wire, ear, invite = calling()
    assert "100rel" in (invite.header("supported") or "")
    wire.answer(invite, 183, headers=reliable(776), body=b"early")
    ack = wire.take_request()
    assert (ack.method, ack.header("rack"), ack.body) == ("PRACK", "776 1 INVITE", b"")
    wire.answer(ack, 200)
    for number in (776, 778, 775):  # repeated, one too early, one too late
        assert wire.answer(invite, 180, headers=reliable(number)) == []
    assert wire.answer(invite, 180, headers=reliable(777)) == ["PRACK"]
    assert ear.log == [("ringing", 183), ("ringing", 180)]


def test_the_answer_of_a_reliable_response_is_the_calls() -> None:
    """§5: what the 2xx says about the session no longer counts."""
    wire, ear, invite = calling()
    wire.answer(invite, 183, headers=reliable(1), body=b"early")
    wire.take()
    assert wire.answer(invite, 200) == ["ACK"]
    assert ear.log[-1] == ("answered", b"early")


def test_an_offer_in_a_reliable_response_is_answered_in_the_prack() -> None:
    wire, ear, invite = calling(body=b"")
    wire.answer(invite, 183, headers=reliable(1), body=b"their offer")
    ack = wire.take_request()
    assert (ack.method, ack.body) == ("PRACK", b"new answer")
    wire.answer(ack, 200)
    wire.answer(invite, 200)
    assert wire.take_request().body == b""  # the ACK: nothing is left to answer
    assert ear.log == [
        ("offer", b"their offer"),
        ("ringing", 183),
        ("answered", b"their offer"),
    ]


def test_an_offer_that_cannot_be_taken_ends_the_attempt() -> None:
    wire, ear, invite = calling(body=b"")
    ear.offer_answer = None
    assert wire.answer(invite, 183, headers=reliable(1), body=b"offer") == ["PRACK", "CANCEL"]
    assert [end.code for end in ear.ended] == [488]


def test_every_fork_has_its_own_order_and_its_own_answer() -> None:
    wire, ear, invite = calling()
    wire.answer(invite, 183, "t1", headers=reliable(10), body=b"early 1")
    wire.answer(invite, 183, "t2", headers=reliable(90), body=b"early 2")
    assert [m.header("rack") for m in wire.take()] == ["10 1 INVITE", "90 1 INVITE"]
    wire.answer(invite, 200, "t1")
    assert ear.log[-1] == ("answered", b"early 1")


def test_both_sides_together() -> None:
    bench = Bench()
    alice: Party = bench.add(CARRIER)
    bob: Party = bench.add(PBX, reliable="if_supported")
    ear = Recorder()
    invite = OutgoingInvite("sip:bob@10.0.0.1", PBX, "sip:alice@a", "sip:bob@b", b"offer")
    alice.endpoint.invite(invite, ear)
    bench.run()
    bob.app.calls[0].ring()
    bench.run()
    bob.app.calls[0].progress(b"early")
    bob.app.calls[0].answer(b"early")
    bench.run(5)
    prack = ["PRACK", "200 PRACK"]
    assert bench.first_lines() == [
        "INVITE",
        "100 INVITE",
        "180 INVITE",
        *prack,
        "183 INVITE",
        *prack,
        "200 INVITE",
        "ACK",
    ]
    assert ear.log == [("ringing", 180), ("ringing", 183), ("answered", b"early")]


def test_the_prack_of_a_stranger_gets_481() -> None:
    wire = Wire()
    stray = request("PRACK", to="<sip:a@b>;tag=none")
    assert wire.receive(stray) == ["481 PRACK"]
