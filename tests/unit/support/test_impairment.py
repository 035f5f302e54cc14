"""The bad network does what it is told, the same every time."""

import itertools
import socket
import time

import pytest

from tests.support.impairment import Fates, ImpairedPath, Impairment

PACKETS = 20_000


def fates(impairment: Impairment, seed: int = 1) -> list[float | None]:
    return list(itertools.islice(Fates(impairment, seed), PACKETS))


def runs_of_loss(told: list[float | None]) -> list[int]:
    return [len(list(run)) for lost, run in itertools.groupby(told, lambda f: f is None) if lost]


@pytest.mark.parametrize("loss", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("burst", [1.0, 4.0])
def test_loss_and_the_length_of_bursts_are_as_asked(loss: float, burst: float) -> None:
    told = fates(Impairment(loss, burst))
    runs = runs_of_loss(told)
    assert sum(runs) / PACKETS == pytest.approx(loss, rel=0.2)
    expected = burst if burst > 1 else 1 / (1 - loss)
    assert sum(runs) / len(runs) == pytest.approx(expected, rel=0.2)


def test_jitter_is_spread_over_its_range() -> None:
    late = [fate for fate in fates(Impairment(jitter_ms=60)) if fate is not None]
    assert len(late) == PACKETS
    assert 0 <= min(late) < 0.001
    assert 0.059 < max(late) <= 0.06


def test_the_same_seed_is_the_same_network() -> None:
    bad = Impairment(0.1, 3.0, 60)
    assert fates(bad, 7) == fates(bad, 7) != fates(bad, 8)


def test_packets_pass_both_ways_and_the_lost_are_counted() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port,
    ):
        for each in (phone, port):
            each.bind(("127.0.0.1", 0))
            each.settimeout(30)
        told = itertools.islice(Fates(Impairment(0.5), 3), 40)
        wanted = [number for number, late in enumerate(told) if late is not None]
        with ImpairedPath(port.getsockname(), Impairment(loss=0.5), seed=3) as path:
            for number in range(40):
                phone.sendto(bytes([number]), path.address)
            came = [port.recvfrom(10) for _ in wanted]
            assert came == [(bytes([number]), path.source) for number in wanted]
            port.sendto(b"back", path.source)
            assert phone.recvfrom(10) == (b"back", path.address)
            while path.lost["there"] < 40 - len(wanted):
                time.sleep(0.001)
        assert path.passed == {"there": len(wanted), "back": 1}
