from ipaddress import ip_network
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip import Address, Credentials, IncomingCall, SeatPeer, Trunk
from sip.digest import Challenge
from sip.guard import GuardPolicy
from sip.multipart import ACCEPTED
from tests.support.sip_bench import CARRIER, PHONE
from tests.support.sip_messages import SDP, parsed_request, request, response
from tests.support.sip_wire import Wire

STRANGER = Address("udp", "203.0.113.9", 5060)


def answer(challenge: str, method: str, who: Credentials) -> str:
    return Challenge.parse(challenge).answer(method, "sip:4001@10.0.0.1", who, "c")


def seat_wire(**settings: object) -> Wire:
    wire = Wire(**settings)  # type: ignore[arg-type]
    wire.app.passwords.update({"8001": "secret", "8002": "other"})
    return wire


@pytest.mark.parametrize(
    ("method", "fields", "expected"),
    [
        ("OPTIONS", {}, ["200 OPTIONS"]),
        ("BYE", {"to": "<sip:a@b>;tag=none"}, ["481 BYE"]),
        ("BYE", {}, ["481 BYE"]),
        ("NOTIFY", {}, ["481 NOTIFY"]),
        ("CANCEL", {}, ["481 CANCEL"]),
        ("INVITE", {"to": "<sip:a@b>;tag=none"}, ["481 INVITE"]),
        ("ACK", {}, []),
        ("MESSAGE", {}, ["401 MESSAGE"]),
        ("SUBSCRIBE", {}, ["401 SUBSCRIBE"]),
        ("DANCE", {}, ["501 DANCE"]),
        ("INVITE", {"uri": "foo:bar"}, ["416 INVITE"]),
        ("INVITE", {"headers": "Require: teleport, sec-agree\r\n"}, ["420 INVITE"]),
        ("INVITE", {"headers": "Content-Encoding: gzip\r\n", "body": b"x"}, ["415 INVITE"]),
        ("INVITE", {"from_": '"open <sip:a@b>;tag=1'}, ["400 INVITE"]),
        ("REGISTER", {"to": "<foo>"}, ["401 REGISTER"]),
    ],
)
def test_requests_that_need_no_application(
    method: str, fields: dict[str, str], expected: list[str]
) -> None:
    assert Wire().get(method, **fields) == expected


def test_refusals_say_what_would_do() -> None:
    wire = Wire()
    wire.get("DANCE")
    assert "INVITE" in (wire.take_response().header("allow") or "")
    wire.get("INVITE", headers="Require: teleport, sec-agree\r\n")
    assert wire.take_response().header("unsupported") == "teleport, sec-agree"
    wire.get("OPTIONS", branch="z9hG4bKo")
    assert wire.take_response().header("accept") == ACCEPTED


def test_the_last_hop_for_a_call_but_not_for_options() -> None:
    wire = Wire()
    none_left = request().replace(b"Max-Forwards: 70", b"Max-Forwards: 0")
    assert wire.receive(none_left) == ["483 INVITE"]
    wire.take()
    none_left = request("OPTIONS").replace(b"Max-Forwards: 70", b"Max-Forwards: 0")
    assert wire.receive(none_left) == ["200 OPTIONS"]


def test_a_call_that_came_by_two_ways_rings_once() -> None:
    wire = Wire()
    wire.get("INVITE")
    wire.take()
    assert wire.get("INVITE", branch="z9hG4bKother") == ["482 INVITE"]
    assert len(wire.app.calls) == 1


def test_a_call_without_contact_cannot_be_taken() -> None:
    wire = Wire()
    assert wire.receive(request().replace(b"Contact:", b"X:")) == ["400 INVITE"]
    wire.take()
    assert wire.get("INVITE", contact="*") == ["400 INVITE"]


@pytest.mark.parametrize("value", ["<sip:10.0.0.8;lr", "<sip:10.0.0.8;lr>, <>", "proxy", ""])
def test_an_invite_whose_route_cannot_be_read_is_refused(value: str) -> None:
    """Else every request of ours inside the call would carry it on."""
    wire = Wire()
    assert wire.get("INVITE", headers=f"Record-Route: {value}\r\n") == ["400 INVITE"]
    assert wire.app.calls == []


