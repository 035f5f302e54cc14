"""A seat whose device could never be called is named at the start."""

import pytest

from tests.unit.callcenter.test_settings import SITE, problems, warnings

SEAT = '[[seat]]\nseat_no = "8009"\n'


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", "seat[8009].password: is needed by a phone that registers"),
        ('kind = "number"', "seat[8009].number: is needed by kind 'number'"),
        ('password = "x"\nnumber = "139"', "seat[8009].number: is for kind 'number'"),
        (
            'kind = "number"\nnumber = "139"\nanswer_mode = "protocol"',
            "seat[8009].answer_mode: no outside phone answers by itself: 'phone' rings it, "
            "'nailed_up' keeps it",
        ),
    ],
)
def test_a_device_that_cannot_be_called(keys: str, expected: str) -> None:
    [problem] = problems(SITE + SEAT + keys)
    assert problem.endswith(expected)


def test_an_outside_phone_needs_no_password() -> None:
    assert warnings(f'{SITE}{SEAT}kind = "number"\nnumber = "139"') == []
