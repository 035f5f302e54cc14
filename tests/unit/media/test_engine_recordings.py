"""The real extension over loopback UDP: what is in its recordings, whatever happens."""

import dataclasses
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.audio import alaw_encode, dominant_tone, power_at, silence, tone, ulaw_encode
from tests.support.engine_rig import DEADLINE, DECODE, TONES, Law, Packet, Phone, Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


@dataclasses.dataclass(frozen=True, slots=True)
class Wav:
    law: str
    channels: list[bytes]

    def tones(self) -> list[float | None]:
        return [dominant_tone(DECODE[self.law](codes), TONES) for codes in self.channels]


def _read_wav(path: Path) -> Wav:
    data = path.read_bytes()
    assert data[:4] == b"RIFF"
    assert data[8:16] == b"WAVEfmt "
    tag, channels, rate = struct.unpack("<HHI", data[20:28])
    assert rate == 8000
    assert data[50:54] == b"data"
    (size,) = struct.unpack("<I", data[54:58])
    codes = data[58 : 58 + size]
    assert len(codes) == size, "the header promises no more than there is"
    law = {6: "PCMA", 7: "PCMU"}[tag]
    return Wav(law, [codes[channel::channels] for channel in range(channels)])


# Recordings


def _talk(rig: Rig, left: Phone, right: Phone, frames: int) -> None:
    """Both speak."""
    _say(rig, (left, left.frames(350, frames)), (right, right.frames(660, frames)))


def _say(rig: Rig, *spoken: tuple[Phone, list[bytes]]) -> None:
    """All speak, paced as phones are: by the clock that a player ticks for one more."""
    pacer = rig.phone()
    rig.engine.play(pacer.port, [rig.load(silence(0.2))], loop=True)
    for frames in zip(*(said for _, said in spoken), strict=True):
        pacer.hear(1)
        for (phone, _), frame in zip(spoken, frames, strict=True):
            phone.send(frame)
    pacer.hear(3)


@pytest.mark.parametrize(("first", "second"), [("PCMA", "PCMU"), ("PCMU", "PCMA")])
def test_a_recording_has_a_party_on_each_side(
    rig: Rig, tmp_path: Path, first: Law, second: Law
) -> None:
    a, b = rig.pair(first, second)
    path = tmp_path / "call.wav"
    recording = rig.engine.start_recording(a.port, b.port, str(path))
    _talk(rig, a, b, 25)
    rig.engine.stop_recording(recording)
    event = rig.event("recording_stopped")
    wav = _read_wav(path)
    assert wav.law == first
    assert wav.tones() == [350, 660]
    frames = len(wav.channels[0])
    assert frames >= 25 * 160
    assert event[1:] == (recording, str(path), frames, path.stat().st_size, "", False)


def test_a_recording_goes_with_its_talk_to_another_thread(tmp_path: Path) -> None:
    rig = Rig(threads=2)
    try:
        left, right = rig.pair()
        path = tmp_path / "a.wav"
        recording = rig.engine.start_recording(left.port, right.port, str(path))
        _talk(rig, left, right, 25)
        crowd = [rig.phone() for _ in range(6)]
        rig.engine.mix(crowd[0].port, [(phone.port, 1.0) for phone in crowd[1:]])
        there = rig.engine.thread_of(crowd[0].port)
        assert there != rig.engine.thread_of(left.port)
        rig.engine.mix(left.port, [(right.port, 1.0), (crowd[0].port, 1.0)])
        assert there == rig.engine.thread_of(left.port) == rig.engine.thread_of(right.port)
        _talk(rig, left, right, 25)
        rig.engine.stop_recording(recording)
        assert rig.event("recording_stopped", recording)[5] == ""
        wav = _read_wav(path)
        assert wav.tones() == [350, 660]
        assert len(wav.channels[0]) > 50 * 160 - 800
    finally:
        rig.close()


def test_a_conference_is_recorded_with_the_customer_left_and_all_others_right(
    rig: Rig, tmp_path: Path
) -> None:
    customer, agent, expert = rig.phone("PCMU"), rig.phone("PCMA"), rig.phone("PCMU")
    everybody = {customer: 350, agent: 440, expert: 660}
    for listener in everybody:
        row = [(other.port, 1.0) for other in everybody if other is not listener]
        rig.engine.mix(listener.port, row)
    path = tmp_path / "call.wav"
    recording = rig.engine.start_recording(customer.port, agent.port, str(path))
    for _ in range(2):  # twice is once
        rig.engine.add_to_recording(recording, expert.port)
    _say(rig, *((phone, phone.frames(hz, 50)) for phone, hz in everybody.items()))
    rig.engine.stop_recording(recording)
    rig.event("recording_stopped", recording)
    left, right = (DECODE["PCMU"](codes) for codes in _read_wav(path).channels)
    assert dominant_tone(left, TONES) == 350
    assert min(power_at(right, 440), power_at(right, 660)) > 0.3
    assert power_at(right, 350) < 0.01


def test_what_is_said_in_a_pause_is_not_in_the_file(rig: Rig, tmp_path: Path) -> None:
    """Both go on talking, of other things (other tones); the gap has its length."""
    a, b = rig.pair("PCMA", "PCMA")
    path = tmp_path / "card.wav"
    recording = rig.engine.start_recording(a.port, b.port, str(path))
    _talk(rig, a, b, 25)
    rig.engine.pause_recording(recording, True)
    _say(rig, (a, a.frames(941, 50)), (b, b.frames(1209, 50)))
    rig.engine.pause_recording(recording, False)
    _talk(rig, a, b, 25)
    rig.engine.stop_recording(recording)
    _, _, _, frames, _, error, _ = rig.event("recording_stopped")
    assert error == ""
    wav = _read_wav(path)
    for codes, spoken, secret in zip(wav.channels, (350, 660), (941, 1209), strict=True):
        samples = DECODE["PCMA"](codes)
        assert power_at(samples, spoken) > 100 * power_at(samples, secret)
        loud = [max(map(abs, samples[at : at + 80])) > 500 for at in range(0, len(samples), 80)]
        assert 90 <= loud.count(False) <= 160, "the second of the pause is silence"
    assert frames == len(wav.channels[0])


