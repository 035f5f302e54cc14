"""Channels of trunks, and how fast calls may follow one another."""

from callcenter.routing.trunks import TrunkCapacity
from callcenter.settings import TrunkSettings

TRUNKS = [
    TrunkSettings.model_validate(
        {"name": name, "hosts": ["10.0.0.2:5060"], "max_calls": limit, "calls_per_second": rate}
    )
    for name, limit, rate in (("a", 2, 0), ("b", 1, 0), ("fast", 100, 2), ("slow", 100, 0.5))
]
START = 5000.0


def test_a_trunk_carries_as_many_calls_as_it_may() -> None:
    trunks = TrunkCapacity(TRUNKS)

    assert [trunks.seize("a", START) for _ in range(3)] == ["", "", "Trunk Full"]
    assert trunks.used("a") == 2
    assert trunks.seize("b", START) == ""


def test_a_channel_given_back_can_be_taken_again() -> None:
    trunks = TrunkCapacity(TRUNKS)
    trunks.seize("b", START)
    assert trunks.seize("b", START) == "Trunk Full"
    trunks.release("b")

    assert trunks.used("b") == 0
    assert trunks.seize("b", START) == ""


def test_calls_follow_one_another_no_faster_than_they_may() -> None:
    trunks = TrunkCapacity(TRUNKS)
    taken = [trunks.seize("fast", START + tick / 10) for tick in range(21)]

    # Two at once, then one every half second.
    assert [tick for tick, refusal in enumerate(taken) if not refusal] == [0, 1, 5, 10, 15, 20]
    assert set(taken) == {"", "Trunk Too Fast"}
    assert trunks.used("fast") == 6


def test_less_than_one_call_a_second() -> None:
    trunks = TrunkCapacity(TRUNKS)
    taken = [trunks.seize("slow", START + second) for second in range(5)]

    assert [second for second, refusal in enumerate(taken) if not refusal] == [0, 2, 4]


def test_what_idleness_saves_up_is_bounded() -> None:
    trunks = TrunkCapacity(TRUNKS)
    taken = [trunks.seize("fast", START + 3600) for _ in range(5)]

    assert taken.count("") == 2


def test_an_emergency_call_gets_a_channel_whatever_the_limits() -> None:
    trunks = TrunkCapacity(TRUNKS)
    trunks.seize("b", START)
    for _ in range(4):
        trunks.seize("fast", START)

    assert trunks.seize("b", START, urgent=True) == ""
    assert trunks.used("b") == 2
    assert trunks.seize("fast", START, urgent=True) == ""
    # The others wait for what it took.
    assert trunks.seize("fast", START + 0.5) == "Trunk Too Fast"
    assert trunks.seize("fast", START + 1.0) == ""
