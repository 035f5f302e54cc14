"""RFC 4028: who refreshes a session, when, and what becomes of one that nobody refreshes."""

from collections.abc import Sequence

import pytest

from sip import Call, CallState
from sip.message import Message, Request
from tests.support.sip_bench import CARRIER, Recorder
from tests.support.sip_wire import Wire, invite_to

TIMER = "Supported: timer\r\n"
ALLOW_UPDATE = "Allow: INVITE, ACK, BYE, UPDATE\r\n"


def called(headers: str = TIMER, **settings: object) -> tuple[Wire, Message, Recorder]:
    """An incoming call that is up, and the 200 that it was answered with."""
    wire = Wire(**settings)  # type: ignore[arg-type]
    wire.get("INVITE", headers=headers, body=b"offer")
    wire.take()
    wire.app.calls[0].answer(b"answer")
    ok = wire.take_response()
    wire.in_dialog("ACK", 1)
    return wire, ok, wire.app.recorders[0]


def calling(headers: str = "", **settings: object) -> tuple[Wire, Request, Recorder, Call]:
    """An outgoing call that is up, answered with those header lines, and its INVITE."""
    wire, ear = Wire(**settings), Recorder()  # type: ignore[arg-type]
    call = wire.endpoint.invite(invite_to(CARRIER), ear)
    invite = wire.take_request()
    assert wire.answer(invite, 200, headers=headers, body=b"answer") == ["ACK"]
    wire.take()
    return wire, invite, ear, call


def timer(message: Message) -> tuple[str | None, str | None]:
    return message.header("session-expires"), message.header("require")


def first_request(messages: Sequence[Message]) -> Request:
    message = messages[0]
    assert isinstance(message, Request)
    return message


# What is agreed.


@pytest.mark.parametrize(
    ("headers", "agreed"),
    [
        ("", (None, None)),
        (TIMER, ("1800;refresher=uac", "timer")),
        (TIMER + "Session-Expires: 600\r\n", ("600;refresher=uac", "timer")),
        (TIMER + "x: 600;refresher=uas\r\n", ("600;refresher=uas", None)),
        (TIMER + "Session-Expires: 7200\r\n", ("1800;refresher=uac", "timer")),
        (TIMER + "Session-Expires: 600\r\nMin-SE: 300\r\n", ("600;refresher=uac", "timer")),
        (TIMER + "x: 7200\r\nMin-SE: 3600\r\n", ("3600;refresher=uac", "timer")),
        (TIMER + "Session-Expires: nonsense\r\n", ("1800;refresher=uac", "timer")),
        ("Session-Expires: 30\r\n", ("90;refresher=uas", None)),  # a proxy's, §9: no 422
    ],
)
def test_what_the_200_agrees_to(headers: str, agreed: tuple[str, str | None]) -> None:
    _, ok, _ = called(headers)
    assert timer(ok) == agreed


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_too_short_an_interval_gets_422(method: str) -> None:
    headers = TIMER + "Session-Expires: 100\r\n"
    if method == "INVITE":
        wire = Wire(min_se=120)
        assert wire.get("INVITE", headers=headers) == ["422 INVITE"]
        assert wire.app.calls == []
    else:
        wire, _, _ = called(min_se=120)
        assert wire.in_dialog("UPDATE", 2, headers=headers) == ["422 UPDATE"]
    assert wire.take_response().header("min-se") == "120"


def test_switched_off_it_is_granted_to_who_asks_only() -> None:
    _, ok, _ = called(TIMER, session_timer=False)
    assert timer(ok) == (None, None)
    _, ok, _ = called(TIMER + "Session-Expires: 600\r\n", session_timer=False)
    assert timer(ok) == ("600;refresher=uac", "timer")
    _, invite, _, _ = calling(session_timer=False)
    assert timer(invite) == (None, None)


def test_our_invite_asks_and_after_422_asks_for_longer() -> None:
    wire, ear = Wire(session_expires=200), Recorder()
    wire.endpoint.invite(invite_to(CARRIER), ear)
    invite = wire.take_request()
    assert timer(invite) == ("200", None)
    assert "timer" in (invite.header("supported") or "")
    assert wire.answer(invite, 422, headers="Min-SE: 900\r\n") == ["ACK", "INVITE"]
    again = wire.take()[1]
    assert (timer(again)[0], again.header("min-se"), again.cseq) == ("900", "900", 2)
    assert again.call_id == invite.call_id
    assert not ear.ended


def test_422s_without_end_are_given_up() -> None:
    wire, ear = Wire(), Recorder()
    wire.endpoint.invite(invite_to(CARRIER), ear)
    for attempt in range(10):
        invite = wire.take()[-1]
        if not isinstance(invite, Request) or invite.method != "INVITE":
            break
        wire.answer(invite, 422, headers=f"Min-SE: {2000 + attempt}\r\n")
    assert [end.code for end in ear.ended] == [422]


# Who refreshes, and how.


