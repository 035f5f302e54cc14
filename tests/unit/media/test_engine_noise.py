"""Comfort noise in the real extension: relayed to who takes it, heard in mixes."""

from collections.abc import Iterator

import pytest

from tests.support.engine_rig import DECODE, Phone, Rig

NOISE = bytes([40])
"""At -40 dBov."""
COMFORT_NOISE = 13


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


def take_noise(rig: Rig, phone: Phone) -> None:
    """The phone's description names comfort noise."""
    own = phone.socket.getsockname()[1]
    rig.engine.configure_port(
        phone.port, "127.0.0.1", own, phone.payload_type, phone.law, phone.events, 20, True
    )


def test_it_is_passed_on_to_who_takes_it_and_kept_from_who_does_not(rig: Rig) -> None:
    speaker, taker = rig.pair()
    other = rig.phone()
    rig.engine.hear(other.port, speaker.port)
    take_noise(rig, taker)
    for payload, payload_type in ((b"\x55" * 160, 8), (NOISE, COMFORT_NOISE), (b"\x2a" * 160, 8)):
        speaker.send(payload, payload_type)

    voice, noise, again = taker.hear(3)
    assert (noise.payload_type, noise.payload) == (COMFORT_NOISE, NOISE)
    assert noise.sequence == (voice.sequence + 1) & 0xFFFF
    assert again.payload == b"\x2a" * 160
    assert [packet.payload for packet in other.hear(2)] == [b"\x55" * 160, b"\x2a" * 160]


def test_it_is_heard_in_a_mix(rig: Rig) -> None:
    speaker, mute, listener = rig.phone(), rig.phone(), rig.phone()
    rig.engine.mix(listener.port, [(speaker.port, 1.0), (mute.port, 1.0)])
    for _ in range(10):
        speaker.send(b"\xd5" * 160)
        listener.hear(1)
    speaker.send(NOISE, COMFORT_NOISE)
    heard = listener.hear(40)[-20:]
    samples = DECODE[listener.law](b"".join(packet.payload for packet in heard))
    level = (sum(sample * sample for sample in samples) / len(samples)) ** 0.5

    assert 32_768 * 10 ** (-44 / 20) < level < 32_768 * 10 ** (-36 / 20)
