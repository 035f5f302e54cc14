"""What to do: everything that the engine tells the application, in the order to be done.

A cause comes before its effect: `Withdraw` before the change of the agent's state, both before the
next `Offer`.
"""

from typing import Literal, TypeAlias

from acd.agent import AgentState
from lean import dataclass

WithdrawCause: TypeAlias = Literal[
    "caller_left",
    "no_answer",
    "rejected",
    "device_busy",
    "device_failed",
    "lost_race",
    "withdrawn",
]
OverflowCause: TypeAlias = Literal["closed", "no_agents", "all_busy", "full", "max_wait"]
"""In the order in which they are looked at (A-07)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this agent for this contact; both are reserved until `OfferAccepted` or `Withdraw`."""

    offer_id: int
    contact_id: str
    agent_id: str
    queue: str
    answer_within: float
    """Seconds; the engine itself withdraws the offer then."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The offer is over unaccepted: stop whatever still rings for it.

    Every offer that is not accepted ends in exactly one of these, also when the application itself
    reported the refusal: one place to stop the ringing and to tell the desk.
    """

    offer_id: int
    contact_id: str
    agent_id: str
    cause: WithdrawCause


@dataclass(frozen=True, slots=True)
class Overflow:
    """The contact is out of the queue unanswered; send it where the queue says."""

    contact_id: str
    queue: str
    cause: OverflowCause


@dataclass(frozen=True, slots=True)
class AgentStateChanged:
    """The agent's derived state, or the reason of being busy, changed."""

    agent_id: str
    state: AgentState
    previous: AgentState
    reason: str
    """Of being busy; empty in every other state."""
    since: float


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A relaxation step: more agents may have the contact from now on."""

    contact_id: str
    queue: str
    step: int
    """Steps taken, 1 with the first of the queue's."""


Command: TypeAlias = Offer | Withdraw | Overflow | StepTaken | AgentStateChanged
