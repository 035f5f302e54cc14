"""What the system itself says, in every language it speaks; the words are in `phrases.toml`."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from callcenter.speech.prompt import Text
from callcenter.speech.spelling import SPELLED, spell

DEFAULT_LANGUAGE = "en"
"""What a phrase is said in when it has no words in the language asked for."""

_VALUE = re.compile(r"\{(\w+)\}")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Phrase -> language -> words."""
    text = files("callcenter.speech").joinpath("phrases.toml").read_text("utf-8")
    return tomllib.loads(text)


def phrase(name: str, language: str, **values: str) -> tuple[Text, ...]:
    """The prompts that say it, one after the other; `KeyError` for an unknown name or value."""
    return _phrase(name, language, tuple(values.items()))


@lru_cache(maxsize=1024)  # the same agents are announced all day
def _phrase(name: str, language: str, values: tuple[tuple[str, str], ...]) -> tuple[Text, ...]:
    words = catalogue()[name]
    spoken = language if language in words else DEFAULT_LANGUAGE
    return tuple(_prompts(words[spoken], spoken, dict(values)))


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    text = files("callcenter.speech").joinpath("sentences.toml").read_text("utf-8")
    return tomllib.loads(text)


def sentence(name: str, language: str, **values: object) -> Text:
    """The prompt that says it in one breath, numbers read as numbers; `KeyError` as above."""
    words = _sentences()[name]
    spoken = language if language in words else DEFAULT_LANGUAGE
    return Text(words[spoken].format(**values), spoken)


def fixed_texts(language: str) -> Iterator[Text]:
    """All that phrases in this language are put together from, values included: to be preloaded."""
    for words in catalogue().values():
        if language in words:
            yield from _prompts(words[language], language, None)
    yield from spell(SPELLED, language)


def _prompts(words: str, language: str, values: Mapping[str, str] | None) -> Iterator[Text]:
    """Words and values in turn; without `values` the words alone."""
    for index, piece in enumerate(_VALUE.split(words)):
        if index % 2:
            yield from () if values is None else spell(values[piece], language)
        elif any(character.isalnum() for character in piece):
            yield Text(piece.strip(), language)
