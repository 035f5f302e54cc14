"""The gate: what a source may send before anyone reads it, and what it loses by misbehaving.

A source is, in this order: a trunk (nothing is limited or counted against it), banned, exempt,
known (a phone has proved itself from there, or a trunk's call leads there) or a stranger. Asking
costs a dictionary look-up for a trunk and two for who is banned. Strangers share one budget, so
that many of them cost no more than a few.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sip.deadlines import Alarm
from sip.guard.bans import Ban, Bans
from sip.guard.journal import Journal
from sip.guard.policy import GuardPolicy
from sip.guard.sources import Bucket, Recent, in_networks, source_of

log = logging.getLogger("sip")

_FORGIVEN_AFTER_S = 600.0
_PATIENCE = 3.0
"""Failures after which a stranger's calls are not even refused."""
_BURST_S = 2.0
_FOREVER = float("inf")


class Offence(Enum):
    """What is held against a stranger: a name for the log, and how many failures it counts as."""

    SCANNER = ("scanner", 1e9)
    WRONG_PASSWORD = ("wrong password", 1.0)
    CALL = ("call of a stranger", 1.0)
    MALFORMED = ("malformed message", 0.5)
    REQUEST = ("request of a stranger", 0.01)
    """Each by itself is in order: OPTIONS, REGISTER without digest, a request without dialog. An
    office whose power comes back sends hundreds before the first of its phones is known."""
    FLOOD = ("too many messages", 0.005)

    def __init__(self, text: str, failures: float) -> None:
        self.text = text
        self.failures = failures


_NO_CARRIERS = (Offence.SCANNER, Offence.WRONG_PASSWORD)
"""What no carrier does, wherever its calls lead."""


@dataclass(slots=True)
class GuardCounters:
    """What the guard did so far, for metrics."""

    bans: int = 0
    dropped_banned: int = 0
    dropped_denied: int = 0
    dropped_rate: int = 0
    """Of one source beyond its rate."""
    dropped_strangers: int = 0
    """Beyond the rate of all strangers together."""
    silenced: int = 0
    """Requests of strangers that were read but not answered."""
    scanners: int = 0
    throttled: int = 0
    """Right passwords not believed, because wrong ones had come too often."""
    shed: int = 0
    """New requests refused with 503 so that calls in progress do not suffer."""


