"""Tells agents how their queues stand (`queue.updated`, GD-5.2d), where the site wants that.

Whatever happens only marks the queues as stale; at most once in the site's interval those whose
figures are others are told, each written once for all of its agents. Who is not connected is told
nothing: what is kept for a resume has more important things to hold.
"""

import asyncio

from agent_proto import models as m
from callcenter import events
from callcenter.desk.notices import Notices
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services


class QueueNotices:
    """A reader of the event stream."""

    KINDS = (
        events.QueueEntered,
        events.QueueLeft,
        events.AgentStateChanged,
        events.AgentLoggedIn,
    )

    def __init__(self, services: Services, notices: Notices) -> None:
        self._services = services
        self._notices = notices
        self._told: dict[str, m.QueueUpdated] = {}
        self._timer: asyncio.TimerHandle | None = None

    def read(self, event: events.Event) -> None:
        """Notes that figures may have changed."""
        interval = self._services.settings.agent_proto.queue_updates_s
        if interval and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(interval, self._update)

    def close(self) -> None:
        """Nobody is told anything more."""
        if self._timer is not None:
            self._timer.cancel()

    def _update(self) -> None:
        self._timer = None
        services, now = self._services, self._services.clock.now()
        changed: dict[str, m.QueueUpdated] = {}
        for queue in services.dispatcher.engine.snapshot().queues:
            since, level = queue.waiting_since, services.levels.service_level(queue.name, now)
            figures = m.QueueUpdated(
                queue=queue.name,
                waiting=queue.waiting,
                longest_wait_s=0.0 if since is None else now - since,
                idle=queue.idle,
                talking=queue.talking,
                service_level=None if level is None else round(level, 4),
            )
            if _counts(figures) != _counts(self._told.get(queue.name)):
                changed[queue.name] = self._told[queue.name] = figures
        if changed:
            for entry in services.roster:
                self._tell(entry, changed)

    def _tell(self, entry: SignIn, changed: dict[str, m.QueueUpdated]) -> None:
        session = self._notices.session_of(entry.agent_id)
        if session is None or not session.connected:
            return
        for name in queues_of(self._services, entry):
            if name in changed:
                session.notify(changed[name])


def queues_of(services: Services, entry: SignIn) -> list[str]:
    """The queues whose calls may come to the agent."""
    return [
        queue.name
        for queue in services.settings.queues
        if all(entry.skills.get(skill, 0) >= level for skill, level in queue.skills.items())
    ]


def _counts(figures: m.QueueUpdated | None) -> object:
    """What is worth telling when it changes; the wait of who waits longest always does."""
    return figures and figures.model_dump(exclude={"longest_wait_s"})
