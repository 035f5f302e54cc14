"""Messages by kind: every sender is counted, nobody makes the table grow."""

from sip.message import Request, Response
from sip.tally import METHODS, MessageTally


def test_received_messages_are_counted_by_method_and_status() -> None:
    tally = MessageTally()
    for method in ("INVITE", "BYE", "BYE"):
        tally.received(Request(method, "sip:a@b", {}, b""))
    tally.received(Response(200, "OK", {}, b""))
    tally.received(Response(183, "", {}, b""))

    assert tally.requests_received() == {"INVITE": 1, "BYE": 2}
    assert tally.responses_received() == {183: 1, 200: 1}


def test_methods_that_strangers_invent_share_one_counter() -> None:
    tally = MessageTally()
    for number in range(1000):
        tally.received(Request(f"M{number}", "sip:a@b", {}, b""))
    assert tally.requests_received() == {"other": 1000}


def test_sent_messages_are_told_apart_by_their_first_bytes() -> None:
    tally = MessageTally()
    for method in METHODS:
        tally.sent(f"{method} sip:a@b SIP/2.0\r\n".encode())
    tally.sent(b"SIP/2.0 200 OK\r\n")
    tally.sent(b"SIP/2.0 200 OK\r\n")
    tally.sent(b"SIP/2.0 486 Busy Here\r\n")

    assert tally.requests_sent() == dict.fromkeys(METHODS, 1)
    assert tally.responses_sent() == {200: 2, 486: 1}
