"""The message lamp (RFC 3842): subscriptions and those who are told unasked."""

from typing import Any

import pytest

from sip import Credentials, Expiry, Mailbox
from sip.digest import Challenge
from sip.message import Request, Response
from sip.message_waiting import MAX_OF_USER
from tests.support.sip_bench import PHONE
from tests.support.sip_wire import Wire

EVENT = "Event: message-summary\r\n"


class Desk:
    """A wire to the phone of seat 8001, which answers challenges."""

    def __init__(self, **settings: Any) -> None:
        self.wire = Wire(peer=PHONE, expiry=Expiry(30, 3600, 3600), **settings)
        self.wire.app.passwords["8001"] = "secret"
        self.wire.app.mailboxes["8001"] = Mailbox(2, 8, "sip:97@pbx")
        self.cseq = 0

    def ask(
        self, method: str = "SUBSCRIBE", headers: str = "", call_id: str = "sub-1"
    ) -> list[Any]:
        """A request with digest; what comes back after the challenge."""
        uri = "sip:8001@pbx"
        fields: dict[str, object] = {
            "uri": uri,
            "call_id": call_id,
            "from_": "<sip:8001@pbx>;tag=p1",
            "to": "<sip:8001@pbx>",
        }
        self._get(method, headers=headers, **fields)
        challenge = self.wire.take_response().header("www-authenticate")
        assert challenge is not None
        value = Challenge.parse(challenge).answer(method, uri, Credentials("8001", "secret"), "cn")
        self._get(method, headers=f"{headers}Authorization: {value}\r\n", **fields)
        return self.took()

    def subscribed(self, headers: str = "") -> tuple[Response, Request]:
        ok, notify = self.ask(headers=EVENT + headers)
        return ok, notify

    def again(self, ok: Response, headers: str) -> list[Any]:
        """A SUBSCRIBE inside the dialog."""
        to = f"<sip:8001@pbx>;tag={ok.to_tag}"
        from_ = "<sip:8001@pbx>;tag=p1"
        self._get("SUBSCRIBE", to=to, from_=from_, call_id=ok.call_id, headers=EVENT + headers)
        return self.took()

    def took(self) -> list[Any]:
        """What was sent, parsed."""
        return list(self.wire.take())

    def _get(self, method: str, **fields: object) -> None:
        self.cseq += 1
        self.wire.get(method, cseq=self.cseq, branch=f"z9hG4bK{self.cseq}", **fields)


def test_a_subscriber_is_told_at_once_and_at_each_change() -> None:
    desk = Desk()
    ok, notify = desk.subscribed("Expires: 600\r\n")
    assert (ok.code, ok.header("expires")) == (200, "600")
    assert ok.contact is not None
    assert notify.method == "NOTIFY"
    assert (notify.call_id, notify.from_tag, notify.to_tag) == ("sub-1", ok.to_tag, "p1")
    assert notify.header("event") == "message-summary"
    assert notify.header("subscription-state") == "active;expires=600"
    assert notify.content_type == "application/simple-message-summary"
    assert notify.body == (
        b"Messages-Waiting: yes\r\nMessage-Account: sip:97@pbx\r\nVoice-Message: 2/8 (0/0)\r\n"
    )
    desk.wire.answer(notify, 200)

    desk.wire.endpoint.mailbox_changed("8001")
    assert desk.took() == [], "nothing has changed"
    desk.wire.app.mailboxes["8001"] = Mailbox(0, 10)
    desk.wire.endpoint.mailbox_changed("8001")
    (notify,) = desk.took()
    assert notify.body == b"Messages-Waiting: no\r\nVoice-Message: 0/10 (0/0)\r\n"
    assert notify.cseq == 2


def test_changes_while_a_notify_is_under_way_are_told_after_it() -> None:
    desk = Desk()
    _, notify = desk.subscribed()
    for new in (3, 4, 5):
        desk.wire.app.mailboxes["8001"] = Mailbox(new)
        desk.wire.endpoint.mailbox_changed("8001")
    assert desk.took() == []
    desk.wire.answer(notify, 200)
    (last,) = desk.took()
    assert b"Voice-Message: 5/0" in last.body


def test_a_subscription_is_prolonged_and_ended_by_the_phone() -> None:
    desk = Desk()
    ok, notify = desk.subscribed("Expires: 60\r\n")
    desk.wire.answer(notify, 200)
    desk.wire.advance(50)
    renewed, notify = desk.again(ok, "Expires: 60\r\n")
    assert (renewed.code, renewed.header("expires")) == (200, "60")
    desk.wire.answer(notify, 200)
    desk.wire.advance(50)
    assert len(desk.wire.endpoint.message_waiting) == 1

    _, last = desk.again(ok, "Expires: 0\r\n")
    assert last.header("subscription-state") == "terminated;reason=timeout"
    assert len(desk.wire.endpoint.message_waiting) == 0
    assert [it.code for it in desk.again(ok, "")] == [481]


