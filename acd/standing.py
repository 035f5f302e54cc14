"""Who else could have had the contact: those next in line, and why each agent has not got it.

Looks only; nothing here changes the engine or decides anything.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Literal, TypeAlias

from acd.agent import Agent
from acd.contact import Contact
from acd.floor import Floor
from acd.lottery import Lottery
from acd.matching import Group
from acd.media import VOICE, place_of
from acd.skills import qualifies
from lean import dataclass

Verdict: TypeAlias = Literal[
    "offered",
    "talking_with",
    "in_line",
    "held_back",
    "not_asked_for",
    "later_step",
    "lacks_skills",
    "busy",
    "ringing",
    "talking",
    "dialling",
    "acw",
]
"""offered: it rings there; talking_with: they have the contact; in_line: idle, and asked after
those before them; held_back: has just let this contact ring (A-06); not_asked_for: idle, but the
contact waits for somebody by name; later_step: not in reach before a step to come; lacks_skills: in
reach of no step; the others: would do, but is not idle."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one agent stands with one contact."""

    agent_id: str
    verdict: Verdict
    place: int | None = None
    """Among the idle agents who may have the contact, from 1; None for everybody else."""
    since: float = 0.0
    """Since when the agent is in the state they are in."""
    reason: str = ""
    """Of being busy."""
    contact_id: str = ""
    """Of whom they talk with, or who rings there."""
    lacks: tuple[tuple[str, int, int], ...] = ()
    """Skill, level asked for, level held: where it does not suffice for what the queue asks."""
    step: int | None = None
    """The step with which they come into reach; 0: from the start, None: never."""


@dataclass(frozen=True, slots=True)
class Runners:
    """Who stood around the winner of an offer."""

    rank: int
    """The winner's place among all idle who qualify: 1, unless those before may not have it now."""
    next: tuple[str, ...]
    """Who would have been asked next, the first one first."""


def runners(floor: Floor, offer_id: int, limit: int) -> Runners | None:
    """The competition for an offer that is live; None for any other."""
    offer = floor.offers.get(offer_id)
    if offer is None:
        return None
    contact = offer.contact
    ahead = sum(
        place_of(each.agent, contact.medium) is not None and each.bars(each.agent)
        for each in contact.held_back
    )
    return Runners(
        1 + ahead, tuple(agent.agent_id for agent in islice(_in_line(floor, contact), limit))
    )


def standings(floor: Floor, contact_id: str) -> list[Standing]:
    """Every agent who is signed in, in the order of the verdicts above, then in that of the line.

    Empty for a contact that is not here.
    """
    contact = floor.contacts.get(contact_id)
    if contact is None:
        return []
    line = {agent.agent_id: place for place, agent in enumerate(_in_line(floor, contact), 1)}
    found = [_standing(agent, contact, line.get(agent.agent_id)) for agent in floor.agents.values()]
    verdicts = list(Verdict.__args__)  # type: ignore[attr-defined]
    return sorted(found, key=lambda each: (verdicts.index(each.verdict), each.place or 0))


def _in_line(floor: Floor, contact: Contact) -> Iterator[Agent]:
    """Idle agents who may have the contact, in the order in which they would be asked."""
    seen = set[str]()
    reach = contact.queue.reach[contact.step]
    for group in reach.groups:
        for agent in _ordered(group):
            if agent.agent_id not in seen and not contact.barred(agent):
                seen.add(agent.agent_id)
                yield agent
    for agent_id in reach.agents:
        named = floor.agents.get(agent_id)
        stands = named is not None and place_of(named, contact.medium) is not None
        if named is not None and stands and agent_id not in seen:
            seen.add(agent_id)
            if not contact.barred(named):
                yield named


def _ordered(group: Group) -> Iterator[Agent]:
    if isinstance(group.idle, Lottery):  # no order: each has the same chance
        return iter(sorted(group.idle, key=lambda agent: agent.signed_in_order))
    return group.idle.in_order()


def _standing(agent: Agent, contact: Contact, place: int | None) -> Standing:
    step = _step_of(agent, contact)
    verdict = _verdict(agent, contact, step)
    other = agent.offer.contact if agent.offer is not None else agent.contact
    needed = contact.queue.config.needed
    levels = dict(agent.profile.skills)
    return Standing(
        agent.agent_id,
        verdict,
        place if verdict == "in_line" else None,
        agent.told.since,
        agent.told.reason,
        other.contact_id if other is not None else "",
        tuple(
            (skill, level, levels.get(skill, 0))
            for skill, level in sorted(needed)
            if levels.get(skill, 0) < level
        ),
        step,
    )


def _verdict(agent: Agent, contact: Contact, step: int | None) -> Verdict:
    if contact.agent is agent:
        return "talking_with"
    if any(offer.agent is agent for offer in contact.offers):
        return "offered"
    asked_for = contact.preference is not None and any(
        choice.agent_id == agent.agent_id for choice in contact.preference.choices
    )
    if not asked_for:
        if step is None:
            return "lacks_skills"
        if step > contact.step:
            return "later_step"
    if place_of(agent, contact.medium) is None:
        state = agent.told.state
        if state == "idle" and (contact.medium != VOICE or not agent.sides.capacity.get(VOICE, 1)):
            return "busy"  # with as many of the medium as they may have
        assert state != "logged_out"
        assert state != "idle", "who is idle stands in a line"
        return state
    if contact.barred(agent):
        return "held_back"
    if contact.preference is not None and not asked_for:
        return "not_asked_for"
    return "in_line"


def _step_of(agent: Agent, contact: Contact) -> int | None:
    """The first step whose reach has the agent."""
    for step, reach in enumerate(contact.queue.reach):
        if agent.agent_id in reach.agents or any(
            qualifies(agent.profile.skills, group.needed) for group in reach.groups
        ):
            return step
    return None
