"""The party that called: who they are, and how they are answered or let go."""

from contextlib import ExitStack

import sip
from callcenter.switch.identified import Identified
from callcenter.switch.leg import Leg
from callcenter.switch.party import Party
from callcenter.switch.release import reason_headers


class Caller(Party):
    """An incoming session with its leg; `answer` is the SDP that it is to be answered with."""

    def __init__(
        self,
        incoming: sip.IncomingCall,
        leg: Leg,
        answer: bytes,
        who: Identified,
        held: ExitStack,
    ) -> None:
        """`held` is what the call has taken so far."""
        peer = incoming.peer
        super().__init__(
            leg,
            who.ani,
            seat_no=peer.seat_no if isinstance(peer, sip.SeatPeer) else "",
            trunk=peer.name if isinstance(peer, sip.TrunkPeer) else "",
            name=who.name,
            held=held,
        )
        self.dnis = who.dnis
        self.withheld = who.withheld
        if self.trunk:  # no phone speaks for others: carriers charge whom Diversion names
            self.diversions = incoming.diversions
        self.max_forwards = incoming.max_forwards
        self.answered = False
        self._early = False
        self._incoming = incoming
        self._answer = answer

    def hear_early(self) -> bool:
        """Sends 183 with the SDP, once, unless answered: what is played is heard before the 200.

        False where that cannot be: the INVITE brought no offer, and takes none from us.
        """
        if not self.answered and not self._early and self._incoming.takes_early_media:
            self._early = True
            self._incoming.progress(self._answer)
        return self.answered or self._early

    def answer(self) -> bool:
        """Sends 200."""
        if self.answered:
            return False
        self.answered = True
        self._incoming.answer(self._answer)
        return True

    def ring(self) -> None:
        """Sends 180, unless answered."""
        if not self.answered:
            self._incoming.ring()

    def let_go(self, code: int, q850: int = sip.NORMAL_CLEARING) -> int:
        """Hangs up, or refuses with `code` who was never answered; returns the final status."""
        if self.answered:
            code = 200
        elif code == 200:
            code = 480
        if not self.answered and not self.leg.over:
            self._incoming.reject(code, headers=reason_headers(q850, code))
        super().let_go(code, q850)
        return code
