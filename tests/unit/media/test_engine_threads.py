"""The real extension with several audio threads: who talks is on one, and nobody can tell which."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from media._engine import Engine
from tests.support.audio import silence
from tests.support.engine_rig import Phone, Rig

THREADS = 3


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig(threads=THREADS)
    yield rig
    rig.close()


def ports_of(rig: Rig) -> list[int]:
    return [ports for ports, _ in rig.engine.threads()]


def thread_of(rig: Rig, *phones: Phone) -> set[int | None]:
    return {rig.engine.thread_of(phone.port) for phone in phones}


def test_ports_are_spread_and_those_of_a_talk_are_together(rig: Rig) -> None:
    phones = [rig.phone() for _ in range(2 * THREADS)]
    assert ports_of(rig) == [2, 2, 2]
    for a, b in zip(phones[::2], phones[1::2], strict=True):
        rig.engine.hear(a.port, b.port)
        rig.engine.hear(b.port, a.port)
        assert len(thread_of(rig, a, b)) == 1
        for here, there, hz in ((a, b, 440), (b, a, 660)):
            here.speak(hz)
            assert there.tone_in(there.hear()) == hz
    for phone in phones:
        rig.engine.close_port(phone.port)
    assert ports_of(rig) == [0, 0, 0]
    assert rig.engine.thread_of(phones[0].port) is None


def test_a_stream_goes_on_when_its_port_moves(rig: Rig) -> None:
    a, b = rig.pair()
    a.speak(440, 5)
    heard = b.hear(5)
    # two more talks, so that the first one is the smaller company by far
    others = [rig.phone() for _ in range(4)]
    rig.engine.mix(others[0].port, [(phone.port, 1.0) for phone in others[1:]])
    before = thread_of(rig, a, b)
    elsewhere = thread_of(rig, *others)
    assert elsewhere != before
    rig.engine.mix(others[1].port, [(a.port, 1.0), (others[0].port, 1.0)])
    assert thread_of(rig, a, b, *others) == elsewhere
    a.speak(440, 5)
    heard += b.hear(5)
    assert len({packet.ssrc for packet in heard}) == 1
    numbers = [packet.sequence for packet in heard]
    assert numbers == [(numbers[0] + n) & 0xFFFF for n in range(10)]
    assert not any(packet.marker for packet in heard[1:])
    assert b.tone_in(heard) == 440


def test_everything_asked_of_a_moved_port_is_done_where_it_is(rig: Rig) -> None:
    phones = [rig.phone() for _ in range(THREADS)]
    tones = [rig.load(silence(0.02)), rig.load(silence(0.02))]
    first, second, third = phones
    rig.engine.hear(first.port, second.port)
    rig.engine.hear(first.port, third.port)
    player = rig.engine.play(third.port, tones)
    third.hear(2)
    rig.event("play_finished", third.port, player)
    third.press(5)
    rig.event("digit", third.port, "5")
    rig.engine.hear(first.port, None)
    rig.engine.hear(second.port, third.port)
    rig.engine.close_port(third.port)
    assert third.hears_nothing()
    assert not [event for event in rig.seen if event[0] in ("port_failed", "engine_failed")]


def test_companies_part_again(rig: Rig) -> None:
    """Agents' lines that stay open do not all end up on one thread by who once spoke to whom."""
    first, second, third = seats = [rig.phone() for _ in range(3)]
    for seat in seats:
        rig.engine.mix(seat.port, [(other.port, 1.0) for other in seats if other is not seat])
    together = thread_of(rig, *seats)
    assert len(together) == 1
    for seat in seats:
        rig.engine.hear(seat.port, None)
    crowd = [rig.phone() for _ in range(6)]
    rig.engine.mix(crowd[0].port, [(phone.port, 1.0) for phone in crowd[1:]])
    rig.engine.hear(second.port, crowd[0].port)
    assert thread_of(rig, second) == thread_of(rig, *crowd) != together
    assert thread_of(rig, first, third) == together


def test_stopping_ends_what_runs_on_all_threads(tmp_path: Path) -> None:
    rig = Rig(threads=THREADS)
    try:
        phones = [rig.phone() for _ in range(THREADS)]
        for nth, phone in enumerate(phones):
            rig.engine.start_recording(phone.port, None, str(tmp_path / f"{nth}.wav"))
            phone.speak(440, 5)
        stopped = rig.events("recording_stopped")
        assert sorted(str(event[2]) for event in stopped) == [
            str(tmp_path / f"{nth}.wav") for nth in range(THREADS)
        ]
        assert {event[5] for event in stopped} == {""}
    finally:
        rig.close()


@pytest.mark.parametrize("threads", [0, 65])
def test_a_number_of_threads_that_cannot_be_is_a_clear_error(threads: int) -> None:
    with pytest.raises(ValueError, match="not a number of threads"):
        Engine("127.0.0.1", 24_000, 24_100, 0, threads=threads)
