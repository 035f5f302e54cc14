"""Service-Route (RFC 3608): the way that a registrar wants our later requests to take."""

from sip import fields
from sip.message import Response

MAX_VALUES = 8
MAX_LENGTH = 1024
"""Characters of all values."""


class ServiceRouteError(ValueError):
    """A Service-Route that is not followed, and why."""


def service_route_of(response: Response) -> tuple[str, ...]:
    """The Route values that a 2xx to REGISTER asks for, in order; none where it names no route.

    ServiceRouteError for a route that cannot be followed as a whole: half of one leads elsewhere.
    """
    if "service-route" not in response.headers:
        return ()
    values = tuple(response.items("service-route"))
    if len(values) > MAX_VALUES or sum(map(len, values)) > MAX_LENGTH:
        raise ServiceRouteError("too long")
    for value in values:
        _check(value)
    return values


def _check(value: str) -> None:
    try:
        text = fields.parse_name_addr(value).uri
        uri = fields.parse_uri(text)
    except ValueError as error:
        raise ServiceRouteError("cannot be read") from error
    if uri.scheme not in ("sip", "sips") or not (value.isascii() and value.isprintable()):
        raise ServiceRouteError("not of SIP URIs")
    if "?" in text:
        raise ServiceRouteError("with header fields in a URI")
    if fields.parameter(uri.params, "lr") is None:  # RFC 3608 §5 wants it
        raise ServiceRouteError("through a strict router")
