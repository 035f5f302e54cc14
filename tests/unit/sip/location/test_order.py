"""Priority and weight."""

from collections import Counter
from random import Random
from typing import NamedTuple

from sip.location import in_order


class Server(NamedTuple):
    name: str
    priority: int
    weight: int


def shares(servers: list[Server], rounds: int = 4000) -> Counter[str]:
    chance = Random(1).random
    return Counter(in_order(servers, chance)[0].name for _ in range(rounds))


def test_the_lowest_priority_comes_first_whatever_the_weights() -> None:
    servers = [Server("c", 20, 99), Server("a", 5, 0), Server("b", 10, 1)]

    for chance in (0.0, 0.5, 0.999):
        assert [s.name for s in in_order(servers, lambda: chance)] == ["a", "b", "c"]  # noqa: B023


def test_equals_share_in_proportion_to_their_weights() -> None:
    share = shares([Server("a", 0, 1), Server("b", 0, 3)])

    assert 0.22 < share["a"] / share.total() < 0.28


def test_who_has_no_weight_hardly_ever_comes_first_and_is_never_lost() -> None:
    servers = [Server("none", 0, 0), Server("a", 0, 50), Server("b", 0, 50)]
    assert shares(servers)["none"] < 10
    chance = Random(2).random
    for _ in range(100):
        assert sorted(in_order(servers, chance)) == sorted(servers)


def test_nobody_and_one() -> None:
    only = Server("a", 0, 0)
    assert in_order([], lambda: 0.5) == []
    assert in_order([only], lambda: 0.5) == [only]
