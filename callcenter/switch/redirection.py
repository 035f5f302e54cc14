"""Where a call of ours may be sent by a 3xx: the same number, at another address of the trunk.

A carrier's redirect server and a gateway that is being emptied do that. Another number is not
called for the asking: it may be one that the rules for calls outside forbid.
"""

from collections.abc import Sequence
from dataclasses import replace

import sip
from sip import fields
from sip.address import DEFAULT_PORTS, Address, Transport
from sip.trunk import TrunkTable


def elsewhere(
    invite: sip.OutgoingInvite, targets: Sequence[str], trunk: str, trunks: TrunkTable
) -> sip.OutgoingInvite | None:
    """The call to the first target that is the same number at an address of `trunk`, or None."""
    number = fields.parse_uri(invite.request_uri).user.partition(";")[0]
    for uri in targets:
        target = fields.parse_uri(uri)
        peer = trunks.match(target.host)
        if target.user.partition(";")[0] != number or peer is None or peer.name != trunk:
            continue
        transport = _transport(target, invite.destination.transport)
        if transport is None:
            continue
        port = target.port or DEFAULT_PORTS[transport]
        name = (invite.destination.name or target.host) if transport == "tls" else ""
        there = Address(transport, target.host, port, name)
        return replace(invite, request_uri=uri, destination=there)
    return None


def _transport(target: fields.Uri, usual: Transport) -> Transport | None:
    """What the target is to be reached by (RFC 3263 §4.1); None for what we do not call out by.

    Where it says nothing the call goes on as it began.
    """
    told = (fields.parameter(target.params, "transport") or "").lower()
    if target.scheme == "sips":
        return "tls" if told in ("", "tcp", "tls") else None
    if usual == "tls":
        return "tls" if told in ("", "tls") else None  # never less secure than it was
    return {"": usual, "udp": "udp", "tcp": "tcp", "tls": "tls"}.get(told)
