"""A seat's phone in a talk without a queue, worked by hook flash and keys (WZ-T9, T10)."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import sip
from callcenter import events
from callcenter.routing.dial_plan import Service
from callcenter.speech.prompt import Tone
from callcenter.switch.hearing import hearing
from callcenter.switch.keypad import Keypad, KeypadPowers
from callcenter.switch.party import Party
from callcenter.switch.reach import Reach, Unreached
from callcenter.switch.successor import Successor
from callcenter.switch.tones import play_tone
from media.room import Room

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge

Deed: TypeAlias = Callable[[], Awaitable[None]]
Found: TypeAlias = "Party | Service | Unreached"


class Flash(KeypadPowers):
    """One phone's keypad in one bridge; while it consults, a step of the bridge."""

    def __init__(self, bridge: "Bridge", party: Party) -> None:
        self._bridge = bridge
        self._party = party
        self._services = bridge.services
        self._keypad = self._new_keypad()
        self._deeds: asyncio.Queue[Deed] = asyncio.Queue()
        """At most a few: each key and each end of a leg makes one."""
        self._stays: Party | None = None
        self._search: asyncio.Task[Found] | None = None
        self._target: Party | None = None
        self._ended: Callable[[sip.CallEnd], None] = party.leg.ended
        """Who was told before that the phone has hung up."""
        self._room = Room()
        self._over = False
        """Whether the consultation has come to its end."""
        self._successor: Successor = None
        party.leg.listen(self._pressed, self._services.clock.now)

    def close(self) -> None:
        """The talk is over."""
        self._party.leg.stop_listening()

    # What the keypad wants done. It may want it at any moment; the step does it.

    def hold(self) -> None:
        """Begins, unless the call is being given on already."""
        self._over, self._successor = False, None
        if not self._bridge.transfer(self._consult):
            self._keypad = self._new_keypad()

    def call(self, number: str, *, outside: bool) -> None:
        """Looks for whoever was keyed."""
        self._deeds.put_nowait(partial(self._call, number, outside))

    def cancel(self) -> None:
        """Parts from who was called."""
        self._deeds.put_nowait(self._part)

    def retrieve(self) -> None:
        """Ends the consultation; the two talk again."""
        self._deeds.put_nowait(self._come_back)

    def complete(self) -> None:
        """Leaves the other two to each other."""
        self._deeds.put_nowait(self._give_on)

    def release(self) -> None:
        """The party has left with nobody called."""
        self._deeds.put_nowait(self._leave)

    def conference(self) -> None:
        """Not yet: three parties cannot be mixed, and the keypad knows."""

    def prompt(self) -> None:
        """Not without another party, which a bridge always has."""

    # What happens.

    def _pressed(self, key: str) -> None:
        self._keypad.key(key, self._services.clock.now())

    def _party_gone(self, end: sip.CallEnd) -> None:
        self._keypad.hang_up()

    def _target_gone(self, end: sip.CallEnd) -> None:
        self._keypad.target_gone(self._services.clock.now())

    def _search_done(self, search: asyncio.Task[Found]) -> None:
        if search is self._search and not search.cancelled():
            self._deeds.put_nowait(partial(self._take, search))

    # The step.

    async def _consult(self) -> Successor:
        bridge, leg = self._bridge, self._party.leg
        self._deeds = asyncio.Queue()
        self._stays = bridge.let_leave(self._party)
        self._ended, leg.ended = leg.ended, self._party_gone
        if leg.over:
            self._keypad.hang_up()
        await play_tone(bridge.call, self._stays, Tone("music"))
        try:
            while not self._over:
                await (await self._next())()
        finally:
            self._room.close()
            await self._part()
        return self._successor

    async def _next(self) -> Deed:
        """The next deed; the keypad's patience makes one, too."""
        while True:
            try:
                async with asyncio.timeout_at(self._keypad.next_deadline()):
                    return await self._deeds.get()
            except TimeoutError:
                self._keypad.advance(self._services.clock.now())

    async def _call(self, number: str, outside: bool) -> None:
        services, call = self._services, self._bridge.call
        plan = services.pbx.plan
        if not plan.is_emergency(number):
            number += "#" if outside else "*"
        to = plan.destination(number, "seat")
        seat = services.roster.seats.get(self._party.seat_no)
        why = "no such number" if to is None else ""
        if to is not None and seat is not None:
            why = services.pbx.refusal(seat, to, services.clock.wall()) or ""
        if why:
            call.log.info("call by keypad refused", by=self._party.number, reason=why)
            self._keypad.target_gone(services.clock.now())
            return
        self._search = asyncio.create_task(Reach(call, self._party, seat).find(to))
        self._search.add_done_callback(self._search_done)

    async def _take(self, search: "asyncio.Task[Found]") -> None:
        """Whom the search has found, or that it has found nobody to consult."""
        if search is not self._search:
            return
        self._search = None
        found = search.result()
        if not isinstance(found, Party):
            self._keypad.target_gone(self._services.clock.now())
            return
        self._target = found
        if found.line is not None:
            found.line.talking()
        found.leg.ended = self._target_gone
        self._room.apply(hearing([self._party.leg.port, found.leg.port]))
        self._keypad.target_answered()
        if found.leg.over:
            self._keypad.target_gone(self._services.clock.now())

    async def _part(self) -> None:
        """From whoever is called, rings or talks."""
        search, self._search = self._search, None
        if search is not None:
            search.cancel()
            await asyncio.wait([search])
            if not (search.cancelled() or search.exception()):
                found = search.result()
                self._target = found if isinstance(found, Party) else None
        target, self._target = self._target, None
        if target is not None:
            self._room.close()
            self._bridge.call.guests.discard(target)
            target.let_go(487)

    async def _come_back(self) -> None:
        self._over = True
        await self._part()
        leg = self._party.leg
        leg.ended = self._ended
        if leg.over:
            self._bridge.end(self._bridge.called, "hangup")
        self._bridge.come_back()

    async def _give_on(self) -> None:
        """To who has answered; to who still rings as soon as they do."""
        self._over = True
        target, self._target = self._target, None
        found: Found | None = target
        how: Literal["blind", "attended"] = "attended"
        if self._search is not None:
            assert self._stays is not None
            how = "blind"
            await play_tone(self._bridge.call, self._stays, Tone("ringback"))
            found = await self._search
            self._search = None
        if found is None or isinstance(found, Unreached):
            self._bridge.end(self._bridge.called, "hangup")
            return
        number = found.number if isinstance(found, Party) else self._party.number
        self._successor = found
        self._bridge.left()
        services, call_id = self._services, self._bridge.call.call_id
        services.stream.emit(
            events.CallTransferred(services.clock.now(), call_id, self._party.number, number, how)
        )

    async def _leave(self) -> None:
        self._over = True
        self._bridge.end(self._bridge.called, "hangup")

    def _new_keypad(self) -> Keypad:
        patience = self._services.settings.pbx.keypad_timeout
        return Keypad(self, patience=patience, conferences=False)
