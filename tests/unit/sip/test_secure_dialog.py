"""SIPS URIs: what is asked for by one is answered with one (RFC 3261 §8.1.1.8, §12.1.1)."""

import pytest

from sip import Address, OutgoingInvite, Transport
from sip.message import Request, Response
from tests.support.sip_bench import Recorder
from tests.support.sip_wire import Wire


def contact(message: Request | Response) -> str:
    assert message.contact is not None
    return message.contact.uri


@pytest.mark.parametrize(
    ("transport", "theirs", "ours"),
    [
        ("tls", "sips:them@10.0.0.2:5061", "sips:10.0.0.1:5061"),
        ("tls", "sip:them@10.0.0.2:5061;transport=tls", "sip:10.0.0.1:5061;transport=tls"),
        ("wss", "sips:them@x.invalid;transport=ws", "sips:10.0.0.1:5061;transport=ws"),
        ("wss", "sip:them@x.invalid;transport=ws", "sip:10.0.0.1:5061;transport=ws"),
        ("tcp", "sips:them@10.0.0.2:5061", "sip:10.0.0.1:5061;transport=tcp"),
    ],
)
def test_our_contact_is_of_the_caller_s_kind(transport: Transport, theirs: str, ours: str) -> None:
    stream = Address(transport, "10.0.0.2", 40000)
    wire = Wire(local=Address(transport, "10.0.0.1", 5061), peer=stream)
    via = f"SIP/2.0/{transport.upper()} 10.0.0.2;branch=z9hG4bKa"
    required = "Require: 100rel\r\n"
    wire.get("INVITE", via=via, contact=f"<{theirs}>", headers=required, body=b"offer")
    wire.take()
    call = wire.app.calls[0]
    call.ring()
    ringing = wire.take_response()
    assert contact(ringing) == ours
    wire.in_dialog(
        "PRACK", 2, contact=f"<{theirs}>", headers=f"RAck: {ringing.header('rseq')} 1 INVITE\r\n"
    )
    assert contact(wire.take_response()) == ours
    call.answer(b"answer")
    assert contact(wire.take_response()) == ours
    wire.in_dialog("ACK", 1)
    call.reinvite(b"offer")
    reinvite = wire.take_request()
    assert (contact(reinvite), reinvite.uri) == (ours, theirs)


@pytest.mark.parametrize("scheme", ["sip", "sips"])
def test_our_contact_is_of_the_called_side_s_kind(scheme: str) -> None:
    there = Address("tls", "10.0.0.2", 5061)
    wire = Wire(local=Address("tls", "10.0.0.1", 5061), peer=there)
    uri = f"{scheme}:4001@{there.host_port}"
    wire.endpoint.invite(OutgoingInvite(uri, there, "sip:100@x", uri, b"offer"), Recorder())
    assert contact(wire.take_request()).startswith(f"{scheme}:10.0.0.1:5061")
