"""Queues are closed by command and by calendar, and open when neither closes them."""

from datetime import datetime
from typing import Any

import pytest
import structlog

import acd
from callcenter.calendars.opening import LOOK_S, Opening
from callcenter.clock import Clock
from callcenter.settings import QueueSettings
from callcenter.settings.calendars import CalendarSettings

NOON = datetime.fromisoformat("2026-11-27T11:59:50+08:00").timestamp()


class Rig:
    """Two queues, one of which has a lunch break; time stands still unless moved."""

    def __init__(self, **queue: Any) -> None:
        self.now = 0.0
        self.told: list[acd.QueueClosed | acd.QueueReopened] = []
        hours = {"work": ["09:00-12:00", "13:00-18:00"], "break": ["12:00-13:00"]}
        office = CalendarSettings.model_validate({"name": "office", "workday": hours})
        queues = [
            QueueSettings.model_validate(
                {"name": "sales", "skills": {}, "calendar": "office", **queue}
            ),
            QueueSettings.model_validate({"name": "always", "skills": {}}),
        ]
        clock = Clock(lambda: self.now, lambda: NOON + self.now)
        self.opening = Opening([office], queues, clock, self._post, structlog.get_logger())

    def _post(self, event: acd.QueueClosed | acd.QueueReopened) -> None:
        if event.queue not in ("sales", "always"):
            raise acd.UnknownQueueError(event.queue)
        self.told.append(event)

    def later(self, seconds: float) -> float:
        self.now += seconds
        return self.opening.follow()


def test_the_calendar_closes_and_opens_and_each_change_is_told_once() -> None:
    rig = Rig()
    assert rig.later(0) == 10.0
    assert rig.told == []
    assert rig.later(10) == LOOK_S
    rig.later(5)
    assert rig.told == [acd.QueueClosed("sales")]
    assert rig.opening.reason("sales") == "break"
    assert rig.opening.reason("always") is None
    rig.later(3600)
    assert rig.told[1:] == [acd.QueueReopened("sales")]
    assert rig.opening.reason("sales") is None
    rig.later(5 * 3600)
    assert rig.opening.reason("sales") == "off"


def test_those_who_wait_may_be_sent_away_at_closing_time_but_not_for_lunch() -> None:
    rig = Rig(clear_when_closed=True)
    rig.later(15)
    rig.later(3600)
    rig.later(5 * 3600)
    assert rig.told == [
        acd.QueueClosed("sales"),
        acd.QueueReopened("sales"),
        acd.QueueClosed("sales", clear=True),
    ]


def test_a_calendar_never_opens_what_an_operator_closed() -> None:
    rig = Rig()
    rig.later(0)
    rig.opening.close("sales", clear=True)
    rig.later(15)
    rig.later(3600)
    assert rig.told == [acd.QueueClosed("sales", clear=True)]
    assert rig.opening.reason("sales") == "command"
    assert rig.opening.open("sales") is None
    assert rig.told[-1] == acd.QueueReopened("sales")


def test_a_command_does_not_open_what_the_calendar_closes() -> None:
    rig = Rig()
    rig.later(15)
    rig.opening.close("sales")
    assert rig.opening.open("sales") == "break"
    assert acd.QueueReopened("sales") not in rig.told


def test_unknown_queues_are_refused() -> None:
    rig = Rig()
    with pytest.raises(acd.UnknownQueueError):
        rig.opening.close("sale")
    with pytest.raises(acd.UnknownQueueError):
        rig.opening.open("sale")
    assert rig.opening.reason("sale") is None
