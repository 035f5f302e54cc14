"""The level rises with lasting lateness or a full table, and falls again."""

import pytest

from sip.guard import OverloadControl


def control(lags: list[float], step: float = 0.02) -> tuple[OverloadControl, float]:
    """One that was told these latenesses, so many seconds apart, and the time after that."""
    one, now = OverloadControl(0.25), 100.0
    for lag in lags:
        now += step + lag
        one.note_lag(lag, now)
    return one, now


def test_nobody_is_refused_while_the_shell_is_in_time() -> None:
    one, now = control([0.0, 0.002, 0.02, 0.0] * 100)
    assert one.level(now) == 0.0
    assert not one.is_deep(now)


def test_a_single_hiccup_is_no_overload() -> None:
    one, now = control([0.0] * 50 + [0.1] + [0.0])
    assert one.level(now) == 0.0


@pytest.mark.parametrize(("lag", "least", "most"), [(0.1, 0, 0), (0.2, 0.4, 0.8), (0.4, 1, 1)])
def test_lasting_lateness_refuses_a_growing_share(lag: float, least: float, most: float) -> None:
    one, now = control([lag] * 100)
    assert least <= one.level(now) <= most
    assert one.is_deep(now) is (least == 1)


def test_it_is_over_soon_whether_told_or_not() -> None:
    one, now = control([0.4] * 100)
    assert one.level(now + 2.0) == 0.0
    for _ in range(100):
        now += 0.02
        one.note_lag(0.0, now)
    assert one.level(now) == 0.0


def test_a_socket_that_is_not_read_empty_for_long_is_overload() -> None:
    one = OverloadControl(0.25)
    one.note_backlog(0.2, 1.0)
    assert one.level(1.0) == 0.0
    one.note_backlog(0.6, 1.0)
    assert one.level(1.0) == 1.0
    assert one.is_deep(1.0)
    one.note_backlog(0.0, 1.1)
    assert one.level(1.1) == 0.0


@pytest.mark.parametrize(
    ("filled", "level"), [(0.0, 0.0), (0.8, 0.0), (0.9, 0.5), (1.0, 1.0), (3.0, 1.0)]
)
def test_a_table_that_fills_up_refuses_a_growing_share(filled: float, level: float) -> None:
    assert OverloadControl(0.25).level(0.0, filled) == pytest.approx(level)
