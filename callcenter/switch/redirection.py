"""Where a call of ours may be sent by a 3xx: the same number, at another address of the trunk.

A carrier's redirect server and a gateway that is being emptied do that. Another number is not
called for the asking: it may be one that the rules for calls outside forbid.
"""

from collections.abc import Sequence
from dataclasses import replace

import sip
from sip import fields
from sip.address import DEFAULT_PORTS
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
        there = invite.destination
        port = target.port or DEFAULT_PORTS[there.transport]
        return replace(
            invite, request_uri=uri, destination=there._replace(host=target.host, port=port)
        )
    return None