class Gate:
    """`is_trunk(host)` has to be quick: it is asked for every message."""

    def __init__(
        self, policy: GuardPolicy, is_trunk: Callable[[str], bool], alarm: Alarm | None = None
    ) -> None:
        self._policy = policy
        self._is_trunk = is_trunk
        listed = (*policy.allow, *policy.deny, *policy.exempt)
        self._narrow = tuple(each for each in listed if each.version == 6 and each.prefixlen > 64)
        self._source_of = self._listed_or_source_of if self._narrow else source_of
        self._scanners = tuple(name.lower() for name in policy.scanners if name)
        self._bans = Bans(policy.ban, policy.ban_max, policy.remembered)
        self._known: Recent[float] = Recent(policy.remembered)
        self._led: Recent[float] = Recent(policy.remembered)
        """Where trunks' calls lead: a table of its own, for callers may choose their Contact."""
        self._rates: Recent[Bucket] = Recent(policy.remembered)
        self._failures: Recent[Bucket] = Recent(policy.remembered)
        self._strangers = Bucket(policy.strangers_rate * _BURST_S, 0.0)
        self.journal = Journal(alarm)
        self.counters = GuardCounters()

    def admits(self, host: str, now: float) -> bool:
        """Whether a message from that host is read at all."""
        if self._is_trunk(host):
            return True
        source = self._source_of(host)
        if self._bans.holds(source, now):
            self.counters.dropped_banned += 1
            return False
        until = self._known.get(source)
        if until is not None and until > now:
            return until == _FOREVER or self._within_phone_rate(source, now)
        if (self._led.get(source) or 0.0) > now:
            return self._within_phone_rate(source, now)
        bucket = self._rates.get(source)
        if bucket is None:
            return self._first_sight(host, source, now)
        return self._within_rates(host, source, bucket, now)

    def is_stranger(self, host: str, now: float) -> bool:
        """Whether nobody has vouched for that host, not even a trunk's call that leads there."""
        if self.has_proved(host, now):
            return False
        return (self._led.get(self._source_of(host)) or 0.0) <= now

    def has_proved(self, host: str, now: float) -> bool:
        """Whether that host is a trunk's, exempt, or a phone has proved itself from there."""
        if self._is_trunk(host):
            return True
        until = self._known.get(self._source_of(host))
        return until is not None and until > now

    def is_exempt(self, host: str) -> bool:
        """Whether nothing that host does is held against it: a trunk's, or listed in `exempt`."""
        return self._is_trunk(host) or self._known.get(self._source_of(host)) == _FOREVER

    def trust(self, host: str, until: float) -> None:
        """A phone has proved itself from there: forgive it."""
        self._vouch(host, until, self._known)
        self._failures.pop(self._source_of(host))

    def lead(self, host: str, until: float) -> None:
        """A trunk's call leads there: what belongs to it is heard; passwords prove more."""
        self._vouch(host, until, self._led)

    def is_scanner(self, user_agent: str) -> bool:
        """Whether a User-Agent names a program that only searches for victims."""
        lowered = user_agent.lower()
        return any(map(lowered.__contains__, self._scanners))

    def offends(self, host: str, offence: Offence, now: float, detail: str = "") -> bool:
        """Hold something against a stranger; False when it is not even to be answered.

        Trunks, exempt addresses and those of phones that proved themselves are not counted, nor is
        most of what comes from where a trunk's call leads to: a carrier is there.
        """
        if self.has_proved(host, now):
            return True
        if offence not in _NO_CARRIERS and not self.is_stranger(host, now):
            return True
        source = self._source_of(host)
        if self._bans.holds(source, now):
            return False
        allowed = float(self._policy.max_failures)
        bucket = self._failures.get(source) or Bucket(allowed, now)
        self._failures.put(source, bucket)
        if not bucket.take(allowed / _FORGIVEN_AFTER_S, allowed, now, offence.failures):
            self.ban(host, offence.text, now)
            return False
        if offence is not Offence.REQUEST:  # that one is no refusal: every phone begins so
            self.journal.note(offence.text, source, now, detail)
        return offence is not Offence.CALL or allowed - bucket.tokens <= _PATIENCE

    def ban(self, host: str, cause: str, now: float, seconds: float | None = None) -> None:
        """Ban a host's source; trunks cannot be banned."""
        if self._is_trunk(host):
            return
        source = self._source_of(host)
        ban = self._bans.lay(source, cause, now, seconds)
        self._failures.pop(source)
        self._rates.pop(source)
        self.counters.bans += 1
        self.journal.note(f"banned for {ban.until - now:.0f} s after: {cause}", source, now)

    def unban(self, host: str) -> bool:
        """Lift a ban; False when there was none."""
        self._failures.pop(self._source_of(host))
        return self._bans.lift(self._source_of(host))

    def bans(self, now: float) -> list[Ban]:
        """The bans in force, those by `deny` and `allow` not among them."""
        return [ban for ban in self._bans.in_force(now) if ban.until != _FOREVER]

    def _listed_or_source_of(self, host: str) -> str:
        """Who is listed by less than a /64 of IPv6 is a source alone: neither are the neighbours
        let in with it, nor is it kept out with them."""
        return host if in_networks(host, self._narrow) else source_of(host)

    def _vouch(self, host: str, until: float, table: Recent[float]) -> None:
        """No word of others stands above the site's lists, which are read once for each source."""
        source = self._source_of(host)
        exempt = self._policy.exempt
        if source not in table and (in_networks(host, exempt) or self._is_barred(host)):
            return
        table.put(source, max(until, table.get(source) or 0.0))
        self._rates.pop(source)

    def _is_barred(self, host: str) -> bool:
        policy = self._policy
        outside = policy.allow and not in_networks(host, policy.allow)
        return bool(outside) or in_networks(host, policy.deny)

    def _first_sight(self, host: str, source: str, now: float) -> bool:
        policy = self._policy
        if in_networks(host, policy.exempt):
            self._known.put(source, _FOREVER)
            return True
        if self._is_barred(host):
            self.counters.dropped_denied += 1
            self._bans.lay(source, "denied", now, _FOREVER)
            self.journal.note("address is denied", source, now)
            return False
        bucket = Bucket(policy.burst, now)
        self._rates.put(source, bucket)
        return self._within_rates(host, source, bucket, now)

    def _within_rates(self, host: str, source: str, bucket: Bucket, now: float) -> bool:
        policy = self._policy
        if not bucket.take(policy.rate, policy.burst, now):
            self.counters.dropped_rate += 1
            self.offends(host, Offence.FLOOD, now)
            return False
        rate = policy.strangers_rate
        if not self._strangers.take(rate, rate * _BURST_S, now):
            self.counters.dropped_strangers += 1
            self.journal.note("too many messages together", "strangers", now)
            return False
        self._rates.touch(source)
        return True

    def _within_phone_rate(self, source: str, now: float) -> bool:
        rate = self._policy.phone_rate
        bucket = self._rates.get(source)
        if bucket is None:
            bucket = Bucket(rate * _BURST_S, now)
            self._rates.put(source, bucket)
        if bucket.take(rate, rate * _BURST_S, now):
            return True
        self.counters.dropped_rate += 1
        self.journal.note("too many messages", source, now)
        return False
