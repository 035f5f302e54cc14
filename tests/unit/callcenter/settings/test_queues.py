"""Queues that nobody could ever serve are told when the site is read, with their place."""

import pytest

from tests.support.site_file import SITE, warnings

AGENT = """
[[agent]]
agent_id = "{}"
name = "x"
password = "x"
skills = {}
"""
ANN, BO = AGENT.format("2001", "{ art = 5 }"), AGENT.format("2002", "{ law = 3 }")


def queue(skills: str, more: str = "") -> str:
    return f'[[queue]]\nname = "odd"\nskills = {skills}\n{more}\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (queue("{ art = 5 }"), None),
        (queue("{ aart = 1 }"), ".skills.aart: no agent has it; did you mean 'art'?"),
        (queue("{ art = 6 }"), ".skills.art: no agent reaches level 6"),
        (
            queue("{ art = 1, law = 1 }"),
            ".skills: no agent has all of them: nobody will ever answer",
        ),
        (
            queue("{ art = 1, law = 1 }", "steps = [{ after = 9, skills = { art = 1 } }]"),
            ".skills: no agent has all of them: callers wait for the first step",
        ),
        (
            queue("{ art = 1, law = 1 }", 'steps = [{ after = 9, agents = ["2001"] }]'),
            ".skills: no agent has all of them: callers wait for the first step",
        ),
    ],
)
def test_whom_nobody_can_serve(text: str, told: str | None) -> None:
    found = warnings(SITE + ANN + BO + text)
    assert [each.split("queue[odd]")[1] for each in found] == ([] if told is None else [told])
