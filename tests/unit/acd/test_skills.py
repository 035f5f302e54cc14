import pytest

from acd import AcdError, InvalidSkillLevelError
from acd.skills import qualifies, skill_set


@pytest.mark.parametrize(
    ("held", "needed", "expected"),
    [
        ({}, {}, True),
        ({"sales": 1}, {}, True),
        ({}, {"sales": 1}, False),
        ({"sales": 3}, {"sales": 3}, True),
        ({"sales": 10}, {"sales": 3}, True),
        ({"sales": 2}, {"sales": 3}, False),
        ({"sales": 5, "english": 1}, {"sales": 3, "english": 2}, False),
        ({"sales": 5, "english": 2, "french": 1}, {"sales": 3, "english": 2}, True),
    ],
)
def test_every_needed_level_must_be_reached(
    held: dict[str, int], needed: dict[str, int], expected: bool
) -> None:
    assert qualifies(skill_set(held, "a"), skill_set(needed, "q")) is expected


@pytest.mark.parametrize("level", [0, 11, -1, True, 1.5, "3", None])
def test_a_level_outside_1_to_10_is_named_with_its_owner(level: int) -> None:
    with pytest.raises(
        InvalidSkillLevelError, match=r"agent 1001: skill 'sales' has level"
    ) as caught:
        skill_set({"sales": level}, "agent 1001")
    assert isinstance(caught.value, AcdError)
    assert isinstance(caught.value, ValueError)
