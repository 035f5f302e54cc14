"""Locating SIP servers (RFC 3263): which addresses a host name stands for, and in which order.

`targets` and `order` are pure: records and chance in, addresses out.
"""

from sip.location.order import in_order
from sip.location.targets import Target

__all__ = ["Target", "in_order"]
