"""Numbers that are read out character by character, from a handful of cached words.

`agent 1 0 0 1` has as many renderings as there are agents; cut into `agent`, `1`, `0`, `0`, `1` it
needs no rendering at all once the ten digits are there.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from callcenter.speech.prompt import Text

SPELLED = "0123456789*#"
"""Worth having before the first call."""

_SINGLE = r"[0-9A-Z*#](?![0-9A-Za-z*#])"
_RUN = re.compile(rf"(?<![0-9A-Za-z*#]){_SINGLE}(?: {_SINGLE}){{2,}}")
"""Three or more single characters with blanks between them."""


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    """Language -> character -> what it is called."""
    text = files("callcenter.speech").joinpath("spelling.toml").read_text("utf-8")
    return tomllib.loads(text)


def spell(characters: str, language: str) -> tuple[Text, ...]:
    """One short text per character; what cannot be read out (a dash, a blank) is left out."""
    names = _names().get(language, {})
    return tuple(
        Text(names.get(character, character.upper()), language)
        for character in characters
        if character.isascii() and (character.isalnum() or character in "*#")
    )


@lru_cache(maxsize=1024)  # most texts are said again and again
def split_spelled(text: Text) -> tuple[Text, ...]:
    """A text cut at the runs in it that are to be spelled; most have none and stay whole."""
    if _RUN.search(text.text) is None:
        return (text,)
    return tuple(_pieces(text))


def _pieces(text: Text) -> Iterator[Text]:
    done = 0
    for run in _RUN.finditer(text.text):
        yield from _words(text.text[done : run.start()], text.language)
        yield from spell(run.group(), text.language)
        done = run.end()
    yield from _words(text.text[done:], text.language)


def _words(words: str, language: str) -> Iterator[Text]:
    """The words between two runs, unless there is only punctuation left."""
    if any(character.isalnum() for character in words):
        yield Text(words.strip(" ,.，。"), language)
