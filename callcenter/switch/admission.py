"""Which calls may come in, who places them, and what they are led to."""

from contextlib import ExitStack
from typing import TypeAlias

import acd
import sip
from callcenter.routing.dial_plan import Destination, Origin, Outside, Service
from callcenter.settings import SeatSettings
from callcenter.switch.caller import Caller
from callcenter.switch.identified import identify
from callcenter.switch.leg import Leg
from callcenter.switch.lines import Line
from callcenter.switch.secrecy import secrecy
from callcenter.switch.services import Services
from callcenter.switch.trunk_invite import trunk_credentials
from lean import dataclass
from media.sdp import OPAQUE, Codec, OnlyOpaque, Policy, SdpError, SdpSession
from sip import fields
from sip.build import phrase_of

RETRY_AFTER_S = 5
"""How long a carrier should wait when we are full (RFC 3261 §21.5.4)."""
RETRY_AFTER = ("Retry-After", str(RETRY_AFTER_S))


class RefusedError(Exception):
    """The call may not come in; carries the SIP answer."""

    def __init__(
        self, code: int, phrase: str | None = None, *headers: tuple[str, str], cause: str = ""
    ) -> None:
        super().__init__(code, phrase)
        self.code = code
        self.phrase = phrase
        self.headers = headers
        self.cause = cause or phrase or phrase_of(code)
        """For logs and counters; one of a few, whatever callers send."""


def refusal(code: int, why: str) -> RefusedError:
    """A refusal that tells people why (RFC 3261 §20.43)."""
    text = why.translate(_QUOTED)
    return RefusedError(code, None, ("Warning", f'399 callcenter "{text}"'), cause=why)


def _no_usable_voice(error: SdpError) -> RefusedError:
    why = fields.readable(str(error)).translate(_QUOTED)
    cause = f"{OPAQUE} alone" if isinstance(error, OnlyOpaque) else "no usable voice"
    return RefusedError(488, None, ("Warning", f'399 callcenter "{why}"'), cause=cause)


_QUOTED = str.maketrans({'"': "'", "\\": "/"})
_Voice: TypeAlias = tuple[tuple[Codec, ...], Policy]
"""What may be spoken, and how secret that is."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may come in."""

    caller: Caller
    to: Destination
    origin: Origin
    seat: SeatSettings | None
    """Whose phone places it; None for a trunk's."""


