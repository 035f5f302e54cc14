"""The keys that somebody outside presses while they talk with an agent."""

from typing import TYPE_CHECKING

from callcenter import events
from callcenter.switch.party import Party

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge


class Overheard:
    """One party's in one talk. In a pause of the recording they are nobody's to know."""

    def __init__(self, bridge: "Bridge", party: Party) -> None:
        self._bridge = bridge
        self._party = party
        self._before = party.leg.listen(self._pressed, bridge.services.clock.now)

    def close(self) -> None:
        """The talk is over."""
        self._party.leg.stop_listening(self._before)

    def _pressed(self, key: str) -> None:
        call, services = self._bridge.call, self._bridge.services
        if call.recorder.paused:
            return
        services.stream.emit(
            events.DigitsReceived(
                services.clock.now(), call.call_id, call.agents, self._party.number, key
            )
        )
