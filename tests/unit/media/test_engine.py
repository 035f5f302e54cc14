"""The real extension over loopback UDP: who hears whom, from where and to where."""

import itertools
import random
import select
import socket
from collections.abc import Iterator

import pytest

from tests.support.audio import tone
from tests.support.engine_rig import DEADLINE, Law, Packet, Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


# Relay


@pytest.mark.parametrize(
    ("first", "second"), [("PCMA", "PCMA"), ("PCMA", "PCMU"), ("PCMU", "PCMA")]
)
def test_each_phone_hears_the_others_tone(rig: Rig, first: Law, second: Law) -> None:
    a, b = rig.pair(first, second)
    a.speak(350)
    b.speak(660)
    assert b.tone_in(b.hear()) == 350
    assert a.tone_in(a.hear()) == 660


def test_the_same_law_is_passed_on_bit_for_bit(rig: Rig) -> None:
    a, b = rig.pair()
    payload = bytes(range(160))
    a.send(payload)
    assert b.hear(1)[0].payload == payload


def test_many_hear_one_speaker_each_in_its_own_law(rig: Rig) -> None:
    speaker, same, other, third = (rig.phone(), rig.phone(), rig.phone("PCMU"), rig.phone())
    for listener in (same, other, third):
        rig.engine.hear(listener.port, speaker.port)
    speaker.speak(440)
    for listener in (same, other, third):
        assert listener.tone_in(listener.hear()) == 440
    assert speaker.hears_nothing()


def test_who_is_told_to_hear_nobody_hears_nothing(rig: Rig) -> None:
    a, b = rig.pair()
    rig.engine.hear(b.port, None)
    a.speak(350, count=3)
    b.speak(660)
    assert a.tone_in(a.hear()) == 660
    assert b.hears_nothing()


def test_a_port_may_hear_itself(rig: Rig) -> None:
    phone = rig.phone()
    rig.engine.hear(phone.port, phone.port)
    phone.speak(550)
    assert phone.tone_in(phone.hear()) == 550


def test_changing_sources_are_one_stream_to_the_listener(rig: Rig) -> None:
    a, b = rig.pair()
    c = rig.phone()
    prompt = rig.load(tone(880, 0.1))
    rig.engine.play(a.port, [prompt])
    heard = a.hear(5)
    rig.event("play_finished", a.port)
    b.speak(350, count=5)
    heard += a.hear(5)
    rig.engine.hear(a.port, c.port)
    c.speak(440, count=5)
    heard += a.hear(5)
    rig.engine.play(a.port, [prompt])
    heard += a.hear(5)
    assert [a.tone_in(heard[at : at + 5]) for at in (0, 5, 10, 15)] == [880, 350, 440, 880]
    assert len({packet.ssrc for packet in heard}) == 1
    start = heard[0].sequence
    assert [packet.sequence for packet in heard] == [(start + n) & 0xFFFF for n in range(20)]
    steps = [
        (after.timestamp - before.timestamp) & 0xFFFFFFFF
        for before, after in itertools.pairwise(heard)
    ]
    assert all(160 <= step < 8000 for step in steps), steps
    assert [packet.marker for packet in heard] == [n % 5 == 0 for n in range(20)]


def test_what_is_lost_on_the_way_in_is_missing_on_the_way_out(rig: Rig) -> None:
    a, b = rig.pair()
    a.speak(350, count=2)
    a.sequence += 1
    a.timestamp += 160
    a.speak(350, count=2)
    first, second, third, fourth = b.hear(4)
    steps = [
        (after.sequence - before.sequence) & 0xFFFF
        for before, after in [(first, second), (second, third), (third, fourth)]
    ]
    assert steps == [1, 2, 1]
    assert (third.timestamp - second.timestamp) & 0xFFFFFFFF == 320


# Where packets come from and go to


def test_packets_go_to_the_sdp_until_the_phone_is_seen_elsewhere(rig: Rig) -> None:
    a, b = rig.pair()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as signalled:
        signalled.bind(("127.0.0.1", 0))
        signalled.settimeout(DEADLINE)
        b.configure(signalled.getsockname()[1])
        a.speak(350, count=1)
        assert len(signalled.recv(2048)) == 172
        b.speak(660, count=1)
        a.hear(1)
        a.speak(350, count=1)
        assert len(b.hear(1)) == 1
    assert b.statistics().remote == b.socket.getsockname()


def test_a_stranger_can_neither_speak_nor_listen(rig: Rig) -> None:
    a, b = rig.pair()
    a.speak(350, count=1)
    b.hear(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        stranger.sendto(Packet(False, 8, 1, 1, 1, b"\xd5" * 160).to_bytes(), a.remote)
        b.speak(660, count=1)
        assert len(a.hear(1)) == 1
        assert not select.select([stranger], [], [], 0.02)[0]
    assert b.hears_nothing()
    assert a.statistics().refused == 1


def test_nothing_is_sent_to_a_phone_on_hold(rig: Rig) -> None:
    a, b = rig.pair()
    b.speak(660, count=1)
    a.hear(1)
    b.configure(rtp_port=0)
    a.speak(350, count=3)
    assert b.hears_nothing()


def test_hostile_datagrams_are_counted_and_harm_nobody(rig: Rig) -> None:
    a, b = rig.pair()
    dice = random.Random(4733)
    junk = [dice.randbytes(dice.randrange(0, 64)) for _ in range(200)]
    junk += [b"\x80\x08" + dice.randbytes(dice.randrange(0, 10)) for _ in range(50)]  # too short
    junk += [b"\x9f\x08" + dice.randbytes(dice.randrange(10, 60)) for _ in range(50)]  # CSRC
    junk += [b"\x80\x08" + bytes(60_000), b"\x80\x63" + bytes(170), b""]
    for number, datagram in enumerate(junk):
        a.send_raw(datagram)
        if number % 30 == 0:  # the call goes on meanwhile
            a.speak(350, count=1)
            assert len(b.hear(1)) == 1
    a.speak(350)
    assert b.tone_in(b.hear()) == 350
    seen = a.statistics()
    # Some of it looks like RTCP by chance.
    assert seen.discarded + seen.reports_discarded + seen.reports_received >= 300


def test_statistics_count_loss_order_and_duplicates(rig: Rig) -> None:
    a, b = rig.pair()
    for sequence in (100, 101, 104, 103, 103, 106):
        a.sequence = sequence
        a.send(b"\xd5" * 160)
    b.hear(5)
    statistics = a.statistics()
    assert (statistics.packets_received, statistics.bytes_received) == (6, 6 * 172)
    assert (statistics.lost, statistics.reordered, statistics.duplicates) == (2, 1, 1)
    assert rig.eventually(lambda: b.statistics().packets_sent == 5)
    assert statistics.remote == a.socket.getsockname()
    assert "lost=2" in repr(statistics)


# Presence


def test_a_phone_that_falls_silent_is_told_once_until_it_speaks_again() -> None:
    rig = Rig(rtp_timeout_ms=150)
    try:
        phone = rig.phone()
        phone.speak(350, count=1)
        assert rig.event("rtp_started") == ("rtp_started", phone.port)
        assert rig.event("rtp_timeout") == ("rtp_timeout", phone.port)
        phone.speak(350, count=1)
        assert rig.event("rtp_timeout") == ("rtp_timeout", phone.port)
        assert rig.events("rtp_started") == []
    finally:
        rig.close()
