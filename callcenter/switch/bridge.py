"""Two parties who talk without a queue: extensions, outside numbers, who was transferred."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import sip
from callcenter import events
from callcenter.routing.dial_plan import Service
from callcenter.speech.prompt import Tone
from callcenter.switch.flash import Flash
from callcenter.switch.hearing import hearing
from callcenter.switch.party import Party
from callcenter.switch.tones import play_tone
from callcenter.switch.transfer import referred
from media.room import Room

if TYPE_CHECKING:
    from callcenter.switch.call import Call

MAX_STEPS = 16
"""What may wait to be done; a phone that holds and comes back faster than that is not followed."""

Successor: TypeAlias = "Party | Service | None"
"""Who the caller talks with next, or where they are led; None: the call is over."""
Step: TypeAlias = Callable[[], "Awaitable[Successor]"]


class Bridge:
    """A controller of a call: joins its caller with one other party until either leaves.

    The caller's leaving cancels `run`; the other's ends it.
    """

    def __init__(self, call: "Call", other: Party) -> None:
        self.call = call
        self.other = other
        self.services = call.services
        self._transferring = False
        self._room = Room()
        self._steps: asyncio.Queue[Step | None] = asyncio.Queue(MAX_STEPS)
        """What is to be done next; None: the talk is over."""
        self._end: tuple[events.Party, str] | None = None
        # From the very answer on: they may be gone before the call's task comes to `run`.
        self._watch_other()

    @property
    def parties(self) -> tuple[Party, Party]:
        """Caller and other."""
        return self.call.caller, self.other

    def partner(self, party: Party) -> Party:
        """The other one of the two."""
        return self.other if party is self.call.caller else self.call.caller

    async def run(self) -> Successor:
        """From the answer to the end; how the call goes on."""
        call, services = self.call, self.services
        started = services.clock.now()
        number, seat_no = self.other.number, self.other.seat_no or call.caller.seat_no
        sign_in = services.roster.at_seat(seat_no) if seat_no else None
        agent_id = sign_in.agent_id if sign_in is not None else ""
        stream, call_id = services.stream, call.call_id
        stream.emit(
            events.BridgeStarted(started, call_id, number, seat_no, agent_id, self.other.trunk)
        )
        for party in self.parties:
            if party.line is not None:
                party.line.talking()
            if party.meter is not None:
                party.meter.spent = partial(self.end, "system", "limit")
            party.leg.held = self._hold_changed
            party.leg.referred = partial(referred, self, party)
        keypads = [Flash(self, party) for party in self.parties if party.seat_no]
        call.bridge = self
        bridges = services.pbx.bridges
        legs = [party.leg for party in self.parties]
        bridges.update(dict.fromkeys(legs, self))
        try:
            return await self._recorded(agent_id)
        except asyncio.CancelledError:
            self._end = self._end or call.ended_by
            raise
        finally:
            call.bridge = None
            for keypad in keypads:
                keypad.close()
            for leg in legs:
                if bridges.get(leg) is self:
                    del bridges[leg]
            self._room.close()
            by, cause = self._end or ("system", "failed")
            now = services.clock.now()
            stream.emit(events.BridgeEnded(now, call_id, number, by, cause, now - started))

    def end(self, by: events.Party, cause: str) -> None:
        """The talk is over; the first reason stands."""
        if self._end is None:
            self._end = by, cause
            self.do(None)

    def do(self, step: Step | None) -> bool:
        """Has the call's task do something; False when there is too much of it."""
        try:
            self._steps.put_nowait(step)
        except asyncio.QueueFull:
            if step is None:  # the end waits for nothing
                self._steps.get_nowait()
                self._steps.put_nowait(None)
            return False
        return True

    def join(self) -> None:
        """Lets them hear each other."""
        for party in self.parties:
            party.leg.port.stop_play()
        self._room.apply(hearing([party.leg.port for party in self.parties]))

    def transfer(self, step: Step) -> bool:
        """Has the call's task try a transfer; False while another is under way."""
        if self._transferring or self._end is not None or not self.do(step):
            return False
        self._transferring = True
        return True

    def let_leave(self, leaver: Party) -> Party:
        """Parts the two; who stays is the call's caller from now on, if they were not."""
        stays = self.partner(leaver)
        self.part()
        if leaver is self.call.caller:
            self.call.hand_over(stays)
            self.other = leaver
            self._watch_other()
        return stays

    def left(self) -> None:
        """The transfer has come about: the talk of these two is over."""
        self._end = "called", "transferred"

    def come_back(self) -> None:
        """The transfer has come to nothing."""
        self._transferring = False
        if self._end is None:
            self.join()

    def give_away(self, target: Party) -> None:
        """Lets another call have one of the two; the other one is hung up."""
        if target is self.call.caller:
            self.call.hand_over(self.other)
            self.other = target
        self.call.guests.discard(target)
        self._room.close()
        target.leg.port.stop_play()
        self.end("called", "transferred")

    @property
    def settled(self) -> bool:
        """Whether the two talk, and nothing is about to change that."""
        return self._end is None and not self._transferring

    def part(self) -> None:
        """Neither hears the other; each may be played to."""
        self._room.apply({})

    async def _recorded(self, agent_id: str) -> Successor:
        settings = self.services.settings.pbx
        outside = any(not party.seat_no for party in self.parties)
        if not (settings.record_outside if outside else settings.record_internal):
            return await self._talk()
        caller, other = (party.leg.port for party in self.parties)
        async with self.call.recorder.conversation(caller, other, agent_id):
            return await self._talk()

    async def _talk(self) -> Successor:
        self.join()
        while (step := await self._steps.get()) is not None:
            successor = await step()
            if successor is not None:
                return successor
            if self._end is not None:
                break
        if self._end is not None:
            self.call.ending(self._end[1], self._end[0])
        return None

    def _watch_other(self) -> None:
        leg = self.other.leg
        if leg.over:
            self.end("called", "hangup")
        leg.ended = self._other_gone
        leg.watch(self.services.settings.media.rtp_timeout, self._other_dead)

    def _hold_changed(self) -> None:
        self.do(self._follow_hold)

    async def _follow_hold(self) -> None:
        """Music for whoever is held, once both directions are known."""
        if not self.services.settings.pbx.hold_music or self._transferring:
            return
        for party in self.parties:
            if self.partner(party).leg.on_hold:
                await play_tone(self.call, party, Tone("music"))
            else:
                party.leg.port.stop_play()

    def _other_gone(self, end: sip.CallEnd) -> None:
        self.end("called", "hangup" if end.cause == "bye" else "failed")

    def _other_dead(self) -> None:
        self.end("system", "media_timeout")
