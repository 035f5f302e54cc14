"""The option tags that we understand (RFC 3261 §19.2, §8.2.2.3): the one place that lists them."""

from sip import fields
from sip.message import Message
from sip.remembered import remembered

SUPPORTED: tuple[str, ...] = ("100rel", "norefersub", "replaces", "timer")
"""Lower case: RFC 3262, RFC 4488, RFC 3891, RFC 4028."""
REGISTRAR: tuple[str, ...] = ("outbound", "path")
"""What a REGISTER may ask for besides (RFC 5626, RFC 3327)."""
SUPPORTED_LINE = f"Supported: {', '.join(SUPPORTED)}\r\n"


def supports(message: Message, tag: str) -> bool:
    """Whether the other side's Supported or Require names an option tag."""
    return requires(message, tag) or _named(message, "supported", tag)


def requires(message: Message, tag: str) -> bool:
    """Whether the other side's Require names an option tag."""
    return "require" in message.headers and _named(message, "require", tag)


def unsupported(request: Message) -> list[str]:
    """The required tags that we do not know: what a 420 lists."""
    known = SUPPORTED + REGISTRAR if request.cseq_method == "REGISTER" else SUPPORTED
    return [tag for tag in request.items("require") if tag.lower() not in known]


def _named(message: Message, field: str, tag: str) -> bool:
    return any(tag in _tags(value) for value in message.headers.get(field, ()))


@remembered  # every product has its own list, and there are not many products
def _tags(value: str) -> frozenset[str]:
    return frozenset([item.lower() for item in fields.split_list(value)])
