"""The report adds up: by hand, and for whatever visits and intervals there are."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callcenter.statistics.intervals import UNITS, Unit, intervals
from callcenter.statistics.report import Frame, Material, QueueReport, Span, idle_spans
from callcenter.store.ledger import OUTCOMES
from callcenter.store.rows import AgentLogEntry, CdrSegment, QueueEntry, QueueVisit

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def entry(number: int, when: datetime, queue: str = "sales") -> QueueEntry:
    return QueueEntry(f"v{number}", f"c{number}", queue, when, 0, 0.0)


def visit(
    of: QueueEntry, outcome: str, waited_s: float, expected: tuple[float, float] | None = None
) -> QueueVisit:
    low, high = expected or (None, None)
    return QueueVisit(
        visit_id=of.visit_id,
        call_id=of.call_id,
        queue=of.queue,
        entered_at=of.entered_at,
        left_at=of.entered_at + timedelta(seconds=waited_s),
        outcome=outcome,
        cause=outcome,
        agent_id=None,
        waited_s=waited_s,
        rang_s=0.0,
        offers=0,
        expected_min_s=low,
        expected_max_s=high,
    )


def segment(kind: str, agent_id: str, begin: float, end: float, queue: str = "sales") -> CdrSegment:
    return CdrSegment("c1", 1, kind, at(begin), at(end), queue, agent_id, None, None, "")


def report(frame: Frame, material: Material) -> QueueReport:
    made = QueueReport(frame, {"sales": 30.0}, 20.0)
    made.take(material)
    return made


HOURS = Frame([at(0), at(60)], at(120))


def test_a_visit_belongs_to_the_interval_of_entering() -> None:
    early, late = entry(1, at(59.9)), entry(2, at(60))
    made = report(HOURS, Material([early, late], [visit(early, "answered", 300.0)], [], []))
    told = [(q, i, f.entries, f.answered, f.still_open) for q, i, f in made.rows()]
    assert told == [("sales", 0, 1, 1, 0), ("sales", 1, 1, 0, 1)]
    assert made.totals()["sales"].still_open == 1


def test_each_queue_has_its_own_threshold() -> None:
    sales, other = entry(1, at(1)), entry(2, at(1), "other")
    visits = [visit(sales, "answered", 25.0), visit(other, "answered", 25.0)]
    made = report(HOURS, Material([sales, other], visits, [], []))
    assert [(q, f.handled_in_time) for q, _, f in made.rows()] == [("other", 0), ("sales", 1)]


def test_handling_time_and_occupancy() -> None:
    handling = [
        segment("talk", "1001", 10, 20),
        segment("wrap_up", "1001", 20, 25),
        segment("talk", "1001", 50, 70),  # across the hour: counted where it began, busy in both
        segment("talk", "1002", 30, 31, "other"),
    ]
    idle = [Span("1001", at(0), at(10)), Span("1001", at(25), at(50)), Span("1002", at(0), at(30))]
    made = report(HOURS, Material([], [], handling, idle))
    sales = made.figures["sales", 0]
    assert (sales.talks, sales.talk_s, sales.wrap_up_s) == (2, 1800.0, 300.0)
    assert sales.aht_s == 1050.0
    assert (sales.busy_s, sales.idle_s) == (25 * 60, 35 * 60)
    assert ("sales", 1) not in made.figures  # nobody began a talk there
    assert made.figures["other", 0].occupancy == 1 / 31


def test_an_estimate_is_hit_when_the_wait_lay_within_it() -> None:
    entries = [entry(n, at(n)) for n in range(4)]
    visits = [
        visit(entries[0], "answered", 60.0, (60.0, 120.0)),
        visit(entries[1], "answered", 121.0, (60.0, 120.0)),
        visit(entries[2], "abandoned", 90.0, (60.0, 120.0)),
        visit(entries[3], "answered", 90.0),
    ]
    figures = report(HOURS, Material(entries, visits, [], [])).figures["sales", 0]
    assert (figures.estimates, figures.estimates_hit) == (2, 1)


def log(minutes: float, event: str, state: str | None, agent_id: str = "1001") -> AgentLogEntry:
    none = None
    return AgentLogEntry(
        "e", at(minutes), agent_id, "8001", event, none, state, none, none, none, none
    )


def test_idle_time_of_an_agent_log() -> None:
    entries = [
        log(0, "login", None),
        log(0, "state", "idle"),
        log(5, "state", "ringing"),
        log(6, "state", "talking"),
        log(8, "state", "idle"),
        log(9, "state", "logged_out"),
        log(20, "state", "idle", "1002"),
        log(30, "login", None, "1002"),  # whose sign-out a crash has swallowed
        log(30, "state", "busy", "1002"),
        log(40, "state", "idle", "1003"),
    ]
    assert idle_spans(entries, at(50)) == [
        Span("1001", at(0), at(5)),
        Span("1001", at(8), at(9)),
        Span("1003", at(40), at(50)),
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(-3 * 3600, 3 * 3600),
            st.sampled_from(["sales", "other"]),
            st.sampled_from([*OUTCOMES, ""]),
            st.floats(0, 7200),
        ),
        max_size=60,
    ),
    st.sampled_from(UNITS),
    st.integers(-2 * 3600, 0),
    st.integers(1, 2 * 3600),
)
def test_presented_is_the_sum_of_outcomes_across_midnight(
    story: list[tuple[int, str, str, float]], unit: Unit, begin: int, end: int
) -> None:
    """Whatever is asked for, and as the sum of whichever intervals."""
    since, until = (MIDNIGHT + timedelta(seconds=each) for each in (begin, end))
    entries, visits = [], []
    for number, (second, queue, outcome, waited) in enumerate(story):
        one = entry(number, MIDNIGHT + timedelta(seconds=second), queue)
        if since <= one.entered_at < until:
            entries.append(one)
            if outcome:
                visits.append(visit(one, outcome, waited))
    frame = Frame(list(intervals(since, until, unit, UTC)), until)
    made = report(frame, Material(entries, visits, [], []))
    for _, _, figures in made.rows():
        assert figures.entries == figures.outcomes.total() + figures.still_open
        assert figures.still_open >= 0
    for queue, total in made.totals().items():
        mine = [each for each in entries if each.queue == queue]
        ended = [each for each in visits if each.queue == queue]
        assert (total.entries, total.outcomes.total()) == (len(mine), len(ended))
    assert {queue for queue, _, _ in made.rows()} == {each.queue for each in entries}
