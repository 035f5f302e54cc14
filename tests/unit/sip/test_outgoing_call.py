import weakref

import pytest

from sip import Address, CallState, Credentials, OutgoingCall
from sip.fork import MAX_FORKS
from sip.message import Request
from tests.support.sip_bench import CARRIER, Recorder
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire, invite_to


def outgoing(**fields: object) -> tuple[Wire, OutgoingCall, Recorder, Request]:
    """A wire with one call of ours; its INVITE is taken."""
    wire, recorder = Wire(), Recorder()
    call = wire.endpoint.invite(invite_to(CARRIER, **fields), recorder)
    return wire, call, recorder, wire.take_request()


def test_the_invite_says_what_the_application_wants() -> None:
    _, call, _, invite = outgoing(
        from_name='Ann "x"', headers=[("Call-Info", "<sip:a>;answer-after=0")], content_type="a/b"
    )
    assert (invite.method, invite.uri, invite.body) == (
        "INVITE",
        "sip:there@10.0.0.2:5060",
        b"offer",
    )
    assert (invite.from_.name, invite.from_.uri) == ('Ann "x"', "sip:here@10.0.0.1")
    assert invite.to.uri == "sip:there@10.0.0.2"
    assert (invite.header("call-info"), invite.content_type) == ("<sip:a>;answer-after=0", "a/b")
    assert invite.call_id == call.sip_call_id
    assert call.state is CallState.CALLING


@pytest.mark.parametrize("field", ["request_uri", "from_uri", "to_uri", "from_name"])
def test_a_line_break_in_the_invite_is_refused(field: str) -> None:
    wire = Wire()
    with pytest.raises(ValueError, match="line break"):
        wire.endpoint.invite(invite_to(CARRIER, **{field: "x\r\nEvil: y"}), Recorder())
    assert wire.endpoint.call_count == 0


def test_a_transport_that_is_not_bound_is_refused() -> None:
    wire = Wire()
    with pytest.raises(ValueError, match="tcp"):
        wire.endpoint.invite(invite_to(Address("tcp", "10.0.0.2", 5060)), Recorder())
    assert wire.endpoint.call_count == 0


def test_who_hung_up_before_any_sign_of_life_sends_the_invite_no_more() -> None:
    """A gateway that was dead and comes back need not ring anybody."""
    wire, call, _, _ = outgoing()
    wire.advance(0.6)
    assert wire.take_request().method == "INVITE"  # repeated while somebody waits
    call.hangup()
    wire.advance(30)
    assert wire.lines() == []
    assert wire.is_quiet()


GARBLED = [
    "Record-Route: <sip:10.0.0.8;lr\r\n",
    "Record-Route: <sip:10.0.0.8;lr>, proxy two\r\n",
    "Record-Route: <>\r\n",
    "Record-Route: \r\n",
]


@pytest.mark.parametrize("lines", GARBLED)
def test_a_2xx_whose_route_cannot_be_read_ends_the_call(lines: str) -> None:
    """Neither ACK nor BYE carries the garbage on; they go to the Contact."""
    wire, _, recorder, invite = outgoing()
    wire.answer(invite, 180, headers=lines)
    assert recorder.log == []
    wire.answer(invite, 200, body=b"answer", headers=lines)
    ack, bye = wire.take()
    assert isinstance(ack, Request)
    assert isinstance(bye, Request)
    assert (ack.method, ack.uri, ack.header("route")) == ("ACK", "sip:there@10.0.0.2:5060", None)
    assert (bye.method, bye.uri, bye.header("route")) == ("BYE", "sip:there@10.0.0.2:5060", None)
    assert [(e.cause, e.code) for e in recorder.ended] == [("failed", 502)]
    assert wire.answer(invite, 200, headers=lines) == ["ACK"]
    wire.take()
    wire.answer(bye, 200)
    assert wire.is_quiet()


