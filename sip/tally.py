"""How many messages of each kind came and went, for metrics: one look-up and one addition each."""

from sip.message import Request, Response

METHODS = (
    "INVITE",
    "ACK",
    "CANCEL",
    "BYE",
    "OPTIONS",
    "REGISTER",
    "INFO",
    "NOTIFY",
    "MESSAGE",
    "PRACK",
    "PUBLISH",
    "REFER",
    "SUBSCRIBE",
    "UPDATE",
)
OTHER = "other"
"""Stands for every method that is not in `METHODS`: strangers cannot make the table grow."""


class MessageTally:
    """Requests by method and responses by status code, each way."""

    __slots__ = ("_requests_received", "_responses_received", "_sent")

    def __init__(self) -> None:
        self._requests_received: dict[str, int] = dict.fromkeys((*METHODS, OTHER), 0)
        self._responses_received: dict[int, int] = {}
        self._sent: dict[bytes, int] = {}

    def received(self, message: Request | Response) -> None:
        """Count a message that could be read."""
        if isinstance(message, Request):
            requests = self._requests_received
            method = message.method
            requests[method if method in requests else OTHER] += 1
        else:
            responses = self._responses_received
            responses[message.code] = responses.get(message.code, 0) + 1

    def sent(self, data: bytes) -> None:
        """Count a message of ours, told by its first bytes: `SIP/2.0 200`, or three of a method."""
        kind = data[:3]
        if kind == b"SIP":
            kind = data[8:11]
        sent = self._sent
        sent[kind] = sent.get(kind, 0) + 1

    def requests_received(self) -> dict[str, int]:
        """Method → how many, only what came."""
        return {method: count for method, count in self._requests_received.items() if count}

    def requests_sent(self) -> dict[str, int]:
        """Method → how many, repetitions included."""
        return {
            method: count for method in METHODS if (count := self._sent.get(method[:3].encode(), 0))
        }

    def responses_received(self) -> dict[int, int]:
        """Status code → how many."""
        return dict(sorted(self._responses_received.items()))

    def responses_sent(self) -> dict[int, int]:
        """Status code → how many, repetitions included."""
        return {int(kind): count for kind, count in sorted(self._sent.items()) if kind.isdigit()}