@pytest.mark.parametrize(
    ("allow", "method", "body"),
    [(ALLOW_UPDATE, "UPDATE", b""), ("", "INVITE", b"new answer")],
)
def test_we_refresh_at_half_the_interval(allow: str, method: str, body: bytes) -> None:
    """By UPDATE where the other side takes it, else by re-INVITE with an offer."""
    wire, _, ear, call = calling(f"Session-Expires: 400;refresher=uac\r\n{allow}")
    for _ in range(3):
        wire.advance(199)
        assert wire.lines() == []
        wire.advance(1)
        refresh = first_request(wire.take())
        assert (refresh.method, refresh.body) == (method, body)
        assert timer(refresh)[0] == "400;refresher=uac"
        lines = wire.answer(
            refresh,
            200,
            headers=f"Session-Expires: 400;refresher=uac\r\n{allow}",
            body=b"same" if body else b"",
        )
        assert lines == (["ACK"] if method == "INVITE" else [])
        wire.take()
    assert call.state is CallState.CONFIRMED
    offers = [("offer", b""), ("offer answered", b"same")] if body else []
    assert ear.log == [("answered", b"answer"), *(3 * offers)]


def test_one_that_keeps_no_timer_is_refreshed_all_the_same() -> None:
    """And a refusal shows that it lives; silence ends the call."""
    wire, _, recorder = called("")
    wire.advance(900)
    assert wire.answer(first_request(wire.take()), 488) == ["ACK"]
    wire.take()
    wire.advance(900)
    refresh = first_request(wire.take())
    assert refresh.method == "INVITE"
    wire.advance(33)
    assert "BYE" in wire.lines()
    (end,) = recorder.ended
    assert (end.cause, end.code) == ("failed", 408)


def test_one_that_says_it_has_no_update_gets_a_re_invite() -> None:
    wire, _, _, _ = calling(f"Session-Expires: 400;refresher=uac\r\n{ALLOW_UPDATE}")
    wire.advance(200)
    wire.answer(first_request(wire.take()), 405)
    wire.advance(0)
    assert first_request(wire.take()).method == "INVITE"


def test_a_refresh_that_gets_422_is_sent_again_with_a_longer_interval() -> None:
    wire, _, _, _ = calling(f"Session-Expires: 400;refresher=uac\r\n{ALLOW_UPDATE}")
    wire.advance(200)
    wire.answer(first_request(wire.take()), 422, headers="Min-SE: 700\r\n")
    wire.advance(0)
    again = first_request(wire.take())
    assert (timer(again)[0], again.header("min-se")) == ("700;refresher=uac", "700")


@pytest.mark.parametrize("least", ["", "Min-SE: 90\r\n", "Min-SE: 400\r\n", "one more each time"])
def test_a_422_that_asks_for_nothing_longer_or_for_a_little_makes_no_storm(least: str) -> None:
    wire, _, ear, _ = calling(f"Session-Expires: 400;refresher=uac\r\n{ALLOW_UPDATE}")
    refreshes = 0
    while not ear.ended:
        wire.advance(1)
        for message in wire.take():
            if isinstance(message, Request) and message.method == "UPDATE":
                refreshes += 1
                demand = f"Min-SE: {400 + refreshes}\r\n" if "more" in least else least
                wire.answer(message, 422, headers=demand)
    assert refreshes < 20
    assert ear.ended[0].phrase == "Session expired"


def test_a_refresh_that_keeps_failing_ends_an_agreed_session() -> None:
    wire, _, ear, _ = calling(f"Session-Expires: 400;refresher=uac\r\n{ALLOW_UPDATE}")
    while not ear.ended:
        wire.advance(1)
        for message in wire.take():
            if isinstance(message, Request) and message.method == "UPDATE":
                wire.answer(message, 503)
                wire.take()
    assert wire.bench.now == pytest.approx(1400, abs=2)
    assert (ear.ended[0].cause, ear.ended[0].phrase) == ("timeout", "Session expired")


def test_the_other_side_that_does_not_refresh_gets_a_bye() -> None:
    """§10: 32 s, or a third of the interval, before its end."""
    wire, _, recorder = called(TIMER + "Session-Expires: 600\r\n")
    wire.advance(567)
    assert wire.lines() == []
    wire.advance(1.2)
    assert wire.lines() == ["BYE"]
    (end,) = recorder.ended
    assert (end.cause, end.by, end.phrase) == ("timeout", "local", "Session expired")
    assert wire.is_quiet()


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_their_refresh_prolongs_the_session(method: str) -> None:
    wire, _, recorder = called(TIMER + "Session-Expires: 600\r\n")
    for cseq in range(2, 6):
        wire.advance(300)
        headers = TIMER + "Session-Expires: 600;refresher=uac\r\n"
        assert wire.in_dialog(method, cseq, headers=headers) == [f"200 {method}"]
        assert timer(wire.take_response()) == ("600;refresher=uac", "timer")
        if method == "INVITE":
            wire.in_dialog("ACK", cseq, branch=f"z9hG4bKack{cseq}")
    assert not recorder.ended
    wire.advance(600)
    assert [end.cause for end in recorder.ended] == ["timeout"]


def test_a_silly_interval_makes_no_storm() -> None:
    wire, _, _, _ = calling("Session-Expires: 1;refresher=uac\r\n")
    wire.advance(44)
    assert wire.lines() == []


def test_a_call_that_ends_leaves_no_timer() -> None:
    wire, _, _ = called()
    wire.in_dialog("BYE", 2)
    assert wire.is_quiet()
