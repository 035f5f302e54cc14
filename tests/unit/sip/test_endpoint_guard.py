"""What a stranger can find out about an endpoint: nothing, and soon not even that it is there."""

import pytest

from sip import Address, Credentials, IncomingCall, Trunk
from sip.digest import Challenge
from sip.guard import GuardPolicy
from sip.message import Response, parse
from tests.support.sip_bench import CARRIER, Recorder
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire, invite_to

STRANGER = Address("udp", "203.0.113.9", 5060)
PHONE = Address("udp", "198.51.100.7", 5062)


def wire(**settings: object) -> Wire:
    """An endpoint with the seats 8001 and 8002."""
    one = Wire(**settings)  # type: ignore[arg-type]
    one.app.passwords.update({"8001": "secret", "8002": "other"})
    return one


def ask(
    one: Wire, method: str, source: Address, number: int, user: str, headers: str = ""
) -> list[Response]:
    """A request of its own in the name of `user`; what came back."""
    one.receive(
        request(
            method,
            uri=f"sip:{user}@10.0.0.1" if method != "REGISTER" else "sip:10.0.0.1",
            branch=f"z9hG4bK{number}",
            call_id=f"call-{number}",
            from_=f"<sip:{user}@10.0.0.1>;tag=f{number}",
            to=f"<sip:{user}@10.0.0.1>",
            headers=headers,
        ),
        source,
    )
    return [message for message in one.take() if isinstance(message, Response)]


def log_in(
    one: Wire,
    source: Address,
    user: str,
    password: str,
    number: int = 1,
    method: str = "REGISTER",
    more: str = "",
) -> list[int]:
    """Both steps of a digest; the codes of the answers."""
    (challenge,) = ask(one, method, source, number, user, more)
    given = Challenge.parse(challenge.headers["www-authenticate"][0])
    value = given.answer(method, "sip:4001@10.0.0.1", Credentials(user, password), "c")
    second = ask(one, method, source, number + 1000, user, f"{more}Authorization: {value}\r\n")
    return [challenge.code, *(response.code for response in second)]


def facts(responses: list[Response], user: str) -> list[object]:
    """What a stranger can compare: everything but what differs in every answer."""
    return [
        (
            r.code,
            r.phrase,
            list(r.headers),
            len(r.body),
            r.headers["to"][0].replace(user, "USER")[:24],
        )
        for r in responses
    ]


@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE", "MESSAGE", "BYE"])
@pytest.mark.parametrize("roaming", [False, True])
@pytest.mark.parametrize("headers", ["", 'Authorization: Digest username="x", nonce="y"\r\n'])
def test_a_seat_and_what_is_none_look_the_same(method: str, roaming: bool, headers: str) -> None:
    one = wire(guard=GuardPolicy(roaming=roaming))
    seat = ask(one, method, STRANGER, 1, "8001", headers)
    nobody = ask(one, method, STRANGER, 2, "8077", headers)
    assert seat
    assert facts(seat, "8001") == facts(nobody, "8077")


@pytest.mark.parametrize("method", ["REGISTER", "INVITE"])
def test_a_wrong_password_and_an_unknown_user_look_the_same(method: str) -> None:
    one = wire(guard=GuardPolicy(roaming=True))
    assert log_in(one, STRANGER, "8001", "guess", 1, method) == [401, 403]
    assert log_in(one, STRANGER, "8077", "guess", 2, method) == [401, 403]


def test_a_phone_may_call_from_where_it_registered() -> None:
    one = wire()
    assert log_in(one, PHONE, "8001", "secret") == [401, 200]
    moved = PHONE._replace(port=40_000)
    assert [r.code for r in ask(one, "INVITE", moved, 50, "8001")] == [401]
    assert [r.code for r in ask(one, "INVITE", STRANGER, 51, "8001")] == [403]


