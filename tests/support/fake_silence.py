"""How the fake media plane notices, in loop time, that a phone says nothing."""

import asyncio
from collections.abc import Callable


class FakeSilenceWatch:
    """Waits for `limit` seconds without a sound, from now on; 0 watches nothing."""

    def __init__(self, limit: float, on_silence: Callable[[], None]) -> None:
        self._limit = limit
        self._on_silence = on_silence
        self._timer: asyncio.TimerHandle | None = None
        self._has_heard = False
        self._is_over = limit == 0

    @property
    def blank(self) -> bool:
        """It watched and heard nothing."""
        return self._limit > 0 and not self._has_heard

    def note(self, *, sound: bool) -> None:
        """What the phone does from now on."""
        self._has_heard = self._has_heard or sound
        if sound:
            self._cancel()
        elif self._timer is None and not self._is_over:
            self._timer = asyncio.get_running_loop().call_later(self._limit, self._fell_silent)

    def close(self) -> None:
        """The recording ends."""
        self._is_over = True
        self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fell_silent(self) -> None:
        self._is_over = True
        self._on_silence()
