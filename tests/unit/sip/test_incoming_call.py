import weakref

import pytest

from sip import CallState, IncomingCall, TrunkPeer
from sip.message import Response
from tests.support.sip_bench import Recorder
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire


def incoming(**fields: object) -> tuple[Wire, IncomingCall, Recorder]:
    """A wire with one call that waits for the application; the 100 is taken."""
    wire = Wire()
    fields.setdefault("body", b"offer")
    assert wire.get("INVITE", **fields) == ["100 INVITE"]
    wire.take()
    return wire, wire.app.calls[0], wire.app.recorders[0]


def test_what_the_application_learns_of_a_call() -> None:
    _, call, _ = incoming(headers="X-Account: 7\r\nContent-Type: application/sdp\r\n")
    assert (call.from_user, call.from_name, call.to_user) == ("100", "Ann", "4001")
    assert call.peer == TrunkPeer("carrier")
    assert (call.body, call.content_type, call.header("x-account")) == (
        b"offer",
        "application/sdp",
        "7",
    )
    assert (call.sip_call_id, call.state) == ("call-1", CallState.PROCEEDING)
    assert call.header("X-None") is None


def test_a_tel_uri_has_a_number_as_user() -> None:
    _, call, _ = incoming(from_="<tel:+8610123>;tag=f1", uri="tel:4001")
    assert (call.from_user, call.to_user) == ("+8610123", "4001")


@pytest.mark.parametrize("asked", [False, True])
def test_early_media_is_announced_to_a_network_that_asks(asked: bool) -> None:
    """RFC 5009: an IMS plays its own ringing else."""
    wire, call, _ = incoming(headers="P-Early-Media: supported\r\n" if asked else "")
    call.ring()
    assert wire.take_response().header("p-early-media") is None
    call.progress(b"answer")
    assert wire.take_response().header("p-early-media") == ("sendrecv" if asked else None)


def test_provisional_responses_carry_the_tag_that_the_200_will_have() -> None:
    wire, call, _ = incoming()
    call.ring()
    call.progress(b"early")
    call.answer(b"answer")
    ringing, progress, ok = wire.take()
    assert isinstance(ok, Response)
    assert len({ringing.to_tag, progress.to_tag, ok.to_tag}) == 1
    assert progress.body == b"early"
    assert (ok.code, ok.body, ok.content_type) == (200, b"answer", "application/sdp")
    assert ok.contact is not None
    assert ok.contact.uri == "sip:10.0.0.1:5060"
    assert "BYE" in (ok.header("allow") or "")


def test_the_200_is_repeated_until_its_ack() -> None:
    """RFC 3261 §13.3.1.4: intervals from T1, doubling to T2."""
    wire, call, recorder = incoming()
    call.answer(b"answer")
    times = []
    wire.take()
    for _ in range(5):
        at = wire.endpoint.next_deadline()
        assert at is not None
        wire.advance(at - wire.bench.now)
        times.append(at - 1000.0)
        assert [m.body for m in wire.take()] == [b"answer"]
    assert times == [0.5, 1.5, 3.5, 7.5, 11.5]
    wire.in_dialog("ACK", 1, body=b"answer in ACK")
    assert call.state is CallState.CONFIRMED
    assert recorder.log == [("confirmed", b"answer in ACK")]
    wire.in_dialog("ACK", 1)
    wire.advance(15)
    assert wire.take() == []
    assert recorder.log == [("confirmed", b"answer in ACK")]


def test_without_ack_the_call_ends_with_a_bye() -> None:
    wire, call, recorder = incoming()
    call.answer(b"answer")
    wire.advance(31.9)
    assert "BYE" not in wire.lines()
    wire.take()
    wire.advance(0.2)
    assert wire.lines() == ["BYE"]
    assert [(e.cause, e.code) for e in recorder.ended] == [("timeout", 408)]
    assert wire.is_quiet()


def test_a_call_that_nobody_answers_before_it_expires() -> None:
    """RFC 3261 §13.3.1."""
    wire, call, recorder = incoming(headers="Expires: 20\r\n")
    call.ring()
    wire.take()
    wire.advance(19.9)
    assert wire.lines() == []
    wire.advance(0.2)
    assert wire.lines() == ["487 INVITE"]
    assert [(e.cause, e.by, e.code) for e in recorder.ended] == [("cancelled", "remote", 487)]
    call.answer(b"late")
    assert wire.is_quiet()
    assert "200 INVITE" not in wire.lines()


