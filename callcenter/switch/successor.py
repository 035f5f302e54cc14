"""How a call goes on after a talk."""

from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from callcenter.routing.dial_plan import Service

if TYPE_CHECKING:
    from callcenter.switch.party import Party


class _Back(Enum):
    QUEUE = "queue"


BACK_TO_QUEUE: Final = _Back.QUEUE
"""The caller waits again, ahead of all who came later than they did (A-03)."""

Successor: TypeAlias = "Party | Service | Literal[_Back.QUEUE] | None"
"""Who the caller talks with next, or where they are led; None: the call is over."""
Left: TypeAlias = "Service | Literal[_Back.QUEUE] | None"
"""The same when there is nobody to talk with."""
