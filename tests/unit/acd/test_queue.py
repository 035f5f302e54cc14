from math import inf, nan
from typing import Any

import pytest

from acd import InvalidQueueError, InvalidSkillLevelError, QueueConfig


def test_the_defaults_are_ten_seconds_of_ring_and_busy_after_no_answer() -> None:
    config = QueueConfig("sales", {"sales": 1})
    assert (config.strategy, config.ring_timeout, config.busy_after_no_answer) == (
        "longest_idle",
        10.0,
        True,
    )
    assert (config.max_wait, config.acw, config.overflow_no_agents) == (None, 0.0, False)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("strategy", "loudest"),
        ("ring_timeout", 0),
        ("ring_timeout", nan),
        ("ring_timeout", inf),
        ("max_wait", 0),
        ("max_wait", -1),
        ("max_wait", nan),
        ("acw", -0.5),
        ("acw", inf),
    ],
)
def test_what_makes_no_sense_is_named_with_queue_and_key(key: str, value: object) -> None:
    settings: dict[str, Any] = {"name": "sales", key: value}
    with pytest.raises(InvalidQueueError, match=f"{key} = "):
        QueueConfig(**settings)


def test_a_wrong_level_names_the_queue() -> None:
    with pytest.raises(InvalidSkillLevelError, match="queue 'sales'"):
        QueueConfig("sales", {"sales": 0})