@pytest.mark.parametrize(
    ("via", "line"),
    [
        ("10.9.9.9:5062;received=198.51.100.1;rport=5060", "100 INVITE"),
        ("198.51.100.1", "100 INVITE"),
        ("198.51.100.1;received=203.0.113.9", "401 INVITE"),
        ("198.51.100.1;received=198.51.100.1;received=203.0.113.9", "401 INVITE"),
        ("203.0.113.9", "401 INVITE"),
        ("phone.example", "401 INVITE"),
        (None, "401 INVITE"),
    ],
)
def test_what_an_edge_brings_is_the_trunk_s_only_from_its_carriers(
    via: str | None, line: str
) -> None:
    """Whatever name it gives: a proxy that lets in phones lets in strangers who call like one."""
    wire = Wire(trunks=[Trunk("edge", (CARRIER.host,), (ip_network("198.51.100.0/24"),))])
    headers = "" if via is None else f"Via: SIP/2.0/UDP {via};branch=z9hG4bKz\r\n"
    assert wire.get("INVITE", headers=headers) == [line]


def test_the_called_number_cannot_be_changed_on_the_way() -> None:
    wire = seat_wire()
    fields = {"from_": "<sip:8001@10.0.0.1>;tag=f1"}
    wire.get("INVITE", **fields)
    challenge = wire.take_response().header("www-authenticate") or ""
    value = answer(challenge, "INVITE", Credentials("8001", "secret"))
    headers = f"Authorization: {value}\r\n"
    changed = {"uri": "sip:00881600@10.0.0.1", "branch": "z9hG4bKb", "cseq": 2, "headers": headers}
    assert wire.get("INVITE", **fields, **changed) == ["400 INVITE"]
    assert wire.app.calls == []


def test_strangers_are_refused() -> None:
    wire = Wire()
    assert wire.receive(request(), STRANGER) == ["403 INVITE"]
    assert wire.endpoint.counters.strangers == 1


def test_a_seat_proves_itself_whatever_address_it_calls_from() -> None:
    wire = seat_wire(guard=GuardPolicy(roaming=True))
    fields = {"from_": "<sip:8001@10.0.0.1>;tag=f1"}
    assert wire.receive(request(**fields), STRANGER) == ["401 INVITE"]  # type: ignore[arg-type]
    challenge = wire.take_response().header("www-authenticate")
    assert challenge is not None
    value = answer(challenge, "INVITE", Credentials("8001", "secret"))
    again = request(cseq=2, branch="z9hG4bKb", headers=f"Authorization: {value}\r\n", **fields)  # type: ignore[arg-type]
    assert wire.receive(again, STRANGER) == ["100 INVITE"]
    assert wire.app.calls[0].peer == SeatPeer("8001")


def test_a_seat_cannot_call_in_the_name_of_another() -> None:
    wire = seat_wire()
    fields = {"from_": "<sip:8002@10.0.0.1>;tag=f1"}
    wire.receive(request(**fields))  # type: ignore[arg-type]
    challenge = wire.take_response().header("www-authenticate") or ""
    value = answer(challenge, "INVITE", Credentials("8001", "secret"))
    assert wire.get(
        "INVITE", cseq=2, branch="z9hG4bKb", headers=f"Authorization: {value}\r\n", **fields
    ) == ["403 INVITE"]


@pytest.mark.parametrize(
    ("user", "password"), [("8001", "wrong"), ("nobody", "secret"), ("8002", "other")]
)
def test_wrong_password_unknown_user_and_foreign_record_look_the_same(
    user: str, password: str
) -> None:
    wire = seat_wire()
    to = "<sip:8001@10.0.0.1>" if user != "nobody" else "<sip:nobody@10.0.0.1>"
    wire.get("REGISTER", to=to)
    challenge = wire.take_response().header("www-authenticate") or ""
    value = answer(challenge, "REGISTER", Credentials(user, password))
    wire.get("REGISTER", to=to, cseq=2, branch="z9hG4bKb", headers=f"Authorization: {value}\r\n")
    refusal = wire.take_response()
    assert (refusal.code, refusal.phrase) == (403, "Forbidden")
    assert sorted(refusal.headers) == ["call-id", "content-length", "cseq", "from", "to", "via"]
    assert wire.app.bindings == []


