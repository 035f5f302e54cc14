"""What must hold between the keys of queues, and between queues and agents."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import acd
from callcenter.settings.models import QueueSettings
from callcenter.settings.problems import Fault, KeyPath
from callcenter.settings.site import Draft, understood
from ivr.problems import did_you_mean
from ivr.targets import ToFlow, ToQueue

AT_ONCE = ("on_no_agents", "on_closed", "on_break", "on_all_busy", "on_full")
"""Keys by which a caller leaves a queue in the moment of entering it."""


def _agents_are_known(draft: Draft) -> Iterator[Fault]:
    agents = [agent for _, agent in understood(draft.agent)]
    if len(agents) < len(draft.agent):
        return  # an agent with mistakes of its own may be the one that is meant
    known = {agent.agent_id for agent in agents}
    for path, queue in understood(draft.queue):
        named: list[tuple[KeyPath, tuple[str, ...]]] = [((*path, "ranking"), queue.ranking)]
        for position, step in enumerate(queue.steps):
            named.append(((*path, "steps", position, "agents"), step.agents))
        for where, names in named:
            for name in names:
                if name not in known:
                    reason = f"there is no agent '{name}'{did_you_mean(name, known)}"
                    yield Fault(where, reason)


def _ranked_has_a_ranking(draft: Draft) -> Iterator[Fault]:
    for path, queue in understood(draft.queue):
        if queue.strategy == "ranked" and not queue.ranking:
            yield Fault((*path, "strategy"), "'ranked' needs a ranking")


def _steps_relax(draft: Draft) -> Iterator[Fault]:
    """Steps come in the order of time, and each asks for less or adds somebody."""
    known = draft.queue_names()
    for path, queue in understood(draft.queue):
        steps = tuple(acd.Step(**dict(step)) for step in queue.steps)
        try:
            acd.check_steps(queue.name, queue.skills, steps)
        except acd.InvalidQueueError as error:
            yield Fault((*path, "steps"), str(error).removeprefix(f"queue {queue.name!r}: "))
        for position, step in enumerate(queue.steps):
            for name in step.queues:
                where = (*path, "steps", position, "queues")
                if name == queue.name:
                    yield Fault(where, "names the queue itself")
                elif name not in known:
                    yield Fault(where, f"there is no queue '{name}'{did_you_mean(name, known)}")


def _nobody_goes_round_in_circles(draft: Draft) -> Iterator[Fault]:
    """A circle of queues whose callers all leave at once would be run through without end."""
    leads: dict[str, list[tuple[KeyPath, str]]] = {}
    for path, queue in understood(draft.queue):
        targets = [((*path, key), getattr(queue, key)) for key in AT_ONCE]
        leads[queue.name] = [
            (where, target.queue) for where, target in targets if isinstance(target, ToQueue)
        ]
    for start, ways in leads.items():
        for where, name in ways:
            reached, ahead = {name}, [name]
            while ahead:
                nexts = {each for _, each in leads.get(ahead.pop(), ())} - reached
                reached |= nexts
                ahead += nexts
            if start in reached and name != start:
                yield Fault(
                    where, f"leads back to '{start}' over queues that callers leave at once"
                )


def _keys_lead_somewhere(draft: Draft) -> Iterator[Fault]:
    for path, queue in understood(draft.queue):
        for key, target in queue.keys.items():
            where = (*path, "keys", key)
            match target:
                case ToQueue(name) if name == queue.name:
                    yield Fault(where, "leads back to the queue itself")
                case ToQueue(name) if name not in (known := draft.queue_names()):
                    yield Fault(where, f"there is no queue '{name}'{did_you_mean(name, known)}")
                case ToFlow(name) if draft.ivr and name not in (known := draft.flow_names()):
                    yield Fault(where, f"there is no flow '{name}'{did_you_mean(name, known)}")
                case _:
                    pass


def _skills_are_had(draft: Draft) -> Iterator[Fault]:
    """A queue whose callers nobody could ever have, however long they wait."""
    agents = [agent.skills for _, agent in understood(draft.agent)]
    had = {skill for skills in agents for skill in skills}
    queues = {queue.name: queue for _, queue in understood(draft.queue)}
    for path, queue in understood(draft.queue):
        missed = False
        for skill, level in queue.skills.items():
            where = (*path, "skills", skill)
            if skill not in had:
                missed = True
                yield Fault(where, f"no agent has it{did_you_mean(skill, had)}")
            elif not any(skills.get(skill, 0) >= level for skills in agents):
                missed = True
                yield Fault(where, f"no agent reaches level {level}")
        if not missed and not any(_has_all(skills, queue.skills) for skills in agents):
            if _is_served_later(queue, queues, agents):
                reason = "no agent has all of them: callers wait for the first step"
            else:
                reason = "no agent has all of them: nobody will ever answer"
            yield Fault((*path, "skills"), reason)


def _has_all(skills: Mapping[str, int], needed: Mapping[str, int]) -> bool:
    return all(skills.get(skill, 0) >= level for skill, level in needed.items())


def _is_served_later(
    queue: QueueSettings,
    queues: Mapping[str, QueueSettings],
    agents: Sequence[Mapping[str, int]],
) -> bool:
    for step in queue.steps:
        needs = [queues[name].skills for name in step.queues if name in queues]
        if step.skills is not None:
            needs.append(step.skills)
        if step.agents or any(_has_all(skills, need) for skills in agents for need in needs):
            return True
    return False


WARNINGS: tuple[Callable[[Draft], Iterator[Fault]], ...] = (_skills_are_had,)

ERRORS: tuple[Callable[[Draft], Iterator[Fault]], ...] = (
    _agents_are_known,
    _ranked_has_a_ranking,
    _steps_relax,
    _nobody_goes_round_in_circles,
    _keys_lead_somewhere,
)
