"""Refusals in the log: each source and cause once, then how many more there were.

A flood must not fill the disk: there is at most one line a second on the average, and what found
no room is told as one sum.
"""

import logging
from dataclasses import dataclass

from sip.deadlines import NEVER, Alarm
from sip.guard.sources import Bucket, Recent

log = logging.getLogger("sip")

_SUM_UP_AFTER_S = 60.0
_LINES = 20
_LINES_A_SECOND = 1.0
_ENTRIES = 500


@dataclass(slots=True)
class _Entry:
    cause: str
    source: str
    more: int = 0


class Journal:
    """Told of every refusal; writes few lines."""

    def __init__(self, alarm: Alarm | None = None) -> None:
        self._alarm = alarm or Alarm()
        self._alarm.watch(self)
        self._entries: Recent[_Entry] = Recent(_ENTRIES)
        self._room = Bucket(_LINES, 0.0)
        self._untold = 0
        self.due_at = NEVER
        """When `advance` has something to tell."""

    def note(self, cause: str, source: str, now: float, detail: str = "") -> None:
        """A refusal. `cause` is one of a few words; `detail` may hold what a peer wrote."""
        key = f"{cause} {source}"
        entry = self._entries.get(key)
        if entry is not None:
            entry.more += 1
        elif self._room.take(_LINES_A_SECOND, _LINES, now):
            self._entries.put(key, _Entry(cause, source))
            log.warning("refused %s: %s%s", source, cause, f" ({detail!a})" if detail else "")
        else:
            self._untold += 1
        if self.due_at == NEVER:
            self.due_at = now + _SUM_UP_AFTER_S
            self._alarm.at = min(self._alarm.at, self.due_at)

    def next_at(self) -> float:
        """When `advance` has something to tell, or NEVER."""
        return self.due_at

    def advance(self, now: float) -> None:
        """Tell what came after the first lines."""
        if now < self.due_at:
            return
        untold, self._untold = self._untold, 0
        for key, entry in self._entries.items():
            if entry.more and self._room.take(_LINES_A_SECOND, _LINES, now):
                log.warning("refused %s: %s, %d more", entry.source, entry.cause, entry.more)
            else:
                untold += entry.more
            if entry.more:
                entry.more = 0
            else:
                self._entries.pop(key)
        if untold:
            log.warning("refused: %d more, of sources too many to name", untold)
        self.due_at = now + _SUM_UP_AFTER_S if len(self._entries) else NEVER
