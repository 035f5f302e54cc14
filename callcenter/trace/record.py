"""One SIP message as it is kept: when, which way, between whom, and its bytes.

A record is `>2sBdHHI` (mark, direction, wall time in seconds, three lengths), both addresses as
text (`udp:127.0.0.1:5060`), and the message. A record that is cut short (the disk filled, the
machine died) is the last of its file.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sip import Address

_MARK = b"Sp"
_CALL_ID = re.compile(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*([^\s]+)")
_HEAD = struct.Struct(">2sBdHHI")


@dataclass(frozen=True, slots=True)
class Captured:
    """A message on the wire."""

    at: float
    """Wall clock, seconds since 1970."""
    sent: bool
    """By us; else received."""
    local: str
    remote: str
    data: bytes

    @property
    def sip_call_id(self) -> str:
        """Of its Call-ID field, however malformed the rest is; empty without one."""
        found = _CALL_ID.search(self.data)
        return found[1].decode("utf-8", "surrogateescape") if found else ""


@lru_cache(maxsize=4096)
def _written(address: Address) -> bytes:
    return str(address).encode("utf-8", "replace")


def pack(at: float, data: bytes, remote: Address, local: Address, sent: bool) -> bytes:
    """The record of a message."""
    here, there = _written(local), _written(remote)
    return _HEAD.pack(_MARK, sent, at, len(here), len(there), len(data)) + here + there + data


def records(content: bytes | memoryview, offset: int = 0) -> Iterator[tuple[int, Captured]]:
    """The whole records from `offset` on, each with the offset behind it."""
    view = memoryview(content)
    while offset + _HEAD.size <= len(view):
        mark, sent, at, here, there, length = _HEAD.unpack_from(view, offset)
        begin = offset + _HEAD.size
        end = begin + here + there + length
        if mark != _MARK or end > len(view):
            return
        local, remote = view[begin : begin + here], view[begin + here : begin + here + there]
        data = bytes(view[begin + here + there : end])
        offset = end
        yield end, Captured(at, bool(sent), _text(local), _text(remote), data)


def _text(view: memoryview) -> str:
    return bytes(view).decode("utf-8", "replace")
