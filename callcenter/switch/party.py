"""One who takes part in a call: who they are, their leg, and what is given back when they leave."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

import sip
from callcenter.settings import NumberSettings
from callcenter.switch.leg import Leg
from callcenter.switch.lines import Line
from callcenter.switch.release import reason_headers
from sip.build import MAX_FORWARDS

if TYPE_CHECKING:
    from callcenter.switch.meter import Meter


class Party:
    """A party that was called and has answered; `Caller` is the one who called."""

    def __init__(
        self,
        leg: Leg,
        number: str,
        *,
        seat_no: str = "",
        trunk: str = "",
        name: str = "",
        held: ExitStack | None = None,
    ) -> None:
        self.leg = leg
        self.number = number
        self.seat_no = seat_no
        """Whose phone it is; empty for somebody behind a trunk."""
        self.trunk = trunk
        self.name = name
        """As their phone is shown to others; often empty."""
        self.presented = ""
        """The number that they want to show outside; empty for their seat's."""
        self.withheld = False
        """Whether the called party is not to learn who this is."""
        self.line: Line | None = None
        """The seat's part in the call; None where no seat's phone is in it, or a queue gave it."""
        self.meter: Meter | None = None
        """Of an outside party; None where nothing is counted."""
        self.answered = True
        self.answer_rule: NumberSettings | None = None
        """What the called number says about when to answer; None leaves it to prompts and queues.
        """
        self.diversions: tuple[sip.Diversion, ...] = ()
        """By whom their call was passed on before it came to us, the last one first."""
        self.max_forwards = MAX_FORWARDS
        """Of calls that are made on their behalf (RFC 7332 §4): so no call goes in circles."""
        self.held = held or ExitStack()
        """What is given back when they leave: a trunk's channel, the seat's line."""

    def answer(self) -> bool:
        """Answers one who called; False when that is done, and for one who was called."""
        return False

    def hear_early(self) -> bool:
        """Whether they hear what is played now; makes it so, where need be and possible."""
        return True

    def ring(self) -> None:
        """Lets one who called know that it rings; nothing for one who was called."""

    def let_go(self, code: int, q850: int = sip.NORMAL_CLEARING) -> int:
        """Hangs up, or refuses with `code` who was never answered; returns the final status."""
        self.leg.hang_up(reason_headers(q850, 200))
        self.held.close()
        return 200