@pytest.mark.parametrize(
    ("method", "fields", "code"),
    [
        ("INVITE", {}, 403),
        ("INVITE", {"from_": "<sip:8001@10.0.0.1>;tag=1"}, 403),
        ("INVITE", {"headers": "Require: teleport\r\n"}, 420),
        ("INVITE", {"to": "<sip:a@b>;tag=none"}, 481),
        ("REGISTER", {}, 401),
        ("OPTIONS", {}, 200),
        ("CANCEL", {}, 481),
        ("DANCE", {}, 501),
    ],
)
def test_what_a_stranger_is_answered_is_said_once_and_forgotten(
    method: str, fields: dict[str, str], code: int
) -> None:
    wire = seat_wire()
    datagram = request(method, **fields)  # type: ignore[arg-type]
    wire.receive(datagram, STRANGER)
    assert len(wire.endpoint.core.layer) == 0
    assert wire.endpoint.core.layer.next_deadline() is None
    assert wire.take_response().code == code
    wire.receive(datagram, STRANGER)
    assert wire.take_response().code == code


def test_too_many_calls() -> None:
    wire = Wire(max_calls=1, retry_after=7)
    wire.get("INVITE")
    wire.take()
    assert wire.get("INVITE", call_id="2", branch="z9hG4bK2") == ["503 INVITE"]
    assert wire.take_response().number("retry-after") in range(7, 15)
    wire.app.calls[0].reject(486)
    wire.take()
    assert wire.get("INVITE", call_id="3", branch="z9hG4bK3") == ["100 INVITE"]


def test_too_many_transactions_are_refused_without_keeping_any() -> None:
    wire = Wire(max_transactions=1)
    wire.get("INVITE")
    wire.take()
    assert wire.get("OPTIONS", branch="z9hG4bK2", cseq=2) == ["503 OPTIONS"]
    assert len(wire.endpoint.core.layer) == 1
    assert wire.endpoint.counters.overloaded == 1


STUN = b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12)


@pytest.mark.parametrize("data", [b"\r\n\r\n", b"\0\0\0\0", b"\r\n", b"", STUN])
def test_keep_alives_are_no_messages(data: bytes) -> None:
    wire = Wire()
    assert wire.receive(data) == []
    assert (wire.endpoint.counters.keep_alives, wire.endpoint.counters.malformed) == (1, 0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (request().replace(b"CSeq: 1 INVITE", b"CSeq: 1 BYE"), ["400 BYE"]),
        (request().replace(b" SIP/2.0\r\n", b" SIP/3.0\r\n"), ["505 INVITE"]),
        (request("ACK").replace(b"CSeq: 1 ACK", b"CSeq: 1 BYE"), []),
        (request().replace(b"Call-ID", b"X"), ["400 INVITE"]),
        (request().replace(b"Via", b"X"), []),
        (b"\x80\x12\x34", []),
        (bytes(range(256)) * 300, []),
    ],
)
def test_malformed_messages_are_counted_and_answered_where_due(
    data: bytes, expected: list[str]
) -> None:
    wire = Wire()
    assert wire.receive(data) == expected
    assert wire.endpoint.counters.malformed == 1


@pytest.mark.parametrize("extra", [b"CSeq: 2 INVITE\r\n", b"not a header\r\n"])
def test_the_answer_to_a_malformed_message_goes_back_where_it_came_from(extra: bytes) -> None:
    wire = Wire()
    behind_nat = Address("udp", "203.0.113.9", 40_000)
    wire.receive(request().replace(b"Max-Forwards", extra + b"Max-Forwards"), behind_nat)
    assert [send.destination for send in wire.endpoint.outgoing] == [behind_nat]


@pytest.mark.parametrize("missing", ["From", "To", "Call-ID", "CSeq"])
def test_the_answer_to_a_request_without_a_key_field_repeats_the_others(missing: str) -> None:
    wire = Wire()
    wire.receive(request().replace(f"\r\n{missing}:".encode(), b"\r\nX:"))
    (send,) = wire.endpoint.outgoing
    first, *lines = send.data.decode().split("\r\n")
    names = [line.partition(":")[0] for line in lines if line]
    assert first.startswith("SIP/2.0 400 ")
    assert names == [
        name
        for name in ("Via", "From", "To", "Call-ID", "CSeq", "Content-Length")
        if name != missing
    ]
    assert any(line.startswith("To:") and ";tag=" in line for line in lines) is (missing != "To")


