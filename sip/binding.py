"""One registered contact, and how a REGISTER asks for it: RFC 3261 §10.2, RFC 3327, RFC 5626."""

import ipaddress
from dataclasses import dataclass
from typing import NamedTuple

from sip import fields
from sip.address import DEFAULT_PORTS, Address
from sip.extensions import supports
from sip.message import Request

MAX_URI = 512
"""Characters of a Contact URI."""
MAX_PATH = 1024
"""Characters of all Path values."""
_MAX_AGENT = 128


@dataclass(frozen=True, slots=True)
class Binding:
    """One registered contact. Requests for it go to `source`, from `local`, along `path`."""

    user: str
    contact_uri: str
    source: Address
    local: Address
    expires_at: float
    user_agent: str
    call_id: str
    cseq: int
    q: int = 1000
    """The phone's preference in thousandths; the highest first."""
    instance: str = ""
    """`+sip.instance`: the device, whatever its contact of the day (RFC 5626 §4.1)."""
    reg_id: int = 0
    """Which of the device's flows; 0 where it did not ask for RFC 5626."""
    path: tuple[str, ...] = ()
    """Route values towards the proxies in front of the phone (RFC 3327)."""

    def replaces(self, other: "Binding") -> bool:
        """Whether this is what became of the other: same contact, or same flow of a device."""
        if self.instance and (self.instance, self.reg_id) == (other.instance, other.reg_id):
            return True
        return self.contact_uri == other.contact_uri

    def contact(self, now: float) -> str:
        """The Contact value that tells the phone of its binding (RFC 3261 §10.3 step 8)."""
        value = f"<{self.contact_uri}>;expires={max(0, round(self.expires_at - now))}"
        if self.q != 1000:
            value += f";q={self.q / 1000:g}"
        if self.instance:
            value += f';+sip.instance="{self.instance}"'
            if self.reg_id:
                value += f";reg-id={self.reg_id}"
        return value


class Wish(NamedTuple):
    """A Contact of a REGISTER as it is written."""

    uri: str
    expires: str
    """Of the Contact, else of the header; empty for neither."""
    q: int
    instance: str
    reg_id: int


class Sender(NamedTuple):
    """What all contacts of a REGISTER share: who asks, and the way back."""

    user: str
    source: Address
    local: Address
    user_agent: str
    call_id: str
    cseq: int
    path: tuple[str, ...]
    outbound: bool
    """Whether flows of RFC 5626 can be kept: asked for, and something keeps them open."""

    @classmethod
    def of(cls, user: str, request: Request, source: Address, local: Address) -> "Sender":
        """Read it off a REGISTER."""
        path = tuple(request.items("path")) if "path" in request.headers else ()
        outbound = False
        if "supported" in request.headers and supports(request, "outbound"):
            # An edge proxy keeps the flow, or we do; on UDP that takes STUN, which we do not speak.
            outbound = ";ob" in path[-1] if path else source.reliable
        agent = fields.readable(request.header("user-agent") or "")[:_MAX_AGENT]
        if path and source.reliable:
            source = _listener(path[0], source)
        return cls(user, source, local, agent, request.call_id, request.cseq, path, outbound)

    def binding(self, wish: Wish, expires_at: float) -> Binding:
        """The binding that a contact asks for."""
        return Binding(
            self.user,
            wish.uri,
            self.source,
            self.local,
            expires_at,
            self.user_agent,
            self.call_id,
            self.cseq,
            wish.q,
            wish.instance,
            wish.reg_id if self.outbound else 0,
            self.path,
        )


def read_contact(value: str, expires: str) -> Wish:
    """Read one Contact of a REGISTER. ValueError for one that is no address, or too long."""
    address = fields.parse_name_addr(value)
    if not address.uri or len(address.uri) > MAX_URI or len(address.params) > MAX_URI:
        raise ValueError("a Contact that is empty or too long")
    if "?" in address.uri and "<" not in value:
        raise ValueError("a Contact with headers and no brackets")  # RFC 3261 §20.10
    params = address.params
    own = fields.parameter(params, "expires")
    instance, reg_id, q = "", 0, 1000
    if "+sip.instance" in params.lower():
        instance = fields.parameter(params, "+sip.instance") or ""
        number = fields.parameter(params, "reg-id") or ""
        if number.isascii() and number.isdigit() and len(number) <= 9:
            reg_id = int(number)
    if "q" in params:
        q = _thousandths(fields.parameter(params, "q"))
    return Wish(address.uri, own if own is not None else expires, q, instance, reg_id)


def _listener(hop: str, source: Address) -> Address:
    """Where a proxy listens, as its Path says: the connection its REGISTER came by will close."""
    try:
        uri = fields.parse_uri(fields.parse_name_addr(hop).uri)
        ipaddress.ip_address(uri.host)
    except ValueError:
        return source
    return source._replace(host=uri.host, port=uri.port or DEFAULT_PORTS[source.transport])


def _thousandths(text: str | None) -> int:
    """`0.7` → 700; 1000 for what is no q-value."""
    if text is None or len(text) > 5 or not text.replace(".", "", 1).isascii():
        return 1000
    try:
        return min(1000, max(0, round(float(text) * 1000)))
    except (ValueError, OverflowError):
        return 1000
