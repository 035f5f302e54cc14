"""The service route of a trunk that is registered (RFC 3608): what calls out carry, and to whom.

A registrar's word reaches no further than its trunk. It names the proxies that a call is to pass;
where our own packets go it decides among the trunk's addresses only. To any other first proxy the
call goes by the trunk's gateway, or its `proxy`, as by an outbound proxy (RFC 3261 §8.1.2).
"""

from collections.abc import Sequence

from callcenter.settings import TrunkSettings
from sip.address import DEFAULT_PORTS, Address
from sip.fields import Uri, parameter, parse_name_addr, parse_uri


def route_set(trunk: TrunkSettings, service_route: tuple[str, ...]) -> tuple[str, ...]:
    """The Route values of a call out: the trunk's `proxy` is the first, and named once."""
    proxy = trunk.proxy
    if proxy is None or not service_route:
        return service_route or trunk.routes
    first = _uri(service_route[0])
    usual = DEFAULT_PORTS["udp"]
    if (first.host, first.port or usual) == (proxy.host.lower(), proxy.port or usual):
        return service_route
    return (*trunk.routes, *service_route)


def first_hop(
    trunk: TrunkSettings, gateways: Sequence[Address], service_route: tuple[str, ...]
) -> Address | None:
    """Where a call out goes because its route begins there; None for wherever it goes otherwise."""
    first = _uri(service_route[0])
    known = {host.host for host in trunk.known_hosts} | {gateway.host for gateway in gateways}
    usual = gateways[0]
    if trunk.proxy is not None or first.host not in known or not _speaks(first, usual):
        return None
    return usual._replace(host=first.host, port=first.port or DEFAULT_PORTS[usual.transport])


def _speaks(uri: Uri, usual: Address) -> bool:
    """Whether it is met over the transport that calls go by: no registrar takes TLS from us."""
    if parameter(uri.params, "maddr") is not None:
        return False
    if uri.scheme == "sips":
        return usual.transport == "tls"
    asked = parameter(uri.params, "transport") or usual.transport
    return asked.lower() == usual.transport


def _uri(value: str) -> Uri:
    return parse_uri(parse_name_addr(value).uri)
