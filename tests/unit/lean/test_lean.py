"""Frozen dataclasses that are cheap to make."""

from dataclasses import asdict, field, fields, replace

import pytest

from lean import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    at: float


@dataclass(frozen=True, slots=True)
class Named(Step):
    name: str = ""
    tags: tuple[str, ...] = field(default=())


@dataclass(slots=True)
class Count:
    n: int


STEP = Named(1.0, "begin")


def test_they_are_values() -> None:
    assert Named(1.0, "begin") == STEP
    assert replace(STEP, at=2.0) != STEP
    assert len({STEP, Named(1.0, "begin"), replace(STEP, at=2.0)}) == 2
    assert asdict(STEP) == {"at": 1.0, "name": "begin", "tags": ()}
    assert [each.name for each in fields(Named)] == ["at", "name", "tags"]


def test_they_have_slots() -> None:
    with pytest.raises(AttributeError):
        STEP.other = 1  # type: ignore[attr-defined]


def test_a_type_checker_holds_them_frozen() -> None:
    changed = replace(STEP)
    changed.name = "end"  # type: ignore[misc]  # mypy would tell if nothing were to be ignored
    assert changed.name == "end"


def test_what_is_not_frozen_is_as_ever() -> None:
    count = Count(1)
    count.n += 1
    assert count == Count(2)
    with pytest.raises(TypeError):
        hash(count)
