"""Who calls and which number they called, as the trunk's settings have them read."""

import sip
from callcenter.routing.trunking import Trunking
from lean import dataclass
from sip import fields

MAX_NUMBER = 64
"""Characters of a number that are kept; E.164 has 15 digits."""

_HIDING = frozenset(("id", "user", "header"))
"""Values of Privacy that hide who calls (RFC 3323 §4.2, RFC 3325 §9.3)."""
_ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Identified:
    """The two numbers of an incoming call."""

    ani: str
    """The calling number that people may see; empty when it is withheld or there is none."""
    name: str
    dnis: str
    withheld: bool = False
    """The caller does not want to be known."""
    asserted: str = ""
    """Who it is all the same, by a trusted carrier's word: for black lists, never for display."""

    @property
    def known_as(self) -> str:
        """The calling number for black lists."""
        return self.asserted or self.ani


def identify(incoming: sip.IncomingCall, trunking: Trunking) -> Identified:
    """Reads both numbers. The INVITE itself stays as it came (`callcenter trace`)."""
    peer = incoming.peer
    from_user, to_user = incoming.from_user, incoming.to_user
    headers = incoming.request.headers
    hidden = from_user.lower() == _ANONYMOUS or ("privacy" in headers and _hidden(incoming))
    if not isinstance(peer, sip.TrunkPeer):  # within the house everybody is known: by their proof
        name = legible(incoming.from_name)
        return Identified(peer.seat_no, name, legible(to_user), withheld=hidden)
    trunk, numbers = trunking.trunks[peer.name], trunking.numbers[peer.name]
    asserted = ""
    if trunk.trusted and ("p-asserted-identity" in headers or "remote-party-id" in headers):
        asserted = legible(numbers.caller_in(_asserted(incoming)))
    dnis = legible(numbers.called_in(to_user))
    if hidden:
        return Identified("", "", dnis, withheld=True, asserted=asserted)
    ani = asserted or legible(numbers.caller_in(from_user))
    return Identified(ani, legible(incoming.from_name), dnis, asserted=asserted)


def legible(number: str) -> str:
    """A number from outside, without what no number holds: control characters, no end."""
    if not number.isprintable():
        number = "".join(filter(str.isprintable, number))
    return number[:MAX_NUMBER]


def _asserted(incoming: sip.IncomingCall) -> str:
    """The number of P-Asserted-Identity (RFC 3325 §9.1), else of its forerunner; may be empty."""
    request = incoming.request
    for name in ("p-asserted-identity", "remote-party-id"):
        for value in request.items(name):
            try:
                uri = fields.parse_uri(fields.parse_name_addr(value).uri)
            except ValueError:
                continue
            if uri.user and uri.user.lower() != _ANONYMOUS:
                return fields.number_or_user(uri)
    return ""


def _hidden(incoming: sip.IncomingCall) -> bool:
    values = incoming.request.headers["privacy"]
    return any(
        each.strip().lower() in _HIDING
        for value in values
        for each in value.replace(",", ";").split(";")
    )
