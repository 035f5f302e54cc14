"""Locating SIP servers (RFC 3263): which addresses a host name stands for, and in which order.

`targets` and `order` are pure: records and chance in, addresses out. `locator` asks for the records
that the RFC wants asked for; `resolver` gets them from name servers and is the only module here
that touches a network.
"""

from sip.location.locator import Answer, Location, LocationError, Locator, Records
from sip.location.order import in_order
from sip.location.targets import Naptr, Srv, Target

__all__ = [
    "Answer",
    "Location",
    "LocationError",
    "Locator",
    "Naptr",
    "Records",
    "Srv",
    "Target",
    "in_order",
]
