"""Requests that are too large for UDP: RFC 3261 §18.1.1, seen from whole calls."""

import pytest

from sip import Address, CallState, OutgoingInvite, Route
from sip.transaction.large import UDP_LIMIT, LargeRequests
from tests.support.sip_bench import CARRIER, PBX, Recorder
from tests.support.sip_wire import Wire

TCP = PBX._replace(transport="tcp")
THERE = CARRIER._replace(transport="tcp")


def invite(size: int) -> OutgoingInvite:
    uri = f"sip:4001@{CARRIER.host_port}"
    return OutgoingInvite(uri, CARRIER, "sip:100@x", uri, b"v" * size)


def wire(*, tcp: bool = True, **settings: object) -> Wire:
    wire = Wire(**settings)  # type: ignore[arg-type]
    if tcp:
        wire.endpoint.bind(TCP)
    return wire


def ways(wire: Wire) -> list[tuple[str, str]]:
    """Transport and Via of what was sent."""
    return [
        (send.destination.transport, send.data.split(b"\r\n")[1].split(b";")[0].decode())
        for send in wire.endpoint.outgoing
    ]


def test_a_large_request_goes_over_tcp_and_says_so() -> None:
    large = wire()
    large.endpoint.invite(invite(UDP_LIMIT), Recorder())
    assert ways(large) == [("tcp", f"Via: SIP/2.0/TCP {PBX.host_port}")]
    (send,) = large.endpoint.outgoing
    assert (send.destination, send.local) == (THERE, TCP)


@pytest.mark.parametrize("reason", ["small", "no listener", "switched off"])
def test_all_others_go_over_udp(reason: str) -> None:
    settings = {"large_requests_over_tcp": False} if reason == "switched off" else {}
    other = wire(tcp=reason != "no listener", **settings)
    other.endpoint.invite(invite(100 if reason == "small" else UDP_LIMIT), Recorder())
    assert ways(other) == [("udp", f"Via: SIP/2.0/UDP {PBX.host_port}")]


def test_where_tcp_is_refused_udp_has_to_do_and_the_next_call_knows() -> None:
    large, ear = wire(), Recorder()
    call = large.endpoint.invite(invite(UDP_LIMIT), ear)
    (over_tcp,) = large.take()
    large.endpoint.connection_lost(THERE, large.bench.now)
    assert not ear.ended
    assert ways(large) == [("udp", f"Via: SIP/2.0/UDP {PBX.host_port}")]
    over_udp = large.take_request()
    assert over_udp.call_id == over_tcp.call_id
    large.endpoint.advance(large.bench.now + 0.6)
    assert ways(large)[0][0] == "udp", "it is repeated, as UDP needs it"
    large.take()
    large.answer(over_udp, 200, body=b"answer")
    assert call.state is CallState.CONFIRMED
    large.take()
    large.endpoint.invite(invite(UDP_LIMIT), Recorder())
    assert ways(large)[0][0] == "udp"


def test_where_tcp_is_swallowed_udp_has_to_do_before_anybody_gives_up() -> None:
    """A firewall that answers nothing: the connection would be tried for 10 s."""
    large, ear = wire(), Recorder()
    call = large.endpoint.invite(invite(UDP_LIMIT), ear)
    large.take()
    large.advance(1.9)
    assert ways(large) == []
    large.advance(0.2)
    assert ways(large) == [("udp", f"Via: SIP/2.0/UDP {PBX.host_port}")]
    over_udp = large.take_request()
    large.answer(over_udp, 180)
    large.endpoint.connection_lost(THERE, large.bench.now)
    large.answer(over_udp, 200, body=b"answer")
    assert call.state is CallState.CONFIRMED
    large.take()
    large.endpoint.invite(invite(UDP_LIMIT), Recorder())
    assert ways(large)[0][0] == "udp", "that is remembered"


def test_a_large_request_that_was_answered_in_time_stays_with_tcp() -> None:
    large = wire()
    large.endpoint.invite(invite(UDP_LIMIT), Recorder())
    large.answer(large.take_request(), 100)
    large.advance(30)
    assert ways(large) == []


def test_a_large_invite_that_was_cancelled_unheard_is_not_sent_again() -> None:
    large, ear = wire(), Recorder()
    call = large.endpoint.invite(invite(UDP_LIMIT), ear)
    large.take()
    call.hangup()
    large.endpoint.connection_lost(THERE, large.bench.now)
    large.advance(40)
    assert ways(large) == []


def test_who_was_only_slow_is_asked_over_tcp_the_next_time() -> None:
    """A server that takes its time is no firewall, and its way may lose large datagrams."""
    large = wire()
    large.endpoint.invite(invite(UDP_LIMIT), Recorder())
    over_tcp = large.take_request()
    large.advance(2.1)
    assert ways(large)[0][0] == "udp"
    large.take()
    large.answer(over_tcp, 100)
    large.endpoint.invite(invite(UDP_LIMIT), Recorder())
    assert [way for way, _ in ways(large)] == ["tcp"]


def test_only_the_large_request_takes_the_other_way() -> None:
    """The dialog stays where it was: a connection that closes does not end the call."""
    large = wire()
    call = large.endpoint.invite(invite(UDP_LIMIT), Recorder())
    large.answer(large.take_request(), 200, body=b"answer")
    assert [way for way, _ in ways(large)] == ["udp"], "the ACK"
    large.endpoint.connection_lost(THERE, large.bench.now)
    assert call.state is CallState.CONFIRMED


def test_a_cancel_follows_its_invite() -> None:
    large = wire()
    call = large.endpoint.invite(invite(UDP_LIMIT), Recorder())
    large.answer(large.take_request(), 180)
    call.hangup()
    assert ways(large) == [("tcp", f"Via: SIP/2.0/TCP {PBX.host_port}")]


def test_a_connection_that_is_lost_after_an_answer_fails_the_call() -> None:
    large, ear = wire(), Recorder()
    large.endpoint.invite(invite(UDP_LIMIT), ear)
    large.answer(large.take_request(), 100)
    large.endpoint.connection_lost(THERE, large.bench.now)
    assert [end.cause for end in ear.ended] == ["transport"]


def test_who_has_refused_is_asked_again_later_and_memory_is_bounded() -> None:
    large = LargeRequests(lambda destination: TCP)
    way = Route(CARRIER, PBX)
    large.refused(THERE, 0.0)
    assert large.instead_of(way, 1.0) is None
    assert large.instead_of(way, large.MEMORY) == Route(THERE, TCP)
    large.refused(THERE, 0.0)
    for port in range(1, large.REMEMBERED + 1):
        large.refused(Address("tcp", "192.0.2.1", port), 0.0)
    assert large.instead_of(way, 1.0) == Route(THERE, TCP)
