"""The real extension over loopback UDP: the keys that it presses for a phone to hear."""

import itertools
import struct
from collections.abc import Iterator, Sequence

import pytest

from tests.support.audio import power_at, tone
from tests.support.engine_rig import DECODE, Law, Packet, Phone, Rig

_KEYS = "0123456789*#ABCD!"


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


def _presses(phone: Phone, packets: Sequence[Packet]) -> list[tuple[str, int]]:
    """The keys with their durations in ms, after checking how each was told (RFC 4733 §2.5)."""
    events = [packet for packet in packets if packet.payload_type == phone.events]
    presses = []
    for timestamp in dict.fromkeys(packet.timestamp for packet in events):
        train = [packet for packet in events if packet.timestamp == timestamp]
        told = [struct.unpack("!BBH", packet.payload) for packet in train]
        assert [packet.marker for packet in train] == [True] + [False] * (len(train) - 1)
        assert [bool(flags & 0x80) for _, flags, _ in told] == [False] * (len(told) - 3) + 3 * [
            True
        ]
        durations = [duration for *_, duration in told]
        assert durations == sorted(durations)
        assert durations[-3:] == 3 * [durations[-1]]
        (code,) = {code for code, *_ in told}
        presses.append((_KEYS[code], durations[-1] // 8))
    return presses


def _is_unbroken(packets: Sequence[Packet]) -> bool:
    """One SSRC, numbers one by one, and timestamps that never run back."""
    steps = list(itertools.pairwise(packets))
    return (
        len({packet.ssrc for packet in packets}) == 1
        and all((b.sequence - a.sequence) & 0xFFFF == 1 for a, b in steps)
        and all((b.timestamp - a.timestamp) & 0xFFFFFFFF < 1 << 31 for a, b in steps)
    )


def test_keys_are_told_as_events_of_the_length_asked_for(rig: Rig) -> None:
    phone = rig.phone()
    rig.engine.send_digits(phone.port, "5#!", press_ms=70, gap_ms=50)
    heard = phone.hear(3 * (3 + 3))
    assert _presses(phone, heard) == [("5", 70), ("#", 70), ("!", 70)]
    assert _is_unbroken(heard)
    gaps = {b.timestamp - a.timestamp for a, b in itertools.pairwise(heard)} - {0}
    assert all(gap & 0xFFFFFFFF >= 120 * 8 for gap in gaps)
    assert phone.hears_nothing()


def test_the_other_party_is_not_heard_during_a_key_and_the_stream_goes_on_unbroken(
    rig: Rig,
) -> None:
    a, b = rig.pair()
    b.speak(440)
    heard = a.hear(10)
    rig.engine.send_digits(a.port, "7")
    for _ in range(7):
        heard += a.hear(1)
        b.speak(440, count=1)
    while a.hears_nothing():
        b.speak(440, count=1)
    b.speak(440)
    heard += a.hear(10)
    assert _presses(a, heard) == [("7", 100)]
    assert _is_unbroken(heard)
    assert [packet.payload_type for packet in heard[10:]] == [101] * 7 + [a.payload_type] * 10
    assert a.tone_in(heard[17:]) == 440
    assert heard[17].marker
    assert (heard[17].timestamp - heard[10].timestamp) & 0xFFFFFFFF >= 100 * 8


def test_who_hears_a_mix_is_sent_keys_in_its_stream(rig: Rig) -> None:
    a, b = rig.pair()
    rig.engine.mix(a.port, [(b.port, 0.5)])
    a.hear(3)
    rig.engine.send_digits(a.port, "90")
    heard = a.hear(60)
    assert _presses(a, heard) == [("9", 100), ("0", 100)]
    assert _is_unbroken(heard)
    assert heard[-1].payload_type == a.payload_type


def test_a_prompt_waits_for_the_keys_and_loses_nothing(rig: Rig) -> None:
    phone = rig.phone()
    player = rig.engine.play(phone.port, [rig.load(tone(550, 0.3))])
    heard = phone.hear(5)
    rig.engine.send_digits(phone.port, "4")
    rig.event("play_finished", phone.port, player, True)
    heard += phone.hear(10 + 5 + 2)
    assert _presses(phone, heard) == [("4", 100)]
    assert _is_unbroken(heard)
    prompt = [packet for packet in heard if packet.payload_type == phone.payload_type]
    assert len(prompt) == 15
    assert phone.tone_in(prompt) == 550


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_a_phone_without_events_hears_tones(rig: Rig, law: Law) -> None:
    phone = rig.phone(law, events=None)
    rig.engine.send_digits(phone.port, "5", press_ms=100, gap_ms=60)
    heard = phone.hear(8)
    assert _is_unbroken(heard)
    assert phone.hears_nothing()
    samples = DECODE[law](b"".join(packet.payload for packet in heard))
    keypad = (697, 770, 852, 941, 1209, 1336, 1477, 1633)
    loudest = sorted(keypad, key=lambda hz: power_at(samples[:800], hz))[-2:]
    assert sorted(loudest) == [770, 1336]
    assert max(map(abs, samples[800:])) <= 8


@pytest.mark.parametrize(
    ("digits", "press_ms", "gap_ms", "complaint"),
    [
        ("1a", 100, 100, "not a key: 'a'"),
        ("1" * 65, 100, 100, "more than 64"),
        ("1", 39, 100, "40 to 8000"),
        ("1", 8001, 100, "40 to 8000"),
        ("1", 100, 49, "50 to 8000"),
    ],
)
def test_what_cannot_be_pressed_is_refused(
    rig: Rig, digits: str, press_ms: int, gap_ms: int, complaint: str
) -> None:
    phone = rig.phone()
    with pytest.raises(ValueError, match=complaint):
        rig.engine.send_digits(phone.port, digits, press_ms, gap_ms)
    assert phone.hears_nothing()
