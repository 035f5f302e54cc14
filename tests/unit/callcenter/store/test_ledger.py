"""One immutable outcome for each visit to a queue: events in, rows out, crashes closed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from callcenter.clock import Clock
from callcenter.events import AgentOffered, Event, OfferEnded, QueueEntered, QueueLeft
from callcenter.store.ledger import OUTCOMES, LedgerProjection
from callcenter.store.rows import QueueEntry, QueueVisit, Row
from callcenter.store.spool import Spool
from callcenter.store.store import Store
from tests.unit.callcenter.store.conftest import QUICK

NOON = datetime(2026, 3, 1, 12, 0, 0, 0, UTC)
ANN, BO = ("1001", "8001"), ("1002", "8002")


def wall(at: float) -> datetime:
    return NOON + timedelta(seconds=at)


def projection(max_visits: int = 100) -> LedgerProjection:
    numbers = count(1)
    return LedgerProjection(wall, lambda: f"v{next(numbers)}", max_visits=max_visits)


def rows_of(events: Iterable[Event], of: LedgerProjection | None = None) -> list[Row]:
    of = of or projection()
    return [row for event in events for row in of.handle(event)]


def visits(rows: Iterable[Row]) -> list[QueueVisit]:
    return [row for row in rows if isinstance(row, QueueVisit)]


def entered(at: float, call_id: str = "c1", queue: str = "sales") -> QueueEntered:
    return QueueEntered(at, call_id, queue, 0)


def offered(at: float, who: tuple[str, str]) -> AgentOffered:
    return AgentOffered(at, "c1", "sales", *who)


def over(at: float, who: tuple[str, str], outcome: str) -> OfferEnded:
    return OfferEnded(at, "c1", "sales", *who, outcome)  # type: ignore[arg-type]


def test_an_answered_visit_has_its_agent_and_times() -> None:
    story = (
        QueueEntered(1.0, "c1", "sales", 3, 7.5),
        offered(5.0, ANN),
        over(15.0, ANN, "no_answer"),
        offered(15.0, BO),
        over(18.25, BO, "accepted"),
        QueueLeft(18.25, "c1", "sales", "answered"),
    )
    entry, visit = rows_of(story)

    assert entry == QueueEntry("v1", "c1", "sales", wall(1), 3, 7.5)
    assert visit == QueueVisit(
        visit_id="v1",
        call_id="c1",
        queue="sales",
        entered_at=wall(1),
        left_at=wall(18.25),
        outcome="answered",
        cause="answered",
        agent_id="1002",
        waited_s=17.25,
        rang_s=13.25,
        offers=2,
        expected_min_s=None,
        expected_max_s=None,
    )


def test_phones_that_ring_together_ring_once() -> None:
    story = (
        entered(0.0),
        offered(0.0, ANN),
        offered(2.0, BO),
        over(4.0, ANN, "rejected"),
        over(6.0, BO, "caller_left"),
        QueueLeft(9.0, "c1", "sales", "abandoned"),
    )
    [visit] = visits(rows_of(story))
    assert (visit.rang_s, visit.offers, visit.agent_id) == (6.0, 2, None)


@pytest.mark.parametrize(
    ("left", "outcome"),
    [
        *((each, each) for each in OUTCOMES),
        ("all_busy", "overflow"),
        ("full", "overflow"),
        ("closed", "overflow"),
    ],
)
def test_every_way_out_is_one_of_ten_outcomes(left: str, outcome: str) -> None:
    left_event = QueueLeft(2.0, "c1", "sales", left)  # type: ignore[arg-type]
    [visit] = visits(rows_of((entered(0.0), left_event)))
    assert (visit.outcome, visit.cause) == (outcome, left)


def test_a_call_that_comes_back_has_a_visit_for_each_time() -> None:
    story = (
        entered(0.0),
        QueueLeft(2.0, "c1", "sales", "answered"),
        entered(9.0),
        QueueLeft(10.0, "c1", "sales", "abandoned"),
        entered(11.0, queue="support"),
        QueueLeft(12.0, "c1", "support", "timeout"),
    )
    told = [(each.visit_id, each.queue, each.outcome) for each in visits(rows_of(story))]
    assert told == [
        ("v1", "sales", "answered"),
        ("v2", "sales", "abandoned"),
        ("v3", "support", "timeout"),
    ]


@pytest.mark.parametrize(
    "stray",
    [
        QueueLeft(1.0, "c1", "sales", "answered"),
        QueueLeft(1.0, "c9", "sales", "answered"),
        OfferEnded(1.0, "c9", "sales", *ANN, "accepted"),
        AgentOffered(1.0, "c9", "sales", *ANN),
    ],
)
def test_late_and_repeated_events_give_no_second_outcome(stray: Event) -> None:
    of = projection()
    rows_of((entered(0.0), QueueLeft(1.0, "c1", "sales", "timeout")), of)
    assert rows_of((stray, stray), of) == []


def test_what_never_ends_is_bounded_and_closed_at_shutdown() -> None:
    of = projection(max_visits=2)
    rows = rows_of((entered(float(n), f"c{n}") for n in range(5)), of)
    assert [(v.call_id, v.outcome) for v in visits(rows)] == [
        ("c0", "system_error"),
        ("c1", "system_error"),
        ("c2", "system_error"),
    ]
    assert [(v.call_id, v.outcome) for v in visits(of.close(9.0))] == [
        ("c3", "system_error"),
        ("c4", "system_error"),
    ]
    assert of.close(9.0) == []


ENTRY = QueueEntry("v1", "c1", "sales", NOON, 0, 0.0)
VISIT = QueueVisit(
    visit_id="v1",
    call_id="c1",
    queue="sales",
    entered_at=NOON,
    left_at=wall(9),
    outcome="answered",
    cause="answered",
    agent_id="1001",
    waited_s=9.0,
    rang_s=3.0,
    offers=1,
    expected_min_s=5.0,
    expected_max_s=60.0,
)


async def put(store: Store, *rows: Row) -> None:
    store.put(rows)
    await store.flush()


async def test_entries_and_visits_come_back_as_they_were_put(store: Store) -> None:
    await put(store, ENTRY, VISIT)
    assert await store.ledger.entries(NOON, wall(1)) == [ENTRY]
    assert await store.ledger.visits(NOON, wall(1)) == [VISIT]
    assert await store.ledger.entries(wall(1), wall(2)) == []


async def opened(url: str, spool: Path, at: datetime) -> Store:
    clock = Clock(lambda: 0.0, at.timestamp)
    store = await Store.open(url, spool=spool, config=QUICK, clock=clock)
    await store.reconciled()
    return store


async def outcomes(store: Store) -> Sequence[tuple[str, str]]:
    found = await store.ledger.visits(NOON - timedelta(days=9), wall(99))
    return [(visit.visit_id, visit.outcome) for visit in found]


async def test_visits_open_at_a_crash_are_closed_at_the_next_start(
    url: str, tmp_path: Path
) -> None:
    store = await opened(url, tmp_path / "spool", NOON)
    lost = replace(ENTRY, visit_id="v2", call_id="c2")
    await put(store, ENTRY, lost, VISIT)
    await store.close()

    store = await opened(url, tmp_path / "spool", wall(60))
    assert await outcomes(store) == [("v1", "answered"), ("v2", "system_error")]
    [_, closed] = await store.ledger.visits(NOON, wall(1))
    assert (closed.cause, closed.left_at, closed.waited_s) == ("lost", wall(60), 0.0)
    await store.close()

    store = await opened(url, tmp_path / "spool", wall(90))
    assert len(await outcomes(store)) == 2
    await store.close()


async def test_an_outcome_in_the_spool_goes_before_the_closing(url: str, tmp_path: Path) -> None:
    store = await opened(url, tmp_path / "spool", NOON)
    await put(store, ENTRY)
    await store.close()
    Spool(tmp_path / "spool").save([VISIT])

    store = await opened(url, tmp_path / "spool", wall(60))
    assert await outcomes(store) == [("v1", "answered")]
    await store.close()


async def test_visits_of_this_process_are_left_open(url: str, tmp_path: Path) -> None:
    store = await opened(url, tmp_path / "spool", NOON)
    await put(store, replace(ENTRY, entered_at=wall(1)))
    assert await store.ledger.close_lost(NOON) == 0
    assert await outcomes(store) == []
    await store.close()