def test_guessing_ends_in_a_ban_for_the_guesser_alone() -> None:
    one = wire()
    assert log_in(one, PHONE, "8001", "secret") == [401, 200]
    for number in range(9):
        assert log_in(one, STRANGER, "8001", f"guess{number}", 10 + number) == [401, 403]
    assert ask(one, "OPTIONS", STRANGER, 90, "8001")
    assert log_in(one, STRANGER, "8001", "secret", 91) == [401]  # right, but not believed any more
    assert ask(one, "OPTIONS", STRANGER, 93, "8001") == []
    assert log_in(one, PHONE, "8001", "secret", 200) == [401, 200]
    one.advance(301)
    assert ask(one, "OPTIONS", STRANGER, 94, "8001")


def behind(source: Address) -> str:
    """What an edge proxy notes of whoever sent it a request."""
    return f"Via: SIP/2.0/UDP 10.9.9.9;received={source.host};rport={source.port}\r\n"


def test_guessing_behind_an_edge_locks_out_nobody_else_there() -> None:
    """The edge is a trunk, from whose address all its phones come."""
    one = wire()
    attempt = range(10, 60)
    guesses = [log_in(one, one.peer, "8002", "guess", n, more=behind(STRANGER)) for n in attempt]
    assert guesses[0] == [401, 403]
    assert guesses[-1] == [401]  # no more answers for that one
    assert log_in(one, one.peer, "8001", "secret", 200, more=behind(PHONE)) == [401, 200]
    assert ask(one, "OPTIONS", STRANGER, 90, "8001") == []
    assert ask(one, "OPTIONS", one.peer, 91, "8001")


def test_a_wrong_password_at_an_office_does_not_ban_the_office() -> None:
    one = wire()
    assert log_in(one, PHONE, "8001", "secret") == [401, 200]
    neighbour = PHONE._replace(port=5099)
    for number in range(50):
        assert log_in(one, neighbour, "8002", "mistyped", 10 + number) == [401, 403]
    assert log_in(one, PHONE, "8001", "secret", 100) == [401, 200]
    assert one.endpoint.guard.bans(one.bench.now) == []
    one.advance(15)
    assert log_in(one, neighbour, "8002", "other", 200) == [401, 200]  # put right at last


@pytest.mark.parametrize("method", ["OPTIONS", "REGISTER", "INVITE", "CANCEL", "DANCE"])
def test_a_scanner_hears_nothing(method: str) -> None:
    one = wire()
    agent = "User-Agent: friendly-scanner\r\n"
    assert ask(one, method, STRANGER, 1, "8001", agent) == []
    assert ask(one, "OPTIONS", STRANGER, 2, "8001") == []
    counters = one.endpoint.guard.counters
    assert (counters.scanners, counters.silenced, counters.bans) == (1, 1, 1)
    assert counters.dropped_banned == 1
    assert len(one.endpoint.core.layer) == 0


@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "BYE", "DANCE"])
def test_a_tag_in_to_makes_no_scanner_welcome(method: str) -> None:
    """Neither one that names itself nor one that only asks on and on."""
    one = wire()
    tagged = "<sip:8001@10.0.0.1>;tag=guessed"
    scanner = "User-Agent: friendly-scanner\r\n"
    assert one.receive(request(method, to=tagged, headers=scanner), STRANGER) == []
    other = STRANGER._replace(host="203.0.113.77")
    answers = 0
    for number in range(1300):
        one.bench.now += 0.06
        to = f"<sip:8001@10.0.0.1>;tag=t{number}"
        answers += len(one.receive(request(method, to=to, branch=f"z9hG4bK{number}"), other))
        one.take()
    assert 1000 < answers < 1200
    assert [ban.cause for ban in one.endpoint.guard.bans(one.bench.now)][-1] == (
        "request of a stranger"
    )


