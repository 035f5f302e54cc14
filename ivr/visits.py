"""What happens while a call is at one node: a class per node kind.

Each method answers with the node id or target that the call goes to next, or None to stay. A visit
begins with its prompt, which a key may cut short, then does what its kind is for. Collecting keys
is in `ivr.inputs`.
"""

from collections.abc import Sequence
from typing import Generic, TypeAlias, TypeVar

from ivr.farewells import HangUpCause
from ivr.line import Line
from ivr.messages import (
    AskCalendar,
    AskCallback,
    CalendarTold,
    CallbackTold,
    Dial,
    DialEnded,
    EnterFlow,
    EnterQueue,
    LookAt,
    LookedAt,
    QueueReturned,
    RecordVoicemail,
    Result,
    StopVoicemail,
    TurnAway,
    VoicemailDone,
)
from ivr.prompts import PromptPart, fill
from ivr.schema import (
    BranchNode,
    BusyNode,
    CalendarNode,
    CallbackNode,
    DialNode,
    FlowNode,
    HangUpNode,
    NodeModel,
    PlayNode,
    QueueNode,
    SetLanguageNode,
    VoicemailNode,
)

GoesTo: TypeAlias = str | None

N = TypeVar("N", bound=NodeModel)

REAL_WAIT = 1.0
"""Seconds in a queue from which on a caller has truly waited, so that coming back is no loop."""


class Visit(Generic[N]):
    """The prompt's part, which is the same for all; by itself it ignores keys and results."""

    interruptible = True

    def __init__(self, node: N, line: Line, now: float) -> None:
        self.node = node
        self.line = line
        self.began_at = now
        self.deadline: float | None = None
        """When `timed_out` is due, monotonic seconds."""
        self.pressed = ""
        """The keys that this node took, as pressed, for the path."""

    def begin(self, now: float) -> GoesTo:
        """The call arrives."""
        return self.heard(now)

    def say(self, parts: Sequence[PromptPart], now: float) -> GoesTo:
        """Plays `parts` unless there are none, or a key is ahead; `heard` follows."""
        if not self.interruptible:
            self.line.key_ahead = ""  # as VoiceXML 2.0 §4.1.8: no barge-in, no keys from before
        if not parts or self.line.key_ahead:
            return self.heard(now)
        self.line.play(parts)
        return None

    def heard(self, now: float) -> GoesTo:
        """The prompt is over."""
        raise NotImplementedError

    def digit(self, digit: str, now: float) -> GoesTo:
        """The caller pressed a key."""
        if not self.line.playing:
            return self.key(digit, now)
        if not self.interruptible:
            return None
        self.line.stop_play()
        return self.barge_in(digit, now)

    def barge_in(self, digit: str, now: float) -> GoesTo:
        """A key has stopped the prompt."""
        self.line.key_ahead = digit
        return self.heard(now)

    def key(self, digit: str, now: float) -> GoesTo:
        """A key while no prompt is playing."""
        return None

    def returned(self, result: Result, now: float) -> GoesTo:
        """The effect that this visit waits for, other than a prompt, has ended."""
        return None

    def timed_out(self, now: float) -> GoesTo:
        """The deadline has passed; this sets another or goes on."""
        return None


class PlayVisit(Visit[PlayNode]):
    """Says something and goes on."""

    def begin(self, now: float) -> GoesTo:
        self.interruptible = self.node.interruptible
        return self.say(self.node.prompt, now)

    def heard(self, now: float) -> GoesTo:
        return self.node.next


class SetLanguageVisit(Visit[SetLanguageNode]):
    """Passes at once."""

    def heard(self, now: float) -> GoesTo:
        self.line.language = self.node.language
        return self.node.next


class QueueVisit(Visit[QueueNode]):
    """Waits for the queue's word. Keys pressed meanwhile mean nothing."""

    def heard(self, now: float) -> GoesTo:
        self.line.key_ahead = ""
        node = self.node
        leaves = node.on_no_agents is not None
        agent = fill(node.agent, self.line.variables) if node.agent is not None else ""
        effect_id = self.line.next_id()
        self.line.begin(
            EnterQueue(effect_id, node.queue, node.priority, leaves, agent, node.agent_wait)
        )
        return None

    def returned(self, result: Result, now: float) -> GoesTo:
        if now - self.began_at >= REAL_WAIT:
            self.line.attended()
        outcome = result.outcome if isinstance(result, QueueReturned) else "system_error"
        fallback = result.fallback if isinstance(result, QueueReturned) else None
        if outcome == "key_exit" and fallback is not None:
            self.line.attended()
            self.line.note("hangup")
            return str(fallback)
        if outcome == "callback":
            self.line.attended()
            self.line.note("callback")
            return "hangup"
        cause, goes_to = self._after(outcome)
        self.line.note(cause)
        return goes_to or self.node.on_timeout or (str(fallback) if fallback else "hangup")

    def _after(self, outcome: str) -> tuple[HangUpCause, GoesTo]:
        node = self.node
        match outcome:
            case "answered":
                return "hangup", node.next
            case "timeout":
                return "max_wait", node.on_timeout
            case "no_agents":
                return "no_agents", node.on_no_agents
            case "busy":
                return "busy", node.on_busy
            case _:
                return "failed", node.on_error


