import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.build import build_refusal, build_response
from sip.message import MessageError, Request, Response, parse, typed
from tests.support.sip_messages import SDP, parsed_request, request, response


def test_the_key_fields_of_an_invite() -> None:
    invite = parsed_request(body=SDP)
    assert (invite.method, invite.uri) == ("INVITE", "sip:4001@10.0.0.1")
    assert (invite.via.branch, invite.via.sent_by, invite.via.rport) == (
        "z9hG4bKa",
        "10.0.0.2:5060",
        True,
    )
    assert (invite.call_id, invite.cseq, invite.from_tag, invite.to_tag) == ("call-1", 1, "f1", "")
    assert invite.from_.name == "Ann"
    assert invite.contact is not None
    assert invite.contact.uri == "sip:100@10.0.0.2:5060"
    assert invite.body == SDP


def test_a_response() -> None:
    message = parse(response(183, body=SDP, headers="Content-Type: Application/SDP;x=y\r\n"))
    assert isinstance(message, Response)
    assert (message.code, message.phrase, message.to_tag) == (183, "Phrase", "t1")
    assert message.content_type == "application/sdp"


ODD_BUT_GOOD = {
    "folded": (b"Subject: one\r\n two\r\n\tthree\r\n", b"subject", "one two three"),
    "space before colon": (b"Subject  : x\r\n", b"subject", "x"),
    "compact": (b"s: x\r\n", b"subject", "x"),
    "compact upper case": (b"S: x\r\n", b"subject", "x"),
    "unknown case": (b"sUBJECT:x\r\n", b"subject", "x"),
    "empty": (b"Subject:\r\n", b"subject", ""),
    "lone CR": (b"Subject: a\rb\r\n", b"subject", "a b"),
}


@pytest.mark.parametrize("line", list(ODD_BUT_GOOD.values()), ids=[*ODD_BUT_GOOD])
def test_odd_header_lines_are_read(line: tuple[bytes, bytes, str]) -> None:
    raw, name, value = line
    data = request().replace(b"Max-Forwards: 70\r\n", b"Max-Forwards: 70\r\n" + raw)
    assert parse(data).header(name.decode()) == value


def test_bare_line_feeds_end_lines() -> None:
    message = parse(
        request(body=SDP).replace(b"\r\n", b"\n").replace(SDP.replace(b"\r\n", b"\n"), SDP)
    )
    assert message.call_id == "call-1"
    assert message.body == SDP


def test_a_datagram_without_empty_line_is_all_head() -> None:
    assert parse(request()[:-2]).call_id == "call-1"


def test_bytes_that_are_not_utf8_come_back_as_they_were() -> None:
    data = request(from_='"X" <sip:100@10.0.0.2>;tag=f1').replace(b'"X"', b'"\xd6\xf7"')
    message = parse(data)
    assert isinstance(message, Request)
    assert b'"\xd6\xf7"' in build_response(message, 200)


def test_unknown_uri_schemes_are_kept() -> None:
    assert parsed_request("OPTIONS", uri="soap.beep://192.0.2.103:3002").uri.startswith(
        "soap.beep:"
    )


def test_several_values_in_one_line_or_many() -> None:
    invite = parsed_request(
        headers="Record-Route: <sip:a;lr>, <sip:b;lr>\r\nRecord-Route: <sip:c;lr>\r\n"
    )
    assert invite.items("record-route") == ["<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>"]


def test_an_empty_contact_line_is_passed_over() -> None:
    invite = parsed_request(contact="\r\nContact: <sip:100@10.0.0.2>")
    assert invite.contact is not None
    assert invite.contact.uri == "sip:100@10.0.0.2"


def test_a_datagram_is_cut_to_its_content_length() -> None:
    assert parse(request(body=b"1234") + b"garbage").body == b"1234"


def test_without_content_length_all_the_rest_is_body() -> None:
    assert parse(request(body=b"1234").replace(b"Content-Length: 4\r\n", b"")).body == b"1234"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request().replace(b"Content-Length: 0", b"Content-Length: 9"), 400),
        (request().replace(b"Content-Length: 0", b"Content-Length: -1"), 400),
        (request().replace(b"Content-Length: 0", b"l: 0\r\nl: 1"), 400),
        (request().replace(b"CSeq: 1 INVITE", b"CSeq: 1 BYE"), 400),
        (request().replace(b"CSeq: 1 INVITE", b"CSeq: 99999999999 INVITE"), 400),
        (request().replace(b"Call-ID", b"Call-ID: x\r\nCall-ID"), 400),
        (request().replace(b"Max-Forwards: 70", b"no colon here"), 400),
        (request().replace(b"Max-Forwards: 70", b": no name"), 400),
        (request().replace(b"sip:4001@10.0.0.1 ", b"<sip:4001@10.0.0.1> "), 400),
        (request().replace(b"sip:4001@10.0.0.1 SIP", b"sip:a b@c SIP"), 400),
        (request().replace(b" SIP/2.0\r\nVia", b" SIP/7.0\r\nVia"), 505),
        (request(headers="X: y\r\n" * 200), 400),
        (request().replace(b"From:", b"Frim:"), 400),
        (request().replace(b"Call-ID:", b"Cull-ID:"), 400),
        (request().replace(b"CSeq:", b"Cseek:"), 400),
    ],
)
def test_a_faulty_request_that_can_be_answered(data: bytes, status: int) -> None:
    with pytest.raises(MessageError) as caught:
        parse(data)
    assert caught.value.status == status
    assert caught.value.request is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 40,
        b"x" * 70_000,
        b"\x80\x60" + bytes(170),
        request("ACK").replace(b"CSeq: 1 ACK", b"CSeq: 1 BYE"),
        request().replace(b"Via:", b"Vix:"),
        response().replace(b"Call-ID:", b"Cull-ID:"),
        response().replace(b"SIP/2.0 200", b"SIP/2.0 20"),
        response().replace(b"SIP/2.0 200", b"SIP/2.0 700"),
        response().replace(b"Content-Length: 0", b"Content-Length: 10"),
    ],
)
def test_what_cannot_be_answered_is_only_an_error(data: bytes) -> None:
    with pytest.raises(MessageError) as caught:
        parse(data)
    assert caught.value.request is None


@given(st.binary(max_size=400), st.integers(0, 700), st.integers(0, 50))
def test_no_bytes_whatever_raise_anything_else(noise: bytes, at: int, cut: int) -> None:
    """Random bytes spliced into a good message end as a message or as a MessageError."""
    data = request(body=SDP)
    try:
        message = parse(data[:at] + noise + data[at + cut :])
    except MessageError as error:
        if error.request is not None:
            build_refusal(error.request, error.status)
        return
    assert message.cseq >= 0
    assert message.contact is None or message.contact.uri is not None
    if isinstance(message, Request):
        message.stamp("10.0.0.9", 5060)
        assert b"\r\n\r\n" in build_response(message, 200, to_tag="x")


def test_rare_fields_are_asked_of_sipmessage() -> None:
    invite = typed(parsed_request(headers="Session-Expires: 90\r\nAccept: text/plain;q=1\r\n"))
    assert [str(accept.mime_type) for accept in invite.accept or []] == ["text/plain"]
    with pytest.raises(ValueError, match="URI"):
        typed(parsed_request(uri="foo:bar"))
