"""3xx answers to calls of ours: followed within bounds, or told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sip import Address, Call, OutgoingCall, OutgoingInvite
from sip.redirect import targets_of
from tests.support.sip_bench import CARRIER, PHONE, Recorder
from tests.support.sip_messages import parsed_response
from tests.support.sip_wire import Wire, invite_to


class Follower(Recorder):
    """Goes where it is sent."""

    def on_redirect(self, call: Call, targets: Sequence[str]) -> OutgoingInvite | None:
        assert isinstance(call, OutgoingCall)
        self.log.append(("redirect", tuple(targets)))
        return replace(call.invite, request_uri=targets[0], destination=PHONE)


def moved(*contacts: str) -> str:
    return "".join(f"Contact: {contact}\r\n" for contact in contacts)


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        (
            ("<sip:1@x>;q=0.2, <sip:2@x>;q=0.9", "<sip:3@x>;q=0.5"),
            ("sip:2@x", "sip:3@x", "sip:1@x"),
        ),
        (("<sip:1@x?Replaces=a%3Bb>", "sip:1@x"), ("sip:1@x",)),
        (("<tel:+8610>;q=x, <sip:1@x>", "<mailto:a@b>", "<sip:2@x"), ("sip:1@x", "tel:+8610")),
        ((), ()),
    ],
)
def test_targets(contacts: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert targets_of(parsed_response(302, headers=moved(*contacts))) == expected


def redirecting(wire: Wire, to: str) -> None:
    request = wire.take_request()
    wire.receive(
        b"SIP/2.0 302 Moved\r\n"
        + f"Via: {request.headers['via'][0]}\r\nFrom: {request.headers['from'][0]}\r\n"
        f"To: {request.headers['to'][0]};tag=r\r\nCall-ID: {request.call_id}\r\n"
        f"CSeq: {request.cseq} INVITE\r\nContact: <{to}>\r\nContent-Length: 0\r\n\r\n".encode()
    )


def test_a_redirect_is_followed_as_the_same_call() -> None:
    wire, follower = Wire(), Follower()
    call = wire.endpoint.invite(invite_to(CARRIER), follower)
    redirecting(wire, "sip:elsewhere@10.0.0.3")
    ack, again = wire.take()
    assert follower.log == [("redirect", ("sip:elsewhere@10.0.0.3",))]
    assert (ack.cseq_method, again.cseq_method, again.cseq) == ("ACK", "INVITE", 2)
    assert (again.call_id, again.to_tag) == (call.sip_call_id, "")
    assert follower.ended == []


def test_where_we_have_no_way_to_the_call_is_not_sent() -> None:
    """An address of a transport, or IP version, that nothing listens on."""

    class Astray(Recorder):
        def on_redirect(self, call: Call, targets: Sequence[str]) -> OutgoingInvite | None:
            assert isinstance(call, OutgoingCall)
            there = Address("tcp", "10.0.0.3", 5060)
            return replace(call.invite, request_uri=targets[0], destination=there)

    wire, recorder = Wire(), Astray()
    wire.endpoint.invite(invite_to(CARRIER), recorder)
    redirecting(wire, "sip:elsewhere@10.0.0.3;transport=tcp")
    assert [(end.cause, end.code) for end in recorder.ended] == [("rejected", 302)]
    assert wire.lines() == ["ACK"]


def test_who_is_not_asked_or_does_not_follow_is_told() -> None:
    wire, recorder = Wire(), Recorder()
    wire.endpoint.invite(invite_to(CARRIER), recorder)
    redirecting(wire, "sip:elsewhere@10.0.0.3")
    [end] = recorder.ended
    assert (end.cause, end.code) == ("rejected", 302)


def test_nobody_is_sent_in_circles() -> None:
    wire, follower = Wire(), Follower()
    first = invite_to(CARRIER)
    wire.endpoint.invite(first, follower)
    redirecting(wire, "sip:a@10.0.0.3")
    wire.endpoint.outgoing.pop(0)
    redirecting(wire, first.request_uri)
    assert [end.code for end in follower.ended] == [302]
    assert len(follower.log) == 2


def test_the_number_of_redirects_is_bounded() -> None:
    wire, follower = Wire(max_redirects=2), Follower()
    wire.endpoint.invite(invite_to(CARRIER), follower)
    for n in range(3):
        redirecting(wire, f"sip:{n}@10.0.0.3")
        wire.endpoint.outgoing.pop(0)
    assert [told for told, _ in follower.log] == ["redirect", "redirect", "ended"]
    wire.take()
    assert wire.is_quiet()
