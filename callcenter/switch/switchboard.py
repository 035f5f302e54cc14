"""Admits calls, keeps the live ones, and refuses what may not come in."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeAlias

import sip
from callcenter import events
from callcenter.flows.runner import FlowRunner
from callcenter.recordings.recorder import ConversationRecorder, RecordingFolder
from callcenter.routing.dial_plan import Destination, Outside, Service
from callcenter.routing.numbers import MONITORING, NumberPlan
from callcenter.switch.admission import RETRY_AFTER, Admission, Admitted, RefusedError
from callcenter.switch.call import Call
from callcenter.switch.callback_run import CallbackRun
from callcenter.switch.callbacks import Place
from callcenter.switch.called_back import AbsentCaller
from callcenter.switch.caller import Caller
from callcenter.switch.desk_dial import DeskCaller, DeskDial, DialWish
from callcenter.switch.dial_run import DialRun
from callcenter.switch.known import Known
from callcenter.switch.leg_events import tell_leg
from callcenter.switch.refusal import CommandRefusedError
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services

Control: TypeAlias = Callable[[Call], Coroutine[Any, Any, None]]
"""What is done with a call whose agent has picked up."""
VOICEMAIL = "voicemail"
"""What an agent who hears messages has dialled, in the records."""


class Switchboard:
    """The one place where an INVITE becomes a `Call`."""

    def __init__(
        self,
        services: Services,
        numbers: NumberPlan,
        recordings: RecordingFolder,
        ids: Callable[[], str],
    ) -> None:
        self.calls: dict[str, Call] = {}
        self.dials: dict[str, DeskDial] = {}
        """Calls of agents whose own phone has not answered yet."""
        self._services = services
        self._numbers = numbers
        self._admission = Admission(services)
        self._recordings = recordings
        self.monitoring: Control | None = None
        """Takes the calls of supervisors who want to hear agents."""
        self.refusals: Counter[str] = Counter()
        """Calls refused so far, by cause."""
        self._tasks: asyncio.TaskGroup | None = None
        self._draining = False
        self._ids = ids
        self._empty = asyncio.Event()
        self._empty.set()

    async def run(self, started: Callable[[], None], stop: asyncio.Event) -> None:
        """Owns the tasks of all calls until `stop`; then lets them drain, then ends the rest."""
        async with asyncio.TaskGroup() as self._tasks:
            started()
            await stop.wait()
            self._draining = True
            self._services.callbacks.close()
            try:
                async with asyncio.timeout(self._services.settings.daemon.drain_s):
                    await self._empty.wait()
            except TimeoutError:
                self.end_all()

    def end_all(self) -> None:
        """Ends the calls in progress, as the end of the drain time does."""
        for dial in tuple(self.dials.values()):
            dial.cancel()
        for call in tuple(self.calls.values()):
            call.end("shutdown", "system", 503)

    def takes_calls(self) -> bool:
        """Whether new calls may come in."""
        return not self._draining and self._tasks is not None

    def on_call(self, incoming: sip.IncomingCall) -> None:
        """An INVITE that passed guard and authentication."""
        try:
            if not self.takes_calls():
                raise RefusedError(503, "Shutting Down", RETRY_AFTER)
            if incoming.replaces is not None:
                self._admission.take_over(incoming, incoming.replaces)
                return
            self._start(incoming, self._admission.admit(incoming))
        except RefusedError as refused:
            self._refuse(incoming, refused)

    def _refuse(self, incoming: sip.IncomingCall, refused: RefusedError) -> None:
        services = self._services
        cause = refused.cause
        self.refusals[cause] += 1
        ani, dnis, source = incoming.from_user, incoming.to_user, str(incoming.source)
        services.logger.info(
            "call refused", ani=ani, dnis=dnis, source=source, code=refused.code, reason=cause
        )
        services.stream.emit(
            events.CallRefused(services.clock.now(), ani, dnis, source, refused.code, cause)
        )
        incoming.reject(refused.code, refused.phrase, refused.headers)

    def _start(self, incoming: sip.IncomingCall, admitted: Admitted) -> None:
        assert self._tasks is not None
        services, caller = self._services, admitted.caller
        now = services.clock.now()
        call_id = self._new_call_id(now)
        caller.answer_rule = self._numbers.answer_rule(caller.dnis)
        call = self._new_call(call_id, caller)
        services.stream.emit(
            events.CallStarted(
                now, call_id, _direction(admitted), call.ani, call.dnis, caller.trunk
            )
        )
        if caller.trunk:
            call.known.look_up(services.directory, caller.number, lambda: call.log)
        party = f"trunk {caller.trunk}" if caller.trunk else f"seat {caller.seat_no}"
        tell_leg(services, call_id, party, call.leg)
        flows = self._numbers.flows
        if isinstance(admitted.to, Service):
            incoming.ring()
            control = FlowRunner(flows, admitted.to.flow, call).run
            if admitted.to.flow is MONITORING and self.monitoring is not None:
                control = partial(self.monitoring, call)
        else:
            control = DialRun(call, admitted.to, admitted.seat, flows).run
        closed = partial(self._closed, call_id)
        self._tasks.create_task(call.run(control, closed), name=call_id)

    def dial(self, sign_in: SignIn, to: Destination, wish: DialWish) -> str:
        """An agent's own call, begun at the desk; its id. It is told on by events.

        Raises `CommandRefusedError` while the service ends.
        """

        async def talk(call: Call) -> None:
            call.caller.presented = wish.presented
            call.data = dict(wish.data)
            await DialRun(call, to, sign_in.seat, self._numbers.flows).run()

        return self._dial_from(sign_in, wish.number, talk, outside=isinstance(to, Outside))

    def listen(self, sign_in: SignIn, control: Control) -> str:
        """The agent's own device is rung, to hear something there."""
        return self._dial_from(sign_in, VOICEMAIL, control)

    def _dial_from(
        self, sign_in: SignIn, number: str, control: Control, *, outside: bool = False
    ) -> str:
        if self._draining or self._tasks is None:
            raise CommandRefusedError("tenant_limit", "shutting down")
        services, now = self._services, self._services.clock.now()
        call_id, seat_no = self._new_call_id(now), sign_in.seat_no
        self.dials[call_id] = dial = DeskDial(services, call_id, sign_in, number)
        self._empty.clear()
        direction: Literal["out", "internal"] = "out" if outside else "internal"
        services.stream.emit(events.CallStarted(now, call_id, direction, seat_no, number, ""))
        services.stream.emit(events.DialStarted(now, call_id, sign_in.agent_id, seat_no, number))
        self._tasks.create_task(self._dial(dial, control), name=call_id)
        return call_id

    async def _dial(self, dial: DeskDial, control: Control) -> None:
        services, call_id = self._services, dial.call_id
        try:
            caller = await dial.connect()
        finally:
            del self.dials[call_id]
        if caller is None:
            services.stream.emit(
                events.CallEnded(services.clock.now(), call_id, "device_failed", "system", 480, 18)
            )
            self._idle_if_empty()
            return
        call = self._new_call(call_id, caller)
        await call.run(partial(control, call), partial(self._closed, call_id))

    def known_of(self, call_id: str) -> Known | None:
        """What is known of a live call's caller."""
        call = self.calls.get(call_id)
        return None if call is None else call.known

    def call_back(self, place: Place) -> None:
        """An agent is kept for somebody who asked to be called back. `OSError`: it cannot be."""
        if self._draining or self._tasks is None:
            raise OSError("shutting down")
        services, now = self._services, self._services.clock.now()
        callback, call_id = place.callback, place.contact_id
        settings = services.queues[callback.queue].callback
        ring_s = settings.ring if settings is not None else 0.0
        caller = AbsentCaller(services, callback.number, callback.dnis, ring_s)
        call = self._new_call(call_id, caller)
        call.language = callback.language
        call.data = {"callback": callback.callback_id}
        call.known.look_up(services.directory, caller.number, lambda: call.log)
        call.waiting_since = now - (services.clock.wall() - callback.waiting_since).total_seconds()
        services.stream.emit(
            events.CallStarted(now, call_id, "out", callback.dnis, callback.number, "")
        )
        run = CallbackRun(call, place, self._numbers.flows).run

        def closed() -> None:
            place.ended("system_error")  # unless it has been told how it ended
            self._closed(call_id)

        self._tasks.create_task(call.run(run, closed), name=call_id)

    def new_call_id(self) -> str:
        """Of a call to come."""
        return self._new_call_id(self._services.clock.now())

    def _new_call_id(self, now: float) -> str:
        return f"{_stamp(self._services.clock.wall(now))}-{self._ids()[:8]}"

    def _new_call(self, call_id: str, caller: Caller | DeskCaller | AbsentCaller) -> Call:
        services = self._services
        recorder = ConversationRecorder(
            call_id, services.plane, self._recordings, services.clock, services.stream
        )
        self.calls[call_id] = call = Call(services, call_id, caller, recorder)
        self._empty.clear()
        return call

    def _closed(self, call_id: str) -> None:
        del self.calls[call_id]
        self._idle_if_empty()

    def _idle_if_empty(self) -> None:
        if not self.calls and not self.dials:
            self._empty.set()


def _stamp(wall: datetime) -> str:
    """`20250131-080910`; strftime would look up the locale for it."""
    day = f"{wall.year}{wall.month:02}{wall.day:02}"
    return f"{day}-{wall.hour:02}{wall.minute:02}{wall.second:02}"


def _direction(admitted: Admitted) -> Literal["in", "out", "internal"]:
    if admitted.origin == "outside" or isinstance(admitted.to, Service):
        return "in"
    return "out" if isinstance(admitted.to, Outside) else "internal"