def test_stray_responses_and_acks_are_counted() -> None:
    wire = Wire()
    wire.receive(response())
    wire.get("ACK", to="<sip:a@b>;tag=x")
    counters = wire.endpoint.counters
    assert (counters.stray_responses, counters.stray_acks, counters.sent) == (1, 1, 0)


def test_an_application_that_fails_outside_calls_costs_one_answer() -> None:
    class Exploding(dict[str, str]):
        def get(self, *args: object) -> NoReturn:
            raise RuntimeError("bug")

    wire = Wire()
    wire.app.passwords = Exploding()
    wire.get("REGISTER", headers='Authorization: Digest realm="pbx", username="8001"\r\n')
    assert wire.lines() == ["500 REGISTER"]
    assert wire.endpoint.counters.internal_errors == 1


METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "NOTIFY", "DANCE")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(METHODS),
            st.integers(0, 2),  # branch
            st.integers(1, 3),  # CSeq
            st.sampled_from(("", ";tag=foreign", "own")),
            st.sampled_from((b"", SDP)),
            st.integers(0, 3),  # what the application does
            st.floats(0, 40),
        ),
        max_size=12,
    )
)
def test_any_order_of_requests_leaves_nothing_behind(
    rows: list[tuple[str, int, int, str, bytes, int, float]],
) -> None:
    """No internal error, each call ends once, and after all timers nothing is kept."""
    wire = Wire()
    for method, branch, cseq, tag, body, act, pause in rows:
        if tag == "own" and wire.app.calls and wire.app.calls[-1].dialog is not None:
            tag = f";tag={wire.app.calls[-1].dialog.local_tag}"
        wire.get(method, branch=f"z9hG4bK{branch}", cseq=cseq, to=f"<sip:4001@x>{tag}", body=body)
        for call in wire.app.calls:
            (call.ring, lambda c=call: c.answer(b"a"), call.hangup, lambda: None)[act]()
        wire.advance(pause)
    for call in wire.app.calls:
        call.hangup()
    wire.advance(200)
    for call in wire.app.calls:
        assert call.end is not None
    assert wire.endpoint.counters.internal_errors == 0
    assert wire.endpoint.counters.handler_errors == 0
    assert [len(r.ended) for r in wire.app.recorders] == [1] * len(wire.app.calls)
    assert wire.is_quiet()


@given(st.binary(max_size=300), st.integers(0, 500), st.integers(0, 60), st.sampled_from(METHODS))
def test_damaged_messages_never_get_out_of_hand(
    noise: bytes, at: int, cut: int, method: str
) -> None:
    wire = seat_wire()
    for data in (request(method, body=SDP), response(200, method, body=SDP)):
        wire.receive(data[:at] + noise + data[at + cut :])
    assert wire.endpoint.counters.internal_errors == 0


def test_responses_go_back_to_the_source_that_asked_with_rport() -> None:
    wire = Wire()
    wire.receive(request("OPTIONS"), PHONE)
    sent = wire.endpoint.outgoing[0]
    assert (sent.destination, sent.local) == (PHONE, wire.local)
    assert (
        ";rport=5062;received=10.0.0.3"
        in parsed_request("OPTIONS").headers["via"][0] + (wire.take_response().headers["via"][0])
    )


def test_output_is_announced_once_for_each_way_in() -> None:
    wire = Wire()
    announced: list[int] = []
    wire.endpoint.on_output = lambda: announced.append(len(wire.endpoint.outgoing))

    def ring_and_answer(call: IncomingCall) -> None:
        call.ring()
        call.answer(b"answer")

    wire.app.react = ring_and_answer
    wire.get("INVITE")
    assert announced == [2]  # 180 and 200 together
    wire.app.calls[0].hangup()
    wire.in_dialog("ACK", 1)
    assert announced == [2, 2, 3]
