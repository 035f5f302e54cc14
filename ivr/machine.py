"""A call's run through a flow, as a step machine: event and time in, effects out.

The runner carries out the effects and tells what came of them; it wakes the run at `next_deadline`.
The run never blocks, never reads a clock and, whatever it is told, never raises after its start.
After `EnterFlow` or `HangUp` or `CallerLeft` it is finished and answers nothing.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.flow import Flow
from ivr.inputs import CollectVisit, MenuVisit
from ivr.line import MAX_UNATTENDED, Line
from ivr.messages import CallerLeft, Digit, Effect, Event, Result
from ivr.schema import (
    KEYS,
    BranchNode,
    BusyNode,
    CalendarNode,
    CallbackNode,
    CollectNode,
    DialNode,
    FlowNode,
    HangUpNode,
    MenuNode,
    Node,
    PlayNode,
    QueueNode,
    SetLanguageNode,
    VoicemailNode,
)
from ivr.visits import (
    BranchVisit,
    BusyVisit,
    CalendarVisit,
    CallbackVisit,
    DialVisit,
    FlowVisit,
    GoesTo,
    HangUpVisit,
    PlayVisit,
    QueueVisit,
    SetLanguageVisit,
    Visit,
    VoicemailVisit,
)

MAX_PATH = 256
"""Steps of the path that are kept, the latest."""

_VISITS: dict[type[Node], type[Visit[Any]]] = {
    PlayNode: PlayVisit,
    MenuNode: MenuVisit,
    CollectNode: CollectVisit,
    QueueNode: QueueVisit,
    BranchNode: BranchVisit,
    CallbackNode: CallbackVisit,
    VoicemailNode: VoicemailVisit,
    SetLanguageNode: SetLanguageVisit,
    CalendarNode: CalendarVisit,
    FlowNode: FlowVisit,
    DialNode: DialVisit,
    BusyNode: BusyVisit,
    HangUpNode: HangUpVisit,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One visit of the path."""

    flow: str
    node: str
    """Node id, or the target that took the place of one."""
    at: float
    """When the call came to the node, monotonic seconds."""
    digits: str
    """The keys that the node took, as pressed."""


class FlowRun:
    """One call in one flow."""

    def __init__(
        self, flow: Flow, *, language: str = "en", variables: Mapping[str, str] | None = None
    ) -> None:
        """`language` serves flows that name none; `variables` override the flow's defaults."""
        self.flow = flow
        self._line = Line(flow.language or language, {**flow.variables, **(variables or {})})
        self._path: deque[Step] = deque(maxlen=MAX_PATH)
        self._visit: Visit[Any] | None = None
        self._node = ""

    def start(self, now: float) -> list[Effect]:
        """Begins; the caller's line is open. Raises `RuntimeError` when called twice."""
        if self._visit is not None:
            raise RuntimeError("the run has been started already")
        self._go(self.flow.start, now)
        return self._line.take_effects()

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What to do about `event`."""
        visit = self._visit
        if visit is None or self._line.finished:
            return []
        match event:
            case Digit(digit):
                if len(digit) == 1 and digit in KEYS and not self._line.is_late_hash(digit, now):
                    self._line.attended()
                    self._go(visit.digit(digit, now), now)
            case CallerLeft():
                self._line.finished = True
            case _:
                self._conclude(visit, event, now)
        return self._line.take_effects()

    def advance(self, now: float) -> list[Effect]:
        """Fires the deadline if it is due."""
        visit, deadline = self._visit, self.next_deadline()
        if visit is None or deadline is None or now < deadline:
            return []
        self._go(visit.timed_out(now), now)
        return self._line.take_effects()

    def next_deadline(self) -> float | None:
        """When `advance` is due, monotonic seconds; None while an event has to come first."""
        if self._visit is None or self._line.finished:
            return None
        return self._visit.deadline

    def successor(self, flow: Flow) -> "FlowRun":
        """A run of `flow` that goes on where `EnterFlow` left this one; start it as any other.

        It has this one's variables, path and bound on visits without a sign of the caller, so
        that flows leading to one another come to an end, too.
        """
        run = FlowRun(flow, language=self.language, variables=self.variables)
        run._line.resume(self._line)
        run._path.extend(self.path)
        return run

    @property
    def finished(self) -> bool:
        """Whether the flow is done with the call."""
        return self._line.finished

    @property
    def language(self) -> str:
        """The caller's language as things stand."""
        return self._line.language

    @property
    def variables(self) -> dict[str, str]:
        """What is known of the call: given at the start, collected since. The runner may add."""
        return self._line.variables

    @property
    def path(self) -> tuple[Step, ...]:
        """The nodes visited, oldest first, the present one last."""
        visit = self._visit
        if visit is None:
            return tuple(self._path)
        return (*self._path, self._step(visit))[-MAX_PATH:]

    def _step(self, visit: Visit[Any]) -> Step:
        return Step(self.flow.name, self._node, visit.began_at, visit.pressed)

    def _conclude(self, visit: Visit[Any], result: Result, now: float) -> None:
        line = self._line
        if line.pending is None or line.pending.effect_id != result.effect_id:
            return
        was_prompt = line.playing
        line.pending = None
        self._go(visit.heard(now) if was_prompt else visit.returned(result, now), now)

    def _go(self, goes_to: GoesTo, now: float) -> None:
        """Follows the way until a node waits or the run is finished."""
        line = self._line
        while goes_to is not None:
            line.unattended += 1
            if line.unattended > MAX_UNATTENDED:
                line.note("failed")
                line.hang_up()
                return
            if self._visit is not None:
                self._path.append(self._step(self._visit))
            node = self.flow.node(goes_to)
            self._node = goes_to
            self._visit = visit = _VISITS[type(node)](node, line, now)
            goes_to = visit.begin(now)
