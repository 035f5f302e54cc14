"""An agent dials at the desk (`call.dial`): their own phone first, then whom they want."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callcenter import events
from callcenter.switch.leg import Leg
from callcenter.switch.party import Party
from callcenter.switch.ring import AUTO_ANSWER_LIMIT, auto_answer
from callcenter.switch.seat_phones import SeatPhones

if TYPE_CHECKING:
    import acd
    from callcenter.switch.roster import SignIn
    from callcenter.switch.services import Services


@dataclass(frozen=True, slots=True)
class DialWish:
    """What an agent dials, and how."""

    number: str
    presented: str = ""
    """The number to be shown outside; empty for the seat's."""
    data: Mapping[str, object] = field(default_factory=dict)
    """To be attached to the call."""


class DeskCaller(Party):
    """The agent, whose phone has answered us and who hears how the call goes on."""

    def __init__(
        self, leg: Leg, seat_no: str, dnis: str, held: ExitStack, remote_rings: Callable[[], None]
    ) -> None:
        super().__init__(leg, seat_no, seat_no=seat_no, held=held)
        self.dnis = dnis
        self._remote_rings = remote_rings
        self._through = False

    def ring(self) -> None:
        """Tells the desk that the far end rings."""
        self._remote_rings()

    def answer(self) -> bool:
        """Somebody has answered them."""
        first, self._through = not self._through, True
        return first


class DeskDial:
    """From the command to the answer of the agent's own phone."""

    def __init__(self, services: "Services", call_id: str, sign_in: "SignIn", number: str) -> None:
        self.sign_in = sign_in
        self.call_id = call_id
        self.number = number
        self.since = services.clock.now()
        self._services = services
        self._task: asyncio.Task[DeskCaller | None] | None = None
        self._rang = False

    def cancel(self) -> None:
        """The agent hangs up or is gone; harmless when the phone has answered."""
        if self._task is not None:
            self._task.cancel()

    async def connect(self) -> DeskCaller | None:
        """The agent on their phone; None where it does not answer, or they think better of it."""
        self._task = asyncio.create_task(self._connect())
        await asyncio.wait([self._task])
        task, self._task = self._task, None
        return None if task.cancelled() else task.result()

    async def _connect(self) -> DeskCaller | None:
        services, seat = self._services, self.sign_in.seat
        result: asyncio.Future[Leg | None] = asyncio.get_running_loop().create_future()

        def settle(leg: Leg | None) -> None:
            if not result.done():
                result.set_result(leg)

        def refused(_outcome: "acd.RefusalOutcome") -> None:
            settle(None)

        phones = SeatPhones(services, seat.seat_no, self.call_id)
        phones.answered, phones.refused = settle, refused
        by_desk = seat.answers_at_desk
        with ExitStack() as held:
            line = services.pbx.lines.take(seat.seat_no, "dialling")
            held.callback(line.release)
            leg: Leg | None = None
            try:
                headers = auto_answer(services.settings.sip.domain)
                phones.ring(self.number, ("PCMA", "PCMU"), headers)
                limit = AUTO_ANSWER_LIMIT if by_desk else services.settings.pbx.ring_timeout
                async with asyncio.timeout(limit):
                    leg = await result
            except TimeoutError:
                pass
            finally:
                if leg is None:
                    phones.hang_up()
            if leg is None:
                return None
            caller = DeskCaller(leg, seat.seat_no, self.number, held.pop_all(), self._remote_rings)
            caller.line = line
            return caller

    def _remote_rings(self) -> None:
        if not self._rang:
            self._rang = True
            services = self._services
            services.stream.emit(
                events.RemoteRinging(
                    services.clock.now(),
                    self.call_id,
                    self.sign_in.agent_id,
                    self.sign_in.seat_no,
                )
            )