def test_a_second_fork_without_a_way_leaves_the_call_alone() -> None:
    wire, call, recorder, invite = outgoing()
    wire.answer(invite, 200, "one", b"answer")
    wire.take()
    assert wire.answer(invite, 200, "two", headers=GARBLED[0]) == ["ACK", "BYE"]
    assert call.state is CallState.CONFIRMED
    assert recorder.ended == []


def test_a_cancel_waits_for_a_provisional_response() -> None:
    """RFC 3261 §9.1."""
    wire, call, recorder, invite = outgoing()
    call.hangup([("Reason", "SIP;cause=200")])
    assert wire.take() == []
    assert [e.cause for e in recorder.ended] == ["cancelled"]
    assert wire.answer(invite, 100, tag="") == ["CANCEL"]
    cancel = wire.take_request()
    assert (cancel.via.branch, cancel.cseq, cancel.header("reason")) == (
        invite.via.branch,
        invite.cseq,
        "SIP;cause=200",
    )
    assert wire.answer(invite, 487) == ["ACK"]
    assert wire.is_quiet()
    assert recorder.log == [("ended", "cancelled")]


def test_a_200_that_crosses_the_cancel_is_acknowledged_and_ended() -> None:
    wire, call, recorder, invite = outgoing()
    wire.answer(invite, 180)
    call.hangup()
    assert wire.take_request().method == "CANCEL"
    assert wire.answer(invite, 200, body=b"answer") == ["ACK", "BYE"]
    assert recorder.log == [("ringing", 180), ("ended", "cancelled")]
    wire.take()
    assert wire.answer(invite, 200) == ["ACK"]  # its repetition
    assert wire.is_quiet()


def test_a_cancelled_call_that_nobody_answers_is_forgotten() -> None:
    wire, call, recorder, invite = outgoing()
    wire.answer(invite, 180)
    call.hangup()
    assert wire.is_quiet()
    assert len(recorder.ended) == 1


def test_the_first_fork_to_answer_is_the_call() -> None:
    """RFC 3261 §13.2.2.4: every 2xx gets its ACK, those too many a BYE."""
    wire, call, recorder, invite = outgoing()
    wire.answer(invite, 180, tag="a")
    wire.answer(invite, 180, tag="b")
    wire.take()
    assert wire.answer(invite, 200, tag="b", body=b"from b") == ["ACK"]
    wire.take()
    assert wire.answer(invite, 200, tag="a", body=b"from a") == ["ACK", "BYE"]
    ack, bye = wire.take()
    assert {ack.to_tag, bye.to_tag} == {"a"}
    assert recorder.log == [("ringing", 180), ("ringing", 180), ("answered", b"from b")]
    assert call.remote_body == b"from b"
    call.hangup()
    assert wire.take_request().to_tag == "b"


def test_a_bye_from_another_fork_does_not_end_the_call() -> None:
    wire, call, recorder, invite = outgoing()
    wire.answer(invite, 180, tag="a")
    wire.answer(invite, 200, tag="b")
    wire.take()
    bye = request(
        "BYE",
        call_id=call.sip_call_id,
        from_="<sip:t@x>;tag=a",
        to=f"<sip:h@x>;tag={invite.from_tag}",
    )
    assert wire.receive(bye) == ["200 BYE"]
    assert recorder.ended == []


def test_a_hostile_proxy_cannot_fork_without_end() -> None:
    wire, call, _, invite = outgoing()
    for number in range(100):
        wire.answer(invite, 180, tag=f"t{number}")
    assert len(wire.endpoint.core.dialogs) == 16
    call.hangup()
    assert wire.is_quiet()


def test_a_repeated_200_gets_the_same_ack_again() -> None:
    wire, _, recorder, invite = outgoing()
    wire.answer(invite, 200)
    first = [send.data for send in wire.endpoint.outgoing]
    wire.take()
    wire.answer(invite, 200)
    assert [send.data for send in wire.endpoint.outgoing] == first
    assert recorder.log == [("answered", b"")]


