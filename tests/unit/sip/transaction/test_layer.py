from sip.address import Address, Route
from sip.build import OutgoingRequest, build_response
from sip.message import Request, Response
from sip.transaction import ClientMachine, Failure, ServerMachine, TimerConfig, TransactionLayer
from tests.support.sip_messages import parsed_request, parsed_response

PEER = Address("udp", "10.0.0.2", 5060)
LOCAL = Address("udp", "10.0.0.1", 5060)
STREAM = Address("tcp", "10.0.0.2", 40000)


class Above:
    """The transaction user: notes what reaches it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bool]] = []
        self.servers: list[ServerMachine] = []
        self.acks = 0
        self.overloads = 0
        self.responses: list[int] = []
        self.failures: list[Failure] = []

    def on_request(self, request: Request, server: ServerMachine, merged: bool) -> None:
        self.requests.append((request.method, merged))
        self.servers.append(server)

    def on_ack(self, request: Request) -> None:
        self.acks += 1

    def sheds(self, request: Request, source: Address, filled: float) -> bool:
        return filled >= 1.0

    def on_overload(self, request: Request, route: Route) -> None:
        self.overloads += 1

    def on_response(self, response: Response, client: ClientMachine) -> None:
        self.responses.append(response.code)

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        self.failures.append(failure)


class Rig:
    """A layer between an `Above` and a list of what was sent."""

    def __init__(self, limit: int = 100) -> None:
        self.above = Above()
        self.sent: list[tuple[bytes, Route]] = []
        self.layer = TransactionLayer(self.above, self._send, TimerConfig(), limit)

    def _send(self, data: bytes, route: Route) -> None:
        self.sent.append((data, route))

    def get(
        self, method: str = "INVITE", now: float = 0.0, source: Address = PEER, **fields: object
    ) -> Request:
        request = parsed_request(method, **fields)
        self.layer.receive_request(request, source, LOCAL, now)
        return request

    def ask(self, method: str = "INVITE", destination: Address = PEER) -> ClientMachine:
        request = OutgoingRequest(
            method,
            "sip:x@y",
            "UDP 10.0.0.1:5060",
            "z9hG4bKa",
            "<sip:a@b>;tag=1",
            "<sip:c@d>",
            "cid",
            7,
        )
        return self.layer.start(request, Route(destination, LOCAL), self.above, 0.0)


def test_a_repeated_request_is_answered_without_waking_the_user() -> None:
    rig = Rig()
    request = rig.get()
    data = build_response(request, 180)
    rig.layer.respond(rig.above.servers[0], 180, data, 0.0)
    rig.get(now=0.5)
    assert rig.above.requests == [("INVITE", False)]
    assert [sent for sent, _ in rig.sent] == [data, data]


def test_requests_are_told_apart_by_branch_sent_by_and_method() -> None:
    rig = Rig()
    for number, fields in enumerate(
        (
            {},
            {"branch": "z9hG4bKb"},
            {"via": "SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKa"},
        )
    ):
        rig.get(call_id=str(number), **fields)  # type: ignore[arg-type]
    rig.get("CANCEL")
    assert len(rig.above.requests) == 4


def test_peers_without_the_cookie_are_told_apart_by_the_call() -> None:
    rig = Rig()
    for call_id in ("one", "two", "one"):
        rig.get(branch="1", call_id=call_id)
    assert len(rig.above.requests) == 2


def test_the_ack_of_a_refusal_finds_its_invite_and_that_of_a_2xx_goes_up() -> None:
    rig = Rig()
    request = rig.get()
    rig.layer.respond(rig.above.servers[0], 486, build_response(request, 486), 0.0)
    rig.get("ACK", now=0.1)
    assert rig.above.acks == 0
    rig.layer.advance(1.0)
    assert len(rig.sent) == 1  # timer G was stopped
    rig.get("ACK", branch="z9hG4bKother")
    assert rig.above.acks == 1


def test_a_request_that_came_by_two_ways_is_merged() -> None:
    """RFC 3261 §8.2.2.2."""
    rig = Rig()
    rig.get(branch="z9hG4bKa")
    rig.get(branch="z9hG4bKb")
    rig.get(branch="z9hG4bKc", cseq=2)
    assert rig.above.requests == [("INVITE", False), ("INVITE", True), ("INVITE", False)]


def test_a_cancel_finds_its_invite() -> None:
    rig = Rig()
    rig.get()
    cancel = parsed_request("CANCEL")
    assert rig.layer.find_invite(cancel) is rig.above.servers[0]
    assert rig.layer.find_invite(parsed_request("CANCEL", branch="z9hG4bKz")) is None


def test_responses_go_where_rfc_3581_says() -> None:
    rig = Rig()
    behind_nat = Address("udp", "192.0.2.9", 3333)
    rig.get(source=behind_nat)
    rig.get(source=behind_nat, via="SIP/2.0/UDP 10.0.0.2:5099;branch=z9hG4bKn")
    rig.get(source=behind_nat, via="SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKo")
    rig.get(source=STREAM, via="SIP/2.0/TCP 10.0.0.2;branch=z9hG4bKp")
    assert [server.route.destination for server in rig.above.servers] == [
        behind_nat,
        Address("udp", "192.0.2.9", 5099),
        Address("udp", "192.0.2.9", 5060),
        STREAM,
    ]


def test_a_second_final_response_is_refused() -> None:
    rig = Rig()
    request = rig.get("OPTIONS")
    server = rig.above.servers[0]
    assert rig.layer.respond(server, 200, build_response(request, 200), 0.0)
    assert not rig.layer.respond(server, 500, build_response(request, 500), 0.0)
    assert len(rig.sent) == 1


def test_past_the_limit_new_requests_are_refused_but_old_ones_answered() -> None:
    rig = Rig(limit=1)
    request = rig.get("OPTIONS")
    rig.get("OPTIONS", branch="z9hG4bKb")
    assert (len(rig.above.requests), rig.above.overloads) == (1, 1)
    rig.layer.respond(rig.above.servers[0], 200, build_response(request, 200), 0.0)
    rig.get("OPTIONS")
    assert len(rig.sent) == 2


def test_responses_find_their_client_by_branch_and_method() -> None:
    rig = Rig()
    rig.ask("BYE")
    assert not rig.layer.receive_response(parsed_response(200, "INVITE"), 0.1)
    assert not rig.layer.receive_response(parsed_response(200, "BYE", branch="z9hG4bKz"), 0.1)
    assert not rig.layer.receive_response(
        parsed_response(200, "BYE", headers="Via: SIP/2.0/UDP other;branch=z9hG4bKo\r\n"), 0.1
    )
    assert rig.layer.receive_response(parsed_response(200, "BYE"), 0.1)
    assert rig.above.responses == [200]


def test_a_refused_invite_is_acknowledged_once_per_response() -> None:
    rig = Rig()
    rig.ask()
    for _ in range(2):
        rig.layer.receive_response(parsed_response(486), 0.1)
    _, first, second = (data for data, _ in rig.sent)
    assert first == second
    assert first.startswith(b"ACK sip:x@y SIP/2.0\r\n")
    assert b"To: <sip:4001@10.0.0.1>;tag=t1\r\n" in first
    assert b"CSeq: 7 ACK" in first
    assert rig.above.responses == [486]


def test_timers_send_again_and_report_the_end() -> None:
    rig = Rig()
    rig.ask()
    assert rig.layer.next_deadline() == 0.5
    rig.layer.advance(0.5)
    assert len(rig.sent) == 2
    rig.layer.advance(32.0)
    assert rig.above.failures == ["timeout"]
    assert (len(rig.layer), rig.layer.next_deadline()) == (0, None)


def test_a_lost_connection_fails_only_what_used_it() -> None:
    rig = Rig()
    rig.ask("INVITE", STREAM)
    rig.ask("BYE", PEER)
    rig.layer.connection_lost(STREAM, 0.1)
    assert rig.above.failures == ["transport"]
    assert len(rig.layer) == 1


def test_nothing_is_kept_when_all_is_over() -> None:
    rig = Rig()
    request = rig.get("OPTIONS")
    rig.layer.respond(rig.above.servers[0], 200, build_response(request, 200), 0.0)
    rig.layer.advance(32.0)
    assert len(rig.layer) == 0
    rig.get("OPTIONS", now=33.0, branch="z9hG4bKb")
    assert rig.above.requests == [("OPTIONS", False), ("OPTIONS", False)]  # no longer merged
