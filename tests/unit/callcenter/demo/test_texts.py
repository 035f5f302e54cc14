"""Everything is said in every language, and there is something to say for every step."""

import re

import pytest

from callcenter.demo.steps import STEPS
from callcenter.demo.texts import Texts, catalogue

_FACT = re.compile(r"\{(\w+)(?::[^}]*)?\}")


@pytest.mark.parametrize("key", catalogue())
def test_a_text_exists_in_both_languages_with_the_same_facts(key: str) -> None:
    words = catalogue()[key]
    assert set(words) == {"en", "zh"}
    assert set(_FACT.findall(words["en"])) == set(_FACT.findall(words["zh"]))
    assert all(text.strip() for text in words.values())


def test_every_step_has_a_title_and_something_to_tell() -> None:
    assert {key for key in catalogue() if key.startswith("step.")} == {f"step.{s}" for s in STEPS}
    assert {key for key in catalogue() if key.startswith("title.")} == {f"title.{s}" for s in STEPS}
    assert {f"who.{who}" for who in STEPS.values()} <= set(catalogue())


def test_facts_are_put_in_and_unknown_keys_are_mistakes() -> None:
    assert Texts("en")("step.key_pressed", {"key": "1", "more": 2}) == "pressed 1 (RFC 4733)"
    assert Texts("zh")("step.key_pressed", key="1") == "按键 1（RFC 4733）"
    with pytest.raises(KeyError):
        Texts("en")("step.key_pressed")
    with pytest.raises(KeyError):
        Texts("en")("nonsense")
