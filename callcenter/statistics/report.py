"""The report of the queues: rows of the store in, figures by queue and interval out."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.statistics.figures import QueueFigures
from callcenter.store.rows import AgentLogEntry, CdrSegment, QueueEntry, QueueVisit


@dataclass(frozen=True, slots=True)
class Span:
    """An agent's idle time."""

    agent_id: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made of; the times of entering lie within the report's."""

    entries: Sequence[QueueEntry]
    visits: Sequence[QueueVisit]
    handling: Sequence[CdrSegment]
    """Talks and after-call work of queues that touch the report's time."""
    idle: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Frame:
    """The intervals that a report tells of."""

    starts: Sequence[datetime]
    """In their order; the last one ends at `until`."""
    until: datetime

    def index(self, at: datetime) -> int:
        """Which interval a moment lies in; -1 for none."""
        return bisect_right(self.starts, at) - 1 if at < self.until else -1

    def end(self, index: int) -> datetime:
        """When an interval is over."""
        return self.starts[index + 1] if index + 1 < len(self.starts) else self.until

    def shares(self, started_at: datetime, ended_at: datetime) -> Iterable[tuple[int, float]]:
        """The intervals that a span touches, and its seconds in each."""
        index = max(bisect_right(self.starts, started_at) - 1, 0)
        while index < len(self.starts) and self.starts[index] < ended_at:
            first, last = max(started_at, self.starts[index]), min(ended_at, self.end(index))
            if last > first:
                yield index, (last - first).total_seconds()
            index += 1


class QueueReport:
    """Figures by queue and interval; queues without any caller in it are left out."""

    def __init__(self, frame: Frame, thresholds: Mapping[str, float], default_s: float) -> None:
        """`thresholds` are the service levels' by queue; `default_s` is that of all others."""
        self.frame = frame
        self._thresholds = thresholds
        self._default_s = default_s
        self.figures: dict[tuple[str, int], QueueFigures] = {}

    def take(self, material: Material) -> None:
        """Counts what there is; to be called once."""
        for entry in material.entries:
            self._of(entry.queue, entry.entered_at).enter()
        for visit in material.visits:
            figures = self._of(visit.queue, visit.entered_at)
            figures.leave(visit)
            _count_estimate(figures, visit)
        agents = self._take_handling(material.handling)
        self._take_occupancy(material, agents)

    def rows(self) -> list[tuple[str, int, QueueFigures]]:
        """Queue, interval and figures, by time and name."""
        order = sorted(self.figures, key=lambda key: (key[1], key[0]))
        return [(*key, self.figures[key]) for key in order]

    def totals(self) -> dict[str, QueueFigures]:
        """Each queue's figures of the whole time."""
        totals: dict[str, QueueFigures] = {}
        for queue, _, figures in self.rows():
            totals.setdefault(queue, QueueFigures(figures.threshold_s)).add(figures)
        return totals

    def _of(self, queue: str, at: datetime) -> QueueFigures:
        return self._at(queue, self.frame.index(at))

    def _at(self, queue: str, index: int) -> QueueFigures:
        figures = self.figures.get((queue, index))
        if figures is None:
            threshold = self._thresholds.get(queue, self._default_s)
            figures = self.figures[queue, index] = QueueFigures(threshold)
        return figures

    def _take_handling(self, handling: Iterable[CdrSegment]) -> dict[tuple[str, int], set[str]]:
        """Counts talks where they began; who talked for which queue in which interval."""
        agents: dict[tuple[str, int], set[str]] = defaultdict(set)
        for segment in handling:
            index = self.frame.index(segment.started_at)
            if index < 0 or segment.queue is None:
                continue
            figures = self._at(segment.queue, index)
            seconds = (segment.ended_at - segment.started_at).total_seconds()
            if segment.kind == "talk":
                figures.talks += 1
                figures.talk_s += seconds
                agents[segment.queue, index].add(segment.agent_id or "")
            else:
                figures.wrap_ups += 1
                figures.wrap_up_s += seconds
        return agents

    def _take_occupancy(
        self, material: Material, agents: Mapping[tuple[str, int], set[str]]
    ) -> None:
        busy: dict[tuple[str, int], float] = defaultdict(float)
        idle: dict[tuple[str, int], float] = defaultdict(float)
        for segment in material.handling:
            for index, seconds in self.frame.shares(segment.started_at, segment.ended_at):
                busy[segment.agent_id or "", index] += seconds
        for span in material.idle:
            for index, seconds in self.frame.shares(span.started_at, span.ended_at):
                idle[span.agent_id, index] += seconds
        for (queue, index), who in agents.items():
            figures = self._at(queue, index)
            figures.busy_s += sum(busy[agent_id, index] for agent_id in who)
            figures.idle_s += sum(idle[agent_id, index] for agent_id in who)


def _count_estimate(figures: QueueFigures, visit: QueueVisit) -> None:
    if visit.outcome != "answered" or visit.expected_min_s is None or visit.expected_max_s is None:
        return
    figures.estimates += 1
    figures.estimates_hit += visit.expected_min_s <= visit.waited_s <= visit.expected_max_s


def idle_spans(log: Iterable[AgentLogEntry], until: datetime) -> list[Span]:
    """The idle times of an agent log, oldest entry first; who is idle at its end is so to `until`.

    A sign-out that was never written (a crash) ends with the next sign-in: from then on is known.
    """
    since: dict[str, datetime] = {}
    spans: list[Span] = []
    for entry in log:
        if entry.event == "login":
            since.pop(entry.agent_id, None)
        if entry.event != "state":
            continue
        began = since.pop(entry.agent_id, None)
        if began is not None:
            spans.append(Span(entry.agent_id, began, entry.at))
        if entry.state == "idle":
            since[entry.agent_id] = entry.at
    spans += [Span(agent_id, began, until) for agent_id, began in since.items() if began < until]
    return spans
