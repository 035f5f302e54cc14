"""What supervisors watch: topics, each a table of rows; a snapshot first, then what differs.

Whatever happens only marks topics as stale, and of agents and their calls whose rows are; at most
`1 / INTERVAL_S` times a second those rows are made anew and compared with those of the update
before, and every so often all of them. Supervisors of the same teams are
told the same, so an update is made and written once for all of them. Nobody watches: nothing is
made. Who is not connected is told nothing, which would push other events out of what is kept for a
resume, but everything once they are back.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import agent_proto as proto
from agent_proto import models as m
from callcenter import events
from callcenter.desk.described import describe
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.switchboard import Switchboard

INTERVAL_S = 0.25
"""Between two updates of a topic."""
TRUNKS_S = 5.0
"""How often the trunks are looked at: no event tells of their health."""
ALL_EVERY = 40
"""Updates after which all agents' rows are made anew, whatever is known to have happened."""
MAX_ROWS = 50
"""In one update, which is one line; what is more follows in further ones."""

Rows: TypeAlias = dict[str, dict[str, Any]]
"""By agent, queue or trunk."""
Scope: TypeAlias = frozenset[str]
"""The teams whose supervisors see the same."""

_CALL_TOPICS: tuple[m.Topic, ...] = ("agents", "queues", "calls", "trunks")
_AGENT_TOPICS: tuple[m.Topic, ...] = ("agents", "queues", "calls")


@dataclass(slots=True)
class _Audience:
    """Those who watch one topic and see the same of it."""

    told: Rows
    sessions: dict[proto.Session, bool] = field(default_factory=dict)
    """Each with whether it must be told everything anew: it missed something."""


