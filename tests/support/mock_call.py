"""A call stack for flow runs on a virtual clock: prompts take their time, but nothing sounds."""

from ivr.flow import Flow
from ivr.machine import FlowRun
from ivr.messages import (
    AskCalendar,
    AskCallback,
    Band,
    CalendarTold,
    CallerLeft,
    Dial,
    Digit,
    Effect,
    EffectFailed,
    EnterFlow,
    EnterQueue,
    Event,
    HangUp,
    LookAt,
    Play,
    PlayFinished,
    QueueOutcome,
    QueueReturned,
    RecordVoicemail,
    StopPlay,
    StopVoicemail,
    TurnAway,
    VoicemailDone,
    VoicemailOutcome,
)
from ivr.prompts import ResolvedPrompt, TextPrompt
from ivr.targets import Target


class MockCall:
    """Runs `flow` from time 0. `log` has what the caller met, in words, `times` when."""

    def __init__(
        self,
        flow: Flow,
        *,
        language: str = "en",
        variables: dict[str, str] | None = None,
        prompt_seconds: float = 2.0,
    ) -> None:
        self.now = 0.0
        self.log: list[str] = []
        self.times: list[float] = []
        self.prompt_seconds = prompt_seconds
        self.run = FlowRun(flow, language=language, variables=variables)
        self._playing: Play | None = None
        self._play_ends = 0.0
        self._effect_id = 0
        self._apply(self.run.start(self.now))

    def wait(self, seconds: float) -> "MockCall":
        """Lets time pass; prompts end and deadlines fire when they are due."""
        until = self.now + seconds
        while (due := self._next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            if self._playing is not None and self._play_ends <= self.now:
                finished, self._playing = self._playing, None
                self.tell(PlayFinished(finished.effect_id))
            else:
                self._apply(self.run.advance(self.now))
        self.now = until
        return self

    def press(self, keys: str, gap: float = 0.2) -> "MockCall":
        """Presses `keys` one by one, the first at once, `gap` seconds after each."""
        for key in keys:
            self.tell(Digit(key))
            self.wait(gap)
        return self

    def back_from_queue(
        self, outcome: QueueOutcome, fallback: Target | None = None, after: float = 20.0
    ) -> "MockCall":
        """The queue gives the caller back after a while."""
        self.wait(after)
        return self.tell(QueueReturned(self._effect_id, outcome, fallback))

    def calendar_says(self, band: Band, **variables: str) -> "MockCall":
        """What now is."""
        return self.tell(CalendarTold(self._effect_id, band, variables))

    def message_ends(self, outcome: VoicemailOutcome, seconds: float = 7.0) -> "MockCall":
        """The recording ends."""
        return self.tell(VoicemailDone(self._effect_id, outcome, seconds))

    def fail(self) -> "MockCall":
        """The effect under way cannot be carried out."""
        self._playing = None
        return self.tell(EffectFailed(self._effect_id, "it broke"))

    def hang_up(self) -> "MockCall":
        """The caller hangs up."""
        return self.tell(CallerLeft())

    def tell(self, event: Event) -> "MockCall":
        """Any event, now."""
        self._apply(self.run.handle(event, self.now))
        return self

    def _next_due(self) -> float | None:
        due = [self.run.next_deadline(), self._play_ends if self._playing else None]
        return min((time for time in due if time is not None), default=None)

    def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            self.log.append(self._meet(effect))
            self.times.append(self.now)

    def _meet(self, effect: Effect) -> str:
        match effect:
            case Play(effect_id, prompts):
                assert self._playing is None, "a prompt began before the last one was stopped"
                self._effect_id, self._playing = effect_id, effect
                self._play_ends = self.now + self.prompt_seconds
                return "say " + " + ".join(map(_words, prompts))
            case StopPlay():
                assert self._playing is not None, "stopped while nothing was playing"
                self._playing = None
                return "stop"
            case EnterQueue(effect_id, queue, priority):
                self._effect_id = effect_id
                return f"queue {queue} {priority}"
            case AskCalendar(effect_id, calendar):
                self._effect_id = effect_id
                return f"calendar {calendar}"
            case AskCallback(effect_id, queue):
                self._effect_id = effect_id
                return f"ask {queue} to call back"
            case LookAt(effect_id, looked_at):
                self._effect_id = effect_id
                return f"look at {looked_at}"
            case RecordVoicemail(effect_id, box):
                self._effect_id = effect_id
                return f"record {box}"
            case StopVoicemail():
                return "stop recording"
            case Dial() | TurnAway():
                self._effect_id = effect.effect_id
                return _shown(effect)
            case EnterFlow(flow):
                return f"flow {flow}"
            case HangUp(cause):
                return f"hang up: {cause}"


def _words(prompt: ResolvedPrompt) -> str:
    return prompt.text if isinstance(prompt, TextPrompt) else f"<{prompt.file}>"


def _shown(effect: Dial | TurnAway) -> str:
    if isinstance(effect, Dial):
        return f"dial {effect.number}"
    return f"{effect.tone} for {effect.seconds:g} s"
