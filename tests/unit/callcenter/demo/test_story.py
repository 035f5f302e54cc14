"""The story is told once, in order, and its verdict is what the steps deserve."""

import pytest

from callcenter.demo.screen import Screen
from callcenter.demo.steps import STEPS
from callcenter.demo.story import Story
from callcenter.demo.texts import Texts, catalogue

_FACTS: dict[str, object] = {
    "sip_port": 5060,
    "agent_port": 7400,
    "seat_no": "8001",
    "address": "udp:127.0.0.1:5099",
    "name": "Ann",
    "agent_id": "1001",
    "number": "4000",
    "ani": "1380",
    "codec": "PCMA",
    "seconds": 3.5,
    "level": -17.2,
    "key": "1",
    "dnis": "4000",
    "queue": "sales",
    "waited_s": 2.0,
    "caller": "1380",
    "hz": 440.0,
    "packets": 500,
    "lost": 0,
    "cause": "hangup",
    "by": "agent",
    "talk_s": 3.5,
    "kinds": "ivr wait",
    "path": "a.wav",
    "law": "PCMA",
    "share": 0.99,
}
"""A value for every fact that any step has."""


def test_all_steps_done_is_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    for language in ("en", "zh"):
        story = Story(Screen(), Texts("zh" if language == "zh" else "en"))
        for step in STEPS:
            story.note(step, _FACTS)
        assert story.failures == 0
        story.sum_up()
        text = capsys.readouterr().out
        assert text.count("✔") == len(STEPS)
        assert "✘" not in text
        assert f"{len(STEPS)}" in text.splitlines()[-1]


def test_a_failed_step_and_those_not_reached_count(capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(Screen(), Texts("en"))
    story.note("ready", _FACTS)
    story.fail("menu_heard", "heard silence")
    story.note("menu_heard", _FACTS)  # what failed once is not mended by what comes later
    assert story.has("ready")
    assert not story.has("menu_heard")
    assert story.failures == len(STEPS) - 1
    told = capsys.readouterr().out
    assert "the caller hears the menu: heard silence" in told
    story.sum_up()
    text = capsys.readouterr().out
    assert text.count("✘") == len(STEPS) - 1
    assert text.count(catalogue()["not_reached"]["en"]) == len(STEPS) - 2
    assert f"{len(STEPS) - 1} of {len(STEPS)} steps not verified." in text
