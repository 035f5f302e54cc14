"""Bans: who is not answered, why and until when. Each further ban of a source lasts longer."""

from dataclasses import dataclass

from sip.guard.sources import Recent

ESCALATION = 4


@dataclass(frozen=True, slots=True)
class Ban:
    """One banned source. `until` is on the clock that the endpoint is given."""

    source: str
    """An IPv4 address or an IPv6 /64."""
    cause: str
    until: float
    strikes: int
    """How many bans it had in a row, this one included."""


class Bans:
    """All bans, those in force and those just over, which make the next one longer."""

    def __init__(self, first: float, longest: float, limit: int) -> None:
        self._first = first
        self._longest = longest
        self._bans: Recent[Ban] = Recent(limit)

    def __len__(self) -> int:
        return len(self._bans)

    def holds(self, source: str, now: float) -> bool:
        """Whether a source is banned: asked for each datagram, so it costs one look-up."""
        ban = self._bans.get(source)
        return ban is not None and ban.until > now

    def lay(self, source: str, cause: str, now: float, seconds: float | None = None) -> Ban:
        """Ban a source; without `seconds` for as long as its former bans deserve."""
        former = self._bans.get(source)
        strikes = 1
        if former is not None and now - former.until < self._longest:
            strikes += former.strikes
        if seconds is None:
            seconds = min(self._first * ESCALATION ** min(strikes - 1, 16), self._longest)
        ban = Ban(source, cause, now + seconds, strikes)
        self._bans.put(source, ban)
        return ban

    def lift(self, source: str) -> bool:
        """End and forget the bans of a source; False when there was none."""
        return self._bans.pop(source) is not None

    def in_force(self, now: float) -> list[Ban]:
        """The bans in force, the one laid first first."""
        return [ban for _, ban in self._bans.items() if ban.until > now]
