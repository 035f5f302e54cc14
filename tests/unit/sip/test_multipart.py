"""Bodies of several parts (RFC 5621): the session description is taken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.message import Message
from sip.multipart import session_body_refused, unwrap
from tests.support.sip_bench import CARRIER, Recorder
from tests.support.sip_messages import parsed_request
from tests.support.sip_wire import Wire, invite_to

SDP = b"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\n"
ISUP = "Content-Type: application/isup;version=nxv3\r\nContent-Disposition: signal;handling="


def part(headers: str, body: bytes) -> bytes:
    return headers.encode() + b"\r\n\r\n" + body


def multipart(*parts: bytes, boundary: str = "b1", end: str = "--") -> bytes:
    mark = f"--{boundary}".encode()
    inner = b"".join(mark + b"\r\n" + it + b"\r\n" for it in parts)
    return b"preamble\r\n" + inner + mark + end.encode() + b"\r\nepilogue"


def unwrapped(body: bytes, kind: str = "multipart/mixed;boundary=b1") -> Message:
    message = parsed_request(headers=f"Content-Type: {kind}\r\n", body=body)
    unwrap(message)
    return message


SESSION = part("Content-Type: application/sdp", SDP)
OTHER_SESSION = part("Content-Type: application/sdp", b"v=1")
UNUSED = part(ISUP + "optional", b"\x00\xff")
ENCODED = "Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64"
INNER = part("Content-Type: multipart/alternative;boundary=in", multipart(SESSION, boundary="in"))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/mixed;boundary=b1", multipart(SESSION)),
        (
            'Multipart/Mixed; boundary="b1"',
            multipart(UNUSED, SESSION),
        ),
        ("multipart/mixed;boundary=b1", multipart(SESSION, part("Content-Type: a/pidf+xml", b"<"))),
        (
            "multipart/mixed;boundary=b1",
            multipart(SESSION, OTHER_SESSION),
        ),
        ("multipart/mixed;boundary=b1", multipart(SESSION, end="")),
        ("multipart/related;boundary=b1;start=x", multipart(part("c: a/b", b"--b12\r\n"), SESSION)),
        ("multipart/mixed;boundary=b1", multipart(SESSION).replace(b"\r\n", b"\n")),
        (
            "multipart/alternative;boundary=b1",
            multipart(
                part("Content-Type: application/sdp", b"worse"), SESSION, part("c: a/b", b"x")
            ),
        ),
        (
            "multipart/alternative;boundary=b1",
            multipart(SESSION, part(ISUP + "required", b"x")),
        ),
        (
            "multipart/mixed;boundary=b1",
            multipart(
                part(
                    "Content-Type: multipart/alternative;boundary=in",
                    multipart(SESSION, boundary="in"),
                )
            ),
        ),
    ],
)
def test_the_session_description_becomes_the_body(kind: str, body: bytes) -> None:
    message = unwrapped(body, kind)
    assert message.body.replace(b"\r\n", b"\n") == SDP.replace(b"\r\n", b"\n")
    assert message.content_type == "application/sdp"


def test_parts_that_may_be_ignored_leave_nothing() -> None:
    message = unwrapped(multipart(part(ISUP + "optional", b"x"), b"\r\nplain text"))
    assert (message.body, message.content_type) == (b"", "")


def test_a_session_of_another_use_is_not_ours() -> None:
    early = part("Content-Type: application/sdp\r\nContent-Disposition: early-session", SDP)
    assert unwrapped(multipart(early, SESSION)).body == SDP
    assert unwrapped(multipart(early)).body == b""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/mixed;boundary=b1", multipart(SESSION, part(ISUP + "required", b"x"))),
        ("multipart/mixed", multipart(SESSION)),
        (f"multipart/mixed;boundary={'b' * 71}", multipart(SESSION)),
        ("multipart/mixed;boundary=other", multipart(SESSION)),
        ("multipart/mixed;boundary=b1", multipart(*[SESSION] * 17)),
        ("multipart/mixed;boundary=b1", multipart(part("X: " + "y" * 3000, SDP))),
        (
            "multipart/mixed;boundary=b1",
            multipart(
                part("Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64", b"djA=")
            ),
        ),
    ],
)
def test_what_cannot_be_used_stays_and_is_refused(kind: str, body: bytes) -> None:
    message = unwrapped(body, kind)
    assert message.body == body
    assert message.content_type == "multipart/mixed"


def test_no_nesting_without_end() -> None:
    inner = SESSION
    for depth in range(8):
        kind = f"Content-Type: multipart/mixed;boundary=d{depth}"
        inner = part(kind, multipart(inner, boundary=f"d{depth}"))
    assert b"d0" in unwrapped(multipart(inner)).body


@given(st.lists(st.sampled_from([b"--b1", b"--", b"\r\n", b"\n", b"Content-Type: ", b"x", SDP])))
def test_no_body_raises(pieces: list[bytes]) -> None:
    message = unwrapped(b"".join(pieces) or b"-")
    assert isinstance(message.body, bytes)


@pytest.mark.parametrize(
    ("headers", "refused", "left"),
    [
        ("", False, b"x"),
        ("Content-Type: application/sdp\r\n", False, b"x"),
        ("Content-Type: application/isup\r\n", True, b"x"),
        ("Content-Type: a/b\r\nContent-Disposition: signal;handling=optional\r\n", False, b""),
        ("Content-Type: a/b\r\nContent-Disposition: signal;handling=required\r\n", True, b"x"),
    ],
)
def test_a_body_that_is_no_session_description(headers: str, refused: bool, left: bytes) -> None:
    request = parsed_request(headers=headers, body=b"x")
    assert session_body_refused(request) is refused
    assert request.body == left


def test_an_invite_with_isup_is_a_call_like_any_other() -> None:
    wire = Wire()
    body = multipart(SESSION, part(ISUP + "optional", b"\x01\x10"))
    headers = "Content-Type: multipart/mixed;boundary=b1\r\n"
    assert wire.get("INVITE", headers=headers, body=body) == ["100 INVITE"]
    [call] = wire.app.calls
    assert (call.body, call.content_type, call.remote_body) == (SDP, "application/sdp", SDP)


def test_an_invite_whose_part_must_be_understood_is_refused() -> None:
    wire = Wire()
    body = multipart(SESSION, part(ISUP + "required", b"\x01\x10"))
    headers = "Content-Type: multipart/mixed;boundary=b1\r\n"
    assert wire.get("INVITE", headers=headers, body=body) == ["415 INVITE"]
    assert "multipart/mixed" in (wire.take_response().header("accept") or "")


def test_an_answer_in_several_parts() -> None:
    wire, recorder = Wire(), Recorder()
    wire.endpoint.invite(invite_to(CARRIER), recorder)
    request = wire.take_request()
    body = multipart(part("Content-Type: application/isup", b"\x06"), SESSION)
    wire.answer(request, 200, body=body, content_type="multipart/mixed;boundary=b1")
    assert recorder.log == [("answered", SDP)]


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("application/isup;version=itu-t92+", "Content-Disposition: signal;handling=optional\r\n"),
        ("application/sdp", "Content-Disposition: early-session\r\n"),  # RFC 3959
    ],
)
def test_an_answer_without_a_session_is_none(kind: str, headers: str) -> None:
    """SIP-I: the ACM in a 180, the ANM in a 200 after a 183 that held the session description."""
    wire, recorder = Wire(), Recorder()
    call = wire.endpoint.invite(invite_to(CARRIER), recorder)
    request = wire.take_request()
    wire.answer(request, 183, body=SDP)
    wire.answer(request, 180, body=b"\x06", content_type=kind, headers=headers)
    assert call.remote_body == SDP
    wire.answer(request, 200, body=b"\x09", content_type=kind, headers=headers)
    assert recorder.log[-1] == ("answered", SDP)


def test_an_ack_with_signalling_alone_holds_no_answer() -> None:
    wire = Wire()
    wire.get("INVITE", body=SDP, headers="Content-Type: application/sdp\r\n")
    wire.app.calls[0].answer(SDP)
    wire.in_dialog("ACK", 1, headers="Content-Type: application/gtd\r\n", body=b"x")
    assert wire.app.recorders[0].log == [("confirmed", b"")]
