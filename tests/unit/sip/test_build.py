import pytest

from sip.build import OutgoingRequest, build_response, header_lines, phrase_of
from sip.message import Request, Response, parse
from tests.support.sip_messages import parsed_request


def test_a_response_echoes_what_the_request_was_matched_by() -> None:
    request = parsed_request(headers="Via: SIP/2.0/UDP upstream;branch=z9hG4bKb\r\n")
    request.stamp("192.0.2.7", 1024)
    data = build_response(
        request, 180, to_tag="mine", headers="X-A: b\r\n", body=b"v=0", content_type="a/b"
    )
    answer = parse(data)
    assert isinstance(answer, Response)
    assert answer.headers["via"] == [
        "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKa;rport=1024;received=192.0.2.7",
        "SIP/2.0/UDP upstream;branch=z9hG4bKb",
    ]
    assert (answer.call_id, answer.from_tag, answer.to_tag) == ("call-1", "f1", "mine")
    assert (answer.cseq, answer.cseq_method) == (1, "INVITE")
    assert (answer.phrase, answer.header("X-A"), answer.body) == ("Ringing", "b", b"v=0")
    assert answer.content_type == "a/b"


def test_a_to_tag_that_is_there_stays() -> None:
    request = parsed_request("BYE", to="<sip:4001@10.0.0.1>;tag=theirs")
    assert parse(build_response(request, 200, to_tag="other")).to_tag == "theirs"


def _invite() -> OutgoingRequest:
    return OutgoingRequest(
        "INVITE",
        "sip:8001@10.0.0.3",
        "UDP 10.0.0.1:5060",
        "z9hG4bK7",
        "<sip:a@b>;tag=1",
        "<sip:8001@b>",
        "cid",
        3,
        ("<sip:p1;lr>", "<sip:p2;lr>"),
        "X-A: b\r\n",
        b"v=0",
        "application/sdp",
    )


def test_a_request_reads_back() -> None:
    invite = parse(_invite().encode())
    assert isinstance(invite, Request)
    assert (invite.method, invite.uri, invite.cseq, invite.call_id) == (
        "INVITE",
        "sip:8001@10.0.0.3",
        3,
        "cid",
    )
    assert (invite.via.branch, invite.via.rport) == ("z9hG4bK7", True)
    assert invite.items("route") == ["<sip:p1;lr>", "<sip:p2;lr>"]
    assert (invite.body, invite.header("x-a"), invite.number("max-forwards")) == (b"v=0", "b", 70)


def test_ack_and_cancel_belong_to_their_invite() -> None:
    """RFC 3261 §17.1.1.3 and §9.1: same Via, Request-URI, Call-ID, From, number and routes."""
    for method, to in (("ACK", "<sip:8001@b>;tag=9"), ("CANCEL", "")):
        message = parse(_invite().hop_by_hop(method, to).encode())
        assert isinstance(message, Request)
        assert (message.uri, message.via.branch, message.call_id) == (
            "sip:8001@10.0.0.3",
            "z9hG4bK7",
            "cid",
        )
        assert (message.cseq, message.cseq_method, message.body) == (3, method, b"")
        assert message.headers["to"] == [to or "<sip:8001@b>"]
        assert len(message.items("route")) == 2


@pytest.mark.parametrize("pair", [("X", "a\r\nEvil: b"), ("X\n", "a"), ("X", "a\rb")])
def test_line_breaks_from_the_application_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="line break"):
        header_lines([("Good", "value"), pair])


def test_unknown_codes_have_the_phrase_of_their_class() -> None:
    assert (phrase_of(486), phrase_of(499)) == ("Busy Here", "Client Error")