def test_a_recording_of_one_party_stays_mono_and_its_own(rig: Rig, tmp_path: Path) -> None:
    a, b = rig.pair()
    recording = rig.engine.start_recording(a.port, None, tmp_path / "message.wav")
    rig.engine.add_to_recording(recording, b.port)
    _talk(rig, a, b, 10)
    rig.engine.stop_recording(recording)
    rig.event("recording_stopped", recording)
    assert _read_wav(tmp_path / "message.wav").tones() == [350]


def test_a_recording_of_one_party_is_mono(rig: Rig, tmp_path: Path) -> None:
    a, b = rig.pair()
    path = tmp_path / "message.wav"
    recording = rig.engine.start_recording(a.port, None, path)
    _talk(rig, a, b, 10)
    rig.engine.stop_recording(recording)
    rig.event("recording_stopped", recording)
    assert _read_wav(path).tones() == [350]


def test_a_recording_outlives_its_port_and_ends_with_the_engine(rig: Rig, tmp_path: Path) -> None:
    a, b = rig.pair()
    path = tmp_path / "call.wav"
    recording = rig.engine.start_recording(a.port, b.port, str(path))
    _talk(rig, a, b, 5)
    rig.engine.close_port(a.port)
    _talk(rig, b, b, 5)
    ((_, number, _, frames, _, error, _),) = rig.events("recording_stopped")
    assert (number, error) == (recording, "")
    assert frames == len(_read_wav(path).channels[0])
    assert isinstance(frames, int)
    assert frames >= 10 * 160


def test_a_file_that_cannot_be_written_is_told(rig: Rig, tmp_path: Path) -> None:
    phone = rig.phone()
    taken = tmp_path / "taken.wav"
    taken.write_bytes(b"evidence")
    for path, error in [
        (taken, "File exists"),
        (tmp_path / "none" / "x.wav", "No such file or directory"),
    ]:
        recording = rig.engine.start_recording(phone.port, None, str(path))
        event = rig.event("recording_stopped")
        assert event[1:] == (recording, str(path), 0, 0, error, False)
        rig.engine.stop_recording(recording)
    assert taken.read_bytes() == b"evidence"
    assert rig.events("recording_stopped") == []


def test_silence_of_the_left_phone_is_told_to_who_asks(rig: Rig, tmp_path: Path) -> None:
    speaker, quiet, absent = rig.phone(), rig.phone("PCMU"), rig.phone()
    ports = {
        "unasked": (quiet.port, None, 0),
        "spoken": (speaker.port, quiet.port, 500),
        "quiet": (quiet.port, speaker.port, 500),
        "absent": (absent.port, None, 500),
    }
    number = {
        name: rig.engine.start_recording(left, right, tmp_path / name, silence_ms)
        for name, (left, right, silence_ms) in ports.items()
    }
    hush = [ulaw_encode(silence(0.02))] * 40
    _say(rig, (speaker, speaker.frames(440, 40)), (quiet, hush))
    rig.event("recording_silent", number["quiet"])
    rig.event("recording_silent", number["absent"])
    assert rig.seen == [("rtp_started", speaker.port), ("rtp_started", quiet.port)]
    rig.event("recording_silent", number["spoken"])
    for recording in number.values():
        rig.engine.stop_recording(recording)
    blank = {event[1]: event[-1] for event in rig.events("recording_stopped")}
    assert {name for name in number if blank[number[name]]} == {"quiet", "absent"}
    assert rig.events("recording_silent") == []


_RECORD_UNTIL_KILLED = """
import sys
from media._engine import Engine
engine = Engine("127.0.0.1", 26000, 26999, 0)
engine.start()
port, rtp_port = engine.open_port()
engine.configure_port(port, "127.0.0.1", int(sys.argv[2]), 8, "PCMA", None)
engine.start_recording(port, None, sys.argv[1])
engine.play(port, [engine.load_audio(bytes(3200))], loop=True)
sys.stdin.read()
"""


def _recorded(path: Path) -> int:
    """Frames that the file on the disk says it has; 0 while it has no header."""
    whole = path.exists() and path.stat().st_size >= 58
    return len(_read_wav(path).channels[0]) if whole else 0


def test_a_killed_process_leaves_a_playable_recording(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(DEADLINE * 3)
        own = str(phone.getsockname()[1])
        command = [sys.executable, "-c", _RECORD_UNTIL_KILLED, str(path), own]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            codes, sent = alaw_encode(tone(440, 1.0)), 0
            while sent % 10 or _recorded(path) < 8000:  # however long that takes on a busy machine
                _, engine = phone.recvfrom(2048)
                start = sent % 50 * 160
                packet = Packet(False, 8, sent & 0xFFFF, sent * 160, 1, codes[start : start + 160])
                phone.sendto(packet.to_bytes(), engine)
                sent += 1
            os.kill(process.pid, signal.SIGKILL)
    wav = _read_wav(path)
    assert len(wav.channels[0]) >= 8000
    assert wav.tones() == [440]
