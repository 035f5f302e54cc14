"""Numbers from outside."""

import pytest

from callcenter.switch.identified import MAX_NUMBER, legible


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("+86 138-0013", "+86 138-0013"),
        ("", ""),
        ("1\r\nVia: evil\x00", "1Via: evil"),
        ("王", "王"),
        ("9" * 1000, "9" * MAX_NUMBER),
    ],
)
def test_numbers_keep_what_people_can_read(number: str, kept: str) -> None:
    assert legible(number) == kept
