"""Who hears whom: each row of the supervision table."""

import pytest

from callcenter.switch.hearing import hearing

# The parties: caller, agent, expert, supervisor (chief).


def rows(matrix: dict[str, str]) -> dict[str, dict[str, float]]:
    return {listener: dict.fromkeys(speakers, 1.0) for listener, speakers in matrix.items()}


@pytest.mark.parametrize(
    ("talking", "apart", "matrix"),
    [
        ("", "", {}),
        ("c", "", {"c": ""}),
        ("ca", "", {"c": "a", "a": "c"}),
        ("ca", "e", {"c": "a", "a": "c", "e": ""}),
        ("c", "a", {"c": "", "a": ""}),
        ("", "ca", {"c": "", "a": ""}),
        ("ae", "c", {"a": "e", "e": "a", "c": ""}),
        ("cae", "", {"c": "ae", "a": "ce", "e": "ca"}),
    ],
    ids=[
        "nobody",
        "alone",
        "talk",
        "one waits",
        "hold",
        "both wait",
        "consultation",
        "conference",
    ],
)
def test_who_talks_hears_the_others_who_talk(
    talking: str, apart: str, matrix: dict[str, str]
) -> None:
    assert hearing(list(talking), list(apart)) == rows(matrix)


@pytest.mark.parametrize(
    ("talking", "apart", "muted", "listening", "matrix"),
    [
        ("ca", "", "", {"s": ""}, {"c": "a", "a": "c", "s": "ca"}),
        ("ca", "", "", {"s": "a"}, {"c": "a", "a": "cs", "s": "ca"}),
        ("cas", "", "", {}, {"c": "as", "a": "cs", "s": "ca"}),
        ("cs", "", "", {}, {"c": "s", "s": "c"}),
        ("ca", "", "a", {"s": ""}, {"c": "", "a": "c", "s": "c"}),
        ("ca", "", "s", {"s": "a"}, {"c": "a", "a": "c", "s": "ca"}),
        ("a", "c", "", {"s": "a"}, {"c": "", "a": "s", "s": "a"}),
        ("cae", "", "", {"s": "a"}, {"c": "ae", "a": "ces", "e": "ca", "s": "cae"}),
        ("ca", "", "", {"s": "x"}, {"c": "a", "a": "c", "s": "ca"}),
        ("ca", "", "", {"s": "", "t": "a"}, {"c": "a", "a": "ct", "s": "ca", "t": "ca"}),
    ],
    ids=[
        "monitor",
        "whisper",
        "barge",
        "intercept",
        "muted agent",
        "muted supervisor",
        "whisper during hold",
        "whisper in a conference",
        "whisper to who has left",
        "two supervisors",
    ],
)
def test_supervisors_hear_all_and_are_heard_by_whom_they_coach(
    talking: str, apart: str, muted: str, listening: dict[str, str], matrix: dict[str, str]
) -> None:
    assert hearing(list(talking), list(apart), muted, listening) == rows(matrix)
