"""`[recordings]`: how long conversations are kept, and how much room they may take."""

from typing import Annotated

from pydantic import Field

from callcenter.settings.models import Table
from callcenter.settings.values import Number, Whole


class RecordingSettings(Table):
    """`[recordings]`: what becomes of the files in `store.recordings`."""

    keep_days: Annotated[Number, Field(ge=1, le=36_500)] | None = None
    """Days after which recordings are deleted; None keeps them."""
    max_gb: Annotated[Number, Field(gt=0, le=1_000_000)] | None = None
    """Gigabytes (10^9) of recordings, beyond which the oldest days are deleted; None: any."""
    least_free_mb: Annotated[Whole, Field(ge=0, le=1_000_000)] = 200
    """No recording begins while fewer megabytes (10^6) are free on the disk; calls go on."""
    max_file_mb: Annotated[Whole, Field(ge=1, le=4_000)] = 512
    """Megabytes that no file exceeds: the automatic recording of a talk goes on in another."""
