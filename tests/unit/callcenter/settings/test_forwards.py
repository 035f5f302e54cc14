"""Forwards that come back to where they began are named before anybody calls."""

import pytest

from tests.support.site_file import SITE, changed, warnings

_SECOND = '[[seat]]\nseat_no = "8002"\npassword = "x"\n'
_THIRD = '[[seat]]\nseat_no = "8003"\npassword = "x"\n'


@pytest.mark.parametrize("key", ["forward_always", "forward_busy", "forward_no_answer"])
def test_a_seat_that_forwards_to_itself(key: str) -> None:
    text = changed('password = "phone-8001"', f'password = "phone-8001"\n{key} = "8001"')
    assert warnings(text) == [f"site.toml:18: seat[8001].{key}: forwards to itself"]


def test_a_circle_is_told_once_also_over_a_number() -> None:
    first = changed('password = "phone-8001"', 'password = "phone-8001"\nforward_busy = "4002"')
    number = '[[number]]\ndnis = "4002"\nextension = "8002"\n'
    text = (
        first
        + number
        + f'{_SECOND}forward_always = "8003"\nforward_busy = "8002"\n'
        + f'{_THIRD}forward_no_answer = "8001"\n'
    )
    assert warnings(text) == [
        "site.toml:18: seat[8001].forward_busy: comes back to the seat: 8001 → 8002 → 8003 → 8001"
    ]


def test_forwards_that_end_are_nobodys_mistake() -> None:
    text = (
        SITE
        + f'{_SECOND}forward_always = "8001"\nforward_busy = "8002"\n'
        + f'{_THIRD}forward_busy = "8002"\nforward_no_answer = "013800138000"\n'
    )
    assert warnings(text) == []
