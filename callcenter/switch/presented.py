"""Who is shown to the called party, and in which header fields (RFC 3261, RFC 3323, RFC 3325)."""

from callcenter.routing.trunk_numbers import TrunkNumbers
from callcenter.settings import TrunkSettings
from callcenter.switch.sip_uri import sip_uri
from lean import dataclass


@dataclass(frozen=True, slots=True)
class Presented:
    """The calling party of a call that we make; the trunk's own number where `number` is empty."""

    number: str = ""
    name: str = ""
    withheld: bool = False
    """The called party is not to learn who calls."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The same as one trunk is told it: From, and the header fields beside it."""

    uri: str
    name: str
    headers: tuple[tuple[str, str], ...] = ()


def identity(
    presented: Presented, trunk: TrunkSettings, numbers: TrunkNumbers, domain: str
) -> Identity:
    """What a call over `trunk` says; `domain` is what stands after the @ of our numbers there.

    A withheld number is told nobody but a trusted carrier, which keeps it to itself.
    """
    number = numbers.caller_out(presented.number or trunk.presented or "")
    uri = sip_uri(number or "anonymous", domain)
    asserted = (("P-Asserted-Identity", f"<{uri}>"),) if trunk.trusted and number else ()
    if presented.withheld:
        anonymous = "sip:anonymous@anonymous.invalid"  # RFC 3323 §4.1.1.3
        return Identity(anonymous, "Anonymous", (*asserted, ("Privacy", "id")))
    return Identity(uri, presented.name or number, asserted)
