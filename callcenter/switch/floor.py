"""Who in a talk holds the other, by key or by command, and whose voice is kept back."""

import weakref
from typing import TYPE_CHECKING

from callcenter import events
from callcenter.speech.prompt import Tone
from callcenter.switch.party import Party
from callcenter.switch.refusal import wrong_state
from callcenter.switch.tones import play_tone

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
        self._told: set[Party] = set()
        """Who is known to hold."""

    def holds(self, party: Party) -> bool:
        """Whether this party holds the other, in either way."""
        return party is self.holder or party.leg.on_hold

    def hold(self, party: Party) -> None:
        """By command. Raises `CommandRefusedError`."""
        if self.holder is not None or party.leg.on_hold:
            raise wrong_state("held", "talking")
        self.holder = party
        self._bridge.hear()
        self.changed()

    def retrieve(self, party: Party) -> None:
        """Ends the hold by command; that of a key ends by the key. Raises `CommandRefusedError`."""
        if party is not self.holder:
            raise wrong_state("held" if party.leg.on_hold else "talking", "held")
        self.holder = None
        self._bridge.hear()
        self.changed()

    def mute(self, party: Party, *, on: bool) -> None:
        """Keeps the party's voice from the other, or no more."""
        if on:
            self.muted.add(party)
        else:
            self.muted.discard(party)
        self._bridge.hear()

    def changed(self) -> None:
        """Somebody holds, or no more."""
        bridge = self._bridge
        for party in bridge.parties:
            holds = self.holds(party)
            if holds is (party in self._told):
                continue
            if holds:
                self._told.add(party)
            else:
                self._told.discard(party)
            kind = events.CallHeld if holds else events.CallRetrieved
            services = bridge.services
            services.stream.emit(
                kind(
                    services.clock.now(),
                    bridge.call.call_id,
                    services.roster.agent_at(party.seat_no),
                    party.seat_no,
                )
            )
            bridge.do(self._play_music)

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
                await play_tone(bridge.call, party, Tone("music"))
            else:
                party.leg.port.stop_play()
