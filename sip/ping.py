"""Asks a server by OPTIONS, outside any dialog, whether it is there (RFC 3261 §11)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sip.address import Address, Route
from sip.build import OutgoingRequest, check_line
from sip.core import Core
from sip.message import Response
from sip.transaction import ClientMachine, Failure


class Pong(NamedTuple):
    """What came back: the final status code (408 for none in time, 503 for no way to get there)."""

    code: int
    retry_after: int = 0
    """Seconds for which the server wants to be left alone."""


@dataclass(frozen=True, slots=True)
class OutgoingPing:
    """An OPTIONS to be sent."""

    request_uri: str
    destination: Address
    from_uri: str
    routes: Sequence[str] = ()


class Ping:
    """The client user of one such OPTIONS."""

    def __init__(self, core: Core, ping: OutgoingPing, told: Callable[[Pong], None]) -> None:
        """Sends it. ValueError for a transport that is not bound."""
        self._told = told
        route = Route(ping.destination, core.own.for_(ping.destination))
        request = OutgoingRequest(
            "OPTIONS",
            check_line(ping.request_uri),
            route.local.sent_by,
            core.branch(),
            f"<{check_line(ping.from_uri)}>;tag={core.ids()}",
            f"<{ping.request_uri}>",
            core.ids(),
            1,
            tuple(map(check_line, ping.routes)),
            core.session_lines(route.local) + "Accept: application/sdp\r\n",
        )
        core.layer.start(request, route, self, core.now)

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """Any final answer."""
        if response.code >= 200:
            self._told(Pong(response.code, response.retry_after))

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """None."""
        self._told(Pong(408 if failure == "timeout" else 503))
