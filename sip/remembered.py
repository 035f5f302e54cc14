"""What peers repeat is read once: a phone's Contact, a called number, a list of option tags."""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

KNOWN = 1024
"""Texts of one kind that are known at a time."""
USUAL_LENGTH = 200
"""Characters of a text; longer ones are read each time: a stranger is not to fill the memory."""

F = TypeVar("F", bound=Callable[..., Any])


def remembered(read: F) -> F:
    """Make a pure function, of a text from the wire in the first place, remember its results."""
    known = lru_cache(maxsize=KNOWN)(read)

    @wraps(read)
    def look_up(text: str, *more: Hashable) -> Any:
        return known(text, *more) if len(text) <= USUAL_LENGTH else read(text, *more)

    return cast(F, look_up)
