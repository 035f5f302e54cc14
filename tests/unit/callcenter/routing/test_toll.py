"""Limits on outside calls, by hand."""

from datetime import UTC, datetime, timedelta

from callcenter.routing.toll import Toll
from callcenter.settings import PbxSettings, SeatSettings

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 5, 5, tzinfo=UTC)


def toll(*, minutes: int | None = 10, **trunks: int) -> Toll:
    own = {"seat_no": "8002", "password": "x", "outside_minutes": 1, "outside_calls": 5}
    seat = SeatSettings.model_validate(own)
    return Toll(PbxSettings(outside_minutes=minutes), [seat], trunks)


def talked(limits: Toll, seat_no: str, seconds: float, at: datetime, trunk: str = "") -> None:
    call = limits.begin(seat_no)
    call.trunk, call.answered = trunk, at
    limits.end(call, at + timedelta(seconds=seconds))


def test_a_seat_has_so_many_calls_at_once() -> None:
    limits = toll()
    calls = [limits.begin("8001"), limits.begin("8001")]
    assert limits.refusal("8001", NOON) == "too many outside calls"
    assert limits.refusal("8002", NOON) is None
    limits.end(calls[0], NOON)
    limits.end(calls[0], NOON)
    assert limits.calls("8001") == 1
    assert limits.refusal("8001", NOON) is None


def test_minutes_add_up_until_they_are_gone() -> None:
    limits = toll()
    talked(limits, "8001", 300, NOON)
    assert limits.refusal("8001", NOON) is None
    talked(limits, "8001", 300, NOON)
    assert limits.refusal("8001", NOON) == "outside minutes used up"
    assert limits.refusal("8001", MIDNIGHT) is None


def test_a_seats_own_limit_goes_before_the_sites() -> None:
    limits = toll()
    talked(limits, "8002", 60, NOON)
    assert limits.refusal("8002", NOON) == "outside minutes used up"


def test_a_call_under_way_counts_and_knows_what_is_left() -> None:
    limits = toll(carrier=20)
    call = limits.begin("8001")
    assert limits.remaining(call, NOON) == 600, "it only rings"
    call.trunk, call.answered = "carrier", NOON
    assert limits.remaining(call, NOON + timedelta(seconds=100)) == 500
    assert limits.remaining(call, NOON + timedelta(seconds=9999)) == 0


def test_a_call_over_midnight_counts_in_each_day_for_its_part() -> None:
    limits = toll()
    call = limits.begin("8001")
    call.answered = MIDNIGHT - timedelta(seconds=500)
    assert limits.remaining(call, MIDNIGHT - timedelta(seconds=1)) == 101
    assert limits.remaining(call, MIDNIGHT + timedelta(seconds=10)) == 590
    limits.end(call, MIDNIGHT + timedelta(seconds=10))
    again = limits.begin("8001")
    assert limits.remaining(again, MIDNIGHT + timedelta(seconds=10)) == 590


def test_a_trunks_minutes() -> None:
    limits = toll(minutes=None, dear=1)
    talked(limits, "8001", 59, NOON, "dear")
    assert limits.spent_trunks(NOON) == frozenset()
    talked(limits, "", 1, NOON, "dear")
    assert limits.spent_trunks(NOON) == {"dear"}
    assert limits.spent_trunks(MIDNIGHT) == frozenset()


def test_nothing_is_limited_where_nothing_is_said() -> None:
    limits = toll(minutes=None)
    call = limits.begin("8001")
    assert limits.remaining(call, NOON) is None


def test_what_was_used_before_a_restart_counts() -> None:
    limits = toll(dear=1)
    used = [("8001", "dear", 40.4), ("8001", "carrier", 560.0), ("", "dear", 20.0)]
    limits.restore(NOON.date(), used)
    assert limits.refusal("8001", NOON) == "outside minutes used up"
    assert limits.spent_trunks(NOON) == {"dear"}
    assert limits.refusal("8001", MIDNIGHT) is None
