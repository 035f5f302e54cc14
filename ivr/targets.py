"""The one grammar that names where a call goes next, in flows, site files and the agent protocol.

    hangup
    busy
    voicemail | voicemail:BOX
    queue:NAME
    flow:NAME
    number:DIGITS

A name is 1 to 64 letters, digits, `_`, `.` or `-`; targets with any other cannot be made. `str()`
of a target gives its text back.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

DEFAULT_BOX = "default"
"""The voicemail box meant by a bare `voicemail`."""

NAME = re.compile(r"[\w.-]{1,64}")
NUMBER = re.compile(r"\+?[0-9]{1,31}[*#]?")


class TargetError(ValueError):
    """The text names no target; the message says what it should look like."""


def _check_name(kind: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise TargetError(
            f"'{kind}:{name}' needs a name after the colon (1 to 64 letters, digits, _ . -)"
        )


@dataclass(frozen=True, slots=True)
class ToHangUp:
    """End the call."""

    def __str__(self) -> str:
        return "hangup"


@dataclass(frozen=True, slots=True)
class ToBusy:
    """Turn the caller away as the network does."""

    def __str__(self) -> str:
        return "busy"


@dataclass(frozen=True, slots=True)
class ToVoicemail:
    """Take a message."""

    box: str = DEFAULT_BOX

    def __post_init__(self) -> None:
        _check_name("voicemail", self.box)

    def __str__(self) -> str:
        return "voicemail" if self.box == DEFAULT_BOX else f"voicemail:{self.box}"


@dataclass(frozen=True, slots=True)
class ToQueue:
    """Wait for an agent."""

    queue: str

    def __post_init__(self) -> None:
        _check_name("queue", self.queue)

    def __str__(self) -> str:
        return f"queue:{self.queue}"


@dataclass(frozen=True, slots=True)
class ToFlow:
    """Continue in another flow."""

    flow: str

    def __post_init__(self) -> None:
        _check_name("flow", self.flow)

    def __str__(self) -> str:
        return f"flow:{self.flow}"


@dataclass(frozen=True, slots=True)
class ToNumber:
    """Call somebody: an extension, or outside, as from a seat."""

    number: str

    def __post_init__(self) -> None:
        if not NUMBER.fullmatch(self.number):
            raise TargetError(f"'number:{self.number}' needs the digits to dial after the colon")

    def __str__(self) -> str:
        return f"number:{self.number}"


Target: TypeAlias = ToHangUp | ToBusy | ToVoicemail | ToQueue | ToFlow | ToNumber

_BARE: dict[str, Target] = {
    "hangup": ToHangUp(),
    "busy": ToBusy(),
    "voicemail": ToVoicemail(),
}
_NAMED: dict[str, Callable[[str], Target]] = {
    "voicemail": ToVoicemail,
    "queue": ToQueue,
    "flow": ToFlow,
    "number": ToNumber,
}
FORMS = "hangup, busy, voicemail, voicemail:BOX, queue:NAME, flow:NAME or number:DIGITS"


def parse(text: str) -> Target:
    """The target that `text` names. Raises `TargetError`."""
    kind, colon, name = text.partition(":")
    if not colon and kind in _BARE:
        return _BARE[kind]
    if colon and kind in _NAMED:
        return _NAMED[kind](name)
    if kind in _NAMED:
        raise TargetError(f"'{text}' must name one: write {kind}:NAME")
    if kind in _BARE:
        raise TargetError(f"'{text}' must be just {kind}")
    near = difflib.get_close_matches(kind, sorted(_BARE.keys() | _NAMED.keys()), n=1)
    hint = f"; did you mean '{near[0]}{colon}{name}'?" if near else f"; write {FORMS}"
    raise TargetError(f"'{text}' is not a target{hint}")
