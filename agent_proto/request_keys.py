"""What was answered under which `request_key`, so that a repeated request is done once."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeAlias

from agent_proto.errors import ProtocolError

Outcome: TypeAlias = bytes | ProtocolError
"""A result as JSON, or the refusal."""


@dataclass(frozen=True, slots=True)
class _Kept:
    method: str
    outcome: Outcome


class RequestKeys:
    """The newest outcomes of one session, at most `size` of them.

    Refusals are kept like results: the client asks what became of its request, not for another try.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def recall(self, key: str, method: str) -> Outcome | None:
        """The first's outcome; None for a new key. A key of another method is `invalid_params`."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.method != method:
            return ProtocolError(
                "invalid_params", f"request_key was used for {kept.method}", path="request_key"
            )
        self._kept.move_to_end(key)
        return kept.outcome

    def keep(self, key: str, method: str, outcome: Outcome) -> None:
        """Remembers how the request under `key` came out."""
        self._kept[key] = _Kept(method, outcome)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
