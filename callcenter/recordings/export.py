"""Recordings in other formats: MP3, Opus, FLAC or plain WAV, at the side of the daemon.

Reading and coding take processor time by the second, so they belong to a process of their own
(`callcenter recordings export`) or a thread, never to the loop.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import soundfile

Format: TypeAlias = Literal["mp3", "opus", "flac", "wav"]
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class _Kind:
    """How libsndfile names a format."""

    container: str
    coding: str


_KINDS: Mapping[Format, _Kind] = {
    "mp3": _Kind("MP3", "MPEG_LAYER_III"),
    "opus": _Kind("OGG", "OPUS"),
    "flac": _Kind("FLAC", "PCM_16"),
    "wav": _Kind("WAV", "PCM_16"),
}


FORMATS: Mapping[str, Format] = {name: name for name in _KINDS}


class ExportError(Exception):
    """Not exported; the message says why, in words for the operator."""


def export(source: Path, target: Path, form: Format, *, mono: bool = False) -> float:
    """Writes `source` to `target` in another format; its length in seconds.

    `mono` mixes both sides. The target appears whole or not at all; one that exists is not
    overwritten.
    """
    if target.exists():
        raise ExportError(f"{target} exists")
    kind = _KINDS[form]
    partial = target.with_name(f".{target.name}.part")
    try:
        with soundfile.SoundFile(source) as sound:
            channels = 1 if mono else sound.channels
            with soundfile.SoundFile(
                partial, "w", sound.samplerate, channels, kind.coding, format=kind.container
            ) as out:
                for block in sound.blocks(_BLOCK, dtype="float32", always_2d=True):
                    out.write(block.mean(axis=1) if mono else block)
            length = sound.frames / sound.samplerate
        os.link(partial, target)
    except soundfile.SoundFileError as error:
        raise ExportError(f"{source}: {error}") from error
    except OSError as error:
        raise ExportError(f"{target}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return float(length)
