"""Admits calls, keeps the live ones, and refuses what may not come in."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import acd
import ivr
import sip
from callcenter import events
from callcenter.flows.runner import FlowRunner
from callcenter.recordings.recorder import ConversationRecorder, RecordingFolder
from callcenter.routing.numbers import NumberPlan
from callcenter.switch.call import Call
from callcenter.switch.caller import Caller
from callcenter.switch.leg import Leg
from callcenter.switch.leg_events import tell_leg
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from media.sdp import Codec, SdpError

RETRY_AFTER_S = 5
"""How long a carrier should wait when we are full (RFC 3261 §21.5.4)."""
_RETRY_AFTER = ("Retry-After", str(RETRY_AFTER_S))

_ON_HOOK = ("idle", "acw", "busy")


class RefusedError(Exception):
    """The call may not come in; carries the SIP answer."""

    def __init__(self, code: int, phrase: str | None = None, *headers: tuple[str, str]) -> None:
        super().__init__(code, phrase)
        self.code = code
        self.phrase = phrase
        self.headers = headers


class Switchboard:
    """The one place where an INVITE becomes a `Call`."""

    def __init__(
        self,
        services: Services,
        numbers: NumberPlan,
        recordings: RecordingFolder,
    ) -> None:
        self.calls: dict[str, Call] = {}
        self._services = services
        self._numbers = numbers
        self._recordings = recordings
        self._codecs: dict[str, tuple[Codec, ...]] = {
            trunk.name: trunk.codecs for trunk in services.settings.trunks
        }
        self._tasks: asyncio.TaskGroup | None = None
        self._draining = False
        self._empty = asyncio.Event()
        self._empty.set()

    async def run(self, started: Callable[[], None], stop: asyncio.Event) -> None:
        """Owns the tasks of all calls until `stop`; then lets them drain, then ends the rest."""
        async with asyncio.TaskGroup() as self._tasks:
            started()
            await stop.wait()
            self._draining = True
            try:
                async with asyncio.timeout(self._services.settings.daemon.drain_s):
                    await self._empty.wait()
            except TimeoutError:
                self.end_all()

    def end_all(self) -> None:
        """Ends the calls in progress, as the end of the drain time does."""
        for call in tuple(self.calls.values()):
            call.end("shutdown", "system", 503)

    def on_call(self, incoming: sip.IncomingCall) -> None:
        """An INVITE that passed guard and authentication."""
        try:
            self._admit(incoming)
        except RefusedError as refused:
            self._services.logger.info(
                "call refused",
                ani=incoming.from_user,
                dnis=incoming.to_user,
                source=str(incoming.source),
                code=refused.code,
                reason=refused.phrase,
            )
            incoming.reject(refused.code, refused.phrase, refused.headers)

    def _admit(self, incoming: sip.IncomingCall) -> None:
        """Takes what the call needs, in an order that leaves no trace of a refused one."""
        if self._draining or self._tasks is None:
            raise RefusedError(503, "Shutting Down", _RETRY_AFTER)
        with ExitStack() as held:
            caller = self._caller(incoming, held)
            flow = self._numbers.flow(incoming.to_user)
            if flow is None:
                raise RefusedError(404)
            leg = self._open_leg(incoming)
            held.callback(leg.port.close)
            try:
                answer = leg.take_offer(incoming)
            except SdpError as error:
                why = str(error).replace('"', "'")
                raise RefusedError(488, None, ("Warning", f'399 callcenter "{why}"')) from error
            if caller is not None:
                self._engage(caller, held)
            self._start(incoming, Caller(incoming, leg, answer), flow, held.pop_all().close)

    def _start(
        self,
        incoming: sip.IncomingCall,
        caller: Caller,
        flow: ivr.Flow,
        release: Callable[[], None],
    ) -> None:
        assert self._tasks is not None
        services = self._services
        now = services.clock.now()
        call_id = f"{services.clock.wall(now):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        recorder = ConversationRecorder(
            call_id, services.plane, self._recordings, services.clock, services.stream
        )
        call = Call(services, call_id, caller, recorder)
        self.calls[call_id] = call
        self._empty.clear()
        trunk = incoming.peer.name if isinstance(incoming.peer, sip.TrunkPeer) else ""
        services.stream.emit(events.CallStarted(now, call_id, "in", call.ani, call.dnis, trunk))
        tell_leg(
            services, call_id, f"trunk {trunk}" if trunk else f"seat {caller.seat_no}", call.leg
        )
        incoming.ring()
        runner = FlowRunner(self._numbers.flows, flow, call)
        closed = partial(self._closed, call_id, release)
        self._tasks.create_task(call.run(runner.run, closed), name=call_id)

    def _closed(self, call_id: str, release: Callable[[], None]) -> None:
        del self.calls[call_id]
        release()
        if not self.calls:
            self._empty.set()

    def _open_leg(self, incoming: sip.IncomingCall) -> Leg:
        services = self._services
        codecs: tuple[Codec, ...] = ("PCMA", "PCMU")
        if isinstance(incoming.peer, sip.TrunkPeer):
            codecs = self._codecs[incoming.peer.name]
        try:
            return Leg.open(services.plane, services.new_session_id(), codecs)
        except OSError as error:
            raise RefusedError(503, "No Media Port", _RETRY_AFTER) from error

    def _caller(self, incoming: sip.IncomingCall, held: ExitStack) -> SignIn | None:
        """Who calls: None for a trunk, which gives a channel for it; else who sits at the phone.

        A phone may call only while somebody on-hook is signed in at it (GX-B4, A-26).
        """
        if isinstance(incoming.peer, sip.TrunkPeer):
            self._seize(incoming.peer.name, held)
            return None
        services = self._services
        sign_in = services.roster.at_seat(incoming.peer.seat_no)
        if sign_in is None:
            raise RefusedError(403, "Nobody Signed In")
        if services.dispatcher.view(sign_in.agent_id).state not in _ON_HOOK:
            raise RefusedError(486)
        return sign_in

    def _seize(self, trunk: str, held: ExitStack) -> None:
        """Takes a channel of a trunk that calls may come in over."""
        trunking = self._services.trunking
        if not trunking.trunks[trunk].carries_in:
            raise RefusedError(403, "Outgoing Calls Only")  # GX-H2
        if refusal := trunking.capacity.seize(trunk, self._services.clock.now()):
            raise RefusedError(503, refusal, _RETRY_AFTER)
        held.callback(trunking.capacity.release, trunk)

    def _engage(self, caller: SignIn, held: ExitStack) -> None:
        """Whoever calls is offered nothing meanwhile."""
        services, agent_id = self._services, caller.agent_id
        services.dispatcher.post(acd.AgentEngaged(agent_id, "talking"))

        def release() -> None:
            if services.roster.of_agent(agent_id) is caller:
                services.dispatcher.post(acd.AgentReleased(agent_id))

        held.callback(release)
