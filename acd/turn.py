"""What the strategies rank an agent by: state of the routing, which no report ever resets."""

from dataclasses import dataclass
from math import exp

OCCUPANCY_MEMORY = 1800.0
"""Seconds after which a time of work or of rest weighs 1/e of what it did."""


@dataclass(slots=True)
class Turn:
    """Kept from signing in to signing out."""

    idle_since: float
    """The last change to idle. An offer that the caller abandons does not count as one."""
    contact_since: float
    """The end of the last contact, or the last offer missed; before that, the signing in."""
    contacts: int
    """Answered since signing in, above what the agent started with (`acd.tally`)."""
    earned: float = 0.0
    """Seconds idle since `contact_since`, without those since `idle_since`."""
    standings: int = 0
    """How often the agent has come to stand among the idle."""
    occupancy: float = 0.0
    """Share of contacts and after-call work among them and idle time, the older the lighter."""

    def end_contact(self, now: float) -> None:
        """A contact ended or was missed: to the end of the line."""
        self.contact_since = now
        self.earned = 0.0

    def worked(self, seconds: float) -> None:
        """A contact or after-call work lasted so long."""
        self.occupancy = 1.0 - (1.0 - self.occupancy) * exp(-seconds / OCCUPANCY_MEMORY)

    def rested(self, seconds: float) -> None:
        """The agent was idle so long."""
        self.occupancy *= exp(-seconds / OCCUPANCY_MEMORY)
