"""What is said arrives: packets in order, keys once, and every loss is counted."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.demo.ears import judge
from callcenter.demo.g711 import Law
from callcenter.demo.rtp import FRAME, KEYS, Hearing, Mouth, Packet

_LAWS: tuple[Law, ...] = ("PCMA", "PCMU")


def _mouth(tone: int | None = None, sequence: int = 0) -> Mouth:
    mouth = Mouth(ssrc=7, sequence=sequence, timestamp=0xFFFFFF00)
    mouth.key_type, mouth.tone = 101, tone
    return mouth


def _hearing() -> Hearing:
    hearing = Hearing()
    hearing.key_type = 101
    return hearing


def _packets(mouth: Mouth, count: int) -> list[Packet]:
    parsed = [Packet.parse(mouth.next()) for _ in range(count)]
    return [packet for packet in parsed if packet is not None]


@given(
    st.integers(0, 127), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.binary(max_size=400)
)
def test_a_packet_survives_the_wire(
    kind: int, sequence: int, timestamp: int, payload: bytes
) -> None:
    packet = Packet(kind, sequence, timestamp, 0xDEADBEEF, payload, marker=bool(sequence & 1))
    assert Packet.parse(packet.encode()) == packet


@given(st.binary(max_size=64))
def test_no_bytes_do_harm(data: bytes) -> None:
    _hearing().take(data)
    _hearing().take(b"\x80\x08" + data)
    _hearing().take(b"\xbf\x08" + data)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"\x81" + bytes(11) + b"CSRC", id="source list"),
        pytest.param(b"\x90" + bytes(11) + b"\xbe\xde\0\1four", id="extension"),
        pytest.param(b"\x80" + bytes(11), id="plain"),
    ],
)
def test_what_stands_before_the_payload_is_skipped(head: bytes) -> None:
    packet = Packet.parse(head + b"audio")
    assert packet is not None
    assert packet.payload == b"audio"


def test_padding_is_taken_off() -> None:
    packet = Packet.parse(b"\xa0" + bytes(11) + b"audio\0\0\3")
    assert packet is not None
    assert packet.payload == b"audio"


def test_packets_follow_one_another_without_a_gap_also_past_the_wrap() -> None:
    packets = _packets(_mouth(440, sequence=0xFFFE), 4)
    assert [packet.sequence for packet in packets] == [0xFFFE, 0xFFFF, 0, 1]
    assert [packet.timestamp for packet in packets] == [0xFFFFFF00, 0xFFFFFFA0, 0x40, 0xE0]
    assert {len(packet.payload) for packet in packets} == {FRAME}
    assert [packet.marker for packet in packets] == [True, False, False, False]


@pytest.mark.parametrize("law", _LAWS)
@pytest.mark.parametrize("hz", [440, 997])
def test_nothing_of_a_tone_is_lost_between_mouth_and_ear(law: Law, hz: int) -> None:
    mouth, hearing = _mouth(hz), _hearing()
    mouth.law = law
    for _ in range(150):
        assert hearing.take(mouth.next())
    assert (hearing.packets, hearing.samples, hearing.lost) == (150, 150 * FRAME, 0)
    assert judge(hearing.since(0)).hz == pytest.approx(hz, abs=0.5)


def test_silence_is_said_when_there_is_no_tone() -> None:
    for law in _LAWS:
        mouth, hearing = _mouth(), _hearing()
        mouth.law = law
        hearing.take(mouth.next())
        assert judge(hearing.since(0)).sound == "silence"


def test_a_key_is_held_for_100_ms_and_its_end_is_said_three_times() -> None:
    mouth = _mouth(440)
    mouth.next()
    mouth.press("5")
    packets = _packets(mouth, 7)
    assert {packet.payload_type for packet in packets} == {101}
    assert [packet.marker for packet in packets] == [True] + [False] * 6
    assert len({packet.timestamp for packet in packets}) == 1
    assert [packet.sequence for packet in packets] == list(range(1, 8))
    fields = [struct.unpack("!BBH", packet.payload) for packet in packets]
    assert [(code, state >> 7, held) for code, state, held in fields] == [
        *((5, 0, n * FRAME) for n in range(1, 5)),
        *((5, 1, 5 * FRAME),) * 3,
    ]


def test_audio_goes_on_in_time_after_a_key() -> None:
    mouth = _mouth()
    (before,) = _packets(mouth, 1)
    mouth.press("1")
    after = _packets(mouth, 8)[-1]
    assert after.payload_type == 8
    assert (after.timestamp - before.timestamp) & 0xFFFFFFFF == 8 * FRAME
    assert after.sequence == before.sequence + 8


def test_each_key_is_heard_once_also_the_same_one_twice() -> None:
    mouth, hearing = _mouth(), _hearing()
    mouth.press(KEYS + "11")
    while mouth.pressing:
        hearing.take(mouth.next())
    assert hearing.keys == KEYS + "11"


@pytest.mark.parametrize("lost", range(7))
def test_a_key_is_heard_whichever_of_its_packets_is_lost(lost: int) -> None:
    mouth, hearing = _mouth(), _hearing()
    hearing.take(mouth.next())
    mouth.press("9")
    for n in range(8):
        datagram = mouth.next()
        if n != lost:
            hearing.take(datagram)
    assert (hearing.keys, hearing.lost) == ("9", 1)


def test_keys_that_nobody_takes_and_keys_that_are_none_are_refused() -> None:
    mouth = _mouth()
    with pytest.raises(ValueError, match="substring"):
        mouth.press("x")
    assert not mouth.pressing
    mouth.key_type = None
    with pytest.raises(ValueError, match="takes no telephone events"):
        mouth.press("1")


def test_losses_and_latecomers_are_counted_and_do_not_sound() -> None:
    mouth, hearing = _mouth(), _hearing()
    datagrams = [mouth.next() for _ in range(6)]
    for n in (0, 1, 4, 2, 4, 5):
        hearing.take(datagrams[n])
    assert (hearing.lost, hearing.misplaced, hearing.samples) == (2, 2, 4 * FRAME)


def test_a_new_source_is_no_loss() -> None:
    hearing = _hearing()
    hearing.take(Packet(8, 10, 0, 1, b"\xd5" * FRAME).encode())
    hearing.take(Packet(8, 5000, 0, 2, b"\xd5" * FRAME).encode())
    assert (hearing.lost, hearing.streams, hearing.samples) == (0, 2, 2 * FRAME)


def test_the_longest_step_between_two_packets_is_known_also_past_the_wrap() -> None:
    hearing = _hearing()
    for sequence, timestamp, ssrc in ((1, 0xFFFFFF60, 1), (2, 0, 1), (3, 480, 1), (4, 9_999, 2)):
        hearing.take(Packet(8, sequence, timestamp, ssrc, b"\xd5" * FRAME).encode())
    assert hearing.longest_step_s == 0.06, "another source has another clock"


def test_the_longest_wait_is_between_arrivals_that_are_known() -> None:
    hearing = _hearing()
    for sequence, at in ((1, None), (2, 7.0), (3, 7.25), (4, 7.375), (5, None)):
        hearing.take(Packet(8, sequence, sequence * FRAME, 1, b"\xd5" * FRAME).encode(), at)
    assert hearing.longest_wait_s == 0.25


def test_what_was_not_agreed_is_not_heard() -> None:
    hearing = Hearing()
    assert not hearing.take(Packet(18, 0, 0, 1, b"G.729").encode())
    assert not hearing.take(Packet(101, 0, 0, 1, b"\5\x8a\3\x20").encode())
    assert not hearing.take(b"REGISTER sip:x SIP/2.0\r\n")
    assert (hearing.packets, hearing.keys) == (0, "")


def test_only_what_came_after_a_position_is_asked_for() -> None:
    mouth, hearing = _mouth(440), _hearing()
    for _ in range(50):
        hearing.take(mouth.next())
    position = hearing.samples
    mouth.tone = 620
    for _ in range(20):
        hearing.take(mouth.next())
    assert len(hearing.since(position)) == 20 * FRAME
    assert judge(hearing.since(position)).hz == pytest.approx(620, abs=1)
    assert len(hearing.since(position, 0.1)) == 800
    assert hearing.since(hearing.samples) == []


def test_memory_is_bounded_however_long_a_call_lasts() -> None:
    mouth, hearing = _mouth(), _hearing()
    for _ in range(50 * 121):
        hearing.take(mouth.next())
    assert hearing.samples == 121 * 8000
    assert len(hearing.since(0, 1000.0)) == 120 * 8000
