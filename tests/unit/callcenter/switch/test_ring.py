"""The addresses that agents' phones are called with."""

import pytest

from callcenter.switch.sip_uri import sip_uri


@pytest.mark.parametrize(
    ("user", "uri"),
    [
        ("13800138000", "sip:13800138000@site"),
        ("+8613800138000", "sip:+8613800138000@site"),
        ("a@b", "sip:a%40b@site"),
        ('"><x', "sip:%22%3E%3Cx@site"),
        ("王", "sip:%E7%8E%8B@site"),
        ("a;b", "sip:a;b@site"),
    ],
)
def test_what_may_not_stand_in_a_user_part_is_escaped(user: str, uri: str) -> None:
    assert sip_uri(user, "site") == uri
