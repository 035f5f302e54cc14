"""Quantities, names, texts and paths."""

from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator

from callcenter.settings.checks import NOT_BOOL, NOT_EMPTY, ONE_LINE, matching, unique


def _path(text: object) -> Path:
    if isinstance(text, Path):
        return text
    if not isinstance(text, str) or not text or "\0" in text:
        raise ValueError("must be the path of a file or folder, in quotes")
    return Path(text).expanduser()


def _in_a_row(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Whole: TypeAlias = Annotated[int, NOT_BOOL]
Number: TypeAlias = Annotated[float, NOT_BOOL]
Seconds: TypeAlias = Annotated[Number, Field(gt=0, le=86_400)]
SecondsOrZero: TypeAlias = Annotated[Number, Field(ge=0, le=86_400)]
Level: TypeAlias = Annotated[Whole, Field(ge=1, le=10)]
"""Of a skill."""
Line: TypeAlias = Annotated[str, Field(min_length=1), ONE_LINE]
"""What goes into a header field as it is."""
Name: TypeAlias = Annotated[str, matching(r"[\w.-]{1,64}", "a name (letters, digits, _ . -)")]
Names: TypeAlias = Annotated[tuple[Name, ...], unique("name")]
SitePath: TypeAlias = Annotated[Path, PlainValidator(_path)]
"""A path; relative ones are relative to the working directory."""
PlayList: TypeAlias = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_in_a_row), NOT_EMPTY
]
"""Audio files in `speech.prompts`, played one after the other; a single one may stand alone."""
