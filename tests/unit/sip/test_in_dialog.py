"""INFO, MESSAGE, NOTIFY and REFER inside a call."""

import pytest

from sip import FLASH, Address, Call, CallEnd, Credentials, Info, Referral, Replaces, Trunk
from sip.message import Request, Response
from tests.support.sip_bench import CARRIER, Recorder
from tests.support.sip_wire import Wire, invite_to


class Listener(Recorder):
    """Notes what it is told within the call."""

    refer_code = 202
    referrals: list[Referral]

    def on_info(self, call: Call, info: Info) -> None:
        self.log.append(("info", info))

    def on_message(self, call: Call, content_type: str, body: bytes) -> bool:
        self.log.append((content_type, body))
        return True

    def on_notify(self, call: Call, event: str, content_type: str, body: bytes) -> bool:
        self.log.append((event, body))
        return event == "talk"

    def on_refer(self, call: Call, referral: Referral) -> int:
        self.referrals = [referral]
        return self.refer_code


def confirmed() -> tuple[Wire, Call, Listener]:
    """A wire with a confirmed incoming call, nothing waiting to be taken."""
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    call, listener = wire.app.calls[0], Listener()
    call.handler = listener
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    listener.log.clear()
    return wire, call, listener


def info(body: bytes, content_type: str, **fields: object) -> tuple[Response, list[object]]:
    wire, _, listener = confirmed()
    headers = f"Content-Type: {content_type}\r\n" if content_type else ""
    headers += str(fields.get("headers", ""))
    wire.in_dialog("INFO", 2, headers=headers, body=body)
    return wire.take_response(), [told for _, told in listener.log]


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", Info("5", 160)),
        ("application/dtmf-relay", b"Signal= *\nDuration= 250\n", Info("*", 250)),
        ("Application/DTMF-Relay; x=y", b"signal=10\r\n", Info("*")),
        ("application/dtmf-relay", b"Signal=11\r\nDuration=no\r\n", Info("#")),
        ("application/dtmf-relay", b"s=d", Info("D")),
        ("application/dtmf-relay", b"Signal=16\r\nDuration=9999999\r\n", Info(FLASH)),
        ("application/dtmf-relay", b"Signal=flash\r\n", Info(FLASH)),
        ("application/dtmf-relay", b"Signal=!\r\n", Info(FLASH)),
        ("application/dtmf", b"7", Info("7")),
        ("application/dtmf", b"16\r\n", Info(FLASH)),
        ("application/dtmf", b"Signal=3\r\n", Info("3")),
        ("application/vnd.nortelnetworks.digits", b"d=9\r\nduration=70\r\n", Info("9", 70)),
        ("application/hook-flash", b"", Info(FLASH)),
        ("application/hook-flash", b"signal=hf", Info(FLASH)),
    ],
)
def test_a_key_by_info(content_type: str, body: bytes, expected: Info) -> None:
    answer, told = info(body, content_type)
    assert answer.code == 200
    assert told == [expected]


def test_an_empty_info_says_nothing() -> None:
    answer, told = info(b"", "")
    assert (answer.code, told) == (200, [])


@pytest.mark.parametrize("body", [b"", b"Signal=", b"Signal=12345", b"Signal=E", b"\xff" * 900])
def test_an_info_without_a_key_is_refused(body: bytes) -> None:
    answer, told = info(body, "application/dtmf-relay")
    assert (answer.code, told) == (400, [])


def test_other_content_and_packages_are_refused_with_what_is_taken() -> None:
    answer, told = info(b"<x/>", "application/media_control+xml")
    assert (answer.code, told) == (415, [])
    assert "application/dtmf-relay" in (answer.header("accept") or "")

    answer, told = info(b"5", "application/dtmf", headers="Info-Package: x-keys\r\n")
    assert (answer.code, told) == (469, [])
    assert answer.header("recv-info") == ""


def test_a_message_in_a_call_is_told() -> None:
    wire, _, listener = confirmed()
    headers = "Content-Type: text/plain\r\n"
    assert wire.in_dialog("MESSAGE", 2, headers=headers, body=b"hi") == ["200 MESSAGE"]
    assert listener.log == [("text/plain", b"hi")]


