"""Which trunks a number goes out over."""

from collections import Counter
from random import Random

import pytest

from callcenter.routing.routes import RouteTable
from callcenter.settings import RouteSettings, TrunkSettings


def trunk(name: str, **keys: object) -> TrunkSettings:
    return TrunkSettings.model_validate({"name": name, "hosts": ["192.0.2.1"], **keys})


TRUNKS = [
    trunk("mobile", group="far", priority=1),
    trunk("first", group="far"),
    trunk("local"),
    trunk("in", direction="in", group="far"),
    trunk("pbx", line="internal"),
]


def table(*routes: dict[str, object]) -> RouteTable:
    rows = [RouteSettings.model_validate({"name": str(i), **r}) for i, r in enumerate(routes)]
    return RouteTable(rows, TRUNKS, Random(1).random)


ROUTES = table(
    {"prefix": "0", "trunks": ["far"], "min_digits": 5},
    {"prefix": "1xx", "trunks": ["mobile"], "min_digits": 11, "max_digits": 11},
    {"prefix": "13x", "trunks": ["local", "far"], "min_digits": 11},
    {"prefix": "00", "trunks": ["far", "local", "first"], "strip": 2, "add": "+"},
    {"prefix": "8", "trunks": ["pbx"], "max_digits": 4},
    {"prefix": "119", "trunks": ["local"], "add": "0571"},
)


@pytest.mark.parametrize(
    ("number", "trunks", "sent"),
    [
        ("057188889999", "first mobile", "057188889999"),
        ("0571", None, ""),
        ("15800138000", "mobile", "15800138000"),
        ("13800138000", "local first mobile", "13800138000"),
        ("1380013", None, ""),
        ("004930123", "first mobile local", "+4930123"),
        ("8123", "pbx", "8123"),
        ("81234", None, ""),
        ("1*x00138000", None, ""),
        ("", None, ""),
    ],
)
def test_the_longest_and_most_exact_prefix_decides(
    number: str, trunks: str | None, sent: str
) -> None:
    routed = ROUTES.route(number)
    if trunks is None:
        assert routed is None
    else:
        assert routed is not None
        assert [t.name for t in routed.trunks] == trunks.split()
        assert routed.number == sent


def test_without_routes_all_trunks_to_the_outside_are_one_group() -> None:
    routed = table().route("057188889999")
    assert routed is not None
    assert {t.name for t in routed.trunks} == {"mobile", "first", "local"}
    assert routed.trunks[-1].name == "mobile"  # of priority 1


def test_an_emergency_call_may_go_over_every_trunk_to_the_outside() -> None:
    by_route = ROUTES.route_emergency("119")
    assert by_route.number == "0571119"
    assert by_route.trunks[0].name == "local"
    assert {t.name for t in by_route.trunks} == {"local", "first", "mobile"}

    without = ROUTES.route_emergency("110")
    assert without.number == "110"
    assert {t.name for t in without.trunks} == {"local", "first", "mobile"}


def test_trunks_of_a_group_share_by_weight() -> None:
    trunks = [trunk("a", group="g", weight=3), trunk("b", group="g", weight=1)]
    rows = [RouteSettings.model_validate({"name": "r", "trunks": ["g"]})]
    shared = RouteTable(rows, trunks, Random(3).random)
    firsts: Counter[str] = Counter()
    for _ in range(2000):
        routed = shared.route("1")
        assert routed is not None
        firsts[routed.trunks[0].name] += 1
    assert 0.7 < firsts["a"] / firsts.total() < 0.8