def test_what_was_answered_does_not_expire() -> None:
    wire, call, recorder = incoming(headers="Expires: 20\r\n")
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.advance(100)
    assert call.state is CallState.CONFIRMED
    assert recorder.ended == []


@pytest.mark.parametrize("value", ["soon", "-1", "", "9999999999"])
def test_a_call_that_never_expires(value: str) -> None:
    wire, call, recorder = incoming(headers=f"Expires: {value}\r\n")
    call.ring()
    wire.advance(100)
    assert recorder.ended == []


def test_a_hangup_before_the_ack_holds_the_bye_back() -> None:
    """RFC 3261 §15: the callee must not send a BYE before the ACK."""
    wire, call, recorder = incoming()
    call.answer(b"answer")
    wire.take()
    call.hangup([("Reason", "Q.850;cause=16")])
    assert [e.cause for e in recorder.ended] == ["bye"]
    assert wire.lines() == []
    wire.in_dialog("ACK", 1)
    bye = wire.take_request()
    assert (bye.method, bye.header("reason")) == ("BYE", "Q.850;cause=16")
    assert wire.is_quiet()
    assert recorder.log == [("ended", "bye")]


def test_a_bye_while_it_rings_ends_the_invite_too() -> None:
    wire, call, recorder = incoming()
    call.ring()
    wire.take()
    assert wire.in_dialog("BYE", 2) == ["200 BYE", "487 INVITE"]
    assert [(e.cause, e.by) for e in recorder.ended] == [("bye", "remote")]


def test_a_cancel_after_the_200_changes_nothing() -> None:
    wire, call, recorder = incoming()
    call.answer(b"answer")
    wire.take()
    assert wire.get("CANCEL") == ["200 CANCEL"]
    assert call.state is CallState.ACCEPTED
    assert recorder.ended == []


def test_a_cancel_is_answered_with_the_to_tag_of_the_invite() -> None:
    wire, call, _ = incoming()
    call.ring()
    (ringing,) = wire.take()

    wire.get("CANCEL")

    assert {message.to_tag for message in wire.take()} == {ringing.to_tag}


def test_a_cancel_after_the_end_has_that_tag_too() -> None:
    wire, call, _ = incoming()
    call.reject(486)
    (refusal,) = wire.take()

    assert wire.get("CANCEL") == ["200 CANCEL"]

    assert wire.take()[0].to_tag == refusal.to_tag


def test_a_call_that_is_over_is_forgotten_before_its_transaction() -> None:
    wire, call, _ = incoming()
    call.answer(b"answer")
    wire.take()
    wire.in_dialog("ACK", 1)
    call.hangup()
    wire.take()
    left = weakref.ref(call)
    wire.app.calls.clear()
    del call
    assert left() is None
    assert len(wire.endpoint.core.layer) > 0


def test_answering_a_cancelled_call_does_nothing() -> None:
    wire, call, _ = incoming()
    wire.get("CANCEL")
    wire.take()
    call.ring()
    call.answer(b"late")
    call.reject(486)
    call.hangup()
    assert wire.take() == []


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda call: call.reject(603, "No thanks"), 603),
        (lambda call: call.hangup(), 480),
        (lambda call: call.reject(302, headers=[("Contact", "<sip:x@y>")]), 302),
    ],
)
def test_a_refusal_ends_the_call_at_once(act, code: int) -> None:  # type: ignore[no-untyped-def]
    wire, call, recorder = incoming()
    act(call)
    assert wire.take_response().code == code
    assert [(e.cause, e.by, e.code) for e in recorder.ended] == [("rejected", "local", code)]
    wire.get("ACK")
    assert wire.is_quiet()


@pytest.mark.parametrize("code", [100, 183, 200, 700])
def test_only_failures_refuse(code: int) -> None:
    _, call, _ = incoming()
    with pytest.raises(ValueError, match=str(code)):
        call.reject(code)
    assert call.state is CallState.PROCEEDING


def test_a_long_ringing_is_repeated_each_minute() -> None:
    wire, call, _ = incoming()
    call.progress(b"early")
    wire.take()
    wire.advance(121)
    assert wire.lines() == ["183 INVITE", "183 INVITE"]
    call.reject(486)
    wire.get("ACK")
    wire.take()
    wire.advance(100)
    assert wire.lines() == []


