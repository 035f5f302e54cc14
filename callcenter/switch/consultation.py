"""One of two who talk asks a third, while the other waits with music: a step of their bridge."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import sip
from callcenter import events
from callcenter.routing.dial_plan import Service
from callcenter.switch.inbox import Inbox
from callcenter.switch.party import Party
from callcenter.switch.reach import Unreached
from callcenter.switch.refusal import UNDECODED
from callcenter.switch.successor import Successor
from callcenter.switch.tones import play_music, play_ringback
from media.room import Room

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge

Deed: TypeAlias = "Callable[[Consultation], Awaitable[None]]"
"""Of whatever consultation: one that waits to be done keeps none."""
Found: TypeAlias = "Party | Service | Unreached"
Search: TypeAlias = "Callable[[], Awaitable[Found]]"


class Asker(Protocol):
    """By what the party consults: its phone's keys or its desk.

    It is the consultation's, and told which one that is rather than to keep it.
    """

    def answered(self, consultation: "Consultation") -> None:
        """Whom it asks has picked up."""

    def target_gone(self, consultation: "Consultation", cause: str) -> None:
        """Nobody was reached, or whom it asked has hung up."""

    def party_gone(self, consultation: "Consultation") -> None:
        """The party's own phone has hung up."""

    def next_deadline(self) -> float | None:
        """When `advance` has something to do."""

    def advance(self, now: float) -> None:
        """It is time."""


