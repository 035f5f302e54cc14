"""Guessing is slowed down, and the agents are not."""

import pytest

from callcenter.desk import login_guard
from callcenter.desk.login_guard import LoginGuard, LoginPolicy, source_of

POLICY = LoginPolicy(failures=3, lockout_s=60, lockout_max_s=200)
HOME, EVIL = "192.0.2.1", "198.51.100.9"


def guess(guard: LoginGuard, agent_id: str, source: str, now: float) -> float:
    """A wrong attempt; the seconds for which it was not even looked at."""
    wait = guard.attempt(agent_id, source, now)
    if not wait:
        guard.failed(agent_id, source, now)
    return wait


def test_failures_lock_out_for_a_time_that_doubles_up_to_a_bound() -> None:
    guard, now, waits = LoginGuard(POLICY), 0.0, []
    for _ in range(4):
        assert [guess(guard, "1001", EVIL, now) for _ in range(3)] == [0, 0, 0]
        waits.append(guess(guard, "1001", EVIL, now))
        now += waits[-1]
    assert waits == [60, 120, 200, 200]


def test_being_right_forgets_the_failures() -> None:
    guard = LoginGuard(POLICY)
    for _ in range(10):
        guess(guard, "1001", HOME, 0)
        guess(guard, "1001", HOME, 0)
        assert guard.attempt("1001", HOME, 0) == 0
        guard.succeeded("1001", HOME)


def test_many_at_once_gain_nothing() -> None:
    guard = LoginGuard(POLICY)
    assert [guard.attempt("1001", EVIL, 0) > 0 for _ in range(5)] == [False] * 3 + [True] * 2


def test_an_agent_is_not_locked_out_where_they_are_known() -> None:
    guard = LoginGuard(POLICY)
    guard.attempt("1001", HOME, 0)
    guard.succeeded("1001", HOME)
    for number in range(200):
        guess(guard, "1001", f"203.0.113.{number}", 0)
        guess(guard, f"10{number}", HOME, 0)
    assert guard.attempt("1001", "203.0.113.250", 0) > 0, "anywhere else they are"
    assert guard.attempt("2000", HOME, 0) > 0, "and so is anybody new at that place"
    assert guard.attempt("1001", HOME, 0) == 0


def test_where_an_agent_is_known_the_lock_does_not_grow() -> None:
    guard, now = LoginGuard(POLICY), 0.0
    guard.attempt("1001", HOME, now)
    guard.succeeded("1001", HOME)
    for _ in range(4):
        for _ in range(3):
            guess(guard, "1001", HOME, now)
        assert guess(guard, "1001", HOME, now) == 60
        now += 60


def test_what_a_stranger_makes_us_remember_is_bounded_and_expires(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(login_guard, "MAX_ENTRIES", 50)
    guard = LoginGuard(POLICY)
    for number in range(1000):
        guess(guard, f"a{number}", f"10.0.{number // 250}.{number % 250}", 0)
    assert len(guard._counts) <= 50
    for _ in range(3):
        guess(guard, "1001", EVIL, 0)
    assert guess(guard, "1001", EVIL, 0) > 0
    assert guess(guard, "1001", EVIL, 1000) == 0


@pytest.mark.parametrize(
    ("remote", "source"),
    [
        ("192.0.2.1:5000", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6:5000", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1:5000", "192.0.2.1"),
        ("gone:0", "gone"),
    ],
)
def test_a_source(remote: str, source: str) -> None:
    assert source_of(remote) == source
