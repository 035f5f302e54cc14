"""What live calls need from the rest of the house, handed to them in one piece."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from callcenter.calendars.opening import Opening
from callcenter.clock import Clock
from callcenter.event_stream import EventStream
from callcenter.routing.call_filter import Filters
from callcenter.routing.customers import Customers
from callcenter.routing.dial_plan import Destination, DialPlan, Origin, Outside
from callcenter.routing.directory import Directory
from callcenter.routing.dispatcher import Dispatcher
from callcenter.routing.rights import DialRights
from callcenter.routing.toll import Toll
from callcenter.routing.trunking import Trunking
from callcenter.settings import QueueSettings, SeatSettings, Settings
from callcenter.speech.prompt import Prompt
from callcenter.statistics.forecast import Forecast
from callcenter.statistics.live import LiveLevels
from callcenter.switch.lines import SeatLines
from callcenter.switch.roster import Roster
from callcenter.switch.stations import Stations
from callcenter.switch.supervisions import Supervisions
from callcenter.switch.voices import Voices
from media.plane import MediaPlane
from sip.stack import SipStack

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge
    from callcenter.switch.callbacks import Callbacks
    from callcenter.switch.leg import Leg


class Prompts(Protocol):
    """The part of the prompt library that calls need."""

    async def load(self, *prompts: Prompt) -> Sequence[int]:
        """Audio ids, to be played at once. `SpeechError` for what cannot be had."""
        ...

    async def decode(self, path: Path) -> bytes:
        """A sound file as the media plane takes it. `SpeechError` for what cannot be read."""
        ...

    def at_hand(self, *prompts: Prompt) -> Sequence[int] | None:
        """The audio ids if all are in memory, else None: then `load` takes its time."""
        ...


@dataclass(frozen=True, slots=True)
class Pbx:
    """What calls without a queue go by."""

    plan: DialPlan
    rights: DialRights
    toll: Toll
    filters: Filters
    lines: SeatLines
    bridges: "dict[Leg, Bridge]"
    """The talk that a leg is in."""

    def refusal(self, seat: SeatSettings | None, to: Destination, now: datetime) -> str | None:
        """Why the seat (None: the site itself) may not call there now; None where it may."""
        why = self.rights.refusal(seat, to)
        if why is None and isinstance(to, Outside) and not to.emergency:
            return self.toll.refusal(seat.seat_no if seat is not None else "", now)
        return why


@dataclass(slots=True)
class Services:
    """The collaborators of a call; wired once in the daemon."""

    settings: Settings
    """Those in force: replaced as a whole by a reload."""
    clock: Clock
    stream: EventStream
    sip: SipStack
    plane: MediaPlane
    prompts: Prompts
    dispatcher: Dispatcher
    opening: Opening
    roster: Roster
    trunking: Trunking
    pbx: Pbx
    queues: dict[str, QueueSettings]
    supervisions: Supervisions
    voices: Voices
    customers: Customers
    directory: Directory
    """Where customers are looked up, for agents to see."""
    callbacks: "Callbacks"
    forecast: Forecast
    """How long callers will wait; also what flows may ask, but never the queue engine."""
    levels: LiveLevels
    """The queues' service levels of the last hour: to be shown, never to route by."""
    stations: Stations
    new_session_id: Callable[[], int]
    """Numbers for the `o=` line of our session descriptions."""
    logger: Any
    """structlog's bound logger; calls bind their call id to it."""

    def origin(self, trunk: str) -> Origin:
        """Where a party comes from that is behind this trunk; without one at a seat."""
        if not trunk:
            return "seat"
        return "internal" if self.trunking.trunks[trunk].line == "internal" else "outside"
