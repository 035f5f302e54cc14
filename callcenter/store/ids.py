"""Identifiers of records that have no name of their own."""

import secrets
import time
from collections.abc import Callable
from itertools import count


def record_ids() -> Callable[[], str]:
    """A source of ids that sort in the order of asking, also across restarts.

    The milliseconds of the start come first, then chance for a clock set back between two
    starts: an id given twice would make the second record a silent duplicate.
    """
    prefix = f"{time.time_ns() // 1_000_000:011x}{secrets.token_hex(3)}"
    numbers = count()
    return lambda: f"{prefix}{next(numbers):08x}"