class Admission:
    """Judges every INVITE that passed guard and authentication."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._codecs: dict[str, tuple[Codec, ...]] = {
            trunk.name: trunk.codecs for trunk in services.settings.trunks
        }

    def admit(self, incoming: sip.IncomingCall) -> Admitted:
        """Takes what the call needs, in an order that leaves no trace of a refused one.

        Raises `RefusedError`. What was taken is in the caller's `held`.
        """
        with ExitStack() as held:
            who = identify(incoming, self._services.trunking)
            peer = incoming.peer
            trunk = peer.name if isinstance(peer, sip.TrunkPeer) else ""
            origin, filters = self._services.origin(trunk), self._services.pbx.filters
            if origin == "outside" and (why := filters.blocks(who.known_as, who.dnis, trunk)):
                raise refusal(self._services.settings.pbx.blacklist_code, why)
            to = self._services.pbx.plan.destination(who.dnis, origin)
            seat = self._seat(peer, held, help_called=isinstance(to, Outside) and to.emergency)
            if to is None:
                raise RefusedError(404)
            self._check_right(seat, to)
            codecs, policy = self._voice_of(incoming)
            if not isinstance(to, Service) and self._services.settings.media.g729 == "pass":
                codecs = (*codecs, OPAQUE)
            leg, answer = self._talk_with(incoming, (codecs, policy), held)
            line: Line | None = None
            if seat is not None:
                state: acd.EngagementState = "talking" if isinstance(to, Service) else "dialling"
                line = self._services.pbx.lines.take(seat.seat_no, state)
                held.callback(line.release)
            if trunk:  # there are carriers that challenge the BYE of calls that they brought us
                incoming.credentials = trunk_credentials(self._services.trunking.trunks[trunk])
            caller = Caller(incoming, leg, answer, who, held.pop_all())
            caller.line = line
            return Admitted(caller, to, origin, seat)

    def take_over(self, incoming: sip.IncomingCall, session: sip.Call) -> None:
        """An INVITE with Replaces (RFC 3891) takes a session's place, or picks up what rings.

        Raises `RefusedError`.
        """
        leg, peer = session.handler, incoming.peer
        if not isinstance(leg, Leg) or leg.over:
            raise RefusedError(603, cause="replaces a call that is over")
        if isinstance(peer, sip.SeatPeer) and not self._services.pbx.lines.usable(peer.seat_no):
            raise RefusedError(403, "Nobody Signed In")
        if self._is_own(peer, session, leg):
            self._replace(incoming, leg)
        elif isinstance(peer, sip.SeatPeer) and self._is_neighbour(peer.seat_no, leg.seat_no):
            self._pick_up(incoming, leg, peer.seat_no)
        else:
            raise RefusedError(603, cause="replaces a call that is not its own")

    def _is_own(self, peer: sip.Peer, session: sip.Call, leg: Leg) -> bool:
        """Whether the session is the seat's, or the trunk's (which was checked by address)."""
        if isinstance(peer, sip.TrunkPeer):
            trunk = self._services.trunking.trunks[peer.name]
            return trunk.line == "internal" or trunk.trusted
        placed = session.peer if isinstance(session, sip.IncomingCall) else None
        seat_no = placed.seat_no if isinstance(placed, sip.SeatPeer) else leg.seat_no
        return seat_no == peer.seat_no

    def _is_neighbour(self, seat_no: str, rung: str) -> bool:
        """Whether a seat may pick up what rings at another: both are of one group."""
        seats = self._services.roster.seats
        group = seats[seat_no].pickup_group
        return group is not None and rung in seats and seats[rung].pickup_group == group

    def _replace(self, incoming: sip.IncomingCall, leg: Leg) -> None:
        """Another device of the same party goes on where the party is."""
        services = self._services
        codecs, policy = self._voice_like(incoming, leg)
        here, number = (leg.port.address, leg.port.rtp_port), services.new_session_id()
        try:
            leg.replace(incoming, SdpSession(*here, number, codecs=codecs, policy=policy))
        except SdpError as error:
            raise _no_usable_voice(error) from error
        bridge = services.pbx.bridges.get(leg)
        if bridge is not None and isinstance(incoming.peer, sip.TrunkPeer):
            who = identify(incoming, services.trunking)
            bridge.party_is_now(leg, who.ani, who.name)

    def _pick_up(self, incoming: sip.IncomingCall, leg: Leg, seat_no: str) -> None:
        """Somebody of the group answers."""
        lines = self._services.pbx.lines
        if not lines.may_call(seat_no):
            raise RefusedError(486)
        with ExitStack() as held:
            newcomer_leg, answer = self._talk_with(incoming, self._voice_like(incoming, leg), held)
            line = lines.take(seat_no, "talking")
            held.callback(line.release)
            who = identify(incoming, self._services.trunking)
            newcomer = Caller(incoming, newcomer_leg, answer, who, held.pop_all())
        newcomer.line, newcomer.number = line, seat_no
        if not leg.picked_up(newcomer):
            newcomer.let_go(603)

    def _talk_with(
        self, incoming: sip.IncomingCall, voice: _Voice, held: ExitStack
    ) -> tuple[Leg, bytes]:
        """A leg for the session, and the SDP that it is to be answered with."""
        leg = self._open_leg(*voice)
        held.callback(leg.port.close)
        try:
            return leg, leg.take_offer(incoming)
        except SdpError as error:
            raise _no_usable_voice(error) from error

    def _seat(self, peer: sip.Peer, held: ExitStack, *, help_called: bool) -> SeatSettings | None:
        """Whose phone calls; None for a trunk, which gives a channel for it.

        A phone may call while somebody on-hook is signed in at it (GX-B4, A-26), or when it is a
        plain extension; for help at any time.
        """
        if isinstance(peer, sip.TrunkPeer):
            self._seize(peer.name, held)
            return None
        services = self._services
        lines = services.pbx.lines
        if help_called:
            return services.roster.seats[peer.seat_no]
        if not lines.usable(peer.seat_no):
            raise RefusedError(403, "Nobody Signed In")
        if not lines.may_call(peer.seat_no):
            raise RefusedError(486)
        return services.roster.seats[peer.seat_no]

    def _seize(self, trunk: str, held: ExitStack) -> None:
        """Takes a channel of a trunk that calls may come in over."""
        trunking = self._services.trunking
        if not trunking.trunks[trunk].carries_in:
            raise RefusedError(403, "Outgoing Calls Only")  # GX-H2
        if refused := trunking.capacity.seize(trunk, self._services.clock.now()):
            raise RefusedError(503, refused, RETRY_AFTER)
        held.callback(trunking.capacity.release, trunk)

    def _check_right(self, seat: SeatSettings | None, to: Destination) -> None:
        services = self._services
        if seat is not None and (why := services.pbx.refusal(seat, to, services.clock.wall())):
            raise refusal(403, why)

    def _open_leg(self, codecs: tuple[Codec, ...], policy: Policy) -> Leg:
        services = self._services
        try:
            return Leg.open(services.plane, services.new_session_id(), codecs, policy)
        except OSError as error:
            raise RefusedError(503, "No Media Port", RETRY_AFTER) from error

    def _voice_like(self, incoming: sip.IncomingCall, leg: Leg) -> _Voice:
        """The same of who takes a leg's place: of what can only be passed on there is no other."""
        codecs, policy = self._voice_of(incoming)
        return ((OPAQUE,) if leg.opaque else codecs), policy

    def _voice_of(self, incoming: sip.IncomingCall) -> _Voice:
        """What may be spoken with whoever calls, and how secret that is."""
        services, peer = self._services, incoming.peer
        if isinstance(peer, sip.TrunkPeer):
            codecs, srtp = self._codecs[peer.name], services.trunking.trunks[peer.name].srtp
        else:
            codecs = services.settings.media.codecs
            srtp = services.roster.seats[peer.seat_no].srtp
        return codecs, secrecy(services, incoming.source.transport, srtp)
