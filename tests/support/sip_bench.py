"""A bench for endpoints without sockets: several of them, one clock, datagrams by hand.

`Bench` moves time only when told; `Phone` and `Recorder` stand in for the application.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from sip import (
    Address,
    Binding,
    Call,
    CallEnd,
    CallHandler,
    Endpoint,
    EndpointConfig,
    EndpointUser,
    IncomingCall,
    Mailbox,
    Send,
    Trunk,
)

PBX = Address("udp", "10.0.0.1", 5060)
CARRIER = Address("udp", "10.0.0.2", 5060)
PHONE = Address("udp", "10.0.0.3", 5062)


def counting_ids(prefix: str) -> Callable[[], str]:
    """Ids that a test can predict."""
    numbers = itertools.count(1)
    return lambda: f"{prefix}{next(numbers)}"


@dataclass
class Recorder(CallHandler):
    """A call handler that notes what it is told; `offer_answer` answers re-INVITEs."""

    log: list[tuple[str, object]] = field(default_factory=list)
    offer_answer: bytes | None = b"new answer"
    on_answer: Callable[[Call], None] | None = None
    ended: list[CallEnd] = field(default_factory=list)

    def on_ringing(self, call: Call, code: int, body: bytes) -> None:
        self.log.append(("ringing", code))

    def on_answered(self, call: Call, body: bytes) -> None:
        self.log.append(("answered", body))
        if self.on_answer is not None:
            self.on_answer(call)

    def on_confirmed(self, call: Call, body: bytes) -> None:
        self.log.append(("confirmed", body))

    def on_offer(self, call: Call, body: bytes) -> bytes | None:
        self.log.append(("offer", body))
        return self.offer_answer

    def on_offer_answered(self, call: Call, body: bytes) -> None:
        self.log.append(("offer answered", body))

    def on_ended(self, call: Call, end: CallEnd) -> None:
        self.log.append(("ended", end.cause))
        self.ended.append(end)


@dataclass
class Application(EndpointUser):
    """An endpoint user: keeps the calls it gets, each with a Recorder."""

    passwords: dict[str, str] = field(default_factory=dict)
    calls: list[IncomingCall] = field(default_factory=list)
    recorders: list[Recorder] = field(default_factory=list)
    bindings: list[tuple[str, Binding | None]] = field(default_factory=list)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    react: Callable[[IncomingCall], None] = lambda call: None

    def on_call(self, call: IncomingCall) -> None:
        recorder = Recorder()
        call.handler = recorder
        self.calls.append(call)
        self.recorders.append(recorder)
        self.react(call)

    def password(self, user: str) -> str | None:
        return self.passwords.get(user)

    def on_binding_changed(self, user: str, binding: Binding | None) -> None:
        self.bindings.append((user, binding))

    def mailbox(self, user: str) -> Mailbox | None:
        return self.mailboxes.get(user)


@dataclass
class Party:
    """An endpoint, its application and its address."""

    address: Address
    app: Application
    endpoint: Endpoint


class Bench:
    """Endpoints on one wire. Messages wait in `wire` until `run` delivers or a test takes them."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.parties: dict[Address, Party] = {}
        self.sent: list[Send] = []
        self.lose: Callable[[Send], bool] = lambda send: False

    def add(self, address: Address, **settings: object) -> Party:
        """Add an endpoint; `trunks` defaults to every other address of the bench."""
        app = Application()
        hosts = tuple(a.host for a in (PBX, CARRIER, PHONE) if a != address)
        config: dict[str, object] = {"trunks": (Trunk("carrier", hosts),), "realm": "pbx"}
        config.update(settings)
        endpoint = Endpoint(
            app,
            config=EndpointConfig(clock=lambda: self.now, **config),  # type: ignore[arg-type]
            ids=counting_ids(f"{address.host.rpartition('.')[2]}x"),
        )
        endpoint.bind(address)
        party = Party(address, app, endpoint)
        self.parties[address] = party
        return party

    def run(self, seconds: float = 0.0) -> None:
        """Let that much time pass, delivering every message at once and firing every timer."""
        end = self.now + seconds
        while True:
            self._deliver()
            due = [
                at
                for party in self.parties.values()
                if (at := party.endpoint.next_deadline()) is not None and at <= end
            ]
            if not due:
                break
            self.now = max(self.now, min(due))
            for party in self.parties.values():
                party.endpoint.advance(self.now)
        self.now = end

    def first_lines(self) -> list[str]:
        """The first line of everything sent so far, without the version: a call flow to compare."""
        return [first_line(send.data) for send in self.sent]

    def _deliver(self) -> None:
        while True:
            sends = [s for p in self.parties.values() for s in p.endpoint.outgoing]
            if not sends:
                return
            for party in self.parties.values():
                party.endpoint.outgoing.clear()
            for send in sends:
                self.sent.append(send)
                to = self.parties.get(send.destination)
                if to is not None and not self.lose(send):
                    to.endpoint.receive(send.data, send.local, to.address, self.now)


def first_line(data: bytes) -> str:
    """`INVITE`, `200 INVITE`: method, or code and the CSeq's method (`-` where there is none)."""
    head = data.split(b"\r\n\r\n", 1)[0].decode("utf-8", "surrogateescape").split("\r\n")
    if not head[0].startswith("SIP/2.0"):
        return head[0].split(" ")[0]
    cseq = next((line for line in head if line.lower().startswith("cseq:")), "-")
    return f"{head[0].split(' ')[1]} {cseq.split()[-1]}"
