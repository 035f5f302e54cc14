"""Gateways and their health."""

from structlog.testing import CapturingLogger

from callcenter.routing.gateways import MAX_RETRY_AFTER, Gateways
from callcenter.settings import RoutingSettings, TrunkSettings
from sip import Address
from sip.location import Target

A, B = Address("udp", "192.0.2.1", 5060), Address("udp", "192.0.2.2", 5060)
NOW = 1000.0


def gateways(**trunk: object) -> tuple[Gateways, CapturingLogger]:
    logger = CapturingLogger()
    row = TrunkSettings.model_validate({"name": "t", "hosts": ["carrier.example"], **trunk})
    found = Gateways([row], RoutingSettings(down_after=2, down_for=30.0), lambda: 0.0, logger)
    found.place("t", [Target(A, 1), Target(B, 0)])
    return found, logger


def test_they_come_by_priority() -> None:
    found, _ = gateways()
    assert [gateway.address for gateway in found.of("t")] == [B, A]


def test_failures_in_a_row_make_one_down_for_a_while_and_are_told_once() -> None:
    found, logger = gateways()
    first = found.of("t")[0]
    found.failed(first, NOW)
    found.worked(first)
    found.failed(first, NOW)
    assert not first.is_down(NOW)
    for second in range(5):
        found.failed(first, NOW + second)
    assert first.is_down(NOW + 33)
    assert not first.is_down(NOW + 34)
    found.worked(first)
    found.worked(first)

    assert not first.is_down(NOW)
    assert [call.args for call in logger.calls] == [("gateway down",), ("gateway up",)]
    counters = found.counters
    assert (counters.failures, counters.went_down, counters.came_up) == (7, 1, 1)


def test_who_wants_to_be_left_alone_is_believed_within_reason() -> None:
    found, _ = gateways()
    first = found.of("t")[0]
    found.failed(first, NOW, retry_after=1e9)
    assert first.is_down(NOW + MAX_RETRY_AFTER - 1)
    assert not first.is_down(NOW + MAX_RETRY_AFTER)


def test_where_gateways_are_asked_they_stay_down_until_they_were_asked_again() -> None:
    found, _ = gateways(health=60)
    first = found.of("t")[0]
    for _ in range(2):
        found.failed(first, NOW)
    assert first.is_down(NOW + 119)


def test_health_outlives_a_look_up_of_the_name() -> None:
    found, _ = gateways()
    first = found.of("t")[0]
    found.failed(first, NOW, retry_after=100)
    found.place("t", [Target(B, 5), Target(A, 9)])
    assert found.of("t")[0].is_down(NOW)
    assert [gateway.priority for gateway in found.of("t")] == [5, 9]

    found.place("t", [Target(A)])
    found.place("t", [Target(B)])
    assert not found.of("t")[0].is_down(NOW)
    assert len(found.every()) == 1
