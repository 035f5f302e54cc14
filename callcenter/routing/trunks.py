"""How many calls each trunk carries, against how many it may."""

from collections.abc import Iterable

from callcenter.settings import TrunkSettings


class TrunkCapacity:
    """Admission by trunk (`max_calls`)."""

    def __init__(self, trunks: Iterable[TrunkSettings]) -> None:
        self._limits = {trunk.name: trunk.max_calls for trunk in trunks}
        self._used = dict.fromkeys(self._limits, 0)

    def seize(self, trunk: str) -> bool:
        """Takes a channel; False when all are taken."""
        if self._used[trunk] >= self._limits[trunk]:
            return False
        self._used[trunk] += 1
        return True

    def release(self, trunk: str) -> None:
        """Gives a channel back."""
        self._used[trunk] -= 1

    def used(self, trunk: str) -> int:
        """Channels taken now."""
        return self._used[trunk]
