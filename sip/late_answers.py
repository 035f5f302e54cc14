"""What still answers an INVITE of ours whose call is over (RFC 3261 §13.2.2.4)."""

from sip.core import Core
from sip.dialog import Dialog, DialogState, Opening, has_readable_route
from sip.digest import Credentials
from sip.fork import MAX_FORKS, Fork
from sip.message import Response
from sip.reinvite import ask
from sip.transaction import ClientMachine, Failure


class LateAnswers:
    """Hears of them from the end of the call to that of the INVITE's transaction (timer M).

    A 2xx that comes again is acknowledged again; one of another fork is acknowledged, and the
    dialog that it opens ended. That may take half a minute: so of the call it has no more.
    """

    __slots__ = ("_authorization", "_core", "_credentials", "_forks", "_opening")

    def __init__(
        self,
        core: Core,
        opening: Opening,
        forks: dict[str, Fork],
        credentials: Credentials | None,
        authorization: str,
    ) -> None:
        """`forks` by tag; `authorization` is what an ACK repeats of the INVITE (§22.1)."""
        self._core = core
        self._opening = opening
        self._forks = forks
        self._credentials = credentials
        self._authorization = authorization

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """Any response; a 2xx counts."""
        if not 200 <= response.code < 300:
            return
        if not has_readable_route(response):
            del response.headers["record-route"]  # what ends it goes straight to the Contact
        fork = self._forks.get(response.to_tag)
        if fork is None:
            if len(self._forks) >= MAX_FORKS:
                return
            fork = Fork(Dialog.as_client(self._opening, response, client.usual_route))
            self._forks[response.to_tag] = fork
        if fork.ack:
            self._core.transmit(fork.ack, fork.dialog.route)
            return
        fork.dialog.learn(response)
        self.part(fork)

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """Nobody else has answered."""

    def part(self, fork: Fork) -> None:
        """Acknowledge a fork that has answered too late, and hang it up."""
        core, dialog = self._core, fork.dialog
        dialog.state = DialogState.CONFIRMED
        fork.ack = core.acknowledge(dialog, self._opening.cseq, headers=self._authorization)
        ask(core, dialog, self._credentials, "BYE", "")
