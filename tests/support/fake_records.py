"""The desk's records in memory; what is left in a simulation is in them at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from callcenter import events
from callcenter.clock import Clock
from callcenter.desk.records import Message, RecordsError


class FakeRecords:
    """Stands in for `callcenter.store.desk_records.StoreRecords`."""

    def __init__(self, clock: Clock) -> None:
        self.kept: dict[str, Message] = {}
        """By id, oldest first."""
        self.away = False
        """Whether the database does not answer."""
        self._clock = clock

    def left(self, event: events.VoicemailLeft) -> None:
        """From the event stream."""
        self.put(Path(event.path).stem, event.box, event.ani, event.duration_s, event.path)

    def put(
        self, message_id: str, box: str, ani: str = "", duration_s: float = 1.0, path: str = ""
    ) -> None:
        """A message that is there."""
        self.kept[message_id] = Message(
            message_id, box, path, ani, ani, duration_s, self._clock.wall(), None
        )

    async def unheard(self, boxes: Sequence[str]) -> int:
        self._answer()
        return sum(m.box in boxes and m.heard_at is None for m in self.kept.values())

    async def messages(self, boxes: Sequence[str], limit: int) -> Sequence[Message]:
        self._answer()
        return [m for m in reversed(self.kept.values()) if m.box in boxes][:limit]

    async def message(self, message_id: str) -> Message | None:
        self._answer()
        return self.kept.get(message_id)

    async def mark(self, message_id: str, heard_at: datetime | None) -> None:
        self._answer()
        self.kept[message_id] = replace(self.kept[message_id], heard_at=heard_at)

    async def delete(self, message_id: str) -> None:
        self._answer()
        del self.kept[message_id]

    def _answer(self) -> None:
        if self.away:
            raise RecordsError("no answer in time")
