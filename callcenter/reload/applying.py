"""Takes new settings over while calls go on: see `differences.taken_over` for which.

Must be given settings that hold together, and runs in one go: no call sees half of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import acd
import ivr
from callcenter.exchange import Exchange, queue_config
from callcenter.settings import AgentSettings, QueueSettings, Settings
from callcenter.statistics.live import Level
from callcenter.switch.roster import SignIn

REMOVED = "removed"
"""Why somebody is signed out who is no agent any more."""


def apply(exchange: Exchange, settings: Settings, flows: Mapping[str, ivr.Flow]) -> None:
    """From now on the exchange works by these settings and flows."""
    before = exchange.settings
    services = exchange.services
    exchange.settings = services.settings = settings
    # Queues first: numbers and flows lead to them. Those that are gone keep their settings, for
    # the talks that came from there.
    services.queues.update({queue.name: queue for queue in settings.queues})
    levels = {each.name: Level(each.answer_within, each.service_level) for each in settings.queues}
    services.levels.levels = levels
    _queues(exchange, before.queues, settings.queues)
    exchange.numbers.learn(settings.numbers, flows)
    services.pbx.plan.learn(settings.numbers)
    _remove(exchange, [queue for queue in before.queues if queue.name not in levels])
    exchange.remember_last_agents()
    exchange.opening.learn(settings.calendars, settings.queues)
    _agents(exchange, settings.agents)


def _queues(
    exchange: Exchange, before: Iterable[QueueSettings], after: Iterable[QueueSettings]
) -> None:
    """New ones open bare, so that steps may name queues that are new, too."""
    known = {queue.name: queue_config(queue) for queue in before}
    wanted = [queue_config(queue) for queue in after]
    for config in wanted:
        if config.name not in known:
            known[config.name] = replace(config, steps=())
            exchange.dispatcher.post(acd.QueueAdded(known[config.name]))
    for config in wanted:
        if config != known[config.name]:
            exchange.dispatcher.post(acd.QueueChanged(config))


def _remove(exchange: Exchange, gone: Iterable[QueueSettings]) -> None:
    """Those that go may name one another in their steps."""
    configs = [queue_config(queue) for queue in gone]
    for config in configs:
        if config.steps:
            exchange.dispatcher.post(acd.QueueChanged(replace(config, steps=())))
    for config in configs:
        exchange.dispatcher.post(acd.QueueRemoved(config.name))


def _agents(exchange: Exchange, agents: Iterable[AgentSettings]) -> None:
    roster, desk = exchange.roster, exchange.desk
    roster.agents = {agent.agent_id: agent for agent in agents}
    desk.passwords.learn(roster.agents.values())
    for entry in roster:
        agent = roster.agents.get(entry.agent_id)
        if agent is None or _outranked(entry, agent):
            desk.dismiss(entry, REMOVED)
        elif agent != entry.agent:
            skills = _skills_now(entry, agent)
            entry.agent = agent
            if skills != entry.skills:
                entry.skills = skills
                exchange.dispatcher.post(acd.AgentSkilled(entry.agent_id, skills))


def _outranked(entry: SignIn, agent: AgentSettings) -> bool:
    """Whether they are signed in with rights that they no longer have."""
    return entry.agent_class == "supervisor" and agent.agent_class != "supervisor"


def _skills_now(entry: SignIn, agent: AgentSettings) -> dict[str, int]:
    """The new levels; what the login left out stays out, what it lowered stays lowered."""
    before, found = entry.agent.skills, {}
    for skill, level in agent.skills.items():
        in_force = entry.skills.get(skill)
        if skill not in before or in_force == before[skill]:
            found[skill] = level
        elif in_force is not None:
            found[skill] = min(level, in_force)
    return found
