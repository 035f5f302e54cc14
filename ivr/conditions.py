"""Conditions of a `branch`: comparisons of live figures, and patterns of numbers."""

import re
from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Figures: TypeAlias = Mapping[str, float | None]
"""By name; None: nobody knows."""

_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<=": le,
    ">=": ge,
    "<": lt,
    ">": gt,
    "=": eq,
}
_COMPARISON: Final = re.compile(r"(<=|>=|<|>|=)\s*(\d{1,9}(?:\.\d{1,3})?)")
_NUMBER: Final = re.compile(r"\+?[0-9]*")


def _comparison(text: str) -> str:
    if not _COMPARISON.fullmatch(text):
        raise ValueError(f"'{text}' is no comparison: write one such as '>= 5' or '< 0.8'")
    return text


def _number(text: str) -> str:
    if not text or not _NUMBER.fullmatch(text):
        raise ValueError(f"'{text}' is no beginning of a number: digits, a leading +")
    return text


Comparison: TypeAlias = Annotated[str, Field(max_length=20), AfterValidator(_comparison)]
Beginning: TypeAlias = Annotated[str, Field(max_length=32), AfterValidator(_number)]

FIGURES: Final = (
    "waiting",
    "longest_wait",
    "idle",
    "signed_in",
    "service_level",
    "expected_wait",
)
"""What a queue is asked for."""


class Case(BaseModel):
    """What must be so, all of it, and where the call goes then."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    waiting: Comparison | None = None
    """Callers in the queue for whom nobody rings."""
    longest_wait: Comparison | None = None
    """Seconds that the first of them has waited; 0 where nobody waits."""
    idle: Comparison | None = None
    """Idle agents who qualify."""
    signed_in: Comparison | None = None
    """Agents who qualify, in whatever state."""
    service_level: Comparison | None = None
    """Of the last hour, 0 to 1."""
    expected_wait: Comparison | None = None
    """Seconds that somebody who comes now may expect at most."""
    priority: Comparison | None = None
    """Of the customer whose number calls; 0 where it is nobody's."""
    ani: Beginning | None = None
    """How the calling number begins."""
    dnis: Beginning | None = None
    """How the called number begins."""
    next: Annotated[str, Field(min_length=1, max_length=80)]

    @property
    def asks_queue(self) -> bool:
        """Whether it is about a queue."""
        return any(getattr(self, name) is not None for name in FIGURES)

    @property
    def asks_anything(self) -> bool:
        """Whether there is a condition at all."""
        fields = type(self).model_fields
        return any(getattr(self, name) is not None for name in fields if name != "next")

    def holds(self, figures: Figures, variables: Mapping[str, str]) -> bool:
        """Whether all of it is so. What nobody knows is never so."""
        for name in (*FIGURES, "priority"):
            wanted: str | None = getattr(self, name)
            if wanted is not None and not _compare(figures.get(name), wanted):
                return False
        for name in ("ani", "dnis"):
            beginning: str | None = getattr(self, name)
            if beginning is not None and not variables.get(name, "").startswith(beginning):
                return False
        return True


def _compare(figure: float | None, wanted: str) -> bool:
    match = _COMPARISON.fullmatch(wanted)
    assert match is not None, "validated"
    return figure is not None and _OPERATORS[match[1]](figure, float(match[2]))
