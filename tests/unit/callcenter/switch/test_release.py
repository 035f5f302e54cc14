"""Q.850 causes of calls that are released here."""

import pytest

from callcenter.switch.release import q850_of, reason_headers


@pytest.mark.parametrize(
    ("cause", "code", "q850"),
    [("hangup", 200, 16), ("failed", 500, 41), ("media_timeout", 200, 102), ("rejected", 404, 1)],
)
def test_the_cause_of_an_end(cause: str, code: int, q850: int) -> None:
    assert q850_of(cause, code) == q850


def test_a_reason_is_given_where_the_status_does_not_say_it() -> None:
    assert reason_headers(16, 200) == ()
    assert reason_headers(17, 486) == ()
    assert reason_headers(102, 200) == (
        ("Reason", 'Q.850;cause=102;text="Recovery on timer expiry"'),
    )
