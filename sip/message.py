"""A received SIP message: bounded, tolerant of how real peers write, cheap to ask.

`parse` normalises what sipmessage trips on (folded lines, white space before the colon, bare LF,
bytes that are not UTF-8, unknown URI schemes, compact names in any case) and reads the fields that
matching needs; everything else is parsed when first asked for. Text is decoded with
`surrogateescape`, so that whatever is echoed in a response leaves as the bytes that came.
"""

import re

import sipmessage

from sip import fields
from sip.fields import NameAddr, Via

MAX_MESSAGE = 65_536
MAX_HEADERS = 128
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LINE_BREAK = re.compile(r"\r\n|\n")
_FOLD = re.compile(r"(?:\r\n|\n)[ \t]+")
_SECONDS = re.compile(r"[0-9]{1,9}")
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
# Spelling → canonical name, so that the usual spellings cost one look-up a line.
_USUAL_NAMES = {
    "Via": "via",
    "From": "from",
    "To": "to",
    "Call-ID": "call-id",
    "CSeq": "cseq",
    "Contact": "contact",
    "Max-Forwards": "max-forwards",
    "Content-Type": "content-type",
    "Content-Length": "content-length",
    "Allow": "allow",
    "Supported": "supported",
    "User-Agent": "user-agent",
    "Server": "server",
    "Expires": "expires",
    "Route": "route",
    "Record-Route": "record-route",
    "Require": "require",
    "Date": "date",
    "Authorization": "authorization",
    "Proxy-Authorization": "proxy-authorization",
    "WWW-Authenticate": "www-authenticate",
    "Proxy-Authenticate": "proxy-authenticate",
    "Accept": "accept",
    "Event": "event",
    "Allow-Events": "allow-events",
    "Subscription-State": "subscription-state",
    "Session-Expires": "session-expires",
    "P-Asserted-Identity": "p-asserted-identity",
} | _COMPACT
METHODS = frozenset(
    (
        "INVITE",
        "ACK",
        "CANCEL",
        "BYE",
        "OPTIONS",
        "INFO",
        "MESSAGE",
        "NOTIFY",
        "PRACK",
        "PUBLISH",
        "REFER",
        "REGISTER",
        "SUBSCRIBE",
        "UPDATE",
    )
)
"""All that are registered."""
_EXACTLY_ONCE = ("from", "to", "call-id", "cseq")
_NO_VIA = Via("", "", "", False)


