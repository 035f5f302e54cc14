"""Messages that we send, written straight into bytes.

Values that come from the application are checked for line breaks once, in `header_lines`;
everything else is either ours or was split off a parsed line and cannot hold one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sip.message import Request

MAX_FORWARDS = 70
"""Hops that a request of ours may take (RFC 3261 §8.1.1.6)."""
BRANCH_COOKIE = "z9hG4bK"
"""How every branch begins since RFC 3261 (§8.1.1.7)."""
PHRASES = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    469: "Bad Info Package",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    600: "Busy Everywhere",
    603: "Decline",
}
_CLASS_PHRASES = {
    1: "Progress",
    2: "OK",
    3: "Redirection",
    4: "Client Error",
    5: "Server Error",
    6: "Global Failure",
}


def phrase_of(code: int) -> str:
    """The usual reason phrase of a status code."""
    return PHRASES.get(code) or _CLASS_PHRASES[code // 100]


def header_lines(headers: Iterable[tuple[str, str]]) -> str:
    """Write header fields as lines. ValueError for a line break in a name or value."""
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    text = "".join(lines)
    if text.count("\r") > len(lines) or text.count("\n") > len(lines):
        raise ValueError("a line break in a SIP header")
    return text


def check_line(text: str) -> str:
    """Pass on text that goes into a head; ValueError for a line break."""
    if "\r" in text or "\n" in text:
        raise ValueError("a line break in a SIP header")
    return text


def build_response(
    request: Request,
    code: int,
    phrase: str = "",
    *,
    to_tag: str = "",
    headers: str = "",
    body: bytes = b"",
    content_type: str = "",
) -> bytes:
    """A response to `request`, whose Via was stamped; `headers` are ready lines."""
    fields = request.headers
    vias = fields["via"]
    via = f"Via: {vias[0]}\r\n" if len(vias) == 1 else "".join([f"Via: {v}\r\n" for v in vias])
    to = fields["to"][0]
    if to_tag and not request.to_tag:
        to = f"{to};tag={to_tag}"
    if body:
        headers = f"{headers}Content-Type: {content_type}\r\n"
    head = (
        f"SIP/2.0 {code} {phrase or phrase_of(code)}\r\n{via}From: {fields['from'][0]}\r\n"
        f"To: {to}\r\nCall-ID: {fields['call-id'][0]}\r\nCSeq: {fields['cseq'][0]}\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("utf-8", "surrogateescape") + body


def build_refusal(request: Request, code: int, phrase: str = "", *, to_tag: str = "") -> bytes:
    """A response to a malformed request: repeats what there is of the fields that it should."""
    lines = [f"SIP/2.0 {code} {phrase or phrase_of(code)}"]
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        values = request.headers.get(name.lower(), [])
        lines += [f"{name}: {value}" for value in (values if name == "Via" else values[:1])]
        if name == "To" and values and not request.to_tag:
            lines[-1] += f";tag={to_tag}"
    return "\r\n".join([*lines, "Content-Length: 0\r\n\r\n"]).encode("utf-8", "surrogateescape")


@dataclass(slots=True)
class OutgoingRequest:
    """A request of ours. `sent_by` is `UDP host:port`; `routes` are Route values in order."""

    method: str
    uri: str
    sent_by: str
    branch: str
    from_: str
    to: str
    call_id: str
    cseq: int
    routes: tuple[str, ...] = ()
    headers: str = ""
    body: bytes = b""
    content_type: str = ""
    max_forwards: int = MAX_FORWARDS

    def encode(self) -> bytes:
        """The request as it goes on the wire."""
        headers = self.headers
        if self.routes:
            headers = "".join([f"Route: {route}\r\n" for route in self.routes]) + headers
        if self.body:
            headers = f"{headers}Content-Type: {self.content_type}\r\n"
        head = (
            f"{self.method} {self.uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.sent_by};rport;branch={self.branch}\r\n"
            f"Max-Forwards: {self.max_forwards}\r\nFrom: {self.from_}\r\nTo: {self.to}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {self.cseq} {self.method}\r\n{headers}"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode("utf-8", "surrogateescape") + self.body

    def hop_by_hop(self, method: str, to: str = "", headers: str = "") -> "OutgoingRequest":
        """The ACK of a failed INVITE (§17.1.1.3) or its CANCEL (§9.1): same branch and number."""
        return OutgoingRequest(
            method,
            self.uri,
            self.sent_by,
            self.branch,
            self.from_,
            to or self.to,
            self.call_id,
            self.cseq,
            self.routes,
            headers,
        )
