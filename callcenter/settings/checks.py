"""What a value of the site file may be asked to be; each words its own refusal."""

import re
from typing import Any, Final, get_args

from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, ValidationInfo
from pydantic_core.core_schema import CoreSchema, no_info_before_validator_function


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


NOT_BOOL: Final = BeforeValidator(_not_bool)
"""TOML's `true` is no number, though Python's is."""


def matching(pattern: str, what: str) -> AfterValidator:
    """A text that is `what` if all of it matches."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"'{text}' is not {what}")
        return text

    return AfterValidator(check)


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    return text


ONE_LINE: Final = AfterValidator(_one_line)


def unique(what: str) -> AfterValidator:
    """Items none of which is named twice; `what` is one of them."""

    def check(items: tuple[Any, ...]) -> tuple[Any, ...]:
        for position, item in enumerate(items):
            if item in items[:position]:
                raise ValueError(f"{what} {item} is named twice")
        return items

    return AfterValidator(check)


def _some(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if not items:
        raise ValueError("must not be empty")
    return items


NOT_EMPTY: Final = AfterValidator(_some)


def not_less_than(other: str) -> AfterValidator:
    """Compares with the field `other` of the same table, which must be declared before."""

    def check(value: float, info: ValidationInfo) -> float:
        if value < info.data.get(other, value):
            raise ValueError(f"must not be less than {other}")
        return value

    return AfterValidator(check)


def not_more_than(other: str) -> AfterValidator:
    """Compares with the field `other` of the same table, which must be declared before."""

    def check(value: float, info: ValidationInfo) -> float:
        if value > info.data.get(other, value):
            raise ValueError(f"must not be more than {other}")
        return value

    return AfterValidator(check)


class _Choice:
    """Words the refusal of what a `Literal` does not have."""

    @staticmethod
    def __get_pydantic_core_schema__(source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: object) -> object:
            if value not in choices:
                raise ValueError(f"'{value}' is unknown; choose {' or '.join(choices)}")
            return value

        choices: tuple[str, ...] = get_args(source)
        return no_info_before_validator_function(check, handler(source))


CHOICE: Final = _Choice()
"""Beside a `Literal`: `Annotated[Literal["in", "out"], CHOICE]`."""