def test_requests_inside_the_dialog() -> None:
    wire, call, recorder = incoming()
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    answers = {"OPTIONS": 200, "INFO": 200, "NOTIFY": 489}
    for cseq, (method, code) in enumerate(answers.items(), start=2):
        assert wire.in_dialog(method, cseq) == [f"{code} {method}"]
        wire.take()
    assert wire.in_dialog("INFO", 2, branch="z9hG4bKold") == ["500 INFO"]
    wire.take()
    assert wire.in_dialog("SUBSCRIBE", 9) == ["489 SUBSCRIBE"]
    wire.take()
    assert wire.get("INFO", to="<sip:x@y>;tag=nobody", branch="z9hG4bKs") == ["481 INFO"]
    wire.take()
    assert wire.in_dialog("BYE", 10) == ["200 BYE"]
    wire.take()
    assert wire.in_dialog("INFO", 11) == ["481 INFO"]
    assert recorder.log == [("confirmed", b""), ("ended", "bye")]


def test_a_re_invite_moves_the_remote_target() -> None:
    wire, call, recorder = incoming()
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    moved = request(
        cseq=2,
        branch="z9hG4bKre",
        to=f"<sip:4001@10.0.0.1>;tag={call.dialog.local_tag}",  # type: ignore[union-attr]
        body=b"hold",
    ).replace(b"Contact: <sip:100@10.0.0.2:5060>", b"Contact: <sip:new@10.0.0.9:5080>")
    assert wire.receive(moved) == ["200 INVITE"]
    assert recorder.log[-1] == ("offer", b"hold")
    assert call.remote_body == b"hold"
    wire.take()
    wire.in_dialog("ACK", 2)
    call.hangup()
    sent = wire.endpoint.outgoing[-1]
    assert str(sent.destination) == "udp:10.0.0.9:5080"
    assert wire.take_request().uri == "sip:new@10.0.0.9:5080"


def test_a_re_invite_that_the_application_refuses() -> None:
    wire, call, recorder = incoming()
    recorder.offer_answer = None
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    assert wire.in_dialog("INVITE", 2, body=b"?") == ["488 INVITE"]
    assert call.state is CallState.CONFIRMED


def test_a_re_invite_before_the_ack_is_too_early() -> None:
    wire, call, _ = incoming()
    call.answer(b"answer")
    wire.take()
    assert wire.in_dialog("INVITE", 2, body=b"?") == ["491 INVITE"]


def test_after_glare_the_called_side_tries_again_within_two_seconds() -> None:
    """RFC 3261 §14.1."""
    wire, call, _ = incoming()
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    call.reinvite(b"hold")
    wire.answer(wire.take_request(), 491)
    wire.take()
    wire.advance(2.0)
    assert wire.take()[0].body == b"hold"


def test_a_failing_application_ends_the_call_and_nothing_else() -> None:
    def explode(call: IncomingCall) -> None:
        raise RuntimeError("bug")

    wire = Wire()
    wire.app.react = explode
    assert wire.get("INVITE") == ["500 INVITE"]
    assert wire.endpoint.counters.handler_errors == 1
    assert [(e.cause, e.code) for e in wire.app.recorders[0].ended] == [("failed", 500)]
    wire.app.react = lambda call: None
    wire.take()
    assert wire.get("INVITE", call_id="next", branch="z9hG4bKn") == ["100 INVITE"]


def test_a_handler_that_fails_in_a_confirmed_call_hangs_it_up() -> None:
    class Bad(Recorder):
        def on_confirmed(self, call: object, body: bytes) -> None:
            raise RuntimeError("bug")

    wire, call, _ = incoming()
    call.handler = bad = Bad()
    call.answer(b"answer")
    wire.take()
    assert wire.in_dialog("ACK", 1) == ["BYE"]
    assert [(e.cause, e.by, e.code) for e in bad.ended] == [("failed", "local", 500)]


def test_a_handler_that_fails_at_the_end_is_only_counted() -> None:
    class Bad(Recorder):
        def on_ended(self, call: object, end: object) -> None:
            raise RuntimeError("bug")

    wire, call, _ = incoming()
    call.handler = Bad()
    call.reject(486)
    assert wire.lines() == ["486 INVITE"]
    assert wire.endpoint.counters.handler_errors == 1


def test_a_call_that_is_answered_at_once_needs_no_trying() -> None:
    wire = Wire()
    wire.app.react = lambda call: call.ring()
    assert wire.get("INVITE") == ["180 INVITE"]
