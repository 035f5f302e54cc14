"""What is wrong with a flow file, in words a person can act on."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake; `str()` gives `FILE:LINE: REASON`."""

    file: str
    line: int
    """Counted from 1."""
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class FlowError(Exception):
    """Flow files cannot be used; `problems` holds every mistake, by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint at the nearest known word, to be put at the end of a reason; empty if none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


_WORDS = {
    "missing": "is required",
    "string_type": "must be text: write it in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "dict_type": "must be a mapping",
    "model_type": "must be a text, or a mapping with text or file",
    "model_attributes_type": "must be a mapping",
}


def reason_of(error: ErrorDetails) -> str:
    """Words one of pydantic's errors, to follow the name of the field."""
    kind = error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "too_short":
        return f"must have at least {error['ctx']['min_length']}"
    if kind == "too_long":
        return f"must have at most {error['ctx']['max_length']}"
    return re.sub(r"^\w+ should", "must", error["msg"])
