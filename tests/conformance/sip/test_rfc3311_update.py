"""RFC 3311: UPDATE before and after the answer, both sides of it, and its rules of glare."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from sip import Call, CallState
from sip.message import Request, Response
from tests.support.sip_bench import CARRIER, Recorder
from tests.support.sip_wire import Wire, invite_to

Up: TypeAlias = Callable[[], tuple[Wire, Call, Recorder]]
REQUIRED = "Require: 100rel\r\n"


def settled_early() -> tuple[Wire, Call, Recorder]:
    """An incoming call whose offer is answered in an acknowledged 183."""
    wire = Wire()
    wire.get("INVITE", headers=REQUIRED, body=b"offer")
    wire.take()
    call = wire.app.calls[0]
    call.progress(b"answer")
    rack = f"RAck: {wire.take_response().header('rseq')} 1 INVITE\r\n"
    assert wire.in_dialog("PRACK", 2, headers=rack) == ["200 PRACK"]
    wire.take()
    return wire, call, wire.app.recorders[0]


def talking() -> tuple[Wire, Call, Recorder]:
    """An incoming call that is up."""
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    call = wire.app.calls[0]
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    return wire, call, wire.app.recorders[0]


@pytest.mark.parametrize("up", [settled_early, talking])
def test_an_update_changes_the_session_before_and_after_the_answer(up: Up) -> None:
    wire, call, recorder = up()
    contact = "<sip:moved@10.0.0.2>"
    assert wire.in_dialog("UPDATE", 3, body=b"new offer", contact=contact) == ["200 UPDATE"]
    ok = wire.take_response()
    assert (ok.body, ok.contact is not None) == (b"new answer", True)
    assert "UPDATE" in (ok.header("allow") or "")
    assert recorder.log[-1] == ("offer", b"new offer")
    assert call.remote_body == b"new offer"
    assert call.dialog is not None
    assert call.dialog.remote_target == "sip:moved@10.0.0.2"


@pytest.mark.parametrize("up", [settled_early, talking])
def test_our_update_before_and_after_the_answer(up: Up) -> None:
    wire, call, _ = up()
    results: list[tuple[int, bytes]] = []
    assert call.update(b"our offer", lambda code, body: results.append((code, body)))
    assert not call.update(b"another", None)
    update = wire.take_request()
    assert (update.method, update.body, update.contact is not None) == (
        "UPDATE",
        b"our offer",
        True,
    )
    assert wire.answer(update, 200, body=b"their answer") == []  # no ACK
    assert results == [(200, b"their answer")]
    assert call.remote_body == b"their answer"


def test_an_update_that_is_not_acceptable_changes_nothing() -> None:
    wire, call, recorder = talking()
    recorder.offer_answer = None
    assert wire.in_dialog("UPDATE", 3, body=b"new offer") == ["488 UPDATE"]
    assert (call.state, call.remote_body) == (CallState.CONFIRMED, b"offer")


def test_an_offer_before_theirs_is_answered_gets_500_and_when_to_try_again() -> None:
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    wire.app.calls[0].ring()
    wire.take()
    assert wire.in_dialog("UPDATE", 2, body=b"new offer") == ["500 UPDATE"]
    after = wire.take_response().number("retry-after")
    assert after is not None
    assert after <= 10
    assert wire.in_dialog("UPDATE", 3) == ["200 UPDATE"]  # without an offer there is nothing to it
    assert not wire.app.calls[0].update(b"our offer", None)


def test_an_offer_while_ours_is_under_way_gets_491() -> None:
    wire, call, recorder = talking()
    assert call.update(b"our offer", None)
    wire.take()
    assert wire.in_dialog("UPDATE", 3, body=b"new offer") == ["491 UPDATE"]
    wire.take()
    assert wire.in_dialog("INVITE", 4, body=b"new offer") == ["491 INVITE"]
    assert recorder.log == [("confirmed", b"")]


def test_an_offer_while_our_200_waits_for_its_ack_gets_491() -> None:
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    wire.app.calls[0].answer(b"answer")
    wire.take()
    assert wire.in_dialog("UPDATE", 2, body=b"new offer") == ["491 UPDATE"]


@pytest.mark.parametrize(
    ("code", "headers", "tried_again"),
    [(491, "", True), (500, "Retry-After: 2 (busy)\r\n", True), (500, "", False), (488, "", False)],
)
def test_after_glare_ours_is_tried_again(code: int, headers: str, tried_again: bool) -> None:
    wire, call, _ = talking()
    results: list[int] = []
    assert call.update(b"our offer", lambda code, _: results.append(code))
    assert wire.answer(wire.take_request(), code, headers=headers) == []
    assert results == ([] if tried_again else [code])
    wire.advance(10)
    assert wire.lines()[:1] == (["UPDATE"] if tried_again else [])
    assert call.state is CallState.CONFIRMED


@pytest.mark.parametrize("code", [408, 481])
def test_an_answer_that_there_is_no_dialog_ends_the_call(code: int) -> None:
    wire, call, recorder = talking()
    call.update(b"our offer", None)
    assert wire.answer(wire.take_request(), code) == ["BYE"]
    assert [end.code for end in recorder.ended] == [code]


def test_their_update_while_our_invite_rings() -> None:
    """Our offer has no answer that is sure: 491; after a reliable one it may change."""
    wire, ear = Wire(), Recorder()
    wire.endpoint.invite(invite_to(CARRIER), ear)
    invite = wire.take_request()
    wire.answer(invite, 183, headers=f"{REQUIRED}RSeq: 5\r\n")
    wire.answer(take_last(wire), 200)
    assert from_callee(wire, invite, 1) == ["491 UPDATE"]
    wire.answer(invite, 183, headers=f"{REQUIRED}RSeq: 6\r\n", body=b"early")
    wire.answer(take_last(wire), 200)
    assert from_callee(wire, invite, 2) == ["200 UPDATE"]
    assert ear.log[-1] == ("offer", b"their offer")


def early_with(wire: Wire, invite: Request, tag: str, body: bytes) -> None:
    """A reliable 183 of a fork, and the answer to its PRACK."""
    wire.answer(invite, 183, tag, headers=f"{REQUIRED}RSeq: 5\r\n", body=body)
    wire.answer(take_last(wire), 200)


def test_the_200_does_not_bring_back_what_an_update_has_changed() -> None:
    """The ring-back tone comes from elsewhere than the callee, who takes its place by UPDATE."""
    wire, ear = Wire(), Recorder()
    call = wire.endpoint.invite(invite_to(CARRIER), ear)
    invite = wire.take_request()
    early_with(wire, invite, "t1", b"tone")
    assert from_callee(wire, invite, 1) == ["200 UPDATE"]
    wire.answer(invite, 180, body=b"tone")
    wire.answer(invite, 200, body=b"tone")
    assert ear.log[-3:] == [("offer", b"their offer"), ("ringing", 180), ("answered", b"")]
    assert call.remote_body == b"their offer"


def test_the_fork_that_answers_has_its_changed_session_whoever_rang_last() -> None:
    wire, ear = Wire(), Recorder()
    wire.endpoint.invite(invite_to(CARRIER), ear)
    invite = wire.take_request()
    early_with(wire, invite, "t1", b"tone")
    from_callee(wire, invite, 1)
    early_with(wire, invite, "t2", b"other tone")
    wire.answer(invite, 200, "t1")
    assert ear.log[-1] == ("answered", b"their offer")


def take_last(wire: Wire) -> Request:
    message = wire.take()[-1]
    assert isinstance(message, Request)
    return message


def from_callee(wire: Wire, invite: Request, cseq: int) -> list[str]:
    """An UPDATE with an offer by the side that we called."""
    lines = wire.get(
        "UPDATE",
        cseq=cseq,
        branch=f"z9hG4bKu{cseq}",
        from_=f"{invite.headers['to'][0]};tag=t1",
        to=invite.headers["from"][0],
        call_id=invite.call_id,
        body=b"their offer",
    )
    assert all(isinstance(message, Response) for message in wire.take())
    return lines
