"""One of the sides that an INVITE of ours has reached (RFC 3261 §12.1.2, §13.2.2.4)."""

from sip.dialog import Dialog
from sip.extensions import requires
from sip.message import Response

MAX_FORKS = 16


class Fork:
    """Its dialog, and how far the early exchange with it has come."""

    __slots__ = ("ack", "body", "dialog", "rseq", "settled")

    def __init__(self, dialog: Dialog) -> None:
        self.dialog = dialog
        self.rseq = 0
        """Of its last reliable response, 0 before the first (RFC 3262 §4)."""
        self.body = b""
        """The session description of its early media."""
        self.settled = False
        """Whether offer and answer were exchanged with it reliably."""
        self.ack = b""
        """The ACK of its 2xx, sent again whenever that is."""

    def take_rseq(self, response: Response) -> bool | None:
        """Whether a reliable response is the next in order, to be acknowledged by PRACK.

        False for a repeated one, or one that overtook another: it does not count (RFC 3262 §4).
        None for a response that is not reliable.
        """
        if "rseq" not in response.headers or not requires(response, "100rel"):
            return None
        rseq = response.number("rseq") or 0
        if rseq == 0 or (self.rseq and rseq != self.rseq + 1):
            return False
        self.rseq = rseq
        return True
