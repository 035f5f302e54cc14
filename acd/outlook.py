"""What a waiting contact may expect: who is ahead, and who works for its queue.

Looks only. Nothing here is asked by the matching.
"""

from dataclasses import dataclass

from acd.agent import Agent
from acd.contact import Contact
from acd.queue import Queue


@dataclass(frozen=True, slots=True)
class Outlook:
    """One waiting or ringing contact at one moment."""

    position: int
    """Among those of its queue who have no agent, from 1, in the order in which agents take them;
    one who waits for an agent by name is counted too."""
    rings: bool
    """Whether an agent is being rung for it."""


@dataclass(frozen=True, slots=True)
class Worker:
    """An agent who takes contacts of a queue, or will once they are free."""

    agent_id: str
    queues: int
    """How many queues they serve."""
    idle: bool


def outlook(contact: Contact) -> Outlook:
    """O(n) in the contacts of the queue."""
    ahead = sum(1 for other in contact.queue.unanswered.items() if other.rank < contact.rank)
    return Outlook(1 + ahead, bool(contact.offers))


def workers(queue: Queue, agents: list[Agent]) -> list[Worker]:
    """Those who fully qualify, are not on a break and have a device: O(n) in all agents."""
    group = queue.reach[0].groups[0]
    return [
        Worker(agent.agent_id, len(agent.profile.groups), agent.told.state == "idle")
        for agent in agents
        if group in agent.profile.groups and agent.busy_reason is None and agent.device == "usable"
    ]
