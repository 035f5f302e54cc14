"""Monitoring by telephone (WZ-T15, A-41): a number that supervisors call from anywhere.

They are asked for their agent ID and PIN, then for an agent's, and hear that agent's talk until it
ends, or until `*`: then for the next one. What may be monitored is what may be at the desk.
Guessing locks out, the agent and the place alike.
"""

import asyncio
import hmac
from collections.abc import Callable
from typing import Final

import agent_proto as proto
import sip
from callcenter import events
from callcenter.desk.login_guard import LoginGuard
from callcenter.desk.targets import target_of
from callcenter.settings import AgentSettings, SeatSettings
from callcenter.speech.phrases import phrase
from callcenter.speech.provider import SpeechError
from callcenter.switch.call import Call
from callcenter.switch.party import Party
from callcenter.switch.refusal import UNDECODED
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.stations import Station
from callcenter.switch.supervision import Supervision, talk_of

ACT: Final = "telephone.monitor"
TRIES: Final = 3
MAX_KEYS: Final = 20
PATIENCE_S: Final = 10.0
"""For the next key."""
END_KEYS: Final = frozenset("#")
LEAVE: Final = "*"
PARTED: Final = ""
"""Comes like a key when the talk has ended."""
_NOWHERE: Final = SeatSettings.model_construct(seat_no="")
"""Where somebody sits who calls from outside."""


class _Ear(Party):
    """The supervisor in a talk: the telephone stays connected when they leave it."""

    def __init__(self, station: Station, number: str, parted: Callable[[], None]) -> None:
        turn = station.take()
        assert turn is not None, "one talk after the other"
        super().__init__(turn, number)
        self._parted = parted

    def let_go(self, code: int, q850: int = sip.NORMAL_CLEARING) -> int:
        """The talk is over for them."""
        self._parted()
        return super().let_go(code, q850)


class TelephoneMonitoring:
    """Makes the controllers of such calls; one for the site."""

    def __init__(self, services: Services, guard: LoginGuard) -> None:
        self._services = services
        self._guard = guard

    async def answer(self, call: Call) -> None:
        """The controller of one call."""
        await _Caller(self._services, self._guard, call).run()


class _Caller:
    """One call to the number."""

    def __init__(self, services: Services, guard: LoginGuard, call: Call) -> None:
        self._services = services
        self._guard = guard
        self._call = call
        self._keys: asyncio.Queue[str] = asyncio.Queue(MAX_KEYS)

    async def run(self) -> None:
        """To the hang-up, or until nobody is identified."""
        call = self._call
        call.answer()
        call.leg.listen(self._pressed, self._services.clock.now)
        supervisor = await self._identify()
        if supervisor is None:
            await self._say("goodbye")
            return
        gone = call.leg.ended
        station = Station(call.leg, self._services.settings.media.rtp_timeout, _nothing)

        def hung_up(end: sip.CallEnd) -> None:
            station.lost(end)
            gone(end)

        call.leg.ended = hung_up
        try:
            for _ in range(TRIES):
                while await self._monitor(supervisor, station):
                    pass
            await self._say("goodbye")
        finally:
            if station.turn is not None:
                station.turn.hang_up()

    async def _identify(self) -> SignIn | None:
        """Whoever knows a supervisor's agent ID and PIN; every mistake sounds the same."""
        for _ in range(TRIES):
            agent_id = await self._entry("monitor_agent_id")
            pin = await self._entry("monitor_pin")
            if agent_id is None or pin is None:
                return None
            agent = self._checked(agent_id, pin)
            if agent is not None:
                seat = self._services.roster.seats.get(self._call.caller.seat_no, _NOWHERE)
                return SignIn(agent, seat, "supervisor", {})
            await self._say("monitor_refused")
        return None

    def _checked(self, agent_id: str, pin: str) -> AgentSettings | None:
        services, guard = self._services, self._guard
        source, now = f"telephone {self._call.ani}", services.clock.now()
        if guard.attempt(agent_id, source, now):
            services.stream.emit(events.LoginRefused(now, agent_id, source, "locked_out"))
            return None
        agent = services.roster.agents.get(agent_id)
        known = agent is not None and agent.agent_class == "supervisor" and agent.pin is not None
        right = agent.pin.get_secret_value() if agent is not None and agent.pin is not None else ""
        if not hmac.compare_digest(right.encode(), pin.encode()) or not known:
            guard.failed(agent_id, source, now)
            services.stream.emit(events.LoginRefused(now, agent_id, source, "bad_credentials"))
            return None
        guard.succeeded(agent_id, source)
        return agent

    async def _monitor(self, supervisor: SignIn, station: Station) -> bool:
        """Asks for an agent and is with their talk; False when there is nothing to hear."""
        target = await self._entry("monitor_target")
        if not target:
            return False
        outcome = "done"
        try:
            supervision = self._supervision(supervisor, target)
        except proto.ProtocolError as error:
            outcome = error.name
        services = self._services
        call_id = supervision.call_id if outcome == "done" else ""
        services.stream.emit(
            events.SupervisorActed(
                services.clock.now(),
                supervisor.agent_id,
                ACT,
                target,
                call_id,
                f"from {self._call.ani or 'a withheld number'}",
                outcome,
            )
        )
        if outcome != "done":
            await self._say("monitor_not_in_call")
            return False
        await self._hear(supervision, station)
        return True

    def _supervision(self, supervisor: SignIn, target: str) -> Supervision:
        """The same refusals as at the desk (exact rule 13)."""
        services = self._services
        entry = target_of(services.roster, supervisor, target)
        talk = talk_of(services, entry)
        if talk is None:
            raise proto.ProtocolError("target_not_in_call")
        if talk[0].opaque:
            raise proto.ProtocolError("media_failed", UNDECODED)
        if services.supervisions.of(supervisor.agent_id) is not None:
            raise proto.ProtocolError("wrong_state", state="supervising", allowed=["idle"])
        return Supervision(services, supervisor, entry, talk, "monitor", "agent", movable=False)

    async def _hear(self, supervision: Supervision, station: Station) -> None:
        """Until the talk ends, or `*`."""
        self._listen()
        supervision.attend(_Ear(station, self._call.ani, self._part))
        try:
            while await self._keys.get() not in (LEAVE, PARTED):
                pass
        finally:
            supervision.end("hangup", "supervisor")
            self._listen()

    def _part(self) -> None:
        if self._keys.full():
            self._keys.get_nowait()
        self._keys.put_nowait(PARTED)

    def _listen(self) -> None:
        self._keys = asyncio.Queue(MAX_KEYS)
        self._call.leg.listen(self._pressed, self._services.clock.now)

    async def _entry(self, question: str) -> str | None:
        """Digits up to `#`; None when no key comes in time."""
        port = self._call.leg.port
        await self._play(question)
        entry = ""
        while len(entry) < MAX_KEYS:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    key = await self._keys.get()
            except TimeoutError:
                port.stop_play()
                return entry or None
            port.stop_play()
            if key in END_KEYS:
                break
            entry = "" if key == LEAVE else entry + key
        return entry

    async def _say(self, words: str) -> None:
        """To the end."""
        playback = await self._play(words)
        if playback is not None:
            await playback

    async def _play(self, words: str) -> "asyncio.Future[bool] | None":
        call = self._call
        try:
            audio = await self._services.prompts.load(*phrase(words, call.language))
        except SpeechError as error:
            call.log.error("nothing to be said", error=str(error))
            return None
        return call.leg.port.play(audio).done

    def _pressed(self, key: str) -> None:
        if not self._keys.full():
            self._keys.put_nowait(key)


def _nothing(station: Station) -> None:
    return None
