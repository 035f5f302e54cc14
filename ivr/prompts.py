"""What a caller is told: texts to be spoken and recorded files, in each language the flow has.

As written in a flow, a prompt is a list of parts, or one part without the list. A part is a text, a
text per language, or a mapping with `text` or `file`, each again one for all languages or one per
language. A `Line` resolves parts to `TextPrompt` and `FilePrompt` when they are about to be heard.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Language: TypeAlias = Literal["en", "zh"]
LANGUAGES: tuple[str, ...] = get_args(Language)

MAX_TEXT = 2000
"""Characters of one text, about two minutes of speech."""
MAX_PARTS = 20
MAX_VALUE = 100
"""Characters of a variable that are spoken; the value may be what a stranger sent as his number."""

ANY_LANGUAGE = ""
"""The key, in a part's mapping, of what serves every language."""

_REFERENCE = re.compile(r"\$\{(\w{1,64})(:spell)?\}")
_FILE = re.compile(r"[\w-][\w. -]*(/[\w-][\w. -]*)*")


@dataclass(frozen=True, slots=True)
class TextPrompt:
    """A text to be spoken."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class FilePrompt:
    """A recorded file, relative to the folder of prompts."""

    file: str


ResolvedPrompt: TypeAlias = TextPrompt | FilePrompt


def _localised(value: Any) -> Any:
    if not isinstance(value, dict):
        return {ANY_LANGUAGE: value}
    if not value:
        raise ValueError(f"must name a language: {', '.join(LANGUAGES)}")
    for language in value:
        if language not in LANGUAGES:
            raise ValueError(f"'{language}' is not a language; choose {' or '.join(LANGUAGES)}")
    return value


def _check_texts(texts: dict[str, str]) -> dict[str, str]:
    for text in texts.values():
        if not text.strip():
            raise ValueError("must not be empty")
        if len(text) > MAX_TEXT:
            raise ValueError(f"is longer than {MAX_TEXT} characters")
        if "${" in _REFERENCE.sub("", text):
            raise ValueError("has a '${' that is not ${name} or ${name:spell}")
    return texts


def _check_files(files: dict[str, str]) -> dict[str, str]:
    for file in files.values():
        if not _FILE.fullmatch(file):
            raise ValueError(f"'{file}' is not a path inside the folder of prompts")
    return files


_Localised: TypeAlias = Annotated[dict[str, str], BeforeValidator(_localised)]


class PromptPart(BaseModel):
    """A text or a file; exactly one of the two is given."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    text: Annotated[_Localised, AfterValidator(_check_texts)] | None = None
    """Language, or `ANY_LANGUAGE`, to what is spoken."""
    file: Annotated[_Localised, AfterValidator(_check_files)] | None = None
    """Language, or `ANY_LANGUAGE`, to a path."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "PromptPart":
        if (self.text is None) == (self.file is None):
            raise ValueError("must have either text or file")
        return self

    def resolve(self, language: str, variables: Mapping[str, str]) -> ResolvedPrompt:
        """This part in `language` or, where it has not that one, in the first it has."""
        if self.text is None:
            return FilePrompt(_choose(self.file or {}, language)[1])
        spoken_in, text = _choose(self.text, language)
        return TextPrompt(fill(text, variables) if "${" in text else text, spoken_in)

    def references(self) -> Iterator[str]:
        """The variables that the texts name."""
        for text in (self.text or {}).values():
            yield from references(text)

    def files(self) -> Iterator[str]:
        """The files of all languages."""
        yield from (self.file or {}).values()


def _choose(choices: dict[str, str], language: str) -> tuple[str, str]:
    """The language that is spoken and what is said in it."""
    if language in choices:
        return language, choices[language]
    first, choice = next(iter(choices.items()))
    return first or language, choice


def references(text: str) -> Iterator[str]:
    """The variables that a text names."""
    return (match[1] for match in _REFERENCE.finditer(text))


def fill(text: str, variables: Mapping[str, str]) -> str:
    """`text` with its `${name}` replaced; `:spell` sets blanks between the characters."""

    def value(match: re.Match[str]) -> str:
        known = variables.get(match[1], "")[:MAX_VALUE]
        printable = "".join(character for character in known if character.isprintable())
        return " ".join(printable) if match[2] else printable

    return _REFERENCE.sub(value, text)


def _parts(value: Any) -> Any:
    parts = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(map(_part, parts))


def _part(value: Any) -> Any:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict) and not value.keys().isdisjoint(LANGUAGES):
        return {"text": value}
    return value


Prompt: TypeAlias = Annotated[
    tuple[PromptPart, ...],
    BeforeValidator(_parts),
    Field(min_length=1, max_length=MAX_PARTS),
]


def say(**texts: str) -> tuple[PromptPart, ...]:
    """A prompt of one text per language: `say(en="Goodbye.", zh="再见。")`."""
    return (PromptPart(text=dict(texts)),)
