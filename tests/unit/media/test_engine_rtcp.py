"""RTCP of the real extension over loopback UDP, read by the tests' own eyes (RFC 3550 §6)."""

import random
import socket
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tests.support.engine_rig import Phone, Rig
from tests.support.rtcp import (
    EXTENDED,
    GOODBYE,
    RECEIVER_REPORT,
    SENDER_REPORT,
    Block,
    block_of,
    metrics_of,
    middle,
    name_of,
    ntp_now,
    packets,
    receiver_report,
    sender_report,
)

FIRST_REPORT_S = 4.5
"""The first comes after 1 to 3 s; of the rest the machine may have some."""


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


class ControlSocket:
    """A phone's socket for RTCP, the engine's odd port behind it."""

    def __init__(self, rig: Rig, phone: Phone) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(FIRST_REPORT_S)
        self.remote = (phone.remote[0], phone.remote[1] + 1)
        rig.engine.configure_rtcp(phone.port, self.socket.getsockname())
        rig.phones.append(phone)

    def report(self) -> bytes:
        datagram, source = self.socket.recvfrom(2048)
        assert source == self.remote
        return datagram

    def send(self, datagram: bytes) -> None:
        self.socket.sendto(datagram, self.remote)


@pytest.fixture
def beside(rig: Rig) -> Iterator[tuple[Phone, ControlSocket]]:
    phone = rig.phone()
    control = ControlSocket(rig, phone)
    yield phone, control
    control.socket.close()


def test_loss_and_the_phones_own_time_are_reported_beside_rtp(
    rig: Rig, beside: tuple[Phone, ControlSocket]
) -> None:
    phone, control = beside
    for n, frame in enumerate(phone.frames(440, 40)):
        if n % 4 == 3:  # every fourth is lost on the way
            phone.sequence = (phone.sequence + 1) & 0xFFFF
            phone.timestamp = (phone.timestamp + 160) & 0xFFFFFFFF
        else:
            phone.send(frame)
    sent_at = ntp_now()
    control.send(sender_report(phone.ssrc, sent_at))
    told = control.report()
    assert set(packets(told)) == {RECEIVER_REPORT, 202, EXTENDED}
    block = block_of(told)
    assert block is not None
    assert (block.ssrc, block.lost) == (phone.ssrc, 9)
    assert block.fraction_lost == 9 * 256 // 39
    assert block.last_report == middle(sent_at)
    passed = (middle(ntp_now()) - middle(sent_at)) & 0xFFFFFFFF
    assert 0 < block.delay <= passed
    metrics = metrics_of(told)
    assert metrics is not None
    assert metrics.ssrc == phone.ssrc
    assert metrics.mos_conversational < 2.6  # a quarter lost
    assert len(name_of(told)) == 24
    seen = phone.statistics()
    assert seen.recent_loss == pytest.approx(9 / 39)
    assert seen.mos is not None
    assert seen.mos < 2.6
    assert seen.reports_received == 1


def test_the_round_trip_is_measured_and_the_phones_report_kept(
    rig: Rig, beside: tuple[Phone, ControlSocket]
) -> None:
    phone, control = beside
    rig.engine.play(phone.port, [rig.load([0] * 32_000)])
    ours = phone.hear(1)[0].ssrc
    told = control.report()
    assert SENDER_REPORT in packets(told)
    ntp = int.from_bytes(packets(told)[SENDER_REPORT][1][4:12])
    assert abs(ntp - ntp_now()) >> 32 < 5  # the wall clock
    # The phone admits 200 ms less than it had it for: those are left, and what the way back takes.
    time.sleep(0.5)
    answer_at = ntp_now()
    delay = ((middle(answer_at) - middle(ntp)) & 0xFFFFFFFF) - 65_536 // 5
    control.send(receiver_report(phone.ssrc, Block(ours, 64, 7, 100, 80, middle(ntp), delay)))
    assert rig.eventually(lambda: phone.statistics().round_trip_ms is not None)
    seen, back_ms = phone.statistics(), (ntp_now() - answer_at) / 2**32 * 1000
    assert seen.round_trip_ms is not None
    assert 198 <= seen.round_trip_ms <= 202 + back_ms
    assert (seen.remote_lost, seen.remote_loss) == (7, 0.25)
    assert seen.remote_jitter_ms == 10


def test_with_rtp_where_the_phone_wants_it_so_and_a_goodbye_at_the_end(rig: Rig) -> None:
    phone = rig.phone()
    rig.engine.configure_rtcp(phone.port, None)
    phone.speak(440, 5)
    phone.socket.settimeout(FIRST_REPORT_S)
    told = phone.socket.recv(2048)
    block = block_of(told)
    assert block is not None
    assert block.ssrc == phone.ssrc
    phone.send_raw(receiver_report(phone.ssrc))
    assert rig.eventually(lambda: phone.statistics().reports_received == 1)
    assert phone.statistics().discarded == 0
    assert phone.statistics().packets_received == 5
    rig.engine.close_port(phone.port)
    assert GOODBYE in packets(phone.socket.recv(2048))


def _have_come(phone: Phone, reports: int) -> bool:
    seen = phone.statistics()
    return seen.reports_discarded + seen.reports_received == reports


def test_reports_of_strangers_and_rubbish_are_counted_and_let_be(
    rig: Rig, beside: tuple[Phone, ControlSocket]
) -> None:
    phone, control = beside
    phone.speak(440, 1)
    assert rig.eventually(lambda: phone.statistics().packets_received == 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(receiver_report(1), phone.remote)
    assert rig.eventually(lambda: phone.statistics().reports_discarded == 1)
    dice = random.Random(5)
    for sent in range(1, 201):
        junk = bytes([0x80 | dice.randrange(32), dice.randrange(200, 208)])
        control.send(junk + dice.randbytes(dice.randrange(90)))
        if sent % 50 == 0:  # no more than the socket has room for
            assert rig.eventually(partial(_have_come, phone, 1 + sent))
    phone.speak(440, 1)
    assert rig.eventually(lambda: phone.statistics().packets_received == 2)
    rig.event("rtp_started", phone.port)
    assert not rig.events("engine_failed")


def test_who_wants_none_gets_none(rig: Rig) -> None:
    phone = rig.phone()
    rig.engine.configure_rtcp(phone.port, ("127.0.0.1", 0))
    phone.speak(440, 1)
    rig.event("rtp_started", phone.port)
    rig.engine.close_port(phone.port)
    assert phone.hears_nothing()
