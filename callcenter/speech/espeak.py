"""espeak-ng through ctypes. GPL-3: loaded by the worker process only, never by the daemon."""

import ctypes
import os
from collections.abc import Mapping
from dataclasses import dataclass

import espeakng_loader

from callcenter.speech.provider import SpeechError

_SYNCHRONOUS = 2
"""AUDIO_OUTPUT_SYNCHRONOUS: audio comes to the callback, no sound card is opened, and the speaking
is done by the calling thread. espeak-ng's own threads of the other modes can miss their wake-up and
wait for ever.
"""
_DO_NOT_EXIT = 0x8000
"""espeakINITIALIZE_DONT_EXIT: without it a missing file ends the process."""
_UTF8 = 1
_RATE = 1
_OK = 0
_LONGEST_DATA_PATH = 140
"""espeak-ng keeps the path to its data in 160 bytes and cuts off the rest."""

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True, slots=True)
class Voice:
    """How a language is spoken."""

    name: bytes
    words_per_minute: int


_VOICES: Mapping[str, Voice] = {
    "zh": Voice(b"cmn", 160),
    "en": Voice(b"en-us", 155),
}
"""Languages with a chosen voice; any other is taken as the name of one of espeak's own."""


class Espeak:
    """The library, initialised once; one text at a time."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._audio = bytearray()
        data = espeakng_loader.get_data_path()
        # Voices and dictionaries are read as they are needed: the descriptor stays open.
        if len(data.encode()) > _LONGEST_DATA_PATH:
            data = f"/proc/self/fd/{os.open(data, os.O_RDONLY)}"
        self.rate: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, data.encode(), _DO_NOT_EXIT
        )
        if self.rate <= 0:
            raise SpeechError(f"espeak-ng finds no data in {data}")
        # Kept as an attribute: the library calls it for as long as it lives.
        self._callback = _CALLBACK(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, language: str) -> bytes:
        """The text as S16 samples in native order, mono, `rate` per second."""
        voice = _VOICES.get(language) or Voice(language.encode(), 160)
        if self._library.espeak_SetVoiceByName(voice.name) != _OK:
            raise SpeechError(f"espeak-ng does not speak {language!r}")
        self._library.espeak_SetParameter(_RATE, voice.words_per_minute, 0)
        self._audio.clear()
        spoken = text.encode() + b"\0"
        size = ctypes.c_size_t(len(spoken))
        if self._library.espeak_Synth(spoken, size, 0, 0, 0, _UTF8, None, None) != _OK:
            raise SpeechError("espeak-ng refuses the text")
        return bytes(self._audio)

    def _collect(self, samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._audio += ctypes.string_at(samples, 2 * count)
        return 0
