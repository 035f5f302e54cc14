"""Runs a flow on a call: carries its effects out and tells it what came of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

import acd
import ivr
from callcenter import events
from callcenter.flows.looking import queue_figures
from callcenter.flows.spoken import spoken
from callcenter.routing.dial_plan import Service
from callcenter.settings import QueueSettings
from callcenter.speech.aloud import say
from callcenter.speech.provider import SpeechError
from callcenter.switch import answering
from callcenter.switch.bridge import Bridge
from callcenter.switch.call import Call
from callcenter.switch.conversation import converse
from callcenter.switch.inbox import Inbox
from callcenter.switch.party import Party
from callcenter.switch.queue_visit import QueueWish, Unanswered
from callcenter.switch.reach import Reach, Unreached
from callcenter.switch.successor import Left
from callcenter.switch.tones import play_out
from callcenter.voicemail.message import MessageRecorder
from ivr.messages import QueueOutcome, VoicemailOutcome
from ivr.schema import BusyTone
from ivr.targets import Target

_REFUSALS: Mapping[BusyTone, int] = {"busy": 486, "congestion": 503, "special_information": 404}
"""What has the caller's own network play that tone (RFC 3398 §8.2.6.1)."""
_MAX_KEYS_AHEAD = 32
"""Keys that may wait for the flow to come to them."""


