"""The message-summary package between a phone and the endpoint: RFC 3842 §3 to §5."""

from sip import Mailbox
from tests.unit.sip.test_message_waiting import EVENT, Desk


def test_4_the_example_flow() -> None:
    """A1–A8 of §4: subscribe, notified at once, notified of a change, unsubscribe."""
    desk = Desk()
    ok, first = desk.ask(headers=f"{EVENT}Accept: application/simple-message-summary\r\n")
    assert (ok.code, first.method) == (200, "NOTIFY")
    desk.wire.answer(first, 200)
    desk.wire.app.mailboxes["8001"] = Mailbox(4, 8)
    desk.wire.endpoint.mailbox_changed("8001")
    (second,) = desk.took()
    assert (second.cseq, second.call_id) == (first.cseq + 1, first.call_id)
    desk.wire.answer(second, 200)
    done, last = desk.again(ok, "Expires: 0\r\n")
    assert (done.code, done.header("expires")) == (200, "0")
    assert (last.header("subscription-state") or "").startswith("terminated")


def test_3_5_the_summary_leads_with_the_status_line() -> None:
    """§5.2: Messages-Waiting first, then the account, then the counts by class."""
    lines = Mailbox(2, 8, "sip:alice@vmail.example.com").summary().decode().split("\r\n")
    assert lines == [
        "Messages-Waiting: yes",
        "Message-Account: sip:alice@vmail.example.com",
        "Voice-Message: 2/8 (0/0)",
        "",
    ]


def test_3_4_the_subscription_lasts_an_hour_unless_asked_otherwise() -> None:
    ok, _ = Desk().ask(headers=EVENT)
    assert ok.header("expires") == "3600"
