"""Keys and the hook flash that come by INFO (RFC 6086 §4.2.3 legacy usage).

There never was a standard; what is read here is what phones and gateways send: `Signal=` with a
`Duration=` (application/dtmf-relay), a bare key or its event code (application/dtmf), `d=`
(application/vnd.nortelnetworks.digits) and a content type of its own for the flash. No Info
Package is taken.
"""

from dataclasses import dataclass

from sip.message import Message

FLASH = "!"
"""The hook flash, written as H.245 does; telephone event 16."""
ACCEPTED_TYPES = (
    "application/dtmf-relay",
    "application/dtmf",
    "application/vnd.nortelnetworks.digits",
    "application/hook-flash",
)
_KEYS = "0123456789*#ABCD"
_CODES = {str(code): key for code, key in enumerate(_KEYS + FLASH)} | {
    "flash": FLASH,
    "hf": FLASH,
}
_MAX_DURATION_MS = 60_000
_MAX_BODY = 256


class InfoError(Exception):
    """An INFO that is refused with `code`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Info:
    """What an INFO says: one key of `0-9*#A-D` or FLASH, or none (an empty INFO says nothing)."""

    key: str = ""
    duration_ms: int = 0
    """How long the key was held, 0 when that is not told."""


def read_info(message: Message) -> Info:
    """The key that an INFO carries. Raises InfoError: 469, 415 or 400."""
    if "info-package" in message.headers:
        raise InfoError(469, "unknown Info Package")
    kind = message.content_type
    if not message.body and not kind:
        return Info()
    if kind not in ACCEPTED_TYPES:
        raise InfoError(415, "unknown content type")
    if kind == "application/hook-flash":
        return Info(FLASH)
    text = message.body[:_MAX_BODY].decode("ascii", "replace")
    if kind == "application/dtmf" and "=" not in text:
        return Info(_key(text))
    values = {}
    for line in text.splitlines():
        name, _, value = line.partition("=")
        values[name.strip().lower()] = value.strip()
    signal = values.get("signal") or values.get("s") or values.get("d") or ""
    return Info(_key(signal), _duration(values.get("duration", "")))


def _key(text: str) -> str:
    text = text.strip().lower()
    key = _CODES.get(text) or (text.upper() if text and text.upper() in _KEYS + FLASH else "")
    if len(key) != 1:
        raise InfoError(400, "no key")
    return key


def _duration(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return 0
    return min(int(text), _MAX_DURATION_MS)
