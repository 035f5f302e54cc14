"""One process's share of the damaged messages: `python -m tests.load.mutations FIRST CHUNKS`."""

import json
import logging
import os
import sys

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.load import proc
from tests.support.mutation import STEPS, Step, Victim

STORIES = 100
"""Stories of a chunk: each chunk is a run of Hypothesis of its own, which keeps nothing."""
MESSAGES = 20
"""Messages of a story."""


def run(first: int, chunks: int) -> list[int]:
    """Plays the chunks `first`, `first + 1`, …; KiB resident after each. Raises what went wrong."""
    logging.disable(logging.CRITICAL)  # each story lasts minutes of its own time
    victim = Victim()
    resident = []
    for number in range(first, first + chunks):

        @seed(number)
        @settings(
            max_examples=STORIES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(STEPS, min_size=MESSAGES, max_size=MESSAGES))
        def chunk(steps: list[Step]) -> None:
            victim.endure(steps)

        chunk()
        resident.append(proc.resident_kib(os.getpid()))
    return resident


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]))))
