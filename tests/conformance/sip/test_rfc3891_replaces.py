"""The header values of RFC 3891 §6.1 and the rules of §3, as a user agent server meets them."""

import pytest

from sip import Replaces
from sip.replaces import parse_replaces
from tests.support.sip_wire import Wire


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "98732@sip.example.com\r\n ;from-tag=r33th4x0r\r\n ;to-tag=ff87ff".replace("\r\n", ""),
            Replaces("98732@sip.example.com", "ff87ff", "r33th4x0r"),
        ),
        (
            "12adf2f34456gs5;to-tag=12345;from-tag=54321",
            Replaces("12adf2f34456gs5", "12345", "54321"),
        ),
        (
            "87134@171.161.34.23;to-tag=24796;from-tag=0",
            Replaces("87134@171.161.34.23", "24796", "0"),
        ),
        (
            "425928@bobster.example.org;to-tag=7743;from-tag=6472;early-only",
            Replaces("425928@bobster.example.org", "7743", "6472", early_only=True),
        ),
    ],
)
def test_6_1_values(value: str, expected: Replaces) -> None:
    assert parse_replaces(value) == expected


def test_3_only_an_invite_may_replace() -> None:
    wire = Wire()
    assert wire.get("OPTIONS", headers="Replaces: a;to-tag=b;from-tag=c\r\n") == ["400 OPTIONS"]
