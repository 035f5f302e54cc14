"""Bodies of several parts (RFC 2046 §5.1, RFC 5621): the session description is taken out.

Carriers put it beside ISUP, location or charging data of which nothing here has a use. The part
that is the session becomes the message's body; the others are left out unless they must be
understood (`handling=required`, RFC 3204 §6). Where a part says nothing of it, RFC 5621 wants it
understood; a call with a location in it is answered all the same.

The parser is ours, because it has to be bounded: `email.parser` splits whatever is nested.
"""

from typing import Final, NamedTuple

from sip import fields
from sip.message import Message, Request, Response

SDP: Final = "application/sdp"
ACCEPTED: Final = f"{SDP}, multipart/mixed, multipart/alternative, multipart/related"
_KINDS: Final = frozenset(("multipart/mixed", "multipart/alternative", "multipart/related"))
_WITH_SESSION: Final = ("INVITE", "UPDATE", "PRACK", "ACK")
_MAX_PARTS: Final = 16
_MAX_DEPTH: Final = 2
_MAX_HEAD: Final = 2048
_MAX_BOUNDARY: Final = 70  # RFC 2046 §5.1.1


class NotUnderstoodError(Exception):
    """A body that cannot be used: malformed, or a part in it has to be understood and is not."""


class _Part(NamedTuple):
    content_type: str
    disposition: str
    body: bytes

    @property
    def kind(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def is_session(self) -> bool:
        """Whether it is the session description, and no other use is meant for it."""
        use = self.disposition.partition(";")[0].strip().lower()
        return self.kind == SDP and use in ("", "session")

    @property
    def is_required(self) -> bool:
        params = self.disposition[len(self.disposition.partition(";")[0]) :]
        return (fields.parameter(params, "handling") or "").lower() == "required"


def unwrap(message: Message) -> None:
    """Put the session description of a multipart body in its place.

    A body that cannot be used stays as it is, for `session_body_refused` to refuse. Of what cannot
    be refused, an answer or an ACK, a body that is no session description is left out: SIP-I puts
    ISUP alone into them (ITU-T Q.1912.5), and that is neither early media nor an answer.
    """
    values = message.headers.get("content-type")
    if not values or (values[0] == SDP and "content-disposition" not in message.headers):
        return
    value = values[0]
    if value[:10].lower() != "multipart/":
        stands = isinstance(message, Response) or message.cseq_method == "ACK"
        if stands and message.cseq_method in _WITH_SESSION:
            part = _Part(value, message.header("content-disposition") or "", message.body)
            message.body = message.body if part.is_session else b""
        return
    try:
        found = _session_in(_Part(value, "", message.body), 0)
    except NotUnderstoodError:
        return
    message.body = found or b""
    if found is None:
        del message.headers["content-type"]
    else:
        message.headers["content-type"] = [SDP]
    message.headers.pop("content-disposition", None)


def session_body_refused(request: Request) -> bool:
    """Whether the body of an INVITE, UPDATE or PRACK is to be refused with 415.

    A body that is no session description and need not be understood is emptied.
    """
    value = request.header("content-type")
    if value is None or not request.body:
        return False
    if value == SDP and "content-disposition" not in request.headers:
        return False
    part = _Part(value, request.header("content-disposition") or "", request.body)
    if part.is_session:
        return False
    if (fields.parameter(";" + part.disposition.partition(";")[2], "handling") or "") != "optional":
        return True
    request.body = b""
    return False


def _session_in(part: _Part, depth: int) -> bytes | None:
    """The session description in a part; None when there is none and none is missed."""
    if part.is_session:
        return part.body
    if part.kind not in _KINDS:
        if part.is_required:
            raise NotUnderstoodError(part.kind)
        return None
    if depth == _MAX_DEPTH:
        raise NotUnderstoodError("nested too deep")
    parts = _split(part)
    if part.kind == "multipart/alternative":
        return _last_understood(parts, depth)
    found = None
    for inner in parts:
        session = _session_in(inner, depth + 1)
        found = session if found is None else found
    return found


def _last_understood(parts: list[_Part], depth: int) -> bytes | None:
    """Of alternatives the last that can be used is the best (RFC 2046 §5.1.4)."""
    for part in reversed(parts):
        try:
            session = _session_in(part, depth + 1)
        except NotUnderstoodError:
            continue
        if session is not None:
            return session
    return None


def _split(part: _Part) -> list[_Part]:
    params = part.content_type[len(part.content_type.partition(";")[0]) :]
    boundary = fields.parameter(params, "boundary") or ""
    if not 0 < len(boundary) <= _MAX_BOUNDARY or not boundary.isascii():
        raise NotUnderstoodError("no boundary")
    mark = b"--" + boundary.encode()
    pieces: list[_Part] = []
    at = _next_mark(part.body, mark, 0)
    while at >= 0:
        start = at + len(mark)
        if part.body.startswith(b"--", start):
            return pieces
        if len(pieces) == _MAX_PARTS:
            raise NotUnderstoodError("too many parts")
        at = _next_mark(part.body, mark, start)
        end = at if at >= 0 else len(part.body)  # the closing mark is often forgotten
        pieces.append(_read(part.body[start:end]))
    if not pieces:
        raise NotUnderstoodError("no parts")
    return pieces


def _next_mark(body: bytes, mark: bytes, start: int) -> int:
    """Where the next delimiter line begins; -1 for none. The mark may be another's beginning."""
    at = body.find(mark, start)
    while at >= 0:
        after = body[at + len(mark) : at + len(mark) + 2].lstrip(b" \t")
        if (at == 0 or body[at - 1 : at] == b"\n") and after[:1] in (b"\r", b"\n", b"-", b""):
            return at
        at = body.find(mark, at + 1)
    return -1


def _read(piece: bytes) -> _Part:
    """One part: what follows its delimiter, up to the line end before the next."""
    piece = piece[piece.find(b"\n") + 1 :]
    for end in (b"\r\n", b"\n"):
        if piece.endswith(end):
            piece = piece[: -len(end)]
            break
    if piece[:2] == b"\r\n" or piece[:1] == b"\n":
        return _Part("text/plain", "", piece.partition(b"\n")[2])
    for blank in (b"\r\n\r\n", b"\n\n"):
        head, found, body = piece.partition(blank)
        if found:
            break
    if len(head) > _MAX_HEAD:
        raise NotUnderstoodError("a part's head is too long")
    content_type, disposition = "text/plain", ""
    for line in head.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        match name.strip().lower():
            case "content-type" | "c":
                content_type = value.strip()
            case "content-disposition":
                disposition = value.strip()
            case "content-transfer-encoding" | "content-encoding":
                if value.strip().lower() not in ("7bit", "8bit", "binary", "identity", ""):
                    raise NotUnderstoodError("an encoded part")
    return _Part(content_type, disposition, body)
