"""What the desk asks the records: voicemail, which outlives calls. The store answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One voicemail message."""

    message_id: str
    box: str
    path: str
    """Relative to the voicemail folder."""
    ani: str
    """Empty when withheld."""
    contact_number: str
    """The number to call back."""
    duration_s: float
    left_at: datetime
    heard_at: datetime | None


class RecordsError(Exception):
    """The records do not answer, or not in time."""


class DeskRecords(Protocol):
    """Everything may raise `RecordsError`, within a bounded time."""

    async def unheard(self, boxes: Sequence[str]) -> int:
        """How many messages of these boxes nobody has heard."""
        ...

    async def messages(self, boxes: Sequence[str], limit: int) -> Sequence[Message]:
        """Those of these boxes, the newest first; what was left a moment ago included."""
        ...

    async def message(self, message_id: str) -> Message | None:
        """One of them."""
        ...

    async def mark(self, message_id: str, heard_at: datetime | None) -> None:
        """Notes that it was heard, or (None) that it counts as unheard."""
        ...

    async def delete(self, message_id: str) -> None:
        """Forgets it."""
        ...