def test_who_answers_after_the_end_is_acknowledged_and_hung_up() -> None:
    """RFC 3261 §13.2.2.4, with the order of what its dialog has asked before."""
    wire, call, recorder, invite = outgoing()
    reliable = "Require: 100rel\r\nRSeq: 1\r\n"
    assert wire.answer(invite, 183, tag="early", headers=reliable, body=b"early") == ["PRACK"]
    prack = wire.take_request()
    wire.answer(invite, 200, tag="call", body=b"answer")
    wire.take()
    call.hangup()
    wire.answer(wire.take_request(), 200)

    assert wire.answer(invite, 200, tag="early") == ["ACK", "BYE"]
    _, bye = wire.take()
    assert isinstance(bye, Request)
    assert (bye.to_tag, bye.cseq) == ("early", prack.cseq + 1)
    assert wire.answer(invite, 200, tag="late", headers=GARBLED[0]) == ["ACK", "BYE"]
    ack, bye = wire.take()
    assert isinstance(bye, Request)
    assert (ack.to_tag, bye.to_tag, bye.header("route")) == ("late", "late", None)
    for tag in ("call", "early", "late"):
        assert wire.answer(invite, 200, tag=tag) == ["ACK"]
        assert wire.take_request().to_tag == tag
    for number in range(100):
        wire.answer(invite, 200, tag=f"t{number}")
    assert len(wire.take()) == 2 * (MAX_FORKS - 3)
    assert recorder.log[-1] == ("ended", "bye")
    assert wire.endpoint.core.dialogs == {}


@pytest.mark.parametrize("code", [180, 200, 486])
def test_a_call_that_is_over_is_forgotten_before_its_transactions(code: int) -> None:
    wire, call, _, invite = outgoing()
    wire.answer(invite, code)
    call.hangup()
    if code == 180:
        wire.answer(invite, 487)
    for message in wire.take():
        if isinstance(message, Request) and message.method in ("BYE", "CANCEL"):
            wire.answer(message, 200)
    left = weakref.ref(call)
    del call
    assert left() is None
    assert len(wire.endpoint.core.layer) > 0


def test_a_response_after_the_end_is_stray() -> None:
    wire, _, _, invite = outgoing()
    wire.answer(invite, 486)
    wire.advance(40)
    wire.take()
    assert wire.answer(invite, 486) == []
    assert wire.endpoint.counters.stray_responses == 1


CHALLENGE = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'


@pytest.mark.parametrize(
    ("code", "asks", "answers"),
    [
        (401, "WWW-Authenticate", "authorization"),
        (407, "Proxy-Authenticate", "proxy-authorization"),
    ],
)
def test_a_challenge_is_answered_once(code: int, asks: str, answers: str) -> None:
    wire, _, recorder, invite = outgoing(credentials=Credentials("ann", "secret"))
    assert wire.answer(invite, code, headers=f"{asks}: {CHALLENGE}\r\n") == ["ACK", "INVITE"]
    _, second = wire.take()
    assert isinstance(second, Request)
    assert (second.cseq, second.call_id, second.from_tag) == (2, invite.call_id, invite.from_tag)
    assert second.via.branch != invite.via.branch
    assert 'username="ann"' in (second.header(answers) or "")
    assert wire.answer(second, 200, body=b"ok") == ["ACK"]
    ack = wire.take_request()
    assert (ack.cseq, ack.header(answers)) == (2, second.header(answers))
    assert recorder.log == [("answered", b"ok")]


def test_a_second_challenge_means_a_wrong_password() -> None:
    wire, _, recorder, invite = outgoing(credentials=Credentials("ann", "wrong"))
    line = f"WWW-Authenticate: {CHALLENGE}\r\n"
    wire.answer(invite, 401, headers=line)
    _, second = wire.take()
    assert isinstance(second, Request)
    assert wire.answer(second, 401, headers=line) == ["ACK"]
    assert [(e.cause, e.code) for e in recorder.ended] == [("rejected", 401)]


