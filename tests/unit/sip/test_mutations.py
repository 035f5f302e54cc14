"""Damaged messages, a few thousand of them; 200,000 in `make proof`."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.mutation import STEPS, VALID, Step, Victim


@pytest.fixture(scope="module")
def victim() -> Victim:
    """The one that lives through all stories of this module."""
    return Victim()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(STEPS, min_size=20, max_size=20))
def test_no_damaged_message_raises_or_leaves_anything(victim: Victim, steps: list[Step]) -> None:
    victim.endure(steps)


@pytest.mark.parametrize("source", range(4))
def test_the_undamaged_ones_neither(victim: Victim, source: int) -> None:
    victim.endure([Step(seed, [], source) for seed in range(len(VALID))])
