"""Channels of trunks."""

from callcenter.routing.trunks import TrunkCapacity
from callcenter.settings import TrunkSettings

TRUNKS = [
    TrunkSettings.model_validate({"name": name, "hosts": [host], "max_calls": limit})
    for name, host, limit in (("a", "10.0.0.2:5060", 2), ("b", "10.0.0.3:5060", 1))
]


def test_a_trunk_carries_as_many_calls_as_it_may() -> None:
    trunks = TrunkCapacity(TRUNKS)

    assert [trunks.seize("a") for _ in range(3)] == [True, True, False]
    assert trunks.used("a") == 2
    assert trunks.seize("b")


def test_a_channel_given_back_can_be_taken_again() -> None:
    trunks = TrunkCapacity(TRUNKS)
    trunks.seize("b")
    assert not trunks.seize("b")
    trunks.release("b")

    assert trunks.used("b") == 0
    assert trunks.seize("b")
