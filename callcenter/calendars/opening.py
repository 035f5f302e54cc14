"""Which queues are closed, and for what reason: by command, or by their calendar.

A queue is open when nothing closes it, so a calendar never opens what an operator has closed. The
queue engine is told of each change once.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal, TypeAlias

import acd
from callcenter.calendars.calendar import Calendar, Moment
from callcenter.calendars.wording import variables
from callcenter.clock import Clock
from callcenter.settings import QueueSettings
from callcenter.settings.calendars import Band, CalendarSettings

Reason: TypeAlias = Literal["command", "break", "off"]

LOOK_S = 30.0
"""At least so often calendars are looked at: wall clocks are set."""


class Opening:
    """Closes and opens queues. `post` tells the queue engine."""

    def __init__(
        self,
        calendars: Sequence[CalendarSettings],
        queues: Sequence[QueueSettings],
        clock: Clock,
        post: Callable[[acd.QueueClosed | acd.QueueReopened], None],
        logger: Any,
    ) -> None:
        self.calendars: Mapping[str, Calendar] = {}
        self._queues: Mapping[str, QueueSettings] = {}
        self._clock = clock
        self._post = post
        self._logger = logger
        self._by_command: set[str] = set()
        self._by_calendar: dict[str, Band] = {}
        self._changed = asyncio.Event()
        self._know(calendars, queues)

    def _know(self, calendars: Sequence[CalendarSettings], queues: Sequence[QueueSettings]) -> None:
        self.calendars = {each.name: Calendar(each) for each in calendars}
        self._queues = {queue.name: queue for queue in queues}
        self._by_command &= self._queues.keys()
        for gone in self._by_calendar.keys() - self._queues.keys():
            del self._by_calendar[gone]

    def learn(self, calendars: Sequence[CalendarSettings], queues: Sequence[QueueSettings]) -> None:
        """Other calendars and queues from now on, which the queue engine knows already."""
        self._know(calendars, queues)
        self.follow()
        self._changed.set()

    def reason(self, queue: str) -> Reason | None:
        """Why it is closed; None: it is open."""
        if queue in self._by_command:
            return "command"
        band = self._by_calendar.get(queue, "work")
        return None if band == "work" else band

    def close(self, queue: str, *, clear: bool = False) -> None:
        """By command: until `open`. Raises `acd.UnknownQueueError`."""
        self._post(acd.QueueClosed(queue, clear))
        self._by_command.add(queue)

    def open(self, queue: str) -> Reason | None:
        """Takes the command back; what keeps the queue closed still. `acd.UnknownQueueError`."""
        if queue not in self._queues:
            raise acd.UnknownQueueError(queue)
        self._by_command.discard(queue)
        reason = self.reason(queue)
        if reason is None:
            self._post(acd.QueueReopened(queue))
        return reason

    def moment(self, calendar: str) -> Moment:
        """What now is by a calendar. `KeyError` for one that there is not."""
        return self.calendars[calendar].at(self._now())

    def hours(self, calendar: str) -> Mapping[str, str]:
        """A calendar's hours in words, as variables of flows."""
        return variables(self.calendars[calendar].settings)

    def follow(self) -> float:
        """Does what the calendars say now; seconds until there may be something to do again."""
        now = self._now()
        moments = {name: calendar.at(now) for name, calendar in self.calendars.items()}
        for queue in self._queues.values():
            band = moments[queue.calendar].band if queue.calendar is not None else "work"
            self._follow(queue, band)
        ahead = [
            (moment.until - now).total_seconds() for moment in moments.values() if moment.until
        ]
        return max(min([LOOK_S, *ahead]), 0.0)

    def _follow(self, queue: QueueSettings, band: Band) -> None:
        before = self._by_calendar.get(queue.name, "work")
        if band == before:
            return
        self._by_calendar[queue.name] = band
        self._logger.info("calendar", queue=queue.name, band=band)
        if queue.name in self._by_command:
            return
        if band == "work":
            self._post(acd.QueueReopened(queue.name))
        elif before == "work" or queue.clear_when_closed:
            self._post(acd.QueueClosed(queue.name, queue.clear_when_closed and band == "off"))

    async def run(self) -> None:
        """Follows the calendars for ever."""
        while True:
            self._changed.clear()
            pause = self.follow()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause if self.calendars else None):
                    await self._changed.wait()

    def _now(self) -> datetime:
        return self._clock.wall()
