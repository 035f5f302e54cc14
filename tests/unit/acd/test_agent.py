"""The derivation of an agent's state: which fact goes before which."""

from typing import Any

import pytest

from acd.agent import Agent, Told
from acd.matching import Profile
from acd.turn import Turn

SOME: Any = object()


def agent() -> Agent:
    profile = Profile(frozenset(), [])
    told, turn = Told("idle", "", 0.0), Turn(0.0, 0.0, 0)
    return Agent("ann", profile, signed_in_order=1, told=told, turn=turn)


@pytest.mark.parametrize(
    ("facts", "state", "reason"),
    [
        ({}, "idle", ""),
        ({"device": "absent"}, "busy", "device_failed"),
        ({"device": "failed"}, "busy", "device_failed"),
        ({"device": "absent", "busy_reason": "lunch"}, "busy", "lunch"),
        ({"busy_reason": ""}, "busy", ""),
        ({"acw": SOME, "busy_reason": "lunch", "device": "absent"}, "acw", ""),
        ({"offer": SOME, "busy_reason": "pending"}, "ringing", ""),
        ({"engagement": "dialling", "acw": SOME}, "dialling", ""),
        ({"engagement": "talking", "busy_reason": "lunch"}, "talking", ""),
        ({"contact": SOME, "busy_reason": "pending"}, "talking", ""),
        ({"signed_in": False, "contact": SOME}, "logged_out", ""),
    ],
)
def test_the_state_follows_from_the_facts(
    facts: dict[str, object], state: str, reason: str
) -> None:
    subject = agent()
    for name, value in facts.items():
        setattr(subject, name, value)
    assert (subject.state, subject.reason) == (state, reason)


def test_a_repeated_request_for_busy_keeps_the_first_reason() -> None:
    subject = agent()
    subject.request_busy("lunch")
    subject.request_busy("meeting")
    assert subject.busy_reason == "lunch"
