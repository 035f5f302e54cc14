"""What the demo says to people, in English and Chinese; the words are in `texts.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from callcenter.demo.site import Language
from callcenter.demo.steps import Facts


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Key -> language -> words, with `{fact}` where a fact belongs."""
    text = files("callcenter.demo").joinpath("texts.toml").read_text("utf-8")
    return tomllib.loads(text)


class Texts:
    """The catalogue in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def __call__(self, key: str, facts: Facts | None = None, /, **more: object) -> str:
        """The words for a key; KeyError for an unknown key or a fact that is missing."""
        words = catalogue()[key][self._language]
        return words.format_map({**(facts or {}), **more}).strip("\n")
