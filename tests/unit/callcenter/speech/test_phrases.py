"""The system's own words."""

import pytest

from callcenter.speech.phrases import catalogue, fixed_texts, phrase
from callcenter.speech.prompt import Text


def test_every_phrase_is_there_in_both_languages_with_the_same_values() -> None:
    for name, words in catalogue().items():
        assert set(words) == {"en", "zh"}, name
        values = {text.split("{")[1].split("}")[0] for text in words.values() if "{" in text}
        assert len(values) <= 1, name


def test_a_value_is_spelled_between_the_words() -> None:
    assert phrase("agent_at_your_service", "zh", agent_id="1001") == (
        Text("工号", "zh"),
        *(Text(digit, "zh") for digit in "幺零零幺"),
        Text("为您服务。", "zh"),
    )
    assert phrase("call_from", "en", ani="138")[1:] == (
        Text("1", "en"),
        Text("3", "en"),
        Text("8", "en"),
    )


def test_a_language_without_words_hears_the_default_s() -> None:
    assert phrase("goodbye", "yue") == phrase("goodbye", "en")


def test_mistakes_of_the_caller_are_key_errors() -> None:
    with pytest.raises(KeyError, match="farewell"):
        phrase("farewell", "en")
    with pytest.raises(KeyError, match="ani"):
        phrase("call_from", "en", agent_id="1001")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_fixed_texts_are_all_that_any_phrase_needs(language: str) -> None:
    preloaded = set(fixed_texts(language))

    for name in catalogue():
        assert set(phrase(name, language, agent_id="0123456789", ani="*#")) <= preloaded
