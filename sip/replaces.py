"""The dialog that a new call is to take the place of (RFC 3891)."""

from typing import TYPE_CHECKING, NamedTuple

from sip import fields
from sip.core import Core
from sip.message import Request
from sip.trunk import Peer, TrunkPeer, TrunkTable
from sip.user import CallState

if TYPE_CHECKING:
    from sip.call import Call

_MAX_PARTS = 32


class Replaces(NamedTuple):
    """A Replaces value. The tags are those of whoever receives it: `to_tag` is the local one."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


class ReplacesError(Exception):
    """A call that is refused with `code`: it cannot take the place of another."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def parse_replaces(value: str) -> Replaces:
    """Read a Replaces value. ValueError unless it names a Call-ID and each tag exactly once."""
    call_id, *parts = value.split(";", _MAX_PARTS)
    found: dict[str, str] = {}
    for part in parts:
        name, _, text = part.partition("=")
        name = name.strip().lower()
        if name in found:
            raise ValueError("a parameter of Replaces twice")
        found[name] = fields.readable(text.strip())
    call_id = call_id.strip()
    to_tag, from_tag = found.get("to-tag", ""), found.get("from-tag", "")
    if not (call_id and to_tag and from_tag):
        raise ValueError("Replaces without Call-ID or tags")
    return Replaces(call_id, to_tag, from_tag, "early-only" in found)


def find_replaced(core: Core, request: Request, peer: Peer, trunks: TrunkTable) -> "Call":
    """The call that an INVITE with Replaces is to take the place of, by the rules of §3.

    Seats may take any call whose dialog they know; its tags cannot be guessed. A trunk may only
    move calls of its own addresses. Raises ReplacesError.
    """
    try:
        (value,) = request.headers["replaces"]
        wanted = parse_replaces(value)
    except ValueError as error:
        raise ReplacesError(400, "Replaces cannot be read") from error
    call = core.dialogs.get((wanted.call_id, wanted.to_tag, wanted.from_tag))
    if call is None:
        raise ReplacesError(481, "no such dialog")
    if isinstance(peer, TrunkPeer) and trunks.match(call.remote_host) != peer:
        raise ReplacesError(403, "another's call")
    if call.state is CallState.ENDED:
        raise ReplacesError(603, "that call is over")
    if call.state in (CallState.ACCEPTED, CallState.CONFIRMED):
        if wanted.early_only:
            raise ReplacesError(486, "that call was answered")
    elif call.dialog is not None:  # an outgoing call has its dialog when it is answered
        raise ReplacesError(481, "an early dialog that the other side began")
    return call
