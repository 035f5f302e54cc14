"""Who is meant when an edge proxy of the house brings a phone's password."""

import ipaddress

from sip import fields
from sip.address import DEFAULT_PORTS, TRANSPORTS, Address, split_host_port
from sip.message import Request
from sip.trunk import TrunkTable


def asker(request: Request, source: Address, trunks: TrunkTable) -> Address:
    """Whom the next hop had the request from, when that is a trunk's and says so; else `source`.

    The hop has put down the address in the Via below its own (RFC 3261 §18.2.1, RFC 3581). So one
    who guesses passwords behind an edge does it on their own account, not on all phones' there.
    """
    if not trunks.knows(source.host):
        return source
    vias = request.items("via")
    if len(vias) < 2:
        return source
    head, _, params = vias[1].partition(";")
    if params.lower().count("received") > 1:  # who sent it has written one of them
        return source
    protocol, _, sent_by = head.strip().partition(" ")
    transport = next((t for t in TRANSPORTS if protocol.upper() == f"SIP/2.0/{t.upper()}"), None)
    try:
        host, port = split_host_port(sent_by.strip())
        host = fields.parameter(params, "received") or host
        host = str(ipaddress.ip_address(host.strip("[]")))
        number = int(fields.parameter(params, "rport") or port or 0)
    except ValueError:
        return source
    if transport is None or not 0 <= number <= 65535:
        return source
    return Address(transport, host, number or DEFAULT_PORTS[transport])
