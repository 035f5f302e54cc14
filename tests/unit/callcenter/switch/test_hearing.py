"""Who hears whom."""

import pytest

from callcenter.switch.hearing import hearing


@pytest.mark.parametrize(
    ("talking", "apart", "matrix"),
    [
        ("", "", {}),
        ("a", "", {"a": None}),
        ("ab", "", {"a": "b", "b": "a"}),
        ("ab", "c", {"a": "b", "b": "a", "c": None}),
        ("a", "b", {"a": None, "b": None}),
        ("", "ab", {"a": None, "b": None}),
    ],
)
def test_two_who_talk_hear_each_other_and_nobody_else_hears_anybody(
    talking: str, apart: str, matrix: dict[str, str | None]
) -> None:
    assert hearing(list(talking), list(apart)) == matrix