def test_a_subscription_expires() -> None:
    desk = Desk()
    _, notify = desk.subscribed("Expires: 60\r\n")
    desk.wire.answer(notify, 200)
    desk.wire.advance(60)
    (last,) = desk.took()
    assert last.header("subscription-state") == "terminated;reason=timeout"
    assert len(desk.wire.endpoint.message_waiting) == 0


def test_a_look_without_subscription() -> None:
    """RFC 6665 §4.4.3: Expires 0 fetches."""
    desk = Desk()
    _, notify = desk.subscribed("Expires: 0\r\n")
    assert notify.header("subscription-state") == "terminated;reason=timeout"
    assert b"2/8" in notify.body


@pytest.mark.parametrize("code", [481, 404])
def test_who_refuses_to_be_told_is_forgotten(code: int) -> None:
    desk = Desk()
    _, notify = desk.subscribed()
    desk.wire.answer(notify, code)
    assert len(desk.wire.endpoint.message_waiting) == 0


def test_who_does_not_answer_is_forgotten() -> None:
    desk = Desk()
    desk.subscribed()
    desk.wire.advance(40)
    assert len(desk.wire.endpoint.message_waiting) == 0


@pytest.mark.parametrize(
    ("headers", "code", "field"),
    [
        ("", 489, "allow-events"),
        ("Event: presence\r\n", 489, "allow-events"),
        (EVENT + "Accept: application/pidf+xml\r\n", 406, "accept"),
        (EVENT + "Expires: 5\r\n", 423, "min-expires"),
    ],
)
def test_what_is_refused(headers: str, code: int, field: str) -> None:
    (refusal,) = Desk().ask(headers=headers)
    assert refusal.code == code
    assert refusal.header(field)


def test_a_seat_without_mailbox() -> None:
    desk = Desk()
    desk.wire.app.mailboxes.clear()
    (refusal,) = desk.ask(headers=EVENT)
    assert refusal.code == 404
    desk.wire.endpoint.mailbox_changed("8001")
    assert desk.took() == []


def test_subscriptions_are_bounded() -> None:
    desk = Desk()
    for n in range(MAX_OF_USER + 1):
        desk.ask(headers=EVENT, call_id=f"sub-{n}")
    assert len(desk.wire.endpoint.message_waiting) == MAX_OF_USER

    desk = Desk(max_subscriptions=1)
    desk.ask(headers=EVENT)
    (refusal,) = desk.ask(headers=EVENT, call_id="sub-2")
    assert refusal.code == 503
    assert refusal.header("retry-after")


def test_the_id_of_the_event_is_kept() -> None:
    desk = Desk()
    _, notify = desk.ask(headers="Event: message-summary;id=7\r\n")
    assert notify.header("event") == "message-summary;id=7"


def test_a_phone_that_only_registered_is_told_unasked() -> None:
    desk = Desk()
    (ok,) = desk.ask("REGISTER", call_id="reg")
    assert ok.code == 200
    desk.wire.endpoint.mailbox_changed("8001")
    (notify,) = desk.took()
    assert (notify.method, notify.uri, notify.to_tag) == ("NOTIFY", "sip:100@10.0.0.2:5060", "")
    assert (notify.header("subscription-state") or "").startswith("terminated")
    assert b"Voice-Message: 2/8" in notify.body
    desk.wire.answer(notify, 481)

    desk.ask(headers=EVENT)
    desk.wire.app.mailboxes["8001"] = Mailbox(1)
    desk.wire.endpoint.mailbox_changed("8001")
    assert desk.took() == [], "a subscriber is told once, in the dialog"


def test_a_stranger_learns_nothing() -> None:
    wire = Wire(peer=PHONE)
    assert wire.get("SUBSCRIBE", headers=EVENT) == ["401 SUBSCRIBE"]
    wire.take()
    assert wire.get("MESSAGE", branch="z9hG4bKm", body=b"x") == ["401 MESSAGE"]
    assert len(wire.endpoint.message_waiting) == 0


def test_a_seat_s_message_is_refused_while_nobody_reads_it() -> None:
    (refusal,) = Desk().ask("MESSAGE")
    assert refusal.code == 405
    assert "INVITE" in (refusal.header("allow") or "")


def test_a_subscription_through_a_proxy_keeps_its_route() -> None:
    """RFC 3261 §12.1.1: the phone learns it from the 200, we have it from the SUBSCRIBE."""
    route = ["<sip:10.0.0.8;lr>", "<sip:10.0.0.9;lr>"]
    ok, notify = Desk().subscribed("".join(f"Record-Route: {hop}\r\n" for hop in route))
    assert ok.items("record-route") == route
    assert notify.items("route") == route
