"""What the guard is told by the site: who is let in, how much, and for how long a ban lasts."""

from dataclasses import dataclass

from sip.trunk import Network

SCANNERS = (
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sip-scan",
    "sipcli",
    "sundayddr",
    "sipptk",
    "iwar",
    "sivus",
    "pplsip",
    "vaxasip",
)
"""How programs name themselves that only search for exchanges to break into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardPolicy:
    """Times in seconds; rates in messages a second. Trunks stand outside all of it."""

    allow: tuple[Network, ...] = ()
    """When not empty: nobody else is heard, but trunks and `exempt`."""
    deny: tuple[Network, ...] = ()
    exempt: tuple[Network, ...] = ()
    """Never limited and never banned: an office behind one address, a monitor."""
    roaming: bool = False
    """Whether a phone may call from an address that no phone has proved itself from."""
    rate: float = 20.0
    burst: int = 100
    """Of one source that nobody has vouched for."""
    phone_rate: float = 500.0
    """Of an address from which a phone has proved itself; bursts of two seconds."""
    strangers_rate: float = 500.0
    """Of all sources together that nobody has vouched for; bursts of two seconds."""
    max_failures: int = 10
    """Wrong passwords or calls of a stranger in ten minutes, before a ban."""
    ban: float = 300.0
    """The first ban; each further one is four times as long."""
    ban_max: float = 86_400.0
    remembered: int = 20_000
    """Entries of each table; the one unused for longest gives way."""
    max_lag: float = 1.0
    """Lateness of the shell from which on all new calls get 503; from half of it on, some do."""
    scanners: tuple[str, ...] = SCANNERS
    """Parts of User-Agent, in lower case."""