class BranchVisit(Visit[BranchNode]):
    """Asks for the figures and goes on at once."""

    def heard(self, now: float) -> GoesTo:
        self.line.begin(LookAt(self.line.next_id(), self.node.queue))
        return None

    def returned(self, result: Result, now: float) -> GoesTo:
        figures = result.figures if isinstance(result, LookedAt) else {}
        for case in self.node.cases:
            if case.holds(figures, self.line.variables):
                return case.next
        return self.node.otherwise


class CallbackVisit(Visit[CallbackNode]):
    """Asks and goes on at once."""

    def heard(self, now: float) -> GoesTo:
        node = self.node
        self.line.begin(AskCallback(self.line.next_id(), node.queue, node.priority))
        return None

    def returned(self, result: Result, now: float) -> GoesTo:
        promised = isinstance(result, CallbackTold) and result.promised
        self.line.note("callback" if promised else "failed")
        return self.node.next if promised else self.node.on_refused


class VoicemailVisit(Visit[VoicemailNode]):
    """Explains, beeps and records; `#` ends the message."""

    _stopping = False

    def begin(self, now: float) -> GoesTo:
        self.line.key_ahead = ""
        return self.say(self.node.prompt, now)

    def barge_in(self, digit: str, now: float) -> GoesTo:
        return self.heard(now)

    def heard(self, now: float) -> GoesTo:
        node = self.node
        effect_id = self.line.next_id()
        self.line.begin(
            RecordVoicemail(effect_id, node.box, node.beep, node.max_seconds, node.silence_seconds)
        )
        return None

    def key(self, digit: str, now: float) -> GoesTo:
        if digit == "#" and not self._stopping:
            self._stopping = True
            self.line.effects.append(StopVoicemail())
        return None

    def returned(self, result: Result, now: float) -> GoesTo:
        outcome = result.outcome if isinstance(result, VoicemailDone) else "failed"
        if outcome == "stored":
            self.line.note("message_left")
        elif outcome != "empty":
            self.line.note("failed")
            return self.node.on_error
        return self.node.next


class CalendarVisit(Visit[CalendarNode]):
    """Asks, and goes on at once."""

    def heard(self, now: float) -> GoesTo:
        self.line.begin(AskCalendar(self.line.next_id(), self.node.calendar))
        return None

    def returned(self, result: Result, now: float) -> GoesTo:
        node = self.node
        if not isinstance(result, CalendarTold):
            return node.on_error or node.work
        self.line.variables.update(result.variables)
        if result.band == "work":
            return node.work
        self.line.note("no_agents")
        match result.band:
            case "break":
                return node.pause or node.off
            case "off":
                return node.off


class FlowVisit(Visit[FlowNode]):
    """Leaves this flow for another."""

    def heard(self, now: float) -> GoesTo:
        self.line.finished = True
        self.line.effects.append(EnterFlow(self.node.flow))
        return None


class DialVisit(Visit[DialNode]):
    """Lets the caller talk with somebody."""

    def heard(self, now: float) -> GoesTo:
        self.line.key_ahead = ""
        self.line.begin(Dial(self.line.next_id(), self.node.number))
        return None

    def returned(self, result: Result, now: float) -> GoesTo:
        if isinstance(result, DialEnded) and result.answered:
            self.line.attended()
            self.line.note("hangup")
            return self.node.next
        self.line.note("failed")
        return self.node.on_failed


class BusyVisit(Visit[BusyNode]):
    """Has the caller refused, or hear the tone, and hangs up."""

    def heard(self, now: float) -> GoesTo:
        node = self.node
        self.line.note("turned_away")
        self.line.begin(TurnAway(self.line.next_id(), node.tone, node.seconds))
        return None

    def returned(self, result: Result, now: float) -> GoesTo:
        self.line.hang_up()
        return None


class HangUpVisit(Visit[HangUpNode]):
    """Says the last word, whatever the caller presses, and hangs up."""

    interruptible = False

    def begin(self, now: float) -> GoesTo:
        return self.say(self.node.prompt or self.line.farewell(), now)

    def heard(self, now: float) -> GoesTo:
        self.line.hang_up()
        return None
