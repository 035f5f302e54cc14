"""What live calls need from the rest of the house, handed to them in one piece."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callcenter.clock import Clock
from callcenter.events import EventStream
from callcenter.routing.dispatcher import Dispatcher
from callcenter.settings import QueueSettings, Settings
from callcenter.speech.prompts import PromptLibrary
from callcenter.switch.roster import Roster
from media.plane import MediaPlane
from sip.stack import SipStack


@dataclass(frozen=True, slots=True)
class Services:
    """The collaborators of a call; wired once in the daemon."""

    settings: Settings
    clock: Clock
    stream: EventStream
    sip: SipStack
    plane: MediaPlane
    prompts: PromptLibrary
    dispatcher: Dispatcher
    roster: Roster
    queues: dict[str, QueueSettings]
    new_session_id: Callable[[], int]
    """Numbers for the `o=` line of our session descriptions."""
    logger: Any
    """structlog's bound logger; calls bind their call id to it."""
