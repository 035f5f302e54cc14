"""The service route of a trunk that is registered (RFC 3608): what calls out carry, and to whom.

A registrar's word reaches no further than its trunk. It names the proxies that a call is to pass;
where our own packets go it decides among the trunk's addresses only. To any other first proxy the
call goes by the trunk's gateway, or its `proxy`, as by an outbound proxy (RFC 3261 §8.1.2). So it
does to one given by name until that was looked up (`route_names`).
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple

from callcenter.settings import TrunkSettings
from sip.address import DEFAULT_PORTS, Address
from sip.fields import Uri, parameter, parse_name_addr, parse_uri


class NamedHop(NamedTuple):
    """A first proxy that DNS has to be asked for; port 0 means as DNS says."""

    host: str
    port: int
    transport: str


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
    trunk: TrunkSettings,
    usual: Address,
    service_route: tuple[str, ...],
    is_own: Callable[[str], bool],
) -> Address | None:
    """Where a call out goes because its route begins there; None for wherever it goes otherwise.

    `usual` is the trunk's gateway, `is_own` says whether an address is the trunk's.
    """
    first = _uri(service_route[0])
    if trunk.proxy is not None or not _speaks(first, usual) or not is_own(first.host):
        return None
    return usual._replace(host=first.host, port=first.port or DEFAULT_PORTS[usual.transport])


def named_hop(
    trunk: TrunkSettings, usual: Address, service_route: tuple[str, ...]
) -> NamedHop | None:
    """What is to be looked up, for calls go there if it leads to the trunk; None for nothing."""
    first = _uri(service_route[0])
    if trunk.proxy is not None or not _speaks(first, usual) or _is_address(first.host):
        return None
    return NamedHop(first.host, first.port or 0, usual.transport)


def _speaks(uri: Uri, usual: Address) -> bool:
    """Whether it is met over the transport that calls go by: no registrar takes TLS from us."""
    if parameter(uri.params, "maddr") is not None:
        return False
    if uri.scheme == "sips":
        return usual.transport == "tls"
    asked = parameter(uri.params, "transport") or usual.transport
    return asked.lower() == usual.transport


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _uri(value: str) -> Uri:
    return parse_uri(parse_name_addr(value).uri)
