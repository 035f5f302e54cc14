"""What was made out of calls out that are listened to, until their legs are over."""

from collections import OrderedDict
from typing import NamedTuple

from callcenter import events
from media.heard import Sign

_ANSWERS: frozenset[Sign] = frozenset(("human", "machine", "silent"))
_VOICES: frozenset[Sign] = frozenset(("voice_started", "voice_stopped"))


class Sounds(NamedTuple):
    """As in `CdrLeg`."""

    progress: str | None = None
    answered_by: str | None = None


class LineSounds:
    """By leg; of more than `most` the oldest are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._legs: OrderedDict[str, Sounds] = OrderedDict()

    def heard(self, event: events.LineHeard) -> None:
        """Before the answer the last sign counts, after it who answered; a beep is a machine's."""
        leg = self._legs.setdefault(event.sip_call_id, Sounds())
        if event.sign == "beep":
            leg = leg._replace(answered_by="machine:beep")
        elif event.sign in _ANSWERS:
            leg = leg._replace(answered_by=event.sign)
        elif event.sign not in _VOICES:
            leg = leg._replace(progress=f"{event.sign}:{event.kind}".rstrip(":"))
        self._legs[event.sip_call_id] = leg
        if len(self._legs) > self._most:
            self._legs.popitem(last=False)

    def take(self, sip_call_id: str) -> Sounds:
        """The leg is over."""
        return self._legs.pop(sip_call_id, Sounds())
