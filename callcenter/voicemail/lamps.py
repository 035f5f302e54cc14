"""The message lamps of seats' phones (HL-8, RFC 3842): lit while nobody has heard a message."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

import sip
from callcenter import events
from callcenter.settings import SeatSettings

CountMessages = Callable[[str], Awaitable[sip.Mailbox | None]]
"""What is in a box; None while that cannot be told."""
RETRY_S: Final = 10.0


class Lamps:
    """The boxes that seats watch, counted once from the records and kept in step by the events.

    `show(seat_no)` sends a seat's phones what `mailbox` says of it.
    """

    def __init__(self, seats: Iterable[SeatSettings], show: Callable[[str], None]) -> None:
        self._box_of = {seat.seat_no: seat.mailbox for seat in seats if seat.mailbox is not None}
        self._seats_at: Mapping[str, list[str]] = {
            box: [seat_no for seat_no, watched in self._box_of.items() if watched == box]
            for box in self._box_of.values()
        }
        self._counts = dict.fromkeys(self._seats_at, sip.Mailbox(0))
        self._show = show

    def mailbox(self, seat_no: str) -> sip.Mailbox | None:
        """What waits for a seat; None where it watches no box."""
        box = self._box_of.get(seat_no)
        return None if box is None else self._counts[box]

    def registered(self, seat_no: str) -> None:
        """The seat's phone has just registered: it is told once it has its answer."""
        if seat_no in self._box_of:
            asyncio.get_running_loop().call_soon(self._show, seat_no)

    def message_left(self, event: events.VoicemailLeft) -> None:
        """From the event stream."""
        if event.box in self._counts:
            known = self._counts[event.box]
            self._set(event.box, known._replace(new=known.new + 1))

    def message_marked(self, event: events.MessageMarked) -> None:
        """Somebody has heard it, or wants it to count as unheard."""
        if event.box in self._counts:
            new, old = self._counts[event.box][:2]
            change = -1 if event.heard else 1
            self._set(event.box, sip.Mailbox(max(new + change, 0), max(old - change, 0)))

    def message_deleted(self, event: events.MessageDeleted) -> None:
        """It is no more."""
        if event.box in self._counts:
            new, old = self._counts[event.box][:2]
            left = (new, old - 1) if event.heard else (new - 1, old)
            self._set(event.box, sip.Mailbox(max(left[0], 0), max(left[1], 0)))

    async def count(self, messages: CountMessages) -> None:
        """Takes up what was left before, as soon as the records can be read."""
        waiting = list(self._seats_at)
        while waiting:
            waiting = [box for box in waiting if not await self._take_up(box, messages)]
            if waiting:
                await asyncio.sleep(RETRY_S)

    async def _take_up(self, box: str, messages: CountMessages) -> bool:
        found = await messages(box)
        if found is not None:
            # What was left since the start may not be in the records yet: a lamp too many, then.
            self._set(box, found._replace(new=max(found.new, self._counts[box].new)))
        return found is not None

    def _set(self, box: str, mailbox: sip.Mailbox) -> None:
        if self._counts[box] != mailbox:
            self._counts[box] = mailbox
            for seat_no in self._seats_at[box]:
                self._show(seat_no)
