"""Who in a talk holds the other, by key or by command, and is reminded of it; whose voice is kept
back."""

import asyncio
import weakref
from typing import TYPE_CHECKING

from callcenter import events
from callcenter.speech.prompt import Tone
from callcenter.speech.provider import SpeechError
from callcenter.switch.party import Party
from callcenter.switch.refusal import wrong_state
from callcenter.switch.tones import play_music

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge


class Floor:
    """One bridge's; whoever is held hears music."""

    def __init__(self, bridge: "Bridge") -> None:
        self.holder: Party | None = None
        """Who holds the other by command."""
        self.muted: set[Party] = set()
        """Whom the other does not hear."""
        self._bridge: Bridge = weakref.proxy(bridge)  # which owns this: a cycle would outlive it
        self._told: dict[Party, float] = {}
        """Who is known to hold, and since when."""
        self._reminder: asyncio.TimerHandle | None = None

    def holds(self, party: Party) -> bool:
        """Whether this party holds the other, in either way."""
        return party is self.holder or party.leg.on_hold

    def hold(self, party: Party) -> None:
        """By command. Raises `CommandRefusedError`."""
        if self.holder is not None or party.leg.on_hold:
            raise wrong_state("held", "talking")
        self.holder = party
        self._bridge.rehear()
        self.changed()

    def retrieve(self, party: Party) -> None:
        """Ends the hold by command; that of a key ends by the key. Raises `CommandRefusedError`."""
        if party is not self.holder:
            raise wrong_state("held" if party.leg.on_hold else "talking", "held")
        self.holder = None
        self._bridge.rehear()
        self.changed()

    def mute(self, party: Party, *, on: bool) -> None:
        """Keeps the party's voice from the other, or no more."""
        if on:
            self.muted.add(party)
        else:
            self.muted.discard(party)
        self._bridge.rehear()

    def changed(self) -> None:
        """Somebody holds, or no more."""
        bridge = self._bridge
        for party in bridge.parties:
            holds = self.holds(party)
            if holds is (party in self._told):
                continue
            services = bridge.services
            if holds:
                self._told[party] = services.clock.now()
            else:
                del self._told[party]
            kind = events.CallHeld if holds else events.CallRetrieved
            services.stream.emit(
                kind(
                    services.clock.now(),
                    bridge.call.call_id,
                    services.roster.agent_at(party.seat_no),
                    party.seat_no,
                )
            )
            bridge.do(self._play_music)
        self._remind_later()

    def joined(self) -> None:
        """The two are together, perhaps again; whoever holds still does."""
        self.changed()
        if self._told:
            self._bridge.do(self._play_music)

    def close(self) -> None:
        """The talk is over."""
        self._told.clear()
        self._remind_later()

    def _remind_later(self) -> None:
        """As long as somebody at a seat holds."""
        forgetful = any(party.seat_no for party in self._told)
        if not forgetful and self._reminder is not None:
            self._reminder.cancel()
            self._reminder = None
        elif forgetful and self._reminder is None:
            after = self._bridge.services.settings.pbx.hold_recall
            if after:
                self._reminder = asyncio.get_running_loop().call_later(after, self._remind)

    def _remind(self) -> None:
        """Whoever holds by command hears it; a phone that holds is asked to come back."""
        self._reminder = None
        bridge, services = self._bridge, self._bridge.services
        now = services.clock.now()
        for party, since in tuple(self._told.items()):
            if not (party.seat_no and bridge.settled):
                continue
            services.stream.emit(
                events.HoldRecalled(
                    now,
                    bridge.call.call_id,
                    services.roster.agent_at(party.seat_no),
                    party.seat_no,
                    now - since,
                )
            )
            if party is self.holder:
                bridge.do(self._beep)
            elif party.leg.session is not None:
                party.leg.session.notify("talk")
        self._remind_later()

    async def _beep(self) -> None:
        """At the phone of who holds by command, and hears nothing else."""
        bridge, beep = self._bridge, Tone("beep")
        try:
            audio = await bridge.services.prompts.load(beep, beep)
        except SpeechError as error:
            bridge.call.log.error("no tone", tone=beep.name, error=str(error))
            return
        if self.holder is not None and bridge.settled:
            self.holder.leg.port.play_untold(audio)

    async def _play_music(self) -> None:
        """For whoever is held, once it is known who is."""
        bridge = self._bridge
        if not bridge.settled:
            return
        music = bridge.services.settings.pbx.hold_music
        for party in bridge.parties:
            holder = bridge.partner(party)
            by_key = music and holder.leg.on_hold and bool(holder.seat_no or bridge.ring is None)
            if holder is self.holder or by_key:
                await play_music(bridge.call, party)
            else:
                party.leg.port.stop_play()
