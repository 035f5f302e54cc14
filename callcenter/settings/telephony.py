"""Telephone numbers, keys, and where a call goes on to."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, PlainValidator

from callcenter.settings.checks import matching, unique
from ivr.targets import FORMS, Target, TargetError, parse

_DIGITS = r"\+?[0-9*#]{1,32}"


def _target(text: object) -> Target:
    if isinstance(text, Target):
        return text
    if not isinstance(text, str):
        raise ValueError(f"must be text: {FORMS}")
    return parse(text)


def _goes_on_to(text: object) -> "str | Target":
    if isinstance(text, str) and re.fullmatch(_DIGITS, text):
        return text
    try:
        return _target(text)
    except TargetError as error:
        raise ValueError(f"{error}; or a number to dial") from None


def target_or_none(text: object) -> Target | None:
    """The target, or None for what is none (which is told where the key's value is checked)."""
    try:
        return parse(text) if isinstance(text, str) else None
    except TargetError:
        return None


def _key(key: str) -> str:
    if len(key) != 1 or key not in "0123456789*#":
        raise ValueError(f"'{key}' is not a key: 0 to 9, * or #")
    return key


def _country(text: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # it takes its time

    if text not in SUPPORTED_REGIONS:
        raise ValueError(f"'{text}' is not a country's two letters (ISO 3166)")
    return text


GoesTo: TypeAlias = Annotated[Target, PlainValidator(_target)]
GoesOnTo: TypeAlias = Annotated[str | Target, PlainValidator(_goes_on_to)]
"""A number to dial, or a target."""
Key: TypeAlias = Annotated[str, AfterValidator(_key)]
"""Of a telephone."""
QueueKeys: TypeAlias = dict[Key, GoesTo]
"""What a caller who waits may press, to where that leads."""
Digits: TypeAlias = Annotated[str, matching(_DIGITS, "a telephone number")]
PartOfNumber: TypeAlias = Annotated[
    str, matching(r"\+?[0-9*#]{0,32}", "the beginning of a telephone number")
]
NumberPattern: TypeAlias = Annotated[
    str, matching(r"\+?[0-9*#x]{0,32}", "the beginning of a telephone number (x: any digit)")
]
Country: TypeAlias = Annotated[str, AfterValidator(_country)]
Plain: TypeAlias = Annotated[str, matching(r"\+?[0-9]{1,32}", "a number of digits only")]
"""Digits, perhaps after a `+`: what a number is or begins with."""
Numbers: TypeAlias = Annotated[
    tuple[Annotated[str, matching(r"\+?[0-9]{0,32}\*?", "a number, or its beginning and *")], ...],
    unique("number"),
]
"""Whole numbers, and beginnings of numbers that end in `*`."""
Prefixes: TypeAlias = Annotated[tuple[Plain, ...], unique("prefix")]
SeatNo: TypeAlias = Annotated[str, matching(r"[0-9]{3,6}", "a seat number (3 to 6 digits)")]
