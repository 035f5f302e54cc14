"""The worker's own work, in this process: what comes out can be heard."""

import io
import json
import math
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np
import pytest
import soundfile

from callcenter.speech import worker
from callcenter.speech.espeak import Espeak
from tests.support.audio import pcm_samples, power_at


def served(*requests: dict[str, Any] | bytes) -> list[bytes | str]:
    """Audio, or the error, per request."""
    lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in requests]
    answers = io.BytesIO()
    worker.serve(io.BytesIO(b"\n".join(lines)), answers)
    answers.seek(0)
    results: list[bytes | str] = []
    while head := answers.readline():
        fields = json.loads(head)
        results.append(fields["error"] if "error" in fields else answers.read(fields["bytes"]))
    return results


def loudness_dbfs(pcm: bytes) -> float:
    samples = pcm_samples(pcm)
    return 10 * math.log10(sum(s * s for s in samples) / len(samples) / 32767**2)


@pytest.mark.parametrize(
    ("text", "language", "seconds"),
    [
        ("Welcome, and thank you for calling.", "en", (1.5, 4)),
        ("您好，欢迎致电。", "zh", (1, 4)),
        ("Agent", "en", (0.2, 1)),
        ("幺", "zh", (0.1, 0.6)),
        ("歡迎致電", "yue", (0.5, 2)),
    ],
)
def test_a_text_is_spoken_loud_enough_and_in_time(
    text: str, language: str, seconds: tuple[float, float]
) -> None:
    (audio,) = served({"op": "speak", "text": text, "language": language})

    assert isinstance(audio, bytes)
    assert seconds[0] < len(audio) / 16_000 < seconds[1]
    assert -20 < loudness_dbfs(audio) < -14
    assert max(map(abs, pcm_samples(audio))) < 0.9 * 32767


def test_a_longer_text_takes_longer_and_another_language_sounds_different() -> None:
    short, long, english = served(
        {"op": "speak", "text": "请稍候", "language": "zh"},
        {"op": "speak", "text": "请稍候，正在为您转接人工座席", "language": "zh"},
        {"op": "speak", "text": "请稍候", "language": "en"},
    )

    assert len(long) > 2 * len(short)
    assert english != short


def test_control_characters_are_not_read_out() -> None:
    clean, soiled = served(
        {"op": "speak", "text": "good bye", "language": "en"},
        {"op": "speak", "text": "good\0bye", "language": "en"},
    )

    assert len(soiled) == pytest.approx(len(clean), rel=0.01)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_files_of_every_kind_become_telephone_audio(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"tone.{kind}"
    moments = np.arange(44_100) / 44_100
    left = 0.05 * np.sin(2 * math.pi * 800 * moments)
    soundfile.write(path, np.column_stack([left, left]), 44_100)

    (audio,) = served({"op": "decode", "path": str(path)})

    assert isinstance(audio, bytes)
    assert len(audio) / 16_000 == pytest.approx(1.0, abs=0.1)
    assert power_at(pcm_samples(audio), 800) > 0.95
    assert loudness_dbfs(audio) == pytest.approx(-16, abs=0.6)


@pytest.mark.parametrize(
    ("request_line", "error"),
    [
        (b"nonsense", "JSONDecodeError"),
        (b"{}", "KeyError: 'op'"),
        ({"op": "sing"}, "KeyError: 'sing'"),
        ({"op": "speak", "text": "x"}, "KeyError: 'language'"),
        ({"op": "speak", "text": "x", "language": "xx"}, "does not speak 'xx'"),
        ({"op": "speak", "text": " \n", "language": "en"}, "nothing to be spoken"),
        ({"op": "speak", "text": "x" * 5001, "language": "en"}, "at most 5000"),
        ({"op": "decode", "path": __file__}, "not an audio file"),
        ({"op": "decode", "path": "/nowhere.wav"}, "not an audio file"),
    ],
)
def test_a_bad_request_is_answered_and_the_next_is_served(
    request_line: dict[str, Any] | bytes, error: str
) -> None:
    answer, audio = served(request_line, {"op": "speak", "text": "yes", "language": "en"})

    assert isinstance(answer, str)
    assert error in answer
    assert isinstance(audio, bytes)


def test_a_file_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MAX_SECONDS", 1)
    soundfile.write(tmp_path / "long.wav", np.zeros(8001), 8000)

    assert served({"op": "decode", "path": str(tmp_path / "long.wav")}) == ["longer than 1 s"]


def test_a_deep_installation_folder_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    data = deep / "espeak-ng-data"
    data.symlink_to(espeakng_loader.get_data_path())
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(data))

    assert Espeak().speak("yes", "en")
