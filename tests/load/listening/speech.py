"""Speech of many voices and languages, by espeak-ng."""

import functools
from collections.abc import Mapping, Sequence

import numpy as np
import soxr

from callcenter.speech.espeak import Espeak
from tests.load.listening.line import RATE, Sound

VOICES: Sequence[str] = tuple(
    f"{language}{variant}"
    for variant in ("", "+f2", "+m3", "+f4", "+m7", "+croak", "+whisper", "+klatt3")
    for language in ("en-us", "en-gb-x-rp", "cmn", "yue", "de", "fr", "es", "ru")
)

CHATTER: Mapping[str, str] = {
    "en": (
        "Thank you for calling. Your call is important to us. All of our agents are busy at the "
        "moment; please hold the line. My number is five five five, one two three, four five six "
        "seven. I would like to order eleven yellow umbrellas, and ask when my parcel will arrive."
    ),
    "cmn": "您好，感谢您的来电。所有座席正忙，请稍候。"
    "我的电话号码是一三八，零零一三，八零零零。请问您什么时候能送货？",
    "yue": "多謝你嘅來電，而家所有職員都好忙，請你等陣。我想問下幾時可以送貨。",
    "de": "Vielen Dank für Ihren Anruf. Alle Mitarbeiter sind im Gespräch. Bitte warten Sie einen "
    "Augenblick. Ich möchte wissen, wann meine Bestellung über sieben Lampen endlich ankommt.",
    "fr": "Merci de votre appel. Tous nos conseillers sont en ligne, veuillez patienter un "
    "instant. Je voudrais savoir quand ma commande arrivera, s'il vous plaît.",
    "es": "Gracias por su llamada. Todos nuestros agentes están ocupados, no cuelgue por favor. "
    "Quisiera saber cuándo llegará mi pedido de ocho sillas amarillas.",
    "ru": "Спасибо за звонок. Все операторы заняты, пожалуйста, оставайтесь на линии. Скажите, "
    "когда привезут мой заказ?",
}
"""What people say to each other, by language."""


def language_of(voice: str) -> str:
    """The key of a voice's language."""
    return voice.split("-")[0].split("+")[0]


@functools.cache
def _espeak() -> Espeak:
    return Espeak()


def speak(text: str, voice: str) -> Sound:
    """The text, as loud as it comes, without the silence around it."""
    espeak = _espeak()
    wide = np.frombuffer(espeak.speak(text, voice), dtype=np.int16) / 32768.0
    sound: Sound = soxr.resample(wide, espeak.rate, RATE)
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    return sound[loud[0] : loud[-1] + 1] if len(loud) else sound
