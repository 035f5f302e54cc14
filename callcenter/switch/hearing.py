"""Who hears whom: a pure function of the conversation, applied after every change of it."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

P = TypeVar("P")


def hearing(
    talking: Sequence[P], apart: Sequence[P] = (), muted: Sequence[P] = ()
) -> Mapping[P, P | None]:
    """The matrix for two talking parties; those `apart` hear nobody (they may be played to).

    Whoever is `muted` hears, and is heard by nobody.

    Listener -> speaker. One party alone hears nobody.
    """
    matrix: dict[P, P | None] = dict.fromkeys((*talking, *apart))
    if len(talking) == 2:
        first, second = talking
        matrix[first] = None if second in muted else second
        matrix[second] = None if first in muted else first
    return matrix
