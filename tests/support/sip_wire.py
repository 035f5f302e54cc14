"""One endpoint and a peer played by hand: the test writes every message of the other side."""

from sip import Address, Endpoint, OutgoingInvite
from sip.build import build_response
from sip.message import Message, Request, Response, parse
from tests.support.sip_bench import CARRIER, PBX, Application, Bench, Recorder, first_line
from tests.support.sip_messages import request


class Wire:
    """`receive` feeds the endpoint, `take` returns what it sent since the last look."""

    def __init__(self, local: Address = PBX, peer: Address = CARRIER, **settings: object) -> None:
        self.bench = Bench()
        self.local = local
        self.peer = peer
        party = self.bench.add(local, **settings)
        self.endpoint: Endpoint = party.endpoint
        self.app: Application = party.app

    def receive(self, data: bytes, source: Address | None = None) -> list[str]:
        """Feed a message; returns the first lines of what came back."""
        self.endpoint.receive(data, source or self.peer, self.local, self.bench.now)
        return self.lines()

    def get(self, method: str, **fields: object) -> list[str]:
        """Feed a request from the peer."""
        return self.receive(request(method, **fields))  # type: ignore[arg-type]

    def in_dialog(self, method: str, cseq: int, **fields: object) -> list[str]:
        """Feed a request inside the dialog of the first incoming call."""
        dialog = self.app.calls[0].dialog
        assert dialog is not None
        fields = {"branch": f"z9hG4bK{method}{cseq}", **fields}
        return self.get(
            method, cseq=cseq, to=f"<sip:4001@10.0.0.1>;tag={dialog.local_tag}", **fields
        )

    def answer(
        self,
        to: Request,
        code: int,
        tag: str = "t1",
        body: bytes = b"",
        headers: str = "",
        content_type: str = "application/sdp",
    ) -> list[str]:
        """Answer a request of the endpoint; there is a Contact of the peer in it."""
        contact = f"Contact: <sip:there@{self.peer.host_port}>\r\n"
        lines = contact + headers
        return self.receive(
            build_response(
                to, code, to_tag=tag, headers=lines, body=body, content_type=content_type
            )
        )

    def take(self) -> list[Message]:
        """What the endpoint sent, parsed."""
        messages: list[Message] = [parse(send.data) for send in self.endpoint.outgoing]
        self.endpoint.outgoing.clear()
        return messages

    def take_request(self) -> Request:
        """The one request that the endpoint sent."""
        (message,) = self.take()
        assert isinstance(message, Request)
        return message

    def take_response(self) -> Response:
        """The one response that the endpoint sent."""
        (message,) = self.take()
        assert isinstance(message, Response)
        return message

    def lines(self) -> list[str]:
        """First lines of what waits to be taken; nothing is taken."""
        return [first_line(send.data) for send in self.endpoint.outgoing]

    def advance(self, seconds: float) -> None:
        """Let time pass, firing every timer at its time."""
        end = self.bench.now + seconds
        while (at := self.endpoint.next_deadline()) is not None and at <= end:
            self.bench.now = max(self.bench.now, at)
            self.endpoint.advance(self.bench.now)
        self.bench.now = end

    def is_quiet(self) -> bool:
        """Nothing is left after all timers."""
        self.advance(200)
        core = self.endpoint.core
        return (len(core.layer), core.dialogs, core.calls, core.deadlines.next()) == (
            0,
            {},
            set(),
            None,
        )


def invite_to(peer: Address, **fields: object) -> OutgoingInvite:
    """A call to `there` at the peer."""
    settings: dict[str, object] = {
        "request_uri": f"sip:there@{peer.host_port}",
        "destination": peer,
        "from_uri": "sip:here@10.0.0.1",
        "to_uri": "sip:there@10.0.0.2",
        "body": b"offer",
    }
    return OutgoingInvite(**(settings | fields))  # type: ignore[arg-type]


__all__ = ["CARRIER", "PBX", "Recorder", "Wire", "invite_to"]
