"""Recordings in other formats, decoded again."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from callcenter.recordings.export import FORMATS, ExportError, Format, export

RATE = 8000
LEFT_HZ, RIGHT_HZ = 440, 1000


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two seconds of A-law in stereo, a tone a side."""
    times = np.arange(2 * RATE) / RATE
    sides = [0.3 * np.sin(2 * np.pi * hz * times) for hz in (LEFT_HZ, RIGHT_HZ)]
    path = tmp_path / "call.wav"
    soundfile.write(path, np.column_stack(sides), RATE, subtype="ALAW")
    return path


def tones(path: Path) -> list[list[int]]:
    """The loud frequencies of each channel."""
    sound, rate = soundfile.read(path, always_2d=True)
    found = []
    for side in sound.T:
        spectrum = np.abs(np.fft.rfft(side[:RATE]))
        loud = np.flatnonzero(spectrum > spectrum.max() / 4) * rate / side[:RATE].size
        found.append(sorted({round(float(hz) / 20) * 20 for hz in loud}))
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_both_sides_are_heard_in_every_format(recording: Path, form: Format) -> None:
    target = recording.with_name(f"out.{form}")

    length = export(recording, target, form)

    assert length == pytest.approx(2.0)
    assert tones(target) == [[LEFT_HZ], [RIGHT_HZ]]
    assert soundfile.info(target).duration == pytest.approx(2.0, abs=0.15)


def test_both_sides_may_be_mixed(recording: Path) -> None:
    target = recording.with_name("out.mp3")

    export(recording, target, "mp3", mono=True)

    assert tones(target) == [[LEFT_HZ, RIGHT_HZ]]


def test_what_is_there_is_kept(recording: Path) -> None:
    target = recording.with_name("out.mp3")
    target.write_text("evidence")

    with pytest.raises(ExportError, match="exists"):
        export(recording, target, "mp3")

    assert target.read_text() == "evidence"


def test_a_file_that_is_no_sound_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"not a sound")

    with pytest.raises(ExportError, match=r"broken\.wav"):
        export(broken, tmp_path / "out.mp3", "mp3")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.wav"]
