"""A seat whose device could never be called is named at the start."""

import pytest

from tests.support.site_file import SITE, problems, warnings

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


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (
            '[[number]]\ndnis = "4900"\nqueue = "sales"\nmonitoring = true',
            "number[4900].monitoring: must not stand beside a queue: a number leads to one",
        ),
        (
            '[[agent]]\nagent_id = "1007"\nname = "Gus"\npassword = "x"\npin = "12a4"',
            "agent[1007].pin: must be 4 to 12 digits",
        ),
    ],
)
def test_what_monitoring_by_telephone_needs(added: str, expected: str) -> None:
    [problem] = problems(SITE + added)
    assert problem.endswith(expected)
