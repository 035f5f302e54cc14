"""Dialogs: RFC 3261 §12. Who the two sides are, where the other one is, and the CSeq both ways."""

import ipaddress
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from sip import fields
from sip.address import DEFAULT_PORTS, Address, Route
from sip.build import BRANCH_COOKIE, OutgoingRequest
from sip.message import Request, Response
from sip.remembered import remembered

if TYPE_CHECKING:
    from sip.refer import Referral, SentRefer

DialogId = tuple[str, str, str]
"""Call-ID, local tag, remote tag."""


class DialogState(Enum):
    """A dialog is early until its 2xx."""

    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Opening(NamedTuple):
    """What each dialog that an INVITE of ours opens has of it (§12.1.2)."""

    local: str
    """Its From value."""
    local_tag: str
    cseq: int
    target: str
    """Its Request-URI."""


class Dialog:
    """One dialog. `local` and `remote` are From and To as our requests write them, with tags."""

    __slots__ = (
        "began",
        "call_id",
        "id",
        "local",
        "local_cseq",
        "local_tag",
        "owns_call_id",
        "referral",
        "remote",
        "remote_cseq",
        "remote_tag",
        "remote_target",
        "route",
        "route_set",
        "sent_refer",
        "state",
    )

    def __init__(
        self, call_id: str, local_tag: str, remote_tag: str, local: str, remote: str, route: Route
    ) -> None:
        self.call_id = call_id
        self.local_tag = local_tag
        self.remote_tag = remote_tag
        self.id: DialogId = (call_id, local_tag, remote_tag)
        """The key under which the other side's requests find this dialog."""
        self.local = local
        self.remote = remote
        self.route = route
        self.began = route.destination.host
        """The host that it began with, wherever it leads now."""
        self.route_set: tuple[str, ...] = ()
        self.remote_target = ""
        self.local_cseq = 0
        self.remote_cseq = -1
        self.state = DialogState.EARLY
        self.owns_call_id = False
        """Whether our side chose the Call-ID, that is, opened the dialog."""
        self.referral: Referral | None = None
        """The other side's REFER that is under way."""
        self.sent_refer: SentRefer | None = None
        """Ours."""

    @classmethod
    def as_server(
        cls, request: Request, local_tag: str, source: Address, local: Address
    ) -> "Dialog":
        """The dialog that an INVITE from `source` opens (§12.1.1)."""
        to = f"{request.headers['to'][0]};tag={local_tag}"
        dialog = cls(
            request.call_id,
            local_tag,
            request.from_tag,
            to,
            request.headers["from"][0],
            Route(source, local),
        )
        dialog.route_set = tuple(request.items("record-route"))
        dialog.remote_cseq = request.cseq
        if request.contact is None:
            dialog.remote_target = request.from_.uri
        if request.contact is not None or dialog.route_set:  # else the source is the way back
            dialog.refresh_target(request)
        return dialog

    @classmethod
    def as_client(cls, opening: Opening, response: Response, route: Route) -> "Dialog":
        """The dialog that a response to our INVITE opens (§12.1.2)."""
        dialog = cls(
            response.call_id,
            opening.local_tag,
            response.to_tag,
            opening.local,
            response.headers["to"][0],
            route,
        )
        dialog.owns_call_id = True
        dialog.local_cseq = opening.cseq
        dialog.remote_target = opening.target
        dialog.learn(response)
        return dialog

    @property
    def secure(self) -> bool:
        """Whether all of it goes over TLS: the other side's address is a SIPS URI."""
        return self.remote_target[:5].lower() == "sips:"

    def learn(self, response: Response) -> None:
        """Take route set and target from a response to the INVITE (§12.1.2, again at the 2xx)."""
        self.route_set = tuple(reversed(response.items("record-route")))
        self.refresh_target(response)

    def refresh_target(self, message: Request | Response) -> None:
        """Take the other side's new Contact from a target-refresh request or its response."""
        contact = message.contact
        if contact is not None and contact.uri != "*":
            self.remote_target = contact.uri
        there = next_hop(self._hop_uri(), self.route.destination)
        if there != self.route.destination:
            self.route = self.route._replace(destination=there)

    def reroute(self) -> bool:
        """After the connection was lost: take the way to the other side's address instead.

        False where there is none: a WebSocket, at whose other end nobody listens, a name, or an
        address behind NAT that is somebody else's from here.
        """
        lost = self.route.destination
        try:
            target = fields.parse_uri(self._hop_uri())
            if lost.websocket or not _leads_there(target.host, lost.host):
                return False
        except ValueError:
            return False
        port = target.port or DEFAULT_PORTS[lost.transport]
        there = Address(lost.transport, target.host, port, lost.name)
        self.route = self.route._replace(destination=there)
        return there != lost

    def accept_cseq(self, request: Request) -> bool:
        """Whether the request comes in order (§12.2.2); notes its number when it does."""
        if request.cseq <= self.remote_cseq:
            return False
        self.remote_cseq = request.cseq
        return True

    def request(
        self,
        method: str,
        branch: str,
        *,
        headers: str = "",
        body: bytes = b"",
        content_type: str = "",
        cseq: int | None = None,
    ) -> OutgoingRequest:
        """A request inside the dialog (§12.2.1.1); `cseq` is given for ACK, which takes no new."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        uri, routes = self.remote_target, self.route_set
        if routes:
            first = self._first_route()
            if (
                first and ";lr" not in first.lower()
            ):  # a strict router: it wants to be the Request-URI
                uri, routes = first, (*routes[1:], f"<{self.remote_target}>")
        local = self.route.local
        return OutgoingRequest(
            method,
            uri,
            local.sent_by,
            branch,
            self.local,
            self.remote,
            self.call_id,
            cseq,
            routes,
            headers,
            body,
            content_type,
        )

    def _hop_uri(self) -> str:
        return (self._first_route() if self.route_set else "") or self.remote_target

    def _first_route(self) -> str:
        try:
            return fields.parse_name_addr(self.route_set[0]).uri
        except ValueError:
            return ""


def has_target(invite: Request) -> bool:
    """Whether it is known where requests to the caller go: RFC 3261 §8.1.1.8 wants a Contact.

    In RFC 2543, which knows no branch that begins with `z9hG4bK`, the From URI takes its place.
    """
    if "contact" not in invite.headers:
        return not invite.via.branch.startswith(BRANCH_COOKIE)
    contact = invite.contact
    return contact is not None and contact.uri != "*"


def has_readable_route(message: Request | Response) -> bool:
    """Whether a dialog's requests can follow what Record-Route says; true where there is none."""
    if "record-route" not in message.headers:
        return True
    try:
        routes = [fields.parse_name_addr(item).uri for item in message.items("record-route")]
        return bool(routes) and all(fields.parse_uri(uri).host for uri in routes)
    except ValueError:
        return False