class MessageError(Exception):
    """A message that cannot be used.

    `request` is there when an answer with `status` is due (RFC 3261 §8.2, §16.3): enough of it was
    readable to answer, and it is not an ACK. Without it the message is only to be dropped.
    """

    def __init__(self, reason: str, status: int = 400, request: "Request | None" = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.request = request


class Message:
    """What requests and responses share. Header names are asked for in lower case."""

    __slots__ = (
        "_contact",
        "_from",
        "_to",
        "body",
        "call_id",
        "cseq",
        "cseq_method",
        "from_tag",
        "headers",
        "to_tag",
        "via",
    )

    def __init__(self, headers: dict[str, list[str]], body: bytes) -> None:
        self.headers = headers
        self.body = body
        self.via = _NO_VIA
        self.call_id = self.from_tag = self.to_tag = self.cseq_method = ""
        self.cseq = 0
        self._from: NameAddr | None = None
        self._to: NameAddr | None = None
        self._contact: NameAddr | None = None

    def header(self, name: str) -> str | None:
        """The first value of a field (any spelling of its long name) or None."""
        values = self.headers.get(name.lower())
        return values[0] if values else None

    def items(self, name: str) -> list[str]:
        """All values of a comma-separated field, in order."""
        if name not in self.headers:
            return []
        return [item for value in self.headers.get(name, ()) for item in fields.split_list(value)]

    @property
    def from_(self) -> NameAddr:
        """The From field; ValueError when it is not an address."""
        if self._from is None:
            self._from = fields.parse_name_addr(self.headers["from"][0])
        return self._from

    @property
    def to(self) -> NameAddr:
        """The To field; ValueError when it is not an address."""
        if self._to is None:
            self._to = fields.parse_name_addr(self.headers["to"][0])
        return self._to

    @property
    def contact(self) -> NameAddr | None:
        """The first Contact, None when there is none or it is not an address."""
        if self._contact is None and "contact" in self.headers:
            try:
                value = next(filter(None, self.headers["contact"]), "")
                self._contact = fields.first_address(value)
            except ValueError:
                return None
        return self._contact

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case; empty when there is none."""
        value = self.header("content-type")
        return value.partition(";")[0].strip().lower() if value else ""

    def number(self, name: str) -> int | None:
        """A field that holds one non-negative number; None when absent or anything else."""
        value = self.header(name)
        return None if value is None else _number(value)

    def read_key_fields(self) -> str:
        """Parse what transactions and dialogs match by; returns what is wrong, or nothing."""
        headers = self.headers
        try:
            (from_,), (to,) = headers["from"], headers["to"]
            (self.call_id,), (cseq,) = headers["call-id"], headers["cseq"]
        except (KeyError, ValueError):
            wrong = next(name for name in _EXACTLY_ONCE if len(headers.get(name, ())) != 1)
            return f"{wrong} must be there exactly once"
        try:
            self.via = fields.parse_via(headers["via"][0])
            self.from_tag = fields.tag_of(from_)
            self.to_tag = fields.tag_of(to)
            self.cseq, self.cseq_method = fields.parse_cseq(cseq)
        except (KeyError, ValueError, IndexError) as error:
            return f"Via, From, To or CSeq cannot be read: {error}"
        return "" if self.call_id else "Call-ID is empty"


class Request(Message):
    """A received request; `uri` is the Request-URI as written, `version` in upper case."""

    __slots__ = ("method", "uri", "version")

    def __init__(
        self,
        method: str,
        uri: str,
        headers: dict[str, list[str]],
        body: bytes,
        version: str = "SIP/2.0",
    ) -> None:
        super().__init__(headers, body)
        self.method = method
        self.uri = uri
        self.version = version

    @property
    def answerable(self) -> bool:
        """Whether a response could find its way: there is a Via, and it is no ACK."""
        return self.method != "ACK" and "via" in self.headers

    def stamp(self, host: str, port: int) -> None:
        """Write where the request came from into its top Via, for the responses to carry back."""
        vias = self.headers["via"]
        vias[0] = fields.stamp_via(vias[0], host, port)


class Response(Message):
    """A received response."""

    __slots__ = ("code", "phrase")

    def __init__(self, code: int, phrase: str, headers: dict[str, list[str]], body: bytes) -> None:
        super().__init__(headers, body)
        self.code = code
        self.phrase = phrase

    @property
    def retry_after(self) -> int:
        """The seconds of Retry-After; 0 without. Its comment and parameters do not matter."""
        value = self.header("retry-after")
        seconds = None if value is None else _SECONDS.match(value)
        return 0 if seconds is None else int(seconds[0])


def parse(data: bytes) -> Request | Response:
    """Read one message: a datagram, or one frame of a stream. Raises MessageError."""
    if len(data) > MAX_MESSAGE:
        raise MessageError("longer than 64 KiB")
    end = data.find(b"\r\n\r\n")
    if end >= 0:
        head, body = data[:end], data[end + 4 :]
    else:
        head, body = _split_at_bare_line_feeds(data)
    text = head.decode("utf-8", "surrogateescape")
    lines = text.split("\r\n")
    plain = text.count("\n") == text.count("\r") == len(lines) - 1
    if not plain or "\r\n " in text or "\r\n\t" in text:
        lines = _unfolded(text)
    problem = ""
    headers: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = _USUAL_NAMES.get(name) or _canonical(name)
        if not colon or not key:
            problem = problem or "a header line without a name"
        elif key in headers:
            headers[key].append(value.strip())
        else:
            headers[key] = [value.strip()]
    if len(lines) > MAX_HEADERS:
        problem = f"more than {MAX_HEADERS} header lines"
    message = _start(lines[0], headers, body)
    problem = message.read_key_fields() or problem or _fit_body(message)
    if isinstance(message, Request):
        _judge_request(message, problem)
    elif problem:
        raise MessageError(problem)
    return message


def typed(message: Message) -> sipmessage.Request | sipmessage.Response:
    """The same message as sipmessage's own object, for its accessors of rarely used fields.

    Raises ValueError where sipmessage cannot represent it (for one, a foreign URI scheme).
    """
    typed_message: sipmessage.Request | sipmessage.Response
    if isinstance(message, Request):
        uri = sipmessage.URI.parse(message.uri)
        typed_message = sipmessage.Request(message.method, uri, message.body)
    elif isinstance(message, Response):
        typed_message = sipmessage.Response(message.code, message.phrase, message.body)
    else:
        raise ValueError("neither request nor response")
    for name, values in message.headers.items():
        typed_message.headers.setlist(name, list(values))
    return typed_message


def _split_at_bare_line_feeds(data: bytes) -> tuple[bytes, bytes]:
    match = _END_OF_HEAD.search(data)
    if match is None:
        return data.rstrip(b"\r\n"), b""  # no empty line: the whole datagram is head
    return data[: match.start()], data[match.end() :]


def _unfolded(text: str) -> list[str]:
    """The lines of a head whose lines do not all end in CRLF, or are folded."""
    text = _FOLD.sub(" ", text)
    return [line.replace("\r", " ") for line in _LINE_BREAK.split(text)]


def _canonical(name: str) -> str:
    name = name.strip()
    if _TOKEN.fullmatch(name) is None:
        return ""
    name = name.lower()
    return _COMPACT.get(name, name)


def _start(line: str, headers: dict[str, list[str]], body: bytes) -> Request | Response:
    """Read the first line; the odd ones become a Request whose fault `_judge_request` names."""
    if line[:8].upper() == "SIP/2.0 ":
        code, _, phrase = line[8:].partition(" ")
        if len(code) != 3 or not (code.isascii() and code.isdigit()) or not 100 <= int(code) < 700:
            raise MessageError("not a status line")
        return Response(int(code), phrase, headers, body)
    parts = line.split(" ")
    usual = parts[0] in METHODS
    if len(parts) < 3 or not (usual or _TOKEN.fullmatch(parts[0])):
        raise MessageError("neither a request nor a response")
    return Request(parts[0], " ".join(parts[1:-1]), headers, body, parts[-1].upper())


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 10 else None


def _fit_body(message: Message) -> str:
    """Cut the body to Content-Length (RFC 3261 §18.3); returns what is wrong, or nothing."""
    values = message.headers.get("content-length")
    if values is None or values == [str(len(message.body))]:
        return ""
    length = _number(values[0])
    if length is None or (len(values) > 1 and any(value != values[0] for value in values)):
        return "Content-Length is not one number"
    if length > len(message.body):
        return "the body is shorter than Content-Length"
    if length < len(message.body):
        message.body = message.body[:length]
    return ""


def _judge_request(request: Request, problem: str) -> None:
    """Raise MessageError with the answer that a faulty request is due."""
    status = 400
    if request.version != "SIP/2.0":
        problem = f"version {request.version}"
        status = 505 if request.version.startswith("SIP/") else 400
    elif not problem:
        if request.cseq_method != request.method:
            problem = "CSeq names another method"
            status = 400 if request.method in METHODS else 501  # RFC 4475 §3.1.2.18
        elif not request.uri or " " in request.uri or request.uri[0] == "<":
            problem = "the Request-URI cannot be read"
        elif "?" in request.uri and "?" in request.uri.rpartition("@")[2]:
            problem = "the Request-URI has headers"  # §19.1.1
        elif "::" in request.uri and "[" not in request.uri:
            problem = "the Request-URI has an IPv6 address without brackets"
    if problem:
        raise MessageError(problem, status, request if request.answerable else None)
