"""Two parties who talk: caller and agent, extensions, outside numbers, who was transferred."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import sip
from callcenter import events
from callcenter.routing.dial_plan import Extension, Service
from callcenter.speech.prompt import Prompt
from callcenter.speech.provider import SpeechError
from callcenter.switch.consultation import Asker, Consultation
from callcenter.switch.flash import Flash
from callcenter.switch.floor import Floor
from callcenter.switch.inbox import Inbox
from callcenter.switch.leg import Leg
from callcenter.switch.occasion import Occasion, PlainOccasion, QueueOccasion
from callcenter.switch.overheard import Overheard
from callcenter.switch.party import Party
from callcenter.switch.reach import Reach, Unreached
from callcenter.switch.refusal import UNDECODED
from callcenter.switch.release import given_up
from callcenter.switch.ring import Ring
from callcenter.switch.successor import BACK_TO_QUEUE, Successor
from callcenter.switch.tones import play_ringback
from callcenter.switch.transfer import referred
from media.plane import Recording
from media.room import Room

if TYPE_CHECKING:
    from callcenter.switch.call import Call

MAX_STEPS = 16
"""What may wait to be done; a phone that holds and comes back faster than that is not followed."""

ANNOUNCE_WITHIN = 1.0
"""Seconds that both parties wait for the words of the announcement; mostly they are at hand."""

Step: TypeAlias = Callable[[], "Awaitable[Successor]"]


class Bridge:
    """A controller of a call: joins its caller with one other party until either leaves.

    The caller's leaving cancels `run`; everything else ends the talk by `end`, at once: its end is
    told, and an agent free, before that returns.
    """

    def __init__(
        self, call: "Call", other: Party, ring: Ring | None = None, room: Room | None = None
    ) -> None:
        """`ring` is the offer that a queue's agent answered; None for a talk without a queue.
        `room` is what the talk before has handed on."""
        self.call = call
        self.other = other
        self.services = call.services
        self._occasion: Occasion
        self._occasion = PlainOccasion(self) if ring is None else QueueOccasion(self, ring)
        self.floor = Floor(self)
        """Who holds whom, and whose voice is kept back."""
        self.freed = False
        """Whether who gave the call on was let go by us, before anybody had answered."""
        self.consultation: Consultation | None = None
        """Under way in a step."""
        self.recordings: dict[str, Recording] = {}
        """Those that an agent asked for, by name."""
        self._transferring = False
        self._room = room or Room()
        self.handed_on: Room | None = None
        """In which the caller hears already whom they are to talk with next."""
        self._together = False
        """Whether the two are joined, held or not."""
        self._steps: Inbox[Step | None] = Inbox()
        """What is to be done next; None: the talk is over."""
        self.since: float | None = None
        """When the two were joined; None before."""
        self._end: tuple[events.Party, str] | None = None
        # From the very answer on: they may be gone before the call's task comes to `run`.
        self._watch_other()

    @property
    def parties(self) -> tuple[Party, Party]:
        """Caller and other."""
        return self.call.caller, self.other

    @property
    def opaque(self) -> bool:
        """Whether the voice of the two can only be passed on."""
        return self.call.opaque

    @property
    def called(self) -> events.Party:
        """What the party is called that the caller talks with."""
        return self._occasion.called

    @property
    def ring(self) -> Ring | None:
        """The offer that brought the two together, if one did."""
        return self._occasion.ring if isinstance(self._occasion, QueueOccasion) else None

    def partner(self, party: Party) -> Party:
        """The other one of the two."""
        return self.other if party is self.call.caller else self.call.caller

    async def run(self) -> Successor:
        """From the answer to the end; how the call goes on."""
        call = self.call
        keypads = self._begin()
        bridges = self.services.pbx.bridges
        legs = [party.leg for party in self.parties]
        bridges.update(dict.fromkeys(legs, self))
        try:
            return await self._talk()
        except asyncio.CancelledError:
            self.end(*call.ended_by)
            raise
        finally:
            self.end("system", "failed")
            call.bridge = None
            for keypad in keypads:
                keypad.close()
            self._steps.clear()  # those not done hold us
            for leg in legs:
                if bridges.get(leg) is self:  # no other talk has it
                    del bridges[leg]
                    leg.leave_talk()

    def end(self, by: events.Party, cause: str) -> None:
        """The talk is over; the first reason stands."""
        if self._end is None:
            self._end = by, cause
            self.do(None)
            if self.consultation is not None and not self.consultation.over:
                self.consultation.leave()
            if self.since is not None:
                self._finish(self.since, by, cause)

    def _begin(self) -> "list[Flash | Overheard]":
        call = self.call
        self.since = now = self.services.clock.now()
        self._occasion.began(now)
        for party in self.parties:
            if party.line is not None:
                party.line.talking()
            if party.meter is not None:
                party.meter.spent = partial(self.end, "system", "limit")
            party.leg.held = self.floor.changed
            party.leg.referred = partial(referred, self, party)
        keypads: list[Flash | Overheard] = [
            Flash(self, party) if party.seat_no else Overheard(self, party)
            for party in self.parties
        ]
        call.bridge = self
        self.services.supervisions.talk_began(self)
        if self._end is not None:  # since the answer
            self._finish(now, *self._end)
        return keypads

    def _finish(self, started: float, by: events.Party, cause: str) -> None:
        """Parts the two; who is engaged is free."""
        self._room.close()
        self.floor.close()
        for recording in self.recordings.values():
            recording.stop()
        self.call.recorder.paused = False  # the end of the files ends it
        self._occasion.ended(started, by, cause)

    def do(self, step: Step | None) -> bool:
        """Has the call's task do something; False when there is too much of it."""
        if step is not None and len(self._steps) >= MAX_STEPS:
            return False
        self._steps.put(step)
        return True

    def join(self, announcement: Sequence[int] = ()) -> None:
        """Lets them hear each other, after both were told something."""
        for party in self.parties:
            if announcement:
                party.leg.port.play_untold(announcement)  # takes precedence over the room
            else:
                party.leg.port.stop_play()
        self.hear()
        self.floor.joined()

    def hear(self) -> None:
        """Lets them hear each other, as far as nobody holds or is muted."""
        self._together = True
        holder = self.floor.holder
        talking = self.parties if holder is None else (holder,)
        apart = () if holder is None else (self.partner(holder),)
        supervisions = self.services.supervisions
        self._room.apply(supervisions.hearing(talking, apart, self.floor.muted))

    def rehear(self) -> None:
        """A supervisor has come, gone or changed their part."""
        if self._end is not None:
            return
        if self._together:
            self.hear()
        elif self.consultation is not None:
            self.consultation.hear()

    def transfer(self, step: Step) -> bool:
        """Has the call's task try a transfer; False while another is under way."""
        if self._transferring or self._end is not None or not self.do(step):
            return False
        self._transferring = True
        return True

    def consult(self, party: Party, asker: Asker) -> Consultation | None:
        """Has a party ask somebody; None while that, or a transfer, is under way."""
        consultation = Consultation(self, party, asker)
        return consultation if self.transfer(consultation.run) else None

    def let_leave(self, leaver: Party, newcomer: Party | None = None) -> Party:
        """Parts the two; who stays is the call's caller from now on, if they were not.

        A newcomer who takes the leaver's place at once is heard from now on.
        """
        stays = self.partner(leaver)
        if newcomer is not None and self._together and self.floor.holder is None:
            self._lead_over(stays, leaver, newcomer)
        self.part()
        if leaver is self.call.caller:
            self.call.hand_over(stays)
            self.other = leaver
            self._watch_other()
        return stays

    def _lead_over(self, stays: Party, leaver: Party, newcomer: Party) -> None:
        """From voice to voice by way of a mix: who stays gets a packet every 20 ms, whenever the
        leaver's last one came and the newcomer's first one will."""
        hears, leaving, coming = stays.leg.port, leaver.leg.port, newcomer.leg.port
        self._room.apply({hears: {leaving: 1.0, coming: 1.0}})
        self._room.apply({hears: {coming: 1.0}})
        self.handed_on, self._room = self._room, Room()

    def left(self, cause: str = "transferred") -> None:
        """The transfer has come about: the talk of these two is over."""
        self.end(self.called, cause)

    def free(self, leaver: Party, cause: str = "transferred") -> None:
        """Who gives the call on is done with it, whatever becomes of the transfer (WZ-3.3.6.4b)."""
        self.freed = not leaver.leg.over
        self.left(cause)
        self.call.guests.discard(leaver)
        leaver.let_go(200)

    def transferred(
        self,
        leaver: Party,
        to: "Party | Service",
        number: str,
        how: Literal["blind", "attended"],
    ) -> None:
        """Tells that the transfer has come about."""
        agent_at = self.services.roster.agent_at
        agents = {agent_at(leaver.seat_no): None}
        if isinstance(to, Party):
            agents[agent_at(to.seat_no)] = None
        self.services.stream.emit(
            events.CallTransferred(
                self.services.clock.now(),
                self.call.call_id,
                leaver.number,
                number,
                how,
                tuple(filter(None, agents)),
            )
        )
        self.left()

    def party_is_now(self, leg: Leg, number: str, name: str) -> None:
        """Behind the same trunk somebody else has taken a party's place (RFC 3891)."""
        for party in self.parties:
            if party.leg is leg:
                before, party.number, party.name = party.number, number, name
                self.services.stream.emit(
                    events.CallTransferred(
                        self.services.clock.now(),
                        self.call.call_id,
                        before,
                        number,
                        "attended",
                        self.call.agents,
                    )
                )

    def come_back(self) -> None:
        """The transfer has come to nothing."""
        self._transferring = False
        if self._end is None:
            self.join()

    async def fallback(self, leaver: Party, unreached: Unreached | None = None) -> Successor:
        """Whom who stays gets when who gave the call on is gone and nobody else was reached (A-03).

        That is a place at the queue's head or, for a call that never queued, the leaver again; else
        they hear why before the call ends.
        """
        if self.call.visit is not None:
            return BACK_TO_QUEUE
        stays = self.call.caller
        if leaver.seat_no and self.freed:
            found = await Reach(self.call, stays, None).find(Extension(leaver.seat_no))
            if isinstance(found, Party):
                return found
        if unreached is not None:
            if unreached.reason:
                self.call.log.info("call not given on", reason=unreached.reason)
            await unreached.tell(self.call, stays)
        return None

    def give_away(self, target: Party) -> None:
        """Lets another call have one of the two; the other one is hung up."""
        if target is self.call.caller:
            self.call.ending("transferred", "called")  # also if the other one has left already
            self.call.hand_over(self.other)
            self.other = target
        self.call.guests.discard(target)
        target.leg.port.stop_play()
        self.end("called", "transferred")

    @property
    def over(self) -> bool:
        """Whether the talk of these two has ended."""
        return self._end is not None

    @property
    def settled(self) -> bool:
        """Whether the two talk, and nothing is about to change that."""
        return self._end is None and not self._transferring

    def part(self) -> None:
        """Neither hears the other; each may be played to."""
        self._together = False
        self._room.apply({})

    async def _talk(self) -> Successor:
        """Joined at once or as soon as the words are there; recorded, where that is wanted.

        A disk that hangs keeps nobody from being heard.
        """
        words, whisper = self._occasion.announcement, self._occasion.whisper
        at_hand = self.services.prompts.at_hand(*words) if words else ()
        joining: asyncio.Task[None] | None = None
        if at_hand is not None and not whisper:  # nearly always, and then no task is needed
            self._join_first(at_hand)
        else:
            joining = asyncio.create_task(self._join_late(whisper, words))
        try:
            return await self._recorded()
        finally:
            if joining is not None:
                joining.cancel()

    def _join_first(self, announcement: Sequence[int]) -> None:
        if self._end is None and not self._transferring:  # meanwhile
            self.join(announcement)

    async def _join_late(self, whisper: Sequence[Prompt], words: Sequence[Prompt]) -> None:
        """Joins when both have been told what they are to know; words that are not there in time
        are left out. Whoever waits for the agent to be told hears it ring."""
        if whisper and (audio := await self._in_time(whisper)):
            await play_ringback(self.call, self.call.caller)
            await self.other.leg.port.play(audio).done
        self._join_first(await self._in_time(words) if words else ())

    async def _in_time(self, words: Sequence[Prompt]) -> Sequence[int]:
        try:
            async with asyncio.timeout(ANNOUNCE_WITHIN):
                return await self.services.prompts.load(*words)
        except (SpeechError, TimeoutError) as error:
            self.call.log.error("agent not announced", error=repr(error))
            return ()

    async def _recorded(self) -> Successor:
        if not self._occasion.recorded:
            return await self._steps_to_end()
        if self.opaque:
            self.call.recorder.cannot(self._occasion.agent_id, UNDECODED)
            return await self._steps_to_end()
        caller, other = (party.leg.port for party in self.parties)
        record, agent_id = self.call.recorder.record, self._occasion.agent_id
        return await record(caller, other, agent_id, self._steps_to_end)

    async def _steps_to_end(self) -> Successor:
        while (step := await self._steps.get()) is not None:
            successor = await step()
            if successor is not None:
                return successor
            if self._end is not None:
                break
        assert self._end is not None
        by, cause = self._end
        successor = self._occasion.after(cause)
        if successor is None:
            self.call.ending(cause, by)
        return successor

    def _watch_other(self) -> None:
        leg = self.other.leg
        if leg.over:
            self.end(self.called, "hangup")
        leg.ended = self._other_gone
        leg.watch(self.services.settings.media.rtp_timeout, self._other_dead)

    def _other_gone(self, end: sip.CallEnd) -> None:
        if self.ring is not None and given_up(end):
            self._other_dead()
        else:
            self.end(self.called, "hangup" if end.cause == "bye" else "failed")

    def _other_dead(self) -> None:
        self.end("system", "device_failed" if self.ring is not None else "media_timeout")
