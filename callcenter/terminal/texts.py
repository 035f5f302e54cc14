"""What the terminal desk says, in English and Chinese."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh"]


@cache
def _all() -> Mapping[str, Any]:
    return tomllib.loads((files("callcenter.terminal") / "texts.toml").read_text(encoding="utf-8"))


class Texts:
    """One language's."""

    def __init__(self, language: Language) -> None:
        self._texts: Mapping[str, Any] = _all()[language]

    def __call__(self, key: str, **fields: object) -> str:
        """A text by its key, such as `actions.hold`, with its fields filled in."""
        found: Any = self._texts
        for part in key.split("."):
            found = found[part]
        return str(found).format(**fields)

    def row(self, key: str) -> list[str]:
        """The headings of a table."""
        return list(self._texts[key])
