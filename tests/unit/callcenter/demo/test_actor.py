"""An actor tells what it did, or why it could not."""

import json

import pytest

from callcenter.demo.actor import Actor, StepFailedError
from callcenter.demo.softphone import NotHeardError


def _told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert isinstance(told, dict)
    assert isinstance(told.pop("at"), float)
    return told


def test_a_step_is_told_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    with Actor().step("key_pressed") as facts:
        facts["key"] = "1"
    assert _told(capsys) == {"step": "key_pressed", "ok": True, "facts": {"key": "1"}}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotHeardError("expected music, heard silence"), "expected music, heard silence"),
        (TimeoutError(), "TimeoutError"),
        (ConnectionRefusedError("nobody there"), "nobody there"),
    ],
)
def test_a_step_that_fails_is_told_with_the_reason(
    error: Exception, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StepFailedError, match="music_heard"), Actor().step("music_heard"):
        raise error
    assert _told(capsys) == {"step": "music_heard", "ok": False, "facts": {"reason": reason}}


def test_a_mistake_in_the_part_itself_is_no_failed_step(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), Actor().step("music_heard"):
        raise ZeroDivisionError
    assert capsys.readouterr().out == ""
