"""An agent asks somebody by command (`call.consult`)."""

from typing import TYPE_CHECKING

from callcenter.routing.dial_plan import Destination
from callcenter.switch.consultation import Consultation
from callcenter.switch.reach import Reach
from callcenter.switch.refusal import wrong_state

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge
    from callcenter.switch.party import Party
    from callcenter.switch.roster import SignIn


class DeskAsker:
    """One consultation's; a target that is gone ends it by itself (exact rule 8)."""

    def __init__(self, bridge: "Bridge", party: "Party", *, join: bool = False) -> None:
        """With `join` all three talk as soon as the target has answered."""
        self._join = join
        self._bridge = bridge
        self._party = party

    def ask(self, sign_in: "SignIn", to: Destination, name: str) -> None:
        """Begins. Raises `CommandRefusedError`."""
        bridge = self._bridge
        consultation = bridge.consult(self._party, self)
        if consultation is None:
            raise wrong_state("transferring", "talking")
        reach = Reach(bridge.call, self._party, sign_in.seat)
        consultation.look_for(lambda: reach.find(to), name)

    def answered(self, consultation: Consultation) -> None:
        """Told by the consultation to everybody."""
        if self._join:
            consultation.join()

    def target_gone(self, consultation: Consultation, cause: str) -> None:
        """The two are together again."""
        consultation.come_back()

    def party_gone(self, consultation: Consultation) -> None:
        """The agent's phone has hung up: the other two talk, or the target is waited for."""
        consultation.give_on()

    def next_deadline(self) -> float | None:
        """Nothing is waited for."""
        return None

    def advance(self, now: float) -> None:
        """Nothing is due, ever."""
