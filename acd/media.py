"""Media beside voice: how many contacts of each an agent handles at once, and what interrupts what.

One queue for all of them (GD-2.1.10): contacts of every medium wait by the same ranks, and an agent
takes the first of those that they may have now. Voice is what the agent's state tells of; contacts
of other media lie beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from acd.errors import InvalidCapacityError

if TYPE_CHECKING:
    from acd.agent import Agent
    from acd.contact import Contact
    from acd.heap import Place
    from acd.offers import LiveOffer

VOICE: Final = "voice"

Interrupts = Mapping[str, frozenset[str]]
"""Medium to the media whose contacts an agent may have in hand when one of it is offered."""

INTERRUPTS: Final[Interrupts] = MappingProxyType(
    {
        VOICE: frozenset({"chat", "email"}),
        "chat": frozenset({"email"}),
        "email": frozenset(),
    }
)
"""A call may come to who chats or writes, a chat to who writes, and nothing to who talks."""


@dataclass(slots=True, eq=False)
class Sides:
    """What one agent has beside voice."""

    capacity: dict[str, int]
    """Medium to how many at once; 1 of each that is not named."""
    contacts: "dict[str, Contact]" = field(default_factory=dict)
    offers: "dict[int, LiveOffer]" = field(default_factory=dict)
    places: "dict[str, Place[Agent]]" = field(default_factory=dict)
    """Medium to where the agent stands while they may be offered more of it."""
    blocks_voice: bool = False
    """Whether something is in hand that no call may interrupt."""

    def load(self, medium: str) -> int:
        """Contacts of that medium in hand or offered."""
        if not self.contacts and not self.offers:
            return 0
        offered = sum(each.contact.medium == medium for each in self.offers.values())
        return offered + sum(each.medium == medium for each in self.contacts.values())

    def media(self) -> set[str]:
        """Of all that is in hand or offered."""
        offered = {each.contact.medium for each in self.offers.values()}
        return offered | {each.medium for each in self.contacts.values()}


def capacities(given: Mapping[str, int], owner: str) -> dict[str, int]:
    """A copy. `InvalidCapacityError` for what is no whole number from 0 on, or voice beyond 1."""
    for medium, number in given.items():
        whole = isinstance(number, int) and not isinstance(number, bool)
        if not whole or number < 0 or (medium == VOICE and number > 1):
            raise InvalidCapacityError(owner, medium, number)
    return dict(given)


def place_of(agent: "Agent", medium: str) -> "Place[Agent] | None":
    """Where the agent stands for contacts of the medium; None while they may have none."""
    return agent.place if medium == VOICE else agent.sides.places.get(medium)


def may_take(agent: "Agent", medium: str, interrupts: Interrupts) -> bool:
    """Whether the agent may be offered one more contact of the medium now."""
    sides = agent.sides
    if medium == VOICE:
        return agent.state == "idle" and sides.capacity.get(VOICE, 1) > 0
    if not agent.signed_in or agent.busy_reason is not None or agent.acw is not None:
        return False
    if sides.load(medium) >= sides.capacity.get(medium, 1):
        return False
    allowed = interrupts.get(medium, frozenset())
    on_phone = agent.contact is not None or agent.offer is not None or agent.engagement is not None
    if on_phone and VOICE not in allowed:
        return False
    return all(each in allowed for each in sides.media() if each != medium)