def test_what_the_application_has_no_use_for_is_refused() -> None:
    wire, call, _ = confirmed()
    call.handler = Recorder()
    assert wire.in_dialog("MESSAGE", 2, body=b"hi") == ["405 MESSAGE"]
    wire.take()
    assert wire.in_dialog("NOTIFY", 3, headers="Event: talk\r\n") == ["489 NOTIFY"]
    assert wire.take_response().header("allow-events") == "refer"
    assert wire.in_dialog("REFER", 4, headers="Refer-To: <sip:5@x>\r\n") == ["603 REFER"]


def test_a_notify_of_another_package_is_told() -> None:
    wire, _, listener = confirmed()
    assert wire.in_dialog("NOTIFY", 2, headers="Event: Talk;id=7\r\n") == ["200 NOTIFY"]
    wire.take()
    assert wire.in_dialog("NOTIFY", 3, headers="Event: dance\r\n") == ["489 NOTIFY"]
    wire.take()
    assert wire.in_dialog("NOTIFY", 4, headers="Event: refer\r\n") == ["481 NOTIFY"]
    assert listener.log == [("talk", b""), ("dance", b"")]


def refer(wire: Wire, headers: str, cseq: int = 2) -> list[str]:
    return wire.in_dialog("REFER", cseq, headers=headers)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ('"Ann" <sip:100@10.0.0.2?Subject=x>;cid="2UWQFN309shb3@a"', "<sip:100@10.0.0.2>"),
        ("sip:100@10.0.0.2;cid=x", "<sip:100@10.0.0.2>"),
        ("<tel:+8610>", "<tel:+8610>"),
        ("<<<", ""),
        ("<sip:" + "9" * 300 + "@h>", ""),
        ("", ""),
    ],
)
def test_who_refers_is_kept_as_a_uri(value: str, kept: str) -> None:
    wire, _, listener = confirmed()
    refer(wire, f"Refer-To: <sip:2001@10.0.0.1>\r\nReferred-By: {value}\r\n")
    assert listener.referrals[0].referred_by == kept


def test_a_referral_is_told_from_trying_to_its_end() -> None:
    wire, _, listener = confirmed()
    lines = "Refer-To: <sip:2001@10.0.0.1>\r\nReferred-By: <sip:100@10.0.0.2>\r\n"
    assert refer(wire, lines) == ["202 REFER", "NOTIFY"]
    _, trying = wire.take()
    assert isinstance(trying, Request)
    assert trying.header("event") == "refer;id=2"
    assert trying.header("subscription-state") == "active;expires=180"
    assert (trying.content_type, trying.body) == ("message/sipfrag", b"SIP/2.0 100 Trying\r\n")
    [referral] = listener.referrals
    assert (referral.target, referral.target_user) == ("sip:2001@10.0.0.1", "2001")
    assert (referral.replaces, referral.replaced) == (None, None)
    assert referral.referred_by == "<sip:100@10.0.0.2>"

    referral.notify(180)
    assert wire.take_request().body == b"SIP/2.0 180 Ringing\r\n"
    referral.notify(486)
    last = wire.take_request()
    assert last.body == b"SIP/2.0 486 Busy Here\r\n"
    assert last.header("subscription-state") == "terminated;reason=noresource"
    referral.notify(200)
    assert wire.take() == []
    assert refer(wire, lines, 3) == ["202 REFER", "NOTIFY"], "the next one is welcome"


def test_only_one_referral_at_a_time() -> None:
    wire, _, _ = confirmed()
    refer(wire, "Refer-To: sip:2001@10.0.0.1\r\n")
    wire.take()
    assert refer(wire, "Refer-To: sip:2002@10.0.0.1\r\n", 3) == ["491 REFER"]


def test_a_bye_that_the_last_notify_overtakes_is_sent_once_more() -> None:
    """For the other side it came out of order (RFC 3261 §12.2.2): it would never hang up."""
    wire, call, listener = confirmed()
    refer(wire, "Refer-To: <sip:2001@10.0.0.1>\r\n")
    wire.take()
    [referral] = listener.referrals
    call.hangup()
    bye = wire.take_request()
    referral.notify(487)
    notify = wire.take_request()
    assert (bye.method, notify.method, notify.cseq) == ("BYE", "NOTIFY", bye.cseq + 1)

    wire.answer(bye, 500)
    again = wire.take_request()
    assert (again.method, again.cseq) == ("BYE", notify.cseq + 1)
    wire.answer(again, 500)
    assert wire.take() == []