class FlowRunner:
    """One call's way through its flows; the first controller of every call.

    Must not own: what the flow decides (`ivr.FlowRun`).
    """

    def __init__(self, flows: Mapping[str, ivr.Flow], first: ivr.Flow, call: Call) -> None:
        self._flows = flows
        self._call = call
        self._services = call.services
        self._run = ivr.FlowRun(
            first, language=call.language, variables={"ani": call.ani, "dnis": call.dnis}
        )
        self._inbox: Inbox[ivr.Event] = Inbox()
        self._message: MessageRecorder | None = None
        self._in_flow = False
        self._refusal = 200

    async def run(self) -> None:
        """To the end of the flow, or until the caller leaves (cancellation)."""
        call, clock = self._call, self._services.clock
        call.leg.listen(self._digit, clock.now)
        self._tell(events.FlowStarted)
        try:
            await self._apply(self._run.start(clock.now()))
            while not self._run.finished:
                event = await self._next_event()
                now = clock.now()
                run = self._run
                effects = run.advance(now) if event is None else run.handle(event, now)
                call.language = self._run.language
                await self._apply(effects)
        finally:
            call.leg.stop_listening()
            call.leg.port.stop_play()
            message, self._message = self._message, None
            if message is not None:
                message.stop()
            if self._in_flow:
                self._tell(events.FlowEnded)

    async def _next_event(self) -> ivr.Event | None:
        """The next thing that happens; None when the run's deadline comes first."""
        if not self._inbox:
            answering.prompt_begins(self._call)  # keys are waited for, with or without a prompt
        try:
            async with asyncio.timeout_at(self._run.next_deadline()):
                return await self._inbox.get()
        except TimeoutError:
            return None

    async def _apply(self, effects: Sequence[ivr.Effect]) -> None:
        for effect in effects:
            await self._CARRY_OUT[type(effect)](self, effect)

    async def _play(self, effect: ivr.Play) -> None:
        answering.prompt_begins(self._call)

        def failed(error: SpeechError) -> None:
            self._call.log.error("prompt cannot be played", error=str(error))
            self._post(ivr.EffectFailed(effect.effect_id, str(error)))

        words = list(map(spoken, effect.prompts))
        try:
            playback = await say(self._call.leg.port, self._services.prompts, words, failed)
        except SpeechError as error:
            failed(error)
            return
        playback.done.add_done_callback(
            lambda done: self._post(ivr.PlayFinished(effect.effect_id)) if done.result() else None
        )

    async def _stop_play(self, effect: ivr.StopPlay) -> None:
        self._call.leg.port.stop_play()

    async def _enter_queue(self, effect: ivr.EnterQueue) -> None:
        call = self._call
        given = ("ani", "dnis", "hours_en", "hours_zh")
        added = {k: v for k, v in self._run.variables.items() if k not in given}
        call.data = {**call.data, **added}  # events have the old ones
        call.known.path = self._run.path
        self._tell(events.FlowEnded)
        outcome = await call.wait_in_queue(self._wish(effect))
        call.leg.listen(self._digit, self._services.clock.now)  # the wait and the talk had the keys
        if isinstance(outcome, Service):
            await self._begin(outcome.flow)
            return
        if outcome is None:
            self._post(ivr.QueueReturned(effect.effect_id, "answered"))
            return
        self._tell(events.FlowStarted)
        queue = self._services.queues[effect.queue]
        if outcome.outcome == "closed" and queue.calendar is not None:
            self._run.variables.update(self._services.opening.hours(queue.calendar))
        reason = self._services.opening.reason(effect.queue)
        returned, fallback = _returned(queue, outcome, in_break=reason == "break")
        self._post(ivr.QueueReturned(effect.effect_id, returned, fallback))

    async def _look_at(self, effect: ivr.LookAt) -> None:
        call, services = self._call, self._services
        found: dict[str, float | None] = {"priority": services.customers.priority(call.ani)}
        if effect.queue is not None:
            found |= queue_figures(services, effect.queue)
        self._post(ivr.LookedAt(effect.effect_id, found))

    async def _ask_callback(self, effect: ivr.AskCallback) -> None:
        call, services = self._call, self._services
        now = services.clock.now()
        answer = services.callbacks.ask(
            call.ani,
            effect.queue,
            dnis=call.dnis,
            language=self._run.language,
            priority=effect.priority + services.customers.priority(call.ani),
            waiting_since=now - call.waited_s if call.waiting_since is None else call.waiting_since,
            call_id=call.call_id,
        )
        self._post(ivr.CallbackTold(effect.effect_id, promised=answer != "refused"))

    def _wish(self, effect: ivr.EnterQueue) -> QueueWish:
        named: tuple[acd.Preferred, ...] = ()
        if effect.agent:
            # The caller may know the agent by their extension.
            agent_id = self._services.roster.agent_at(effect.agent) or effect.agent
            named = (acd.Preferred(agent_id, effect.agent_wait),)
        return QueueWish(effect.queue, effect.priority, effect.overflow_no_agents, named)

    async def _ask_calendar(self, effect: ivr.AskCalendar) -> None:
        opening = self._services.opening
        moment = opening.moment(effect.calendar)
        self._post(ivr.CalendarTold(effect.effect_id, moment.band, opening.hours(effect.calendar)))

    async def _record_voicemail(self, effect: ivr.RecordVoicemail) -> None:
        def done(outcome: VoicemailOutcome, seconds: float) -> None:
            self._message = None
            self._post(ivr.VoicemailDone(effect.effect_id, outcome, seconds))

        self._call.answer()  # a message is never taken for nothing
        self._message = MessageRecorder(
            self._call, effect.box, effect.max_seconds, effect.silence_seconds, done
        )
        await self._message.start(beep=effect.beep)

    async def _stop_voicemail(self, effect: ivr.StopVoicemail) -> None:
        if self._message is not None:
            self._message.stop()

    async def _dial(self, effect: ivr.Dial) -> None:
        call, services = self._call, self._services
        self._tell(events.FlowEnded)
        call.leg.stop_listening()
        to = services.pbx.plan.destination(effect.number, "seat")
        found = await Reach(call, call.caller, None).find(to)
        after: Left = found if isinstance(found, Service) else None
        if isinstance(found, Party):
            after = await converse(call, Bridge(call, found))
        elif isinstance(found, Unreached):
            call.log.info("nobody reached", number=effect.number, code=found.code)
        call.leg.listen(self._digit, services.clock.now)
        if isinstance(after, Service):
            await self._begin(after.flow)
            return
        self._tell(events.FlowStarted)
        self._post(ivr.DialEnded(effect.effect_id, isinstance(found, Party)))

    async def _turn_away(self, effect: ivr.TurnAway) -> None:
        call = self._call
        heard = None
        if call.caller.answered:
            heard = await play_out(call, call.caller, effect.tone, effect.seconds)
        else:
            self._refusal = _REFUSALS[effect.tone]
        finished = ivr.PlayFinished(effect.effect_id)
        if heard is None:
            self._post(finished)
        else:
            heard.done.add_done_callback(lambda _: self._post(finished))

    async def _enter_flow(self, effect: ivr.EnterFlow) -> None:
        self._tell(events.FlowEnded)
        await self._begin(self._flows[effect.flow])

    async def _begin(self, flow: ivr.Flow) -> None:
        """The next flow takes over from the one that has ended."""
        self._run = self._run.successor(flow)
        self._tell(events.FlowStarted)
        await self._apply(self._run.start(self._services.clock.now()))

    async def _hang_up(self, effect: ivr.HangUp) -> None:
        self._call.ending(effect.cause, "system", self._refusal)

    def _digit(self, digit: str) -> None:
        self._post(ivr.Digit(digit))

    def _post(self, event: ivr.Event) -> None:
        """A caller who keeps hammering keys loses the surplus, never the call."""
        if isinstance(event, ivr.Digit) and len(self._inbox) >= _MAX_KEYS_AHEAD:
            return
        self._inbox.put(event)

    def _tell(self, kind: type[events.FlowStarted] | type[events.FlowEnded]) -> None:
        self._in_flow = kind is events.FlowStarted
        services = self._services
        services.stream.emit(kind(services.clock.now(), self._call.call_id, self._run.flow.name))

    _CARRY_OUT: ClassVar[Mapping[type[Any], Callable[["FlowRunner", Any], Awaitable[None]]]] = {
        ivr.Play: _play,
        ivr.StopPlay: _stop_play,
        ivr.EnterQueue: _enter_queue,
        ivr.AskCalendar: _ask_calendar,
        ivr.LookAt: _look_at,
        ivr.AskCallback: _ask_callback,
        ivr.RecordVoicemail: _record_voicemail,
        ivr.StopVoicemail: _stop_voicemail,
        ivr.Dial: _dial,
        ivr.TurnAway: _turn_away,
        ivr.EnterFlow: _enter_flow,
        ivr.HangUp: _hang_up,
    }


def _returned(
    queue: QueueSettings, unanswered: Unanswered, *, in_break: bool
) -> tuple[QueueOutcome, Target | None]:
    """How the flow is told of who comes back from a queue, and where the queue sends them."""
    match unanswered.outcome:
        case "timeout":
            return "timeout", queue.on_timeout
        case "no_agents":
            return "no_agents", queue.on_no_agents
        case "closed":
            closed = queue.on_closed or queue.on_no_agents
            return "no_agents", (queue.on_break or closed) if in_break else closed
        case "all_busy":
            return "busy", queue.on_all_busy
        case "full":
            return "busy", queue.on_full
        case "callback":
            return "callback", None
        case "key_exit" | "transferred":
            return "key_exit", unanswered.target
        case _:
            return "system_error", None
