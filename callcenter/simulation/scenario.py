"""A scenario file: traffic to be generated, as TOML."""

import tomllib
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from math import inf
from pathlib import Path
from random import Random
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

import acd
from callcenter.settings import Settings
from callcenter.simulation.duration import Duration
from callcenter.simulation.errors import SimulationError
from callcenter.simulation.traffic import Arrival, Habits, Presence, Traffic
from ivr.problems import did_you_mean

MAX_ARRIVALS = 5_000_000


def _time_of_day(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute)
    hour, colon, minute = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not (colon and hour.isdigit() and minute.isdigit() and int(minute) < 60):
        raise ValueError('must be a time of day like "08:30"')
    return timedelta(hours=int(hour), minutes=int(minute))


TimeOfDay: TypeAlias = Annotated[timedelta, BeforeValidator(_time_of_day)]
Rate: TypeAlias = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ArrivalsTable(_Table):
    """`[[arrivals]]`: callers of one queue."""

    queue: str
    per_hour: Rate | tuple[Rate, ...]
    """One rate, or one for each hour from the beginning; the last one goes on."""
    talk: Duration
    patience: Duration | None = None
    """None: nobody hangs up."""
    priority: int = 0

    def rate(self, at: float) -> float:
        """Calls a second at that time."""
        if isinstance(self.per_hour, float):
            return self.per_hour / 3600
        hour = min(int(at // 3600), len(self.per_hour) - 1)
        return self.per_hour[hour] / 3600 if self.per_hour else 0.0


class ShiftTable(_Table):
    """`[[shift]]`: agents of the site by their ids, or so many with these skills."""

    agents: tuple[str, ...] = ()
    count: Annotated[int, Field(ge=0, le=100_000)] = 0
    skills: dict[str, int] = Field(default_factory=dict)
    since: TimeOfDay | None = Field(None, alias="from")
    until: TimeOfDay | None = None
    breaks: tuple[tuple[TimeOfDay, TimeOfDay], ...] = ()


class AgentsTable(_Table):
    """`[agents]`: how offers are taken."""

    answer: Duration = Duration(mean=3, kind="fixed")
    missed: Annotated[float, Field(ge=0, le=1)] = 0.0
    back_after: Annotated[float, Field(gt=0, le=86_400)] = 60.0


class Scenario(_Table):
    """The whole file."""

    hours: Annotated[float, Field(gt=0, le=24 * 366)] = 10.0
    begins: datetime = datetime(2026, 1, 5, 8)  # noqa: DTZ001 - the scenario's own time zone
    """Local time: calendars go by it, and `from` and `until` of shifts count within its day."""
    time_zone: str = "Asia/Shanghai"
    arrivals: tuple[ArrivalsTable, ...]
    shift: tuple[ShiftTable, ...] = ()
    agents: AgentsTable = AgentsTable()

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.hours * 3600


def load(path: Path) -> Scenario:
    """Raises `SimulationError` that says what is wrong where."""
    try:
        return Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SimulationError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SimulationError(f"{path}: {error}") from None
    except ValidationError as error:
        raise SimulationError(
            "\n".join(f"{path}: {_worded(each)}" for each in error.errors(include_url=False))
        ) from None


def _worded(fault: ErrorDetails) -> str:
    key = ".".join(map(str, fault["loc"]))
    return f"{key}: {fault['msg'].removeprefix('Value error, ')}"


def generated(scenario: Scenario, site: Settings, seed: int) -> Traffic:
    """One day of it. `SimulationError` where the site lacks what the scenario names."""
    _check(scenario, site)
    chance = Random(seed)
    arrivals = sorted(_arrivals(scenario, chance), key=lambda each: each.at)
    zone = ZoneInfo(scenario.time_zone)
    habits = scenario.agents
    return Traffic(
        seconds=scenario.seconds,
        begins=scenario.begins.replace(tzinfo=zone).timestamp(),
        arrivals=arrivals,
        presence=sorted(_presence(scenario, site), key=lambda each: each[0]),
        habits=Habits(habits.answer.draw, habits.missed, habits.back_after),
    )


def _check(scenario: Scenario, site: Settings) -> None:
    queues = {queue.name for queue in site.queues}
    for table in scenario.arrivals:
        if table.queue not in queues:
            hint = did_you_mean(table.queue, queues)
            raise SimulationError(f"{site.source} has no queue '{table.queue}'{hint}")
    agents = {agent.agent_id for agent in site.agents}
    for shift in scenario.shift:
        for agent_id in shift.agents:
            if agent_id not in agents:
                hint = did_you_mean(agent_id, agents)
                raise SimulationError(f"{site.source} has no agent '{agent_id}'{hint}")
    peak = sum(
        max(each.per_hour, default=0) if isinstance(each.per_hour, tuple) else each.per_hour
        for each in scenario.arrivals
    )
    if peak * scenario.hours > MAX_ARRIVALS:
        raise SimulationError(f"more than {MAX_ARRIVALS} calls")


def _arrivals(scenario: Scenario, chance: Random) -> Iterator[Arrival]:
    """A Poisson process for each table, thinned from its highest rate where that changes."""
    for number, table in enumerate(scenario.arrivals):
        rates = table.per_hour if isinstance(table.per_hour, tuple) else (table.per_hour,)
        peak = max(rates, default=0.0) / 3600
        at, count = 0.0, 0
        while peak:
            at += chance.expovariate(peak)
            if at >= scenario.seconds:
                break
            if chance.random() * peak > table.rate(at):
                continue
            count += 1
            talk = table.talk.draw(chance)
            patience = table.patience.draw(chance) if table.patience is not None else inf
            name = f"{number}-{count}"
            yield Arrival(at, name, table.queue, talk, patience, table.priority)


def _presence(scenario: Scenario, site: Settings) -> Iterator[Presence]:
    skills_of = {agent.agent_id: agent.skills for agent in site.agents}
    for number, shift in enumerate(scenario.shift):
        people: list[tuple[str, dict[str, int]]] = [
            (each, skills_of[each]) for each in shift.agents
        ]
        people += [(f"shift{number}-{each}", shift.skills) for each in range(shift.count)]
        since, until = _within(scenario, shift.since), _within(scenario, shift.until)
        for agent_id, skills in people:
            yield max(since or 0.0, 0.0), acd.AgentSignedIn(agent_id, skills)
            for begin, end in shift.breaks:
                yield _at(scenario, begin), acd.AgentSetBusy(agent_id, "break", deferred=True)
                yield _at(scenario, end), acd.AgentSetIdle(agent_id, deferred=True)
            if until is not None:
                yield until, acd.AgentSignedOut(agent_id)


def _within(scenario: Scenario, time_of_day: timedelta | None) -> float | None:
    return None if time_of_day is None else _at(scenario, time_of_day)


def _at(scenario: Scenario, time_of_day: timedelta) -> float:
    """Seconds since the beginning; a time before it is the next day's."""
    begins = scenario.begins
    midnight = begins.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = (midnight + time_of_day - begins).total_seconds()
    return seconds if seconds >= 0 else seconds + 86_400
