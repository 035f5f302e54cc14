"""The process that makes audio: `python -m callcenter.speech.worker`, spoken to over its pipes.

A request is one line of JSON: `{"op": "speak", "text": …, "language": …}` or
`{"op": "decode", "path": …}`. Each is answered in turn by one line, `{"bytes": n}` followed by n
bytes of audio (S16LE, mono, 8000 Hz), or `{"error": why}`. It ends when its input does.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, BinaryIO

import soundfile

from callcenter.speech import levels
from callcenter.speech.espeak import Espeak
from callcenter.speech.provider import SpeechError

MAX_TEXT = 5_000
"""Characters; about five minutes."""
MAX_SECONDS = 900
"""Of an audio file."""
_NICENESS = 10
"""Calls in progress go first."""


def speak(request: Mapping[str, Any]) -> bytes:
    """A text as audio."""
    text, language = str(request["text"]), str(request["language"])
    if len(text) > MAX_TEXT:
        raise SpeechError(f"a text of {len(text)} characters; at most {MAX_TEXT} are spoken")
    readable = "".join(c if c.isprintable() else " " for c in text)
    engine = _espeak()
    spoken = levels.samples(engine.speak(readable, language))
    samples = levels.trimmed(levels.resampled(spoken, engine.rate))
    if not samples.size:
        raise SpeechError("the text has nothing to be spoken")
    return levels.pcm(levels.levelled(samples))


def decode(request: Mapping[str, Any]) -> bytes:
    """An audio file, its channels mixed."""
    path = str(request["path"])
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > MAX_SECONDS * file.samplerate:
                raise SpeechError(f"longer than {MAX_SECONDS} s")
            samples = file.read(dtype="float32", always_2d=True).mean(axis=1)
            return levels.pcm(levels.levelled(levels.resampled(samples, file.samplerate)))
    except soundfile.SoundFileError as error:
        raise SpeechError(f"not an audio file that can be read: {error}") from error


_OPERATIONS: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    "speak": speak,
    "decode": decode,
}


@cache
def _espeak() -> Espeak:
    """Loaded by the first text."""
    return Espeak()


def answer(line: bytes) -> tuple[dict[str, Any], bytes]:
    """The answer's head and audio. Whatever is wrong with one request, the next is served."""
    try:
        request = json.loads(line)
        audio = _OPERATIONS[request["op"]](request)
    except SpeechError as error:
        return {"error": str(error)}, b""
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}, b""
    return {"bytes": len(audio)}, audio


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers line by line until there are no more."""
    for line in requests:
        head, audio = answer(line)
        answers.write(json.dumps(head).encode() + b"\n" + audio)
        answers.flush()


def main() -> None:
    """Keeps standard output to itself: a library that prints must not break the answers."""
    os.nice(_NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
