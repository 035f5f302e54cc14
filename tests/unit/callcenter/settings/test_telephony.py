"""Telephone numbers, and where calls go on to."""

import pytest

from tests.support.site_file import changed, problems


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "[[queue]]",
            '[routing]\ncountry = "XX"\n[[queue]]',
            "site.toml:10: routing.country: 'XX' is not a country's two letters (ISO 3166)",
        ),
        (
            'dnis = "4001"',
            "dnis = 4001",
            'site.toml:13: number[4001].dnis: must be text: write it in quotes, like "4001"',
        ),
        (
            'seat_no = "8001"',
            'seat_no = "80"',
            "site.toml:16: seat[80].seat_no: '80' is not a seat number (3 to 6 digits)",
        ),
        (
            'seat_no = "8001"',
            'seat_no = "8001"\nforward_busy = "8x"',
            "site.toml:17: seat[8001].forward_busy: '8x' is not a target; write hangup, busy, "
            "voicemail, voicemail:BOX, queue:NAME, flow:NAME or number:DIGITS; or a number to dial",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\non_timeout = "voice mail"',
            "site.toml:12: queue[sales].on_timeout: 'voice mail' is not a target; "
            "did you mean 'voicemail'?",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 2 }\non_no_agents = 20",
            "site.toml:12: queue[sales].on_no_agents: must be text: "
            "hangup, busy, voicemail, voicemail:BOX, queue:NAME, flow:NAME or number:DIGITS",
        ),
    ],
)
def test_what_is_no_number_and_no_target_is_told(old: str, new: str, expected: str) -> None:
    assert problems(changed(old, new)) == [expected]
