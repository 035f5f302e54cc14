"""Events wait for the batch; one that cannot be projected costs itself only."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog
from structlog.testing import capture_logs

from callcenter.events import AgentLoggedOut, CallStarted, Event
from callcenter.store.cdr import CdrProjection
from callcenter.store.recorder import Recorder
from callcenter.store.rows import AgentLogEntry, Cdr, Row

NOON = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)


class Projection(CdrProjection):
    """Stumbles over one agent."""

    def handle(self, event: Event) -> list[Row]:
        if isinstance(event, AgentLoggedOut) and event.agent_id == "bad":
            raise KeyError(event.agent_id)
        return super().handle(event)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(Projection(lambda at: NOON, lambda: "id"))


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_rows_are_given_once(recorder: Recorder) -> None:
    recorder.note(AgentLoggedOut(1.0, "1001", "8001", "left"))

    assert [type(row) for row in recorder.rows()] == [AgentLogEntry]
    assert recorder.rows() == []


def test_an_event_that_cannot_be_projected_is_told_and_the_others_are_kept(
    recorder: Recorder,
) -> None:
    for agent_id in ("1001", "bad", "1002"):
        recorder.note(AgentLoggedOut(1.0, agent_id, "8001", "left"))

    with capture_logs() as logs:
        rows = recorder.rows()

    assert [row.agent_id for row in rows if isinstance(row, AgentLogEntry)] == ["1001", "1002"]
    [told] = logs
    assert (told["event"], told["event_type"]) == ("store_event_not_recorded", "AgentLoggedOut")


def test_closing_takes_what_is_noted_and_what_is_open(recorder: Recorder) -> None:
    recorder.note(CallStarted(1.0, "c1", "in", "138", "4001", "carrier"))

    assert [row.cause for row in recorder.close(2.0) if isinstance(row, Cdr)] == ["system_error"]
