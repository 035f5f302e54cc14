"""The real extension: its ports, its numbers, its life, and what it says to misuse."""

import os
from collections.abc import Callable, Iterator

import pytest

from media._engine import Engine
from tests.support.audio import tone
from tests.support.engine_rig import Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


# Ports, numbers and misuse


def test_ports_are_even_all_different_and_an_empty_range_is_an_error() -> None:
    # an address of this process's own: nobody else holds a port there
    process = os.getpid()
    engine = Engine(f"127.77.{process >> 8 & 255}.{process & 255}", 27_001, 27_009, 0)
    engine.start()
    try:
        ports = [engine.open_port() for _ in range(4)]
        assert sorted(rtp_port for _, rtp_port in ports) == [27_002, 27_004, 27_006, 27_008]
        with pytest.raises(OSError, match="no free RTP port between 27002 and 27008"):
            engine.open_port()
    finally:
        engine.stop()


def test_a_closed_port_is_not_used_again_before_the_others_had_their_turn(rig: Rig) -> None:
    port, first = rig.engine.open_port()
    rig.engine.close_port(port)
    assert rig.engine.open_port()[1] != first


def test_what_names_a_closed_port_is_let_be(rig: Rig) -> None:
    a, b = rig.pair()
    rig.engine.close_port(a.port)
    rig.engine.close_port(a.port)
    a.configure()
    rig.engine.hear(a.port, b.port)
    rig.engine.hear(b.port, a.port)
    rig.engine.stop_play(a.port)
    assert rig.engine.statistics(a.port) is None
    b.speak(660, count=2)
    assert a.hears_nothing()


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (lambda engine: engine.close_port(999), "unknown port 999"),
        (lambda engine: engine.hear(999, None), "unknown port 999"),
        (lambda engine: engine.hear(1, 999), "unknown port 999"),
        (lambda engine: engine.play(999, []), "unknown port 999"),
        (lambda engine: engine.play(1, [999]), "unknown audio 999"),
        (lambda engine: engine.stop_play(0), "unknown port 0"),
        (lambda engine: engine.statistics(999), "unknown port 999"),
        (lambda engine: engine.drop_audio(999), "unknown audio 999"),
        (lambda engine: engine.start_recording(999, None, "x"), "unknown port 999"),
        (lambda engine: engine.start_recording(1, 999, "x"), "unknown port 999"),
        (lambda engine: engine.stop_recording(999), "unknown recording 999"),
        (lambda engine: engine.add_to_recording(999, 1), "unknown recording 999"),
        (lambda engine: engine.load_audio(b"odd"), "even number of bytes"),
        (lambda engine: engine.configure_port(1, "a.b", 1, 8, "PCMA", None), "not an IP address"),
        (lambda engine: engine.configure_port(1, "::1", 1, 8, "PCMA", None), "cannot be reached"),
        (lambda engine: engine.configure_port(1, "::1", 70000, 8, "PCMA", None), "not a UDP port"),
        (lambda engine: engine.configure_port(1, "1.2.3.4", 1, 8, "GSM", None), "unknown codec"),
        (lambda engine: engine.configure_port(1, "1.2.3.4", 1, 300, "PCMA", None), "0 to 127"),
        (lambda engine: engine.configure_port(1, "1.2.3.4", 1, 8, "PCMA", 8), "different"),
        (lambda engine: engine.configure_port(1, "1.2.3.4", 1, 8, "PCMA", None, 25), "25 ms"),
    ],
)
def test_misuse_is_a_clear_error(rig: Rig, misuse: Callable[[Engine], None], message: str) -> None:
    rig.engine.open_port()
    with pytest.raises(ValueError, match=message):
        misuse(rig.engine)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", 24_000, 24_100, 0, 46), "not an IP address"),
        (("127.0.0.1", 24_001, 24_001, 0, 46), "no even port"),
        (("127.0.0.1", 24_100, 24_000, 0, 46), "no even port"),
        (("127.0.0.1", 24_000, 70_000, 0, 46), "not a UDP port"),
        (("127.0.0.1", 24_000, 24_100, 0, 64), "not a DSCP"),
    ],
)
def test_an_engine_that_cannot_work_is_not_made(
    arguments: tuple[str, int, int, int, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Engine(*arguments)


def test_an_engine_works_from_its_start_to_its_stop() -> None:
    engine = Engine("127.0.0.1", 24_000, 24_100, 0)
    with pytest.raises(RuntimeError, match="not started"):
        engine.open_port()
    engine.start()
    with pytest.raises(RuntimeError, match="started before"):
        engine.start()
    port, _ = engine.open_port()
    engine.stop()
    engine.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        engine.open_port()
    engine.close_port(port)
    assert engine.poll_events() == []


def test_the_audio_threads_cpu_time_is_told(rig: Rig) -> None:
    phone = rig.phone()
    rig.engine.play(phone.port, [rig.load(tone(440, 0.3))])
    rig.event("play_finished")
    assert 0 < rig.engine.cpu_seconds() < 0.3


def test_a_voice_is_missed_only_by_who_listens_and_its_return_is_told() -> None:
    rig = Rig(silence_ms=300)
    try:
        a, b = rig.phone(), rig.phone()
        a.speak(440, 20)
        rig.engine.hear(b.port, a.port)
        rig.event("voice_missing", a.port, True)
        a.send(b"\xd5" * 160)  # silence is no return
        a.speak(440, 1)
        rig.event("voice_back", a.port)
        assert a.statistics().missing_s >= 0.3
        rig.engine.hear(b.port, None)
        rig.engine.hear(a.port, b.port)
        rig.event("voice_missing", b.port, True)
        assert not [event for event in rig.seen if str(event[0]).startswith("voice")]
    finally:
        rig.close()
