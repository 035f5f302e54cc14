"""What a flow run asks for (effects) and what it is told (events).

Effects that take time carry an `effect_id`, counted from 1 within the run; the event that ends one
repeats it. At most one is under way. Events for others are late and ignored, so whoever carries the
effects out need not watch for the crossing of a `StopPlay` and the end of what it stops.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from ivr.conditions import Figures
from ivr.farewells import HangUpCause
from ivr.prompts import ResolvedPrompt
from ivr.schema import BusyTone
from ivr.targets import Target
from lean import dataclass

QueueOutcome: TypeAlias = Literal[
    "answered", "timeout", "no_agents", "busy", "key_exit", "callback", "system_error"
]
"""`answered`: the talk is over and the agent left first; otherwise there was no talk."""
VoicemailOutcome: TypeAlias = Literal["stored", "empty", "failed"]
Band: TypeAlias = Literal["work", "break", "off"]


@dataclass(frozen=True, slots=True)
class Play:
    """Play these, one after the other, to the caller. Ends with `PlayFinished`."""

    effect_id: int
    prompts: tuple[ResolvedPrompt, ...]


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Stop what is playing, at once."""


@dataclass(frozen=True, slots=True)
class EnterQueue:
    """Let the caller wait for an agent. Ends with `QueueReturned`, if the caller comes back."""

    effect_id: int
    queue: str
    priority: int
    overflow_no_agents: bool = False
    """Come back at once while nobody is signed in for the queue: the flow knows better."""
    agent: str = ""
    """Agent or extension to be asked before all others; empty for none."""
    agent_wait: float = 0.0
    """Seconds to wait for them while they are not idle."""


@dataclass(frozen=True, slots=True)
class AskCalendar:
    """Tell what this moment is in a calendar. Ends with `CalendarTold`."""

    effect_id: int
    calendar: str


@dataclass(frozen=True, slots=True)
class LookAt:
    """Tell a queue's live figures, and the customer's. Ends with `LookedAt`."""

    effect_id: int
    queue: str | None


@dataclass(frozen=True, slots=True)
class AskCallback:
    """Put the caller on the list of those to be called back. Ends with `CallbackTold`."""

    effect_id: int
    queue: str
    priority: int


@dataclass(frozen=True, slots=True)
class RecordVoicemail:
    """Record a message; the prompt has been played. Ends with `VoicemailDone`."""

    effect_id: int
    box: str
    beep: bool
    max_seconds: int
    silence_seconds: int


@dataclass(frozen=True, slots=True)
class StopVoicemail:
    """The caller pressed #: end the message; `VoicemailDone` follows."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Call somebody and let the two talk. Ends with `DialEnded`, if the caller comes back."""

    effect_id: int
    number: str


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Refuse who is not answered yet; let the others hear the tone for so many seconds. Ends with
    `PlayFinished`."""

    effect_id: int
    tone: BusyTone
    seconds: float


@dataclass(frozen=True, slots=True)
class EnterFlow:
    """The run is finished; go on with `run.successor(flow)`."""

    flow: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The run is finished; end the call. Whatever was to be said has been played."""

    cause: HangUpCause


Effect: TypeAlias = (
    Play
    | StopPlay
    | EnterQueue
    | AskCalendar
    | LookAt
    | AskCallback
    | RecordVoicemail
    | StopVoicemail
    | Dial
    | TurnAway
    | EnterFlow
    | HangUp
)
Awaited: TypeAlias = (
    Play | EnterQueue | AskCalendar | LookAt | AskCallback | RecordVoicemail | Dial | TurnAway
)
"""Effects that end with an event."""


@dataclass(frozen=True, slots=True)
class PlayFinished:
    """The caller has heard it all, or need not hear it."""

    effect_id: int


@dataclass(frozen=True, slots=True)
class Digit:
    """The caller pressed a key: one of `0123456789*#`; anything else is ignored."""

    digit: str


@dataclass(frozen=True, slots=True)
class EffectFailed:
    """The effect could not be carried out. A prompt that cannot be played counts as heard."""

    effect_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class QueueReturned:
    """The caller is back from the queue."""

    effect_id: int
    outcome: QueueOutcome
    fallback: Target | None = None
    """The queue's own target for this outcome, taken where the node names none."""


@dataclass(frozen=True, slots=True)
class CalendarTold:
    """What now is in the calendar."""

    effect_id: int
    band: Band
    variables: Mapping[str, str] = field(default_factory=dict)
    """What flows may say of it from now on."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """The figures asked for."""

    effect_id: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class CallbackTold:
    """Whether the caller will be called back; who is on the list already is not put there twice."""

    effect_id: int
    promised: bool


@dataclass(frozen=True, slots=True)
class DialEnded:
    """Who was called has left after a talk, or did not answer."""

    effect_id: int
    answered: bool


@dataclass(frozen=True, slots=True)
class VoicemailDone:
    """The recording ended."""

    effect_id: int
    outcome: VoicemailOutcome
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller hung up; the run is finished and asks for nothing more."""


Result: TypeAlias = (
    PlayFinished
    | EffectFailed
    | QueueReturned
    | CalendarTold
    | LookedAt
    | CallbackTold
    | DialEnded
    | VoicemailDone
)
"""Events that end an effect."""
Event: TypeAlias = Digit | CallerLeft | Result
