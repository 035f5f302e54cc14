"""Moments in SQLite are the text that SQLAlchemy makes of them: rows of every version compare."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from callcenter.store.tables import UtcDateTime

CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 9, 5, 7, 12, UTC),
        datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC),
        datetime(2026, 3, 1, 9, 5, 7, 0, UTC),
        datetime(2026, 3, 1, 3, 5, 7, 120_000, CHINA),
        None,
    ],
)
def test_a_moment_is_written_as_sqlalchemy_does(moment: datetime | None) -> None:
    dialect = sqlite.dialect()
    ours = UtcDateTime().bind_processor(dialect)
    theirs = sqlite.DATETIME().bind_processor(dialect)  # type: ignore[no-untyped-call]
    assert ours is not None
    assert theirs is not None

    assert ours(moment) == theirs(None if moment is None else moment.astimezone(UTC))