@pytest.mark.parametrize("way", ["contact", "route", "answer"])
def test_where_a_trunks_call_leads_to_is_heard_in_a_crowd(way: str) -> None:
    """A carrier's border controller speaks from another address than the one that is listed."""
    policy = GuardPolicy(rate=1, burst=2, strangers_rate=1)
    one = Wire(guard=policy, trunks=(Trunk("carrier", (CARRIER.host,)),))
    there = Address("udp", "203.0.113.5", 5060)
    if way == "answer":
        one.endpoint.invite(invite_to(CARRIER), Recorder())
        contact = f"Record-Route: <sip:{there.host};lr>\r\n"
        one.answer(one.take_request(), 200, headers=contact, body=b"answer")
    elif way == "contact":
        one.get("INVITE", contact=f"<sip:x@{there.host}>", body=b"offer")
    else:
        one.get("INVITE", headers=f"Record-Route: <sip:{there.host};lr>\r\n", body=b"offer")
    guard = one.endpoint.guard
    assert sum(guard.admits(there.host, one.bench.now) for _ in range(100)) == 100
    assert sum(guard.admits(STRANGER.host, one.bench.now) for _ in range(100)) == 2


def test_where_a_trunks_call_leads_to_is_no_phone() -> None:
    """A carrier may pass its callers' Contacts: whoever names their own address gains nothing."""
    policy = GuardPolicy(max_failures=5)
    one = Wire(guard=policy, trunks=(Trunk("carrier", (CARRIER.host,)),))
    one.get("INVITE", contact=f"<sip:x@{STRANGER.host}>", body=b"offer")
    one.take()
    assert [r.code for r in ask(one, "INVITE", STRANGER, 2, "8001")] == [403]
    for number in range(6):
        log_in(one, STRANGER, "8001", "guess", 10 + 2 * number)
    assert [ban.cause for ban in one.endpoint.guard.bans(one.bench.now)] == ["wrong password"]


def test_a_scanner_behind_the_offices_address_hears_nothing_and_costs_the_office_nothing() -> None:
    one = wire()
    assert log_in(one, PHONE, "8001", "secret") == [401, 200]
    neighbour = PHONE._replace(port=5099)
    for number in range(20):
        agent = "User-Agent: friendly-scanner\r\n"
        assert ask(one, "REGISTER", neighbour, 50 + number, "8001", agent) == []
    assert log_in(one, PHONE, "8001", "secret", 100) == [401, 200]


def test_a_strangers_calls_are_refused_and_then_ignored() -> None:
    one = wire()
    codes = [[r.code for r in ask(one, "INVITE", STRANGER, n, f"{n}")] for n in range(12)]
    assert codes == [[403]] * 3 + [[]] * 9
    assert one.endpoint.guard.bans(one.bench.now)[0].cause == "call of a stranger"


def test_what_is_dropped_is_not_read() -> None:
    one = wire()
    one.endpoint.guard.ban(STRANGER.host, "by hand", one.bench.now)
    received = one.endpoint.counters.received
    assert one.receive(b"\xff" * 100, STRANGER) == []
    assert one.endpoint.counters.received == received
    assert one.endpoint.counters.malformed == 0


def test_a_trunk_is_heard_whatever_it_does() -> None:
    one = wire()
    for number in range(500):
        one.receive(b"rubbish" * 10)
        assert ask(one, "OPTIONS", one.peer, number, "x", "User-Agent: sipvicious\r\n")
    assert one.endpoint.guard.counters.bans == 0


def broken(call: IncomingCall) -> None:
    """An application with a mistake."""
    raise RuntimeError("mistake")


def test_names_from_the_wire_reach_the_log_escaped(caplog: pytest.LogCaptureFixture) -> None:
    one = wire()
    one.receive(request(from_="<sip:x%0Ay%1b[31m@h>;tag=1"), STRANGER)
    one.app.react = broken
    one.receive(request(call_id="a\x1b[31mb"))
    assert one.endpoint.counters.handler_errors == 1
    assert caplog.messages
    assert all(message.isprintable() for message in caplog.messages)
    assert parse(request()).call_id == "call-1"
