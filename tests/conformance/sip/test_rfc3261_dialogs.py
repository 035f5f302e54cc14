"""RFC 3261: routes, targets and races of a dialog that the flows of RFC 3665 do not show."""

import pytest

from sip import Address, CallState, Credentials
from sip.message import Request, Response
from tests.support.sip_bench import CARRIER, PHONE, Recorder
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire, invite_to

CHALLENGE = 'WWW-Authenticate: Digest realm="carrier", nonce="n1", qop="auth"\r\n'


def called(headers: str = "") -> Wire:
    """An incoming call that is up."""
    wire = Wire()
    wire.get("INVITE", headers=headers, body=b"offer")
    wire.app.calls[0].answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    return wire


def test_the_answers_repeat_the_route_that_the_invite_came_by() -> None:
    """§12.1.1; our own requests then take it in the same order (§12.2.1.1)."""
    routes = ["<sip:p2.example;lr>", "<sip:10.0.0.2:5060;lr>, <sip:p0.example;lr>"]
    wire = Wire()
    wire.get("INVITE", headers="".join(f"Record-Route: {route}\r\n" for route in routes))
    call = wire.app.calls[0]
    call.ring()
    call.answer(b"answer")
    trying, ringing, ok = wire.take()
    assert [m.headers.get("record-route") for m in (trying, ringing, ok)] == [None, routes, routes]
    wire.in_dialog("ACK", 1)
    call.hangup()
    bye = wire.take_request()
    assert bye.items("route") == [item for route in routes for item in route.split(", ")]
    assert bye.uri == "sip:100@10.0.0.2:5060"


def test_a_strict_router_becomes_the_request_uri() -> None:
    """§12.2.1.1: the target goes to the end of the route."""
    wire = called("Record-Route: <sip:10.0.0.2;x=1>, <sip:p0.example;lr>\r\n")
    wire.app.calls[0].hangup()
    bye = wire.take_request()
    assert bye.uri == "sip:10.0.0.2;x=1"
    assert bye.items("route") == ["<sip:p0.example;lr>", "<sip:100@10.0.0.2:5060>"]


def test_only_who_sent_the_invite_may_cancel_it() -> None:
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    wire.app.calls[0].ring()
    wire.take()
    assert wire.receive(request("CANCEL"), Address("udp", "10.0.0.66", 5060)) == ["481 CANCEL"]
    assert wire.app.calls[0].state is CallState.EARLY
    wire.take()
    other_port = Address("udp", CARRIER.host, 40_000)  # a gateway may send from any of its own
    assert wire.receive(request("CANCEL"), other_port) == ["200 CANCEL", "487 INVITE"]


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("10.0.0.2:5070;branch=z9hG4bKa;maddr=10.9.9.9", 5070),
        ("10.0.0.2:5070;branch=z9hG4bKa;maddr=224.0.1.75;ttl=1", 5070),
        ("10.9.9.9:5070;branch=z9hG4bKa;rport;maddr=10.9.9.9", CARRIER.port),
    ],
)
def test_an_answer_goes_to_no_third_party(via: str, port: int) -> None:
    """A deviation from §18.2.2, for who asks must not choose who is answered: maddr is ignored."""
    wire = Wire()
    wire.get("OPTIONS", via=f"SIP/2.0/UDP {via}")
    [sent] = wire.endpoint.outgoing
    assert sent.destination == CARRIER._replace(port=port)


def test_a_challenged_bye_is_sent_again_with_credentials() -> None:
    wire, ear = Wire(), Recorder()
    credentials = Credentials("us", "secret")
    call = wire.endpoint.invite(invite_to(CARRIER, credentials=credentials), ear)
    wire.answer(wire.take_request(), 200, body=b"answer")
    wire.take()
    call.hangup()
    bye = wire.take_request()
    assert wire.answer(bye, 401, headers=CHALLENGE) == ["BYE"]
    again = wire.take_request()
    assert again.cseq == bye.cseq + 1
    assert 'username="us"' in (again.header("authorization") or "")
    assert wire.answer(again, 401, headers=CHALLENGE) == []  # a wrong password, not for ever
    assert wire.is_quiet()


