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
    ],
)
def test_secrets_are_struck_out(secret: str) -> None:
    data = request("INVITE", "a", secret)
    shown = redacted(data)
    assert b"SECRET" not in shown
    assert len(shown) == len(data)
    assert shown.count(b"*") == data.count(b"SECRET") * 6


def test_what_holds_no_secret_is_left_as_it_is() -> None:
    data = request("INVITE", "a", "Contact: <sip:8001@10.0.0.1:5060>", body="response=1")
    assert redacted(data) is data or redacted(data) == data


def test_hostile_text_takes_no_time() -> None:
    data = b"Authorization: " + b"response=" * 7000 + b"sip:" * 7000 + b"@"
    assert len(redacted(data)) == len(data)