def record_route_lines(request: Request) -> str:
    """The route that a request came by, for the answers that make its dialog (§12.1.1)."""
    values = request.headers.get("record-route")
    return "" if values is None else "".join([f"Record-Route: {value}\r\n" for value in values])


@remembered
def next_hop(uri: str, base: Address) -> Address:
    """Where a request for `uri` goes, when the dialog's messages came from `base`.

    A stream is kept: the connection is the way back. A name is not looked up here: the peer's
    address is known. And a peer behind NAT writes a private address that leads nowhere, one with
    two stacks perhaps that of the other IP version, while its messages come from elsewhere; what
    worked for them works for ours (symmetric signalling).
    """
    if base.reliable:
        return base
    try:
        target = fields.parse_uri(uri)
        if not _leads_there(target.host, base.host):
            return base
    except ValueError:
        return base
    return Address(base.transport, target.host, target.port or DEFAULT_PORTS[base.transport])


def _leads_there(host: str, base: str) -> bool:
    """Whether an address that a peer names leads to it, when its messages come from `base`.

    ValueError for a name.
    """
    if host == base:
        return True
    there, here = ipaddress.ip_address(host), ipaddress.ip_address(base)
    nobodys = there.is_unspecified or there.is_multicast
    return not nobodys and _reach(there) >= _reach(here) and there.version == here.version


def _reach(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    """0 on one machine or cable, 1 within a house, 2 within a carrier (RFC 6598), 3 everywhere."""
    if address.is_loopback or address.is_link_local:
        return 0
    return 1 + address.is_global + (not address.is_private)