class Consultation:
    """From the beginning to one of `come_back`, `give_on` and `leave`.

    The party, the target and the desk may want something at any moment; the step does it in order.
    """

    def __init__(self, bridge: "Bridge", party: Party, asker: Asker) -> None:
        self.party = party
        self.target: Party | None = None
        """Who has answered."""
        self.toggled = False
        """Whether the party talks with the other again while the target waits."""
        self.joined = False
        """Whether all three talk (WZ-3.3.6.9): whoever leaves, the two others go on."""
        self._bridge = bridge
        self._asker = asker
        self._services = bridge.services
        self._deeds: Inbox[Deed] = Inbox()
        """At most a few: each key, command and end of a leg makes one."""
        self._done = False
        """Whether the step has ended: then nobody would do them."""
        self._stays: Party = bridge.partner(party)
        self._search: asyncio.Task[Found] | None = None
        self._ended: Callable[[sip.CallEnd], None] = party.leg.ended
        """Who was told before that the phone has hung up."""
        self._room = Room()
        self._over = self._giving = False
        self._successor: Successor = None

    # What may be wanted.

    def look_for(self, search: Search, name: str) -> None:
        """Calls whom the party wants to ask, by that name."""
        services = self._services
        services.stream.emit(
            events.ConsultStarted(
                services.clock.now(),
                self._bridge.call.call_id,
                services.roster.agent_at(self.party.seat_no),
                self.party.seat_no,
                name,
            )
        )
        self._want(lambda self: self._look(search))

    def part(self) -> None:
        """From whoever is called, rings or talks; the consultation goes on without a target."""
        self._want(Consultation._part)

    def come_back(self) -> None:
        """Ends it: the two talk again."""
        self._want(Consultation._come_back)

    def give_on(self) -> None:
        """Ends it: the other two talk, as soon as the target has answered.

        Until then the party is free already (WZ-3.3.6.4b).
        """
        if self.over:
            return
        self._giving = True
        if self.target is None:
            self._bridge.free(self.party)
        self._want(Consultation._give_on)

    def leave(self) -> None:
        """Ends it because the party has left with nobody called."""
        self._want(Consultation._leave)

    def toggle(self) -> None:
        """The party talks with the other of the two who wait (only with a target)."""
        self._want(Consultation._toggle)

    def join(self) -> bool:
        """Has all three hear each other (only with a target); False where nothing can be mixed."""
        if self.party.leg.opaque:
            self._bridge.call.log.info("no conference", by=self.party.number, reason=UNDECODED)
            return False
        self._want(Consultation._join)
        return True

    def drop_target(self) -> None:
        """The target leaves, as if their phone had hung up."""
        self._want(Consultation._lose_target)

    def hear(self) -> None:
        """Lets party and target hear each other, unless the target waits; or all three."""
        if self.target is None or self.toggled or self._over:
            return
        supervisions = self._services.supervisions
        if self.joined:
            three = (self._stays, self.party, self.target)
            self._room.apply(supervisions.hearing(three, muted=self._bridge.floor.muted))
        else:
            self._room.apply(supervisions.hearing((self.party, self.target)))

    @property
    def over(self) -> bool:
        """Whether its end has begun."""
        return self._over or self._giving

    # What happens.

    def _party_gone(self, end: sip.CallEnd) -> None:
        self._asker.party_gone(self)

    def _target_gone(self, end: sip.CallEnd) -> None:
        self._want(Consultation._lose_target)

    def _search_done(self, search: asyncio.Task[Found]) -> None:
        if search is self._search and not search.cancelled():
            self._want(lambda self: self._take(search))

    # The step.

    async def run(self) -> Successor:
        """To the end; who the one who stays talks with next."""
        bridge, leg = self._bridge, self.party.leg
        bridge.consultation = self
        bridge.let_leave(self.party)
        self._ended, leg.ended = leg.ended, self._party_gone
        if leg.over:
            self._asker.party_gone(self)
        try:
            await play_music(bridge.call, self._stays)
            while not self._over:
                await (await self._next())(self)
        finally:
            self._over = True
            bridge.consultation = None
            self._room.close()
            await self._part()
            self._done = True
        return self._successor

    def _want(self, deed: Deed) -> None:
        if not self._done:
            self._deeds.put(deed)

    async def _next(self) -> Deed:
        """The next deed; the asker's patience makes one, too."""
        while True:
            try:
                async with asyncio.timeout_at(self._asker.next_deadline()):
                    return await self._deeds.get()
            except TimeoutError:
                self._asker.advance(self._services.clock.now())

    async def _look(self, search: Search) -> None:
        if self._over or self._search is not None or self.target is not None:
            return
        self._search = asyncio.create_task(_awaited(search))
        self._search.add_done_callback(self._search_done)

    async def _take(self, search: "asyncio.Task[Found]") -> None:
        """Whom the search has found, or that it has found nobody to consult."""
        if search is not self._search:
            return
        self._search = None
        found = search.result()
        if not isinstance(found, Party):
            cause = found.outcome if isinstance(found, Unreached) else "diverted"
            self._tell_end(cause)
            self._asker.target_gone(self, cause)
            return
        self.target = found
        if found.line is not None:
            found.line.talking()
        self.hear()
        self._tell(events.ConsultAnswered)
        self._asker.answered(self)
        found.leg.ended = self._target_gone
        if found.leg.over:
            await self._lose_target()

    async def _lose_target(self) -> None:
        if self.target is None or self._over:
            return
        if self.joined:
            await self._come_back("left")
        await self._part("hangup")
        self._asker.target_gone(self, "hangup")

    async def _part(self, cause: str = "kept") -> None:
        search, self._search = self._search, None
        if search is not None:
            search.cancel()
            await asyncio.wait([search])
            if not (search.cancelled() or search.exception()):
                found = search.result()
                self.target = found if isinstance(found, Party) else None
            self._tell_end("withdrawn")
        if self.target is not None:
            self._tell_end(cause)
            target, self.target = self.target, None
            self._room.close()
            self._bridge.call.guests.discard(target)
            target.let_go(487)

    async def _toggle(self) -> None:
        if self.target is None or self._over or self.joined:
            return
        self.toggled = not self.toggled
        call, bridge = self._bridge.call, self._bridge
        waits = self.target if self.toggled else self._stays
        if self.toggled:
            self._room.close()
            self._stays.leg.port.stop_play()
            bridge.hear()
        else:
            bridge.part()
            self.target.leg.port.stop_play()
            self.hear()
        await play_music(call, waits)

    async def _join(self) -> None:
        if self.target is None or self._over or self.joined:
            return
        self.joined, self.toggled = True, False
        bridge, target = self._bridge, self.target
        bridge.part()
        for party in (self._stays, target):
            party.leg.port.stop_play()
        three = (self._stays, self.party, target)
        self.hear()
        services = self._services
        services.stream.emit(
            events.CallConferenced(
                services.clock.now(),
                bridge.call.call_id,
                tuple((party.seat_no, party.number) for party in three),
                tuple(filter(None, (services.roster.agent_at(each.seat_no) for each in three))),
            )
        )

    async def _come_back(self, cause: str = "kept") -> None:
        if self._over:
            return
        self._over = True
        await self._part(cause)
        bridge, leg = self._bridge, self.party.leg
        leg.ended = self._ended
        if leg.over:
            bridge.end(bridge.called, "hangup")
        bridge.come_back()

    async def _give_on(self) -> None:
        """To who has answered; to who still rings as soon as they do."""
        if self._over:
            return
        self._over = True
        bridge, target = self._bridge, self.target
        self.target = None
        found: Found | None = target
        how: Literal["blind", "attended"] = "attended"
        if self._search is not None:
            how = "blind"
            await play_ringback(bridge.call, self._stays)
            found = await self._search
            self._search = None
        if found is None or isinstance(found, Unreached):
            bridge.end(bridge.called, "hangup")
            self._successor = await bridge.fallback(self.party, found)
            return
        if target is not None:
            target.leg.port.stop_play()
        number = found.number if isinstance(found, Party) else self.party.number
        self._successor = found
        bridge.transferred(self.party, found, number, how)

    async def _leave(self) -> None:
        self._over = True
        self._bridge.end(self._bridge.called, "hangup")

    def _tell_end(self, outcome: str) -> None:
        self._tell(events.ConsultEnded, outcome)

    def _tell(self, kind: Callable[..., events.CallEvent], *outcome: str) -> None:
        services, target = self._services, self.target
        seat_no = "" if target is None else target.seat_no
        services.stream.emit(
            kind(
                services.clock.now(),
                self._bridge.call.call_id,
                services.roster.agent_at(self.party.seat_no),
                self.party.seat_no,
                "" if target is None else target.number,
                seat_no,
                services.roster.agent_at(seat_no),
                *outcome,
            )
        )


async def _awaited(search: Search) -> Found:
    return await search()
