"""SIP messages as peers write them, for tests that need bytes."""

from sip.message import Request, Response, parse

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n"
    b"m=audio 6000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)


def request(
    method: str = "INVITE",
    *,
    uri: str = "sip:4001@10.0.0.1",
    branch: str = "z9hG4bKa",
    call_id: str = "call-1",
    cseq: int = 1,
    from_: str = '"Ann" <sip:100@10.0.0.2>;tag=f1',
    to: str = "<sip:4001@10.0.0.1>",
    via: str | None = None,
    contact: str = "<sip:100@10.0.0.2:5060>",
    headers: str = "",
    body: bytes = b"",
) -> bytes:
    """A request from 10.0.0.2:5060; `headers` are further lines, each ending in CRLF."""
    via = via or f"SIP/2.0/UDP 10.0.0.2:5060;branch={branch};rport"
    head = (
        f"{method} {uri} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\nFrom: {from_}\r\n"
        f"To: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n"
        f"Contact: {contact}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def response(
    code: int = 200,
    method: str = "INVITE",
    *,
    branch: str = "z9hG4bKa",
    to: str = "<sip:4001@10.0.0.1>;tag=t1",
    headers: str = "",
    body: bytes = b"",
) -> bytes:
    """A response to what `request` writes."""
    head = (
        f"SIP/2.0 {code} Phrase\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch={branch}\r\n"
        f"From: <sip:100@10.0.0.2>;tag=f1\r\nTo: {to}\r\nCall-ID: call-1\r\n"
        f"CSeq: 1 {method}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def parsed_request(method: str = "INVITE", **fields: object) -> Request:
    """`request`, parsed."""
    message = parse(request(method, **fields))  # type: ignore[arg-type]
    assert isinstance(message, Request)
    return message


def parsed_response(code: int = 200, method: str = "INVITE", **fields: object) -> Response:
    """`response`, parsed."""
    message = parse(response(code, method, **fields))  # type: ignore[arg-type]
    assert isinstance(message, Response)
    return message
