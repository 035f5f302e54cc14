"""What has to happen for the demo to have worked, in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Who: TypeAlias = Literal["exchange", "agent", "caller", "record"]
Facts: TypeAlias = Mapping[str, object]

STEPS: Mapping[str, Who] = {
    "ready": "exchange",
    "phone_registered": "agent",
    "signed_in": "agent",
    "call_answered": "caller",
    "menu_heard": "caller",
    "key_pressed": "caller",
    "music_heard": "caller",
    "idle": "agent",
    "call_ringing": "agent",
    "phone_rang": "agent",
    "phone_answered": "agent",
    "announced_to_caller": "caller",
    "announced_to_agent": "agent",
    "caller_hears_agent": "caller",
    "agent_hears_caller": "agent",
    "hung_up": "agent",
    "released": "caller",
    "call_ended": "agent",
    "wrapped_up": "agent",
    "cdr": "record",
    "recording": "record",
    "left_is_caller": "record",
    "right_is_agent": "record",
}
"""Step -> who sees it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one step; `at` is monotonic seconds, the same in all processes."""

    step: str
    ok: bool
    at: float
    facts: Facts
    """What its text needs; `reason` when it failed."""
