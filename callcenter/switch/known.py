"""What is known of a caller before anybody's phone rings: their record, and their way here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import ivr
from callcenter.routing.directory import Directory, Record

MAX_RECORD: Final = 16_384
"""Characters of a record as text: what is told of a call fits a line of the protocol."""


class Known:
    """One caller's. The look-up begins with the call and goes on beside it."""

    def __init__(self) -> None:
        self.customer: Record | None = None
        """None while it is looked for, and where there is none."""
        self.path: Sequence[ivr.Step] = ()
        """The nodes of flows that the caller came by, with the keys pressed there."""
        self._looking: asyncio.Task[None] | None = None

    def look_up(self, directory: Directory, number: str, log: Callable[[], Any]) -> None:
        """Begins, unless the number is withheld; what is at hand is there at once.

        `log` gives the call's logger.
        """
        if not number:
            return
        try:
            found = directory.of_number(number)
        except Exception as error:
            log().error("customer not looked up", error=repr(error))
            return
        if isinstance(found, Awaitable):
            self._looking = asyncio.create_task(self._take(found, log))
        else:
            self._keep(found, log)

    async def wait(self, limit: float) -> None:
        """For the record, but no longer than that many seconds."""
        if self._looking is not None and not self._looking.done():
            await asyncio.wait([self._looking], timeout=limit)

    def close(self) -> None:
        """Nobody wants to know any more."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _keep(self, record: Record | None, log: Callable[[], Any]) -> None:
        if record is not None and len(repr(record)) > MAX_RECORD:
            log().error("customer's record is too large", characters=len(repr(record)))
        else:
            self.customer = record

    async def _take(self, answer: Awaitable[Record | None], log: Callable[[], Any]) -> None:
        try:
            self._keep(await answer, log)
        except Exception as error:
            log().error("customer not looked up", error=repr(error))