def test_every_fork_rings_with_its_own_answer_and_the_winners_counts() -> None:
    wire, ear = Wire(), Recorder()
    call = wire.endpoint.invite(invite_to(CARRIER), ear)
    invite = wire.take_request()
    wire.answer(invite, 183, "t1", body=b"early 1")
    wire.answer(invite, 183, "t2", body=b"early 2")
    assert call.remote_body == b"early 2"
    assert wire.answer(invite, 200, "t1", body=b"answer 1") == ["ACK"]
    assert (call.remote_body, ear.log[-1]) == (b"answer 1", ("answered", b"answer 1"))
    wire.take()
    assert wire.answer(invite, 200, "t2", body=b"answer 2") == ["ACK", "BYE"]
    assert call.remote_body == b"answer 1"


def test_a_re_invite_before_the_answer_is_put_off() -> None:
    """§14.2: 500 with Retry-After while theirs is under way."""
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    wire.take()
    assert wire.in_dialog("INVITE", 2, body=b"another") == ["500 INVITE"]
    assert wire.take_response().number("retry-after") is not None


def test_a_bye_overtakes_our_re_invite() -> None:
    wire = called()
    call, results = wire.app.calls[0], list[int]()
    call.reinvite(b"hold", lambda code, _: results.append(code))
    reinvite = wire.take_request()
    assert wire.in_dialog("BYE", 2) == ["200 BYE"]
    wire.take()
    assert wire.answer(reinvite, 487) == ["ACK"]
    assert results == []
    assert wire.is_quiet()


def test_a_2xx_to_our_re_invite_after_the_bye_is_acknowledged_all_the_same() -> None:
    wire = called()
    call = wire.app.calls[0]
    call.reinvite(b"hold")
    reinvite = wire.take_request()
    call.hangup()
    wire.take()
    assert wire.answer(reinvite, 200, body=b"held") == ["ACK"]


def test_proxy_require_is_not_a_user_agents_business() -> None:
    """§20.29: only proxies mind it."""
    assert Wire().get("INVITE", headers="Proxy-Require: teleport\r\n") == ["100 INVITE"]


def test_an_unknown_requirement_inside_a_dialog() -> None:
    wire = called()
    assert wire.in_dialog("OPTIONS", 2, headers="Require: teleport\r\n") == ["420 OPTIONS"]
    refusal = wire.take_response()
    assert refusal.header("unsupported") == "teleport"


def test_what_is_supported_is_said_wherever_a_session_is_opened() -> None:
    wire = called()
    wire.in_dialog("OPTIONS", 2)
    wire.get("OPTIONS", branch="z9hG4bKo", call_id="another")
    for message in wire.take():
        assert isinstance(message, Response)
        assert {"100rel", "timer"} <= set(message.items("supported"))


def test_the_target_follows_the_other_sides_contact() -> None:
    """§12.2.2: a re-INVITE moves it; so does the 2xx to ours (§12.2.1.2)."""
    wire = called()
    call = wire.app.calls[0]
    wire.in_dialog("INVITE", 2, contact="<sip:moved@10.0.0.3:5062>", body=b"offer")
    wire.in_dialog("ACK", 2, branch="z9hG4bKack2")
    wire.take()
    assert call.dialog is not None
    assert call.dialog.route.destination == PHONE
    call.reinvite(b"hold")
    reinvite = wire.take()[0]
    assert isinstance(reinvite, Request)
    assert reinvite.uri == "sip:moved@10.0.0.3:5062"
    wire.answer(reinvite, 200, body=b"held")
    assert call.dialog.remote_target == "sip:there@10.0.0.2:5060"
