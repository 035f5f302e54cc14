"""The header values of RFC 3326 §2."""

import pytest

from sip import Reason
from sip.reason import parse_reasons


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            'SIP ;cause=200 ;text="Call completed elsewhere"',
            Reason("SIP", 200, "Call completed elsewhere"),
        ),
        ('Q.850 ;cause=16 ;text="Terminated"', Reason("Q.850", 16, "Terminated")),
        ('SIP ;cause=600 ;text="Busy Everywhere"', Reason("SIP", 600, "Busy Everywhere")),
        (
            'SIP ;cause=580 ;text="Precondition Failure"',
            Reason("SIP", 580, "Precondition Failure"),
        ),
    ],
)
def test_2_values(value: str, expected: Reason) -> None:
    assert parse_reasons([value]) == (expected,)
