"""The simulator beside Erlang C and Erlang A over a grid of loads (`make proof`)."""

import os

import pytest

from tests.load.theory import CALLS, kept, table

pytestmark = [pytest.mark.proof, pytest.mark.timeout(7200)]

WITHIN = 0.03


def test_the_simulator_does_what_theory_says() -> None:
    found, facts = table(CALLS, jobs=os.cpu_count() or 1)
    kept(found, facts)
    assert [str(row) for row in found if not row.inside or abs(row.off) > WITHIN] == []
    assert facts["calls_that_waited_longer_or_shorter_than_the_recursion_says"] == 0
