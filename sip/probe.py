"""One question of ours whether the other side still knows the call (RFC 3261 §11, §12.2.1.2)."""

from collections.abc import Callable
from typing import Protocol

from sip.message import Response
from sip.transaction import ClientMachine, Failure

_GONE = (408, 481)
"""Answers that say as much as none: the dialog is over (§12.2.1.2)."""


class ProbeOwner(Protocol):
    """The call that asks."""

    def probe_done(self, on_result: Callable[[bool], None], alive: bool) -> None:
        """The answer, or that there is none."""


class Probe:
    """The client user of an OPTIONS inside the dialog."""

    def __init__(self, owner: ProbeOwner, on_result: Callable[[bool], None]) -> None:
        self._owner = owner
        self._on_result = on_result

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """Any final answer but two shows that somebody is there."""
        if response.code >= 200:
            self._owner.probe_done(self._on_result, response.code not in _GONE)

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """No answer, or nobody to send to."""
        self._owner.probe_done(self._on_result, alive=False)