@pytest.mark.parametrize(
    "line", ["", "WWW-Authenticate: Basic realm=x\r\n", f"WWW-Authenticate: {CHALLENGE}\r\n"]
)
def test_a_challenge_that_cannot_be_answered_rejects_the_call(line: str) -> None:
    wire, _, recorder, invite = outgoing()
    wire.answer(invite, 401, headers=line)
    assert [e.code for e in recorder.ended] == [401]


def test_remote_answer_goes_into_the_early_dialog_of_the_180() -> None:
    wire, call, _, invite = outgoing()
    assert not call.notify("talk")
    wire.answer(invite, 180, tag="phone")
    assert call.notify("talk")
    notify = wire.take_request()
    assert (notify.method, notify.header("event"), notify.to_tag) == ("NOTIFY", "talk", "phone")
    assert notify.uri == "sip:there@10.0.0.2:5060"
    assert (notify.cseq, notify.call_id, notify.from_tag) == (2, invite.call_id, invite.from_tag)
    wire.answer(invite, 200, tag="phone")
    call.hangup()
    assert not call.notify("talk")


def test_our_requests_follow_the_route_set() -> None:
    """RFC 3261 §12.1.2: Record-Route in reverse; loose routers keep the Request-URI."""
    wire, _, _, invite = outgoing()
    routes = "Record-Route: <sip:10.0.0.8;lr>, <sip:10.0.0.7:5070;lr>\r\n"
    wire.answer(invite, 200, headers=routes)
    assert str(wire.endpoint.outgoing[0].destination) == "udp:10.0.0.7:5070"
    ack = wire.take_request()
    assert ack.items("route") == ["<sip:10.0.0.7:5070;lr>", "<sip:10.0.0.8;lr>"]
    assert ack.uri == "sip:there@10.0.0.2:5060"


def test_nobody_answers_in_time() -> None:
    wire, _, recorder, invite = outgoing()
    wire.answer(invite, 180)
    wire.take()
    wire.advance(180)
    assert wire.lines()[0] == "CANCEL"
    assert [(e.cause, e.by) for e in recorder.ended] == [("timeout", "local")]


def test_glare_is_retried_three_times_by_the_side_that_opened_the_dialog_later() -> None:
    """RFC 3261 §14.1: after 2.1 to 4 s; the other side, after 0 to 2 s, comes first."""
    wire, call, _, invite = outgoing()
    wire.answer(invite, 200)
    wire.take()
    results: list[int] = []
    assert call.reinvite(b"hold", lambda code, body: results.append(code))
    assert not call.reinvite(b"again")
    for _ in range(3):
        again = wire.take_request()
        wire.answer(again, 491)
        wire.take()
        at = wire.endpoint.core.deadlines.next()
        assert at is not None
        assert 2.1 <= at - wire.bench.now <= 4.0
        wire.advance(at - wire.bench.now)
    wire.answer(wire.take_request(), 491)
    assert results == [491]
    assert call.state is CallState.CONFIRMED


def test_a_re_invite_of_theirs_meets_ours() -> None:
    wire, call, recorder, invite = outgoing()
    wire.answer(invite, 200)
    wire.take()
    call.reinvite(b"hold")
    wire.take()
    theirs = request(
        "INVITE",
        call_id=call.sip_call_id,
        from_="<sip:t@x>;tag=t1",
        to=f"<sip:h@x>;tag={invite.from_tag}",
    )
    assert wire.receive(theirs) == ["491 INVITE"]
    assert ("offer", b"") not in recorder.log


@pytest.mark.parametrize("code", [481, 408])
def test_a_re_invite_that_finds_no_dialog_ends_the_call(code: int) -> None:
    wire, call, recorder, invite = outgoing()
    wire.answer(invite, 200)
    wire.take()
    call.reinvite(b"hold")
    again = wire.take_request()
    assert wire.answer(again, code) == ["ACK", "BYE"]
    assert [(e.cause, e.code) for e in recorder.ended] == [("failed", code)]