def test_a_referrer_that_does_not_listen_is_told_no_more() -> None:
    wire, _, listener = confirmed()
    refer(wire, "Refer-To: sip:2001@10.0.0.1\r\n")
    _, trying = wire.take()
    assert isinstance(trying, Request)
    wire.answer(trying, 481)
    listener.referrals[0].notify(200)
    assert wire.take() == []


@pytest.mark.parametrize(
    "headers", ["Refer-Sub: false\r\n", "Refer-Sub: False\r\nRequire: norefersub\r\n"]
)
def test_a_referral_without_subscription(headers: str) -> None:
    """RFC 4488."""
    wire, _, listener = confirmed()
    assert refer(wire, "Refer-To: sip:2001@10.0.0.1\r\n" + headers) == ["202 REFER"]
    assert wire.take_response().header("refer-sub") == "false"
    listener.referrals[0].notify(200)
    assert wire.take() == []


def test_an_attended_transfer_names_another_call_of_ours() -> None:
    wire, _, listener = confirmed()
    other = wire.endpoint.invite(invite_to(CARRIER), Recorder())
    wire.answer(wire.take_request(), 200, tag="there")
    wire.take()
    replaces = other.as_replaced
    assert replaces is not None
    assert replaces.to_tag == "there", "as the other side sees it"
    ours = Replaces(replaces.call_id, replaces.from_tag, replaces.to_tag)
    escaped = str(ours).replace(";", "%3B").replace("=", "%3D")
    assert (
        refer(wire, f"Refer-To: <sip:2001@10.0.0.1?Replaces={escaped}&X=1>\r\n")[0] == "202 REFER"
    )
    [referral] = listener.referrals
    assert (referral.target, referral.replaces) == ("sip:2001@10.0.0.1", ours)
    assert referral.replaced is other


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ("", 400),
        ("Refer-To: sip:1@x\r\nRefer-To: sip:2@x\r\n", 400),
        ("Refer-To: <sip:1@x\r\n", 400),
        ("Refer-To: <http://x/>\r\n", 416),
        ("Refer-To: <sip:1@x;method=BYE>\r\n", 603),
        ("Refer-To: <sip:1@x?Replaces=a%3Bto-tag%3D1>\r\n", 400),
        ("Refer-To: <sip:1@x?Replaces=%ff>\r\n", 400),
    ],
)
def test_a_referral_that_cannot_be_followed(headers: str, code: int) -> None:
    wire, _, listener = confirmed()
    assert refer(wire, headers) == [f"{code} REFER"]
    assert not hasattr(listener, "referrals")


def test_an_early_dialog_is_not_transferred() -> None:
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    wire.take()
    assert refer(wire, "Refer-To: sip:1@x\r\n") == ["491 REFER"]


def test_outside_a_call_there_is_nothing_to_refer() -> None:
    wire = Wire()
    assert wire.get("REFER", headers="Refer-To: sip:1@x\r\n") == ["403 REFER"]
    wire.take()
    assert wire.get("MESSAGE", branch="z9hG4bKm", body=b"hi") == ["401 MESSAGE"], (
        "a seat's phone is told more"
    )


def sent_refer(**options: object) -> tuple[Wire, Call, list[tuple[int, str]], Request]:
    """A wire with a REFER of ours on its way."""
    wire, call, _ = confirmed()
    told: list[tuple[int, str]] = []
    options.setdefault("referred_by", "<sip:pbx@10.0.0.1>")
    assert call.refer("sip:9@10.0.0.9", lambda *it: told.append(it), **options)  # type: ignore[arg-type]
    return wire, call, told, wire.take_request()


def report(wire: Wire, status: str, state: str, cseq: int) -> list[str]:
    headers = f"Event: refer\r\nSubscription-State: {state}\r\nContent-Type: message/sipfrag\r\n"
    return wire.in_dialog("NOTIFY", cseq, headers=headers, body=status.encode())


def test_our_refer_is_reported_to_the_application() -> None:
    wire, call, told, request = sent_refer()
    assert request.header("refer-to") == "<sip:9@10.0.0.9>"
    assert request.header("referred-by") == "<sip:pbx@10.0.0.1>"
    assert not call.refer("sip:8@10.0.0.9", lambda *it: None), "one at a time"
    wire.answer(request, 202)
    assert report(wire, "SIP/2.0 180 Ringing\r\n", "active;expires=60", 2) == ["200 NOTIFY"]
    wire.take()
    assert report(wire, "SIP/2.0 200 OK", "terminated;reason=noresource", 3) == ["200 NOTIFY"]
    assert told == [(100, "Trying"), (180, "Ringing"), (200, "OK")]
    wire.take()
    assert report(wire, "SIP/2.0 200 OK", "terminated", 4) == ["481 NOTIFY"]


