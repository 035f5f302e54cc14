"""The guard as the endpoint has it: gate, password throttle and the rule who may call."""

from collections.abc import Callable

from sip.address import Address
from sip.deadlines import Alarm
from sip.guard.behind import asker
from sip.guard.claims import Claim, Claims
from sip.guard.gate import Gate, Offence
from sip.guard.policy import GuardPolicy
from sip.guard.sources import in_networks
from sip.guard.throttle import Throttle
from sip.message import Request
from sip.registrar import Registrar
from sip.trunk import TrunkPeer, TrunkTable


class Guard(Gate):
    """Everything that stands between the wire and the registrar and calls.

    `is_seat(user)` tells whether that user has a password here. `trusted_for` is how long an
    address counts as a phone's after a right password, seconds.
    """

    def __init__(
        self,
        policy: GuardPolicy,
        trunks: TrunkTable,
        registrar: Registrar,
        is_seat: Callable[[str], bool],
        *,
        trusted_for: float = 3660.0,
        alarm: Alarm | None = None,
    ) -> None:
        super().__init__(policy, trunks.knows, alarm)
        self._claims = Claims(trunks, registrar, is_seat, self.has_proved, policy.roaming)
        self._trunks = trunks
        self._throttle = Throttle(policy.remembered)
        self._trusted_for = trusted_for

    def hears(self, request: Request, source: Address, now: float) -> bool:
        """Whether a request outside a call of ours, of whatever kind, is answered at all."""
        agent = request.headers.get("user-agent")
        if agent is not None and not self.is_exempt(source.host) and self.is_scanner(agent[0]):
            self.counters.scanners += 1
            if self.offends(source.host, Offence.SCANNER, now):  # a phone's address: no ban
                self.journal.note(Offence.SCANNER.text, source.host, now, agent[0])
        elif (request.method == "INVITE" and not request.to_tag) or self.offends(
            source.host, Offence.REQUEST, now, request.method
        ):
            return True
        self.counters.silenced += 1
        return False

    def judge(self, request: Request, source: Address, user: str, now: float) -> TrunkPeer | Claim:
        """Who sends that INVITE in the name of `user`.

        What an edge proxy brings from elsewhere than its carriers has to prove itself.
        """
        trunk = self._trunks.match(source.host)
        if trunk is not None and trunk.name in self._trunks.behind:
            asking = asker(request, source, self._trunks)
            if not in_networks(asking.host, self._trunks.behind[trunk.name]):
                return Claim.PHONE
        return self._claims.judge(source, user, now, "authorization" in request.headers)

    def answers_stranger(self, source: Address, user: str, now: float) -> bool:
        """Whether a stranger's call is refused aloud; after the first ones there is silence."""
        if self.offends(source.host, Offence.CALL, now, user):
            return True
        self.counters.silenced += 1
        return False

    def believes(self, source: Address, user: str, now: float) -> bool:
        """A right password: False when too many wrong ones came before it."""
        if self._throttle.blocks(source, user, self.has_proved(source.host, now), now):
            self.counters.throttled += 1
            self.journal.note("password not looked at", source.host, now, user)
            return False
        self._throttle.proved(source, user)
        self.trust(source.host, now + self._trusted_for)
        return True

    def led_away(self, began: str, there: str, now: float) -> None:
        """A call with the host `began` goes on with the host `there`, as its Contact or route says.

        A trunk's word is taken: what belongs to its calls may come from addresses that nobody has
        listed, and is not to be lost in a crowd of strangers. It is no phone's word: a Contact may
        be the caller's own.
        """
        if self._is_trunk(began) and not self._is_trunk(there):
            self.lead(there, now + self._trusted_for)

    def wrong_password(self, source: Address, user: str, now: float) -> bool:
        """A wrong password or an unknown user; False when it is not to be answered."""
        proved = self.has_proved(source.host, now)
        self._throttle.failed(source, user, proved, now)
        if not proved:
            return self.offends(source.host, Offence.WRONG_PASSWORD, now, user)
        self.journal.note(Offence.WRONG_PASSWORD.text, source.host, now, user)
        return True

    def malformed(self, source: Address, reason: str, now: float) -> bool:
        """A message that cannot be read; False when it is not to be answered."""
        if self.is_stranger(source.host, now):
            return self.offends(source.host, Offence.MALFORMED, now, reason)
        self.journal.note(Offence.MALFORMED.text, source.host, now, reason)
        return True
