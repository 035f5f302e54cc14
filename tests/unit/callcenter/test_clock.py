"""The two clocks."""

from datetime import UTC, datetime

from callcenter.clock import Clock


def test_moments_of_the_loop_become_wall_clock_time() -> None:
    clock = Clock(lambda: 500.0, lambda: 1_760_000_000.0)

    assert clock.now() == 500
    assert clock.wall() == datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
    assert clock.wall(490.0) == datetime(2025, 10, 9, 8, 53, 10, tzinfo=UTC)
    assert clock.wall(510.0) == datetime(2025, 10, 9, 8, 53, 30, tzinfo=UTC)


def test_by_default_it_is_the_machines() -> None:
    clock = Clock()
    assert clock.now() <= clock.now()
    assert abs((clock.wall() - datetime.now(UTC)).total_seconds()) < 5
