"""Numbers cut into words that are cached."""

import pytest

from callcenter.speech.prompt import Text
from callcenter.speech.spelling import SPELLED, spell, split_spelled


def words(texts: tuple[Text, ...]) -> list[str]:
    return [text.text for text in texts]


@pytest.mark.parametrize(
    ("characters", "language", "spoken"),
    [
        ("1001", "en", ["1", "0", "0", "1"]),
        ("1001", "zh", ["幺", "零", "零", "幺"]),
        ("A-7 b", "en", ["A", "7", "B"]),
        ("+86*#", "zh", ["八", "六", "星", "井"]),
        ("*#", "en", ["star", "hash"]),
        ("12", "yue", ["1", "2"]),
        ("你好", "zh", []),
        ("", "en", []),
    ],
)
def test_each_character_is_a_word(characters: str, language: str, spoken: list[str]) -> None:
    assert spell(characters, language) == tuple(Text(word, language) for word in spoken)


@pytest.mark.parametrize(
    ("text", "language", "pieces"),
    [
        ("Agent 1 0 0 1 at your service.", "en", ["Agent", *"1001", "at your service"]),
        ("工号 1 0 0 1 为您服务。", "zh", ["工号", *"幺零零幺", "为您服务"]),
        ("您的号码是1 3 8。", "zh", ["您的号码是", *"幺三八"]),
        ("1 2 3", "en", ["1", "2", "3"]),
        ("From 1 2 3, to 4 5 6.", "en", ["From", *"123", "to", *"456"]),
        ("For sales press 1.", "en", ["For sales press 1."]),
        ("Press 1 2 times.", "en", ["Press 1 2 times."]),
        ("A 10 20 30 plan", "en", ["A 10 20 30 plan"]),
        ("Room 1 0 0 At night", "en", ["Room", *"100", "At night"]),
    ],
)
def test_runs_of_single_characters_are_spelled(text: str, language: str, pieces: list[str]) -> None:
    assert words(split_spelled(Text(text, language))) == pieces


def test_what_is_worth_having_beforehand_can_be_spelled() -> None:
    for language in ("en", "zh"):
        assert len(spell(SPELLED, language)) == len(SPELLED)