def test_a_refused_re_invite_leaves_the_session_as_it_was() -> None:
    wire, call, _, invite = outgoing()
    wire.answer(invite, 200, body=b"first")
    wire.take()
    results: list[int] = []
    call.reinvite(b"video", lambda code, body: results.append(code))
    wire.answer(wire.take_request(), 488)
    assert (results, call.state, call.remote_body) == ([488], CallState.CONFIRMED, b"first")


def test_a_handler_that_fails_while_it_rings_cancels_the_call() -> None:
    class Bad(Recorder):
        def on_ringing(self, call: object, code: int, body: bytes) -> None:
            raise RuntimeError("bug")

    wire, bad = Wire(), Bad()
    wire.endpoint.invite(invite_to(CARRIER), bad)
    assert wire.answer(wire.take_request(), 180) == ["CANCEL"]
    assert [(e.cause, e.by, e.code) for e in bad.ended] == [("failed", "local", 500)]


def test_a_connection_that_cannot_be_opened_ends_the_call() -> None:
    stream = Address("tcp", "10.0.0.2", 5060)
    wire, recorder = Wire(local=Address("tcp", "10.0.0.1", 5060)), Recorder()
    wire.endpoint.invite(invite_to(stream), recorder)
    wire.endpoint.connection_lost(stream, 1000.0)
    assert [(e.cause, e.code) for e in recorder.ended] == [("transport", 503)]
    assert wire.is_quiet()


def test_a_talking_call_survives_the_loss_of_its_connection() -> None:
    """The next request of ours opens a new one to the address in the Contact."""
    stream = Address("tcp", "10.0.0.2", 40000)
    wire = Wire(local=Address("tcp", "10.0.0.1", 5060), peer=stream)
    wire.get("INVITE", via="SIP/2.0/TCP 10.0.0.2;branch=z9hG4bKa")
    call = wire.app.calls[0]
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.endpoint.connection_lost(stream, 1000.0)
    assert call.state is CallState.CONFIRMED
    wire.take()
    call.hangup()
    assert str(wire.endpoint.outgoing[0].destination) == "tcp:10.0.0.2:5060"


def test_the_200_goes_to_the_contact_when_its_connection_is_lost_before_the_ack() -> None:
    """RFC 3261 §18.2.2: not to the port that the other side had connected from."""
    stream = Address("tcp", "10.0.0.2", 40000)
    wire = Wire(local=Address("tcp", "10.0.0.1", 5060), peer=stream)
    wire.get("INVITE", via="SIP/2.0/TCP 10.0.0.2;branch=z9hG4bKa")
    call = wire.app.calls[0]
    call.answer(b"answer")
    wire.endpoint.connection_lost(stream, 1000.0)
    wire.take()
    wire.advance(0.6)
    [again] = wire.endpoint.outgoing
    assert str(again.destination) == "tcp:10.0.0.2:5060"
    wire.in_dialog("ACK", 1)
    assert call.state is CallState.CONFIRMED
    call.hangup()
    wire.take()

    # Nobody listens there: nothing is sent any more.
    wire.get("INVITE", call_id="2", via="SIP/2.0/TCP 10.0.0.2;branch=z9hG4bKb")
    wire.app.calls[1].answer(b"answer")
    wire.endpoint.connection_lost(stream, wire.bench.now)
    wire.endpoint.connection_lost(again.destination, wire.bench.now)
    wire.take()
    assert [e.cause for e in wire.app.recorders[1].ended] == ["transport"]
    assert wire.is_quiet()
    assert wire.lines() == []


def test_a_ringing_call_ends_with_its_connection() -> None:
    stream = Address("tcp", "10.0.0.2", 40000)
    wire = Wire(local=Address("tcp", "10.0.0.1", 5060), peer=stream)
    wire.get("INVITE", via="SIP/2.0/TCP 10.0.0.2;branch=z9hG4bKa")
    wire.endpoint.connection_lost(stream, 1000.0)
    assert [e.cause for e in wire.app.recorders[0].ended] == ["transport"]
    assert wire.is_quiet()
