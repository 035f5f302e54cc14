"""Secrets leave neither by the screen nor by a file, and nothing else is touched."""

import pytest

from callcenter.trace.redact import redacted
from tests.support.trace_rig import request


@pytest.mark.parametrize(
    "secret",
    [
        'Authorization: Digest username="8001", uri="sip:x", response="SECRET", cnonce="SECRET"',
        "proxy-authorization: Digest username=8001,RESPONSE = SECRET",
        'Authorization: Digest\r\n response="SECRET"',
        'Authorization: Digest username="8001";response="SECRET"',
        "Authorization: Bearer SECRET",
        "Contact: <sip:8001:SECRET@10.0.0.1>",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET|2^20|1:4",
        "a=ice-pwd:SECRET",
    ],
)
def test_secrets_are_struck_out(secret: str) -> None:
    data = request("INVITE", "a", secret)
    shown = redacted(data)
    assert b"SECRET" not in shown
    assert len(shown) == len(data)
    assert shown.count(b"*") == data.count(b"SECRET") * 6


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "Signal=*\r\nDuration=160\r\n"),
        ("application/dtmf-relay", "Signal= 5\nDuration= 160", "Signal= *\nDuration= 160"),
        ("Application/DTMF", "5", "*"),
        ("application/dtmf", "11", "**"),
        ("application/vnd.nortelnetworks.digits", "d=5", "d=*"),
        ("audio/telephone-event", "d=5\r\n", "d=*\r\n"),
    ],
)
@pytest.mark.parametrize("field", ["Content-Type: ", "c:"])
def test_keys_are_struck_out(field: str, kind: str, body: str, shown: str) -> None:
    """Who presses them may be entering a PIN."""
    data = request("INFO", "a", f"{field}{kind}", body=body)
    assert redacted(data).decode() == data.decode().removesuffix(body) + shown


def test_keys_among_other_parts_are_struck_out() -> None:
    parts = (
        "--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        "--x\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=5\r\n--x--\r\n"
    )
    data = request("INFO", "a", "Content-Type: multipart/mixed;boundary=x", body=parts)
    assert b"hello" in redacted(data)
    assert b"Signal=*" in redacted(data)


def test_a_session_description_that_offers_keys_is_left_as_it_is() -> None:
    offer = "v=0\r\na=rtpmap:101 telephone-event/8000\r\n"
    data = request("INVITE", "a", "Content-Type: application/sdp", body=offer)
    assert redacted(data) == data


def test_what_holds_no_secret_is_left_as_it_is() -> None:
    data = request("INVITE", "a", "Contact: <sip:8001@10.0.0.1:5060>", body="response=1")
    assert redacted(data) is data or redacted(data) == data


def test_hostile_text_takes_no_time() -> None:
    data = b"Authorization: " + b"response=" * 7000 + b"sip:" * 7000 + b"@"
    assert len(redacted(data)) == len(data)