class Topics:
    """A reader of the event stream, and the subscriptions."""

    def __init__(self, services: Services, switchboard: Switchboard) -> None:
        self._services = services
        self._switchboard = switchboard
        self._audiences: dict[tuple[m.Topic, Scope], _Audience] = {}
        self._stale: set[m.Topic] = set()
        self._touched: set[str] = set()
        """Agents to whom something has happened since the last update."""
        self._updates = 0
        self._timer: asyncio.TimerHandle | None = None
        self._trunk_timer: asyncio.TimerHandle | None = None
        self._rows: dict[m.Topic, Callable[[], Iterator[tuple[str, m.Message]]]] = {
            "queues": self._queues,
            "trunks": self._trunks,
        }
        self._of_agent: dict[m.Topic, Callable[[SignIn], m.Message | None]] = {
            "agents": self._agent,
            "calls": self._call,
        }

    def read(self, event: events.Event) -> None:
        """Notes that rows may have changed."""
        if not self._audiences:
            return
        if isinstance(event, events.CallEvent):
            self._mark(_CALL_TOPICS)
            self._touched.add(getattr(event, "agent_id", ""))
        elif isinstance(event, events.AgentEvent):
            self._mark(_AGENT_TOPICS)
            self._touched.add(event.agent_id)

    def _mark(self, topics: Iterable[m.Topic]) -> None:
        self._stale.update(topics)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(INTERVAL_S, self._update)

    def subscribe(self, session: proto.Session, topics: Iterable[m.Topic]) -> list[m.Topic]:
        """Sends a snapshot of each; those subscribed now."""
        scope = _scope(session.data)
        for topic in dict.fromkeys(topics):
            audience = self._audiences.get((topic, scope))
            if audience is None:
                audience = _Audience(self._table(topic, scope))
                self._audiences[topic, scope] = audience
            audience.sessions[session] = False
            _tell_all(session, topic, audience)
            if topic == "trunks" and self._trunk_timer is None:
                self._look_at_trunks()
        return self._subscribed(session)

    def resumed(self, session: proto.Session) -> None:
        """Tells what was missed."""
        for (topic, _), audience in self._audiences.items():
            if audience.sessions.get(session):
                audience.sessions[session] = False
                _tell_all(session, topic, audience)

    def unsubscribe(self, session: proto.Session, topics: Iterable[m.Topic]) -> list[m.Topic]:
        """Tells of them no more; those subscribed still."""
        for key, audience in tuple(self._audiences.items()):
            if key[0] in topics:
                audience.sessions.pop(session, None)
                if not audience.sessions:
                    del self._audiences[key]
        return self._subscribed(session)

    def _subscribed(self, session: proto.Session) -> list[m.Topic]:
        mine = {topic for (topic, _), each in self._audiences.items() if session in each.sessions}
        return [topic for topic in m.TOPICS if topic in mine]

    def _update(self) -> None:
        self._timer = None
        stale, self._stale = self._stale, set()
        touched, self._touched = self._touched, set()
        self._updates += 1
        among = None if self._updates % ALL_EVERY == 0 else touched
        for (topic, scope), audience in tuple(self._audiences.items()):
            for gone in [session for session in audience.sessions if session.ended]:
                del audience.sessions[gone]
            if not audience.sessions:
                del self._audiences[topic, scope]
            elif topic in stale:
                self._tell(topic, scope, audience, among)

    def _tell(
        self, topic: m.Topic, scope: Scope, audience: _Audience, among: Collection[str] | None
    ) -> None:
        before = audience.told
        if among is None or topic not in self._of_agent:
            rows = self._table(topic, scope)
            among = {*before, *rows}
        else:
            rows = self._table(topic, scope, among)
        changed = [row for key, row in rows.items() if before.get(key) != row]
        removed = [
            _id(key, before[key])
            for key in among
            if key in before and (key not in rows or _id(key, rows[key]) != _id(key, before[key]))
        ]
        for key in among:
            before.pop(key, None)
        before |= rows
        if not changed and not removed:
            return
        updates = list(_updates(topic, changed, removed))
        for session in audience.sessions:
            if not session.connected:
                audience.sessions[session] = True
                continue
            for update in updates:
                session.notify(update)

    def _look_at_trunks(self) -> None:
        self._trunk_timer = None
        if any(topic == "trunks" for topic, _ in self._audiences):
            loop = asyncio.get_running_loop()
            self._trunk_timer = loop.call_later(TRUNKS_S, self._look_at_trunks)
            self._mark(("trunks",))

    def _table(self, topic: m.Topic, scope: Scope, among: Collection[str] | None = None) -> Rows:
        """All rows of those teams, or those of these agents."""
        make = self._of_agent.get(topic)
        found = self._rows[topic]() if make is None else self._made(make, scope, among)
        return {key: row.model_dump(mode="json", exclude_none=True) for key, row in found}

    def _made(
        self,
        make: Callable[[SignIn], m.Message | None],
        scope: Scope,
        among: Collection[str] | None,
    ) -> Iterator[tuple[str, m.Message]]:
        roster = self._services.roster
        for entry in roster if among is None else map(roster.of_agent, among):
            if entry is not None and entry.agent.team in scope:
                row = make(entry)
                if row is not None:
                    yield entry.agent_id, row

    def _agent(self, entry: SignIn) -> m.AgentRow | None:
        services, agent = self._services, entry.agent
        view = services.dispatcher.engine.agent(entry.agent_id)
        if view is None:
            return None
        return m.AgentRow(
            agent_id=entry.agent_id,
            name=agent.name,
            agent_class=entry.agent_class,
            team=agent.team,
            seat_no=entry.seat_no,
            state=view.state,
            reason=view.reason,
            since=services.clock.wall(view.since),
            call_id=view.contact_id,
        )

    def _queues(self) -> Iterator[tuple[str, m.Message]]:
        wall = self._services.clock.wall
        for queue in self._services.dispatcher.engine.snapshot().queues:
            since = queue.waiting_since
            yield (
                queue.name,
                m.QueueRow(
                    queue=queue.name,
                    waiting=queue.waiting,
                    ringing=queue.ringing,
                    talking=queue.talking,
                    idle=queue.idle,
                    oldest_since=wall(since) if since is not None else None,
                    service_level=self._level(queue.name),
                ),
            )

    def _level(self, queue: str) -> float | None:
        services = self._services
        level = services.levels.service_level(queue, services.clock.now())
        return None if level is None else round(level, 4)

    def _call(self, entry: SignIn) -> m.CallRow | None:
        services = self._services
        view = services.dispatcher.engine.agent(entry.agent_id)
        call = self._switchboard.calls.get(view.contact_id or "") if view is not None else None
        seen = describe(call, entry, services.clock) if call is not None else None
        if seen is None:
            return None
        return m.CallRow(
            id=f"{seen.call_id}/{entry.agent_id}",
            call_id=seen.call_id,
            ani=seen.ani,
            dnis=seen.dnis,
            queue=seen.queue,
            agent_id=entry.agent_id,
            seat_no=entry.seat_no,
            state="talking" if seen.state == "talking" else "ringing",
            since=seen.since,
        )

    def _trunks(self) -> Iterator[tuple[str, m.Message]]:
        trunking, now = self._services.trunking, self._services.clock.now()
        for name, trunk in trunking.trunks.items():
            gateways = trunking.gateways.of(name)
            reached = not gateways or not all(gateway.is_down(now) for gateway in gateways)
            yield (
                name,
                m.TrunkRow(
                    trunk=name,
                    up=reached and trunking.is_registered(name),
                    used=trunking.capacity.used(name),
                    max_calls=trunk.max_calls,
                ),
            )


def _id(key: str, row: dict[str, Any]) -> str:
    """By which clients know a row."""
    return str(row.get("id", key))


def _tell_all(session: proto.Session, topic: m.Topic, audience: _Audience) -> None:
    rows = list(audience.told.values())
    for update in _updates(topic, rows, [], snapshot=True):
        session.notify(update)


def _updates(
    topic: m.Topic, rows: list[dict[str, Any]], removed: list[str], *, snapshot: bool = False
) -> Iterator[m.SupervisorTopicUpdated]:
    """As many updates as the rows need; only the first takes the place of all before."""
    for start in range(0, max(len(rows), 1), MAX_ROWS):
        yield m.SupervisorTopicUpdated(
            topic=topic,
            snapshot=snapshot and not start,
            rows=rows[start : start + MAX_ROWS],
            removed=[] if start else removed,
        )


def _scope(supervisor: SignIn) -> Scope:
    return frozenset((supervisor.agent.team, *supervisor.agent.supervises))
