"""The timer values of RFC 3261 §17, table 4, in seconds."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TimerConfig:
    """The three base values; all others follow from them."""

    t1: float = 0.5
    """Round-trip time estimate."""
    t2: float = 4.0
    """Longest interval between retransmissions."""
    t4: float = 5.0
    """Longest time a message remains in the network."""
    give_up: float = field(init=False)
    """64*T1: timers B, F, H, J, L and M, and how long a 2xx waits for its ACK."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "give_up", 64 * self.t1)

    @property
    def absorb(self) -> float:
        """Timer D: how long a failed INVITE's client absorbs repeated responses (at least 32 s)."""
        return max(32.0, self.give_up)
