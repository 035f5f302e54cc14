from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ivr.prompts import FilePrompt, Prompt, ResolvedPrompt, TextPrompt, fill

PROMPT: TypeAdapter[Any] = TypeAdapter(Prompt)

EN = {"en": "Hello", "zh": "您好"}


@pytest.mark.parametrize(
    ("written", "language", "heard"),
    [
        ("Hello", "en", [TextPrompt("Hello", "en")]),
        ("Hello", "zh", [TextPrompt("Hello", "zh")]),
        (EN, "zh", [TextPrompt("您好", "zh")]),
        ({"text": EN}, "en", [TextPrompt("Hello", "en")]),
        ({"en": "Hello"}, "zh", [TextPrompt("Hello", "en")]),
        ({"file": "a/b.wav"}, "zh", [FilePrompt("a/b.wav")]),
        ({"file": {"en": "e.wav", "zh": "z.wav"}}, "zh", [FilePrompt("z.wav")]),
        (
            [{"file": "ding.wav"}, "Your number is ${ani}."],
            "en",
            [FilePrompt("ding.wav"), TextPrompt("Your number is 5551234.", "en")],
        ),
    ],
)
def test_every_way_to_write_a_prompt_is_heard_in_the_right_language(
    written: object, language: str, heard: list[ResolvedPrompt]
) -> None:
    parts = PROMPT.validate_python(written)
    assert [part.resolve(language, {"ani": "5551234"}) for part in parts] == heard


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ([], "at least 1 item"),
        (["x"] * 21, "at most 20 items"),
        (" ", "must not be empty"),
        ("x" * 2001, "longer than 2000 characters"),
        ({}, "either text or file"),
        ({"text": {}}, "must name a language: en, zh"),
        ({"text": "Hello", "file": "a.wav"}, "either text or file"),
        ({"text": {"fr": "Bonjour"}}, "'fr' is not a language; choose en or zh"),
        ({"text": 12}, "valid string"),
        ("Press ${digit", "has a '${' that is not"),
        ("Press ${1 + 1}", "has a '${' that is not"),
        ({"file": "/etc/passwd"}, "not a path inside the folder of prompts"),
        ({"file": "../secret.wav"}, "not a path inside the folder of prompts"),
        ({"file": "a/../../b.wav"}, "not a path inside the folder of prompts"),
        ({"file": "a\\b.wav"}, "not a path inside the folder of prompts"),
        ({"txt": "Hello"}, "Extra inputs"),
    ],
)
def test_what_is_no_prompt_is_refused(written: object, reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PROMPT.validate_python(written)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("You entered ${digits}.", "You entered 4711."),
        ("You entered ${digits:spell}.", "You entered 4 7 1 1."),
        ("${digits}${digits}", "47114711"),
        ("Hello ${nobody}!", "Hello !"),
        ("${evil}", "ab"),
        ("${nested}", "${digits}"),
        ("100 $ {digits}", "100 $ {digits}"),
    ],
)
def test_variables_are_filled_in_once_and_without_control_characters(text: str, said: str) -> None:
    variables = {"digits": "4711", "evil": "a\x00\n\u202eb", "nested": "${digits}"}
    assert fill(text, variables) == said


def test_a_strangers_long_value_is_cut() -> None:
    assert len(fill("${ani}", {"ani": "9" * 100_000})) == 100
