"""An offer while it lasts, and what each way of refusing it means for the agent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acd.agent import Agent
    from acd.contact import Contact
    from acd.deadlines import Deadline
    from acd.events import RefusalOutcome


@dataclass(slots=True, eq=False)
class LiveOffer:
    """One agent and one contact, reserved for each other."""

    offer_id: int
    contact: "Contact"
    agent: "Agent"
    timeout: "Deadline | None" = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a refusal does to the agent (agent protocol, rule 12; A-06)."""

    counts: bool = False
    """Counted against the agent."""
    sets_busy: bool = False
    """The outcome becomes the reason of being busy."""
    breaks_device: bool = False
    """The device is offered nothing more until it or the agent reports back."""
    keeps_turn: bool = False
    """The agent keeps their place among the idle."""


CONSEQUENCES: "Mapping[RefusalOutcome, Consequence]" = {
    "rejected": Consequence(counts=True, sets_busy=True),
    "no_answer": Consequence(counts=True, sets_busy=True),
    # A phone in use elsewhere would refuse every caller in turn: busy in both profiles.
    "device_busy": Consequence(sets_busy=True),
    "device_failed": Consequence(breaks_device=True),
    "withdrawn": Consequence(keeps_turn=True),
}
WZ_NO_ANSWER = Consequence(counts=True)
"""With `busy_after_no_answer` off the agent stays idle, at the end of the line."""
