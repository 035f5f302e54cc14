"""Where a 3xx response sends a call of ours (RFC 3261 §8.1.3.4, §21.3)."""

from sip import fields
from sip.message import Response

_MAX_TARGETS = 10


def targets_of(response: Response) -> tuple[str, ...]:
    """The SIP and tel URIs of a 3xx's Contact fields, the most wanted first; unreadable ones not.

    URI headers are cut off: a phone does not choose the header fields of our INVITE.
    """
    found: list[tuple[float, str]] = []
    for item in response.items("contact")[:_MAX_TARGETS]:
        try:
            contact = fields.parse_name_addr(item)
            uri = contact.uri.partition("?")[0]
            fields.parse_uri(uri)
        except ValueError:
            continue
        found.append((_preference(contact.params), uri))
    found.sort(key=lambda target: -target[0])
    return tuple(dict.fromkeys(uri for _, uri in found))


def _preference(params: str) -> float:
    try:
        q = float(fields.parameter(params, "q") or 1.0)
    except ValueError:
        return 0.0
    return q if 0.0 <= q <= 1.0 else 0.0