@pytest.mark.parametrize("body", ["", "nonsense", "SIP/2.0 999 X", "SIP/2.0 180 Ringing"])
def test_a_subscription_that_ends_without_result(body: str) -> None:
    wire, _, told, request = sent_refer()
    wire.answer(request, 202)
    report(wire, body, "terminated;reason=timeout", 2)
    assert told[-1] == (408, "Request Timeout")


def test_a_refused_refer() -> None:
    wire, call, told, request = sent_refer()
    wire.answer(request, 603)
    assert told == [(603, "Decline")]
    assert call.refer("sip:8@10.0.0.9", lambda *it: None), "another may be tried"


def test_a_refer_that_nobody_answers() -> None:
    wire, _, told, _ = sent_refer()
    wire.advance(33)
    assert told == [(408, "Request Timeout")]


def test_our_refer_of_a_call_to_another_of_ours() -> None:
    wire, call, _ = confirmed()
    other = wire.endpoint.invite(invite_to(CARRIER), Recorder())
    wire.answer(wire.take_request(), 200, tag="b;b")
    wire.take()
    assert call.refer("sip:9@10.0.0.9", lambda *it: None, replaces=other)
    value = wire.take_request().header("refer-to") or ""
    assert value.startswith("<sip:9@10.0.0.9?Replaces=")
    assert ";" not in value


def test_a_target_with_headers_is_a_mistake_of_ours() -> None:
    _, call, _ = confirmed()
    with pytest.raises(ValueError, match="bare URI"):
        call.refer("sip:9@x?Subject=y", lambda *it: None)


def test_the_bye_of_a_call_that_came_in_is_sent_again_with_credentials() -> None:
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    call = wire.app.calls[0]
    call.credentials = Credentials("us", "secret")
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    call.hangup()
    challenge = 'Proxy-Authenticate: Digest realm="carrier", nonce="n", qop="auth"\r\n'
    assert wire.answer(wire.take_request(), 407, headers=challenge) == ["BYE"]
    assert 'username="us"' in (wire.take_request().header("proxy-authorization") or "")


@pytest.mark.parametrize("listed", [False, True])
def test_a_password_goes_to_nobody_but_the_trunk_whose_it_is(listed: bool) -> None:
    """A caller's own Contact could challenge us, and place calls with our answer."""
    there = "203.0.113.5"
    hosts = (CARRIER.host, there) if listed else (CARRIER.host,)
    wire = Wire(trunks=(Trunk("carrier", hosts),))
    wire.get("INVITE", contact=f"<sip:0900@{there}>", body=b"offer")
    call = wire.app.calls[0]
    call.credentials = Credentials("us", "secret")
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    call.reinvite(b"offer")
    challenge = 'WWW-Authenticate: Digest realm="carrier", nonce="n", qop="auth"\r\n'
    wire.answer(wire.take_request(), 401, headers=challenge)
    assert any(message.header("authorization") for message in wire.take()) is listed


class HangsUp(Recorder):
    """Ends another call with its own."""

    def __init__(self, other: Call) -> None:
        super().__init__()
        self.other = other

    def on_ended(self, call: Call, end: CallEnd) -> None:
        self.other.hangup()


def test_a_call_that_was_hung_up_before_its_ack_goes_with_its_connection() -> None:
    """Both legs of a call may stand on one connection: the end of one hangs up the other."""
    stream = Address("tcp", "10.0.0.2", 40000)
    wire = Wire(local=Address("tcp", "10.0.0.1", 5060), peer=stream)
    for call_id in ("1", "2"):
        via = f"SIP/2.0/TCP 10.0.0.2;branch=z9hG4bK{call_id}"
        wire.get("INVITE", call_id=call_id, via=via, contact="<sip:x@phone.invalid>")
    one, two = wire.app.calls
    for call, other in ((one, two), (two, one)):
        call.answer(b"answer")
        call.handler = HangsUp(other)
    wire.endpoint.connection_lost(stream, 1000.0)
    wire.advance(60.0)
    assert wire.is_quiet()
