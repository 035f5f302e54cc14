import pytest

from agent_proto.rate import TokenBucket


def test_a_burst_then_a_steady_rate() -> None:
    bucket = TokenBucket(per_second=2, burst=3, now=100.0)
    table = [
        (100.0, 0),
        (100.0, 0),
        (100.0, 0),
        (100.0, 0.5),
        (100.25, 0.25),
        (100.5, 0),
        (100.5, 0.5),
        (101.5, 0),
        (101.5, 0),
        (101.5, 0.5),
    ]
    for now, wait in table:
        assert bucket.take(now) == pytest.approx(wait)


def test_waiting_as_told_is_enough() -> None:
    now = 1000.0
    bucket = TokenBucket(per_second=7, burst=1, now=now)
    bucket.take(now)
    for _ in range(100):
        now += bucket.take(now)
        assert bucket.take(now) == 0


def test_it_never_holds_more_than_a_burst() -> None:
    bucket = TokenBucket(per_second=10, burst=2, now=0.0)
    assert [bucket.take(1e6) for _ in range(3)] == [0, 0, pytest.approx(0.1)]
