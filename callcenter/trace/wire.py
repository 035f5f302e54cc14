"""What a person wants to know of one message."""

from dataclasses import dataclass

from media import sdp
from sip.message import Message, MessageError, Request, Response, parse

_SHOWN = ("reason", "warning", "retry-after", "refer-to", "event", "rack", "replaces")
"""Fields that explain a message."""
MAX_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Told:
    """A message in words."""

    label: str
    """`INVITE`, `180 Ringing`; the method of a response where it is not INVITE's."""
    detail: str
    """Numbers, voice, reasons; may be empty."""
    good: bool | None
    """Of a final response: whether it is a success."""


def tell(data: bytes) -> Told:
    """Reads a message; one that cannot be read is told by its first line."""
    try:
        message = parse(data)
    except MessageError as error:
        first = data[:80].split(b"\r")[0].split(b"\n")[0].decode("utf-8", "replace")
        return Told(legible(first), f"malformed: {legible(error.reason)}", False)
    details = [_voice(message), *_explanations(message)]
    if isinstance(message, Request):
        if message.method in ("INVITE", "REGISTER") and not message.to_tag:
            details.insert(0, _numbers(message))
        label, good = message.method, None
    else:
        label, good = _status(message)
    detail = "  ".join(filter(None, details))
    return Told(legible(label), legible(detail)[:MAX_DETAIL], good)


def invited(data: bytes) -> tuple[str, str]:
    """Who calls whom; empty where it cannot be read."""
    try:
        message = parse(data)
        if not isinstance(message, Request):
            return "", ""
        return legible(_user(str(message.from_.uri))), legible(_user(message.uri))
    except (MessageError, ValueError):
        return "", ""


def status_of(data: bytes) -> str:
    """`486 Busy Here` of a response's first line; empty for a request."""
    if not data.startswith(b"SIP/2.0 "):
        return ""
    return legible(data[8:80].split(b"\r", 1)[0].decode("utf-8", "replace"))


def _status(response: Response) -> tuple[str, bool | None]:
    label = f"{response.code} {response.phrase}".strip()
    if response.cseq_method != "INVITE":
        label += f" ({response.cseq_method})"
    return label, response.code < 300 if response.code >= 200 else None


def _numbers(request: Request) -> str:
    try:
        caller = request.from_.uri
    except ValueError:
        caller = "?"
    called = request.uri
    if request.method == "REGISTER":
        return str(caller)
    return f"{_user(str(caller))} → {_user(called)}"


def _user(uri: str) -> str:
    rest = uri.partition(":")[2] or uri
    user, at, _ = rest.partition("@")
    return user.partition(":")[0].partition(";")[0] if at else rest.partition(";")[0]


def _voice(message: Message) -> str:
    """Address, codecs and direction of a session description; the type of another body."""
    if message.content_type != "application/sdp" or not message.body:
        return message.content_type if message.body else ""
    try:
        description = sdp.parse(message.body)
    except sdp.SdpError as error:
        return f"SDP cannot be read: {error}"
    told = []
    for media in description.media:
        names = [
            media.rtpmap[each].name if each in media.rtpmap else _STATIC.get(each, each)
            for each in media.formats
        ]
        what = "" if media.kind == "audio" else f"{media.kind} "
        secure = "" if media.protocol == "RTP/AVP" else f" {media.protocol}"
        where = f"{media.address}:{media.port}" if media.port else "refused"
        told.append(f"{what}{','.join(names)} {where}{secure} {media.direction}")
    return "; ".join(told)


_STATIC = {"0": "PCMU", "3": "GSM", "8": "PCMA", "9": "G722", "18": "G729"}
"""RFC 3551 §6."""


def _explanations(message: Message) -> list[str]:
    return [
        f"{name.title()}: {value}" for name in _SHOWN if (value := message.header(name)) is not None
    ]


def legible(text: str) -> str:
    """One line that steers no terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
