"""Seeded samples of what may be heard on an outgoing call, each with what it is.

Every sample has a level, a noise, a codec and packet losses of its own; tones are off their
frequency and cadence by what the plans of ITU-T E.180 allow.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from media.tone_plans import PLANS, Cadence, PlanName, ProgressTone
from tests.load.listening import line
from tests.load.listening.line import RATE, Law, Sound
from tests.load.listening.music import STYLES
from tests.load.listening.speech import CHATTER, VOICES, language_of, speak

LOSSES = (0.0, 0.0, 0.01, 0.03, 0.05)
_PLANS: tuple[PlanName, ...] = tuple(PLANS)
_CHANCE = np.random.Generator


@dataclass(frozen=True, slots=True)
class Sample:
    """One call's sound as it arrives."""

    what: str
    """What it is."""
    payloads: list[bytes | None]
    law: Law
    about: str
    """How it was made, to find it again."""


def sent(what: str, sound: Sound, about: str, chance: _CHANCE) -> Sample:
    """Over a line: G.711 of either law, noise, lost packets."""
    law: Law = "PCMA" if chance.random() < 0.5 else "PCMU"
    noise, loss = float(chance.uniform(-65, -44)), float(chance.choice(LOSSES))
    payloads = line.packets(line.with_noise(sound, noise, chance), law)
    about = f"{about}, noise {noise:.0f} dBm0, {law}, loss {loss:.0%}"
    return Sample(what, line.with_loss(payloads, loss, chance), law, about)


def tone(cadence: Cadence, seconds: float, chance: _CHANCE) -> Sound:
    """So much of a tone, begun anywhere in its period, off by up to 1.2 % and its times by 5 %."""
    off = 1.0 + float(chance.uniform(-0.012, 0.012))
    pace = 1.0 + float(chance.uniform(-0.05, 0.05))
    parts: list[Sound] = []
    for burst in cadence:
        t = np.arange(round(burst.seconds * pace * RATE)) / RATE
        phase = chance.uniform(0, 2 * np.pi)
        waves = [np.sin(2 * np.pi * hz * off * t + phase) for hz in burst.hz]
        parts.append(sum(waves, start=np.zeros(len(t))))
    period = np.concatenate(parts)
    begin = int(chance.integers(0, len(period))) if chance.random() < 0.5 else 0
    return np.resize(np.roll(period, -begin), round(seconds * RATE))


def _tone_sample(name: ProgressTone, seconds: float) -> "Maker":
    def make(chance: _CHANCE) -> Sample:
        plan = _PLANS[int(chance.integers(len(_PLANS)))]
        sound = tone(PLANS[plan][name], seconds, chance)
        level = float(chance.uniform(-32, -6))
        sound = line.at_level(sound, level)
        return sent(name, sound, f"{name} {plan} {level:.0f} dBm0", chance)

    return make


def _special_sample(chance: _CHANCE) -> Sample:
    """The tones once, then the announcement."""
    plan = _PLANS[int(chance.integers(len(_PLANS)))]
    cadence = PLANS[plan]["special_information"]
    off = 1.0 + float(chance.uniform(-0.012, 0.012))
    parts = []
    for burst in cadence:
        t = np.arange(round(burst.seconds * RATE)) / RATE
        waves = [np.sin(2 * np.pi * hz * off * t) for hz in burst.hz]
        parts.append(sum(waves, start=np.zeros(len(t))))
    level = float(chance.uniform(-28, -10))
    sound = line.at_level(np.concatenate([line.silence(0.3), *parts]), level)
    voice = str(chance.choice(VOICES))
    said = line.at_level(speak(CHATTER[language_of(voice)], voice), level)
    sound = np.concatenate([sound, said[: 4 * RATE]])
    return sent("special_information", sound, f"SIT {plan} {level:.0f} dBm0, {voice}", chance)


def _music_sample(chance: _CHANCE) -> Sample:
    style = str(chance.choice(list(STYLES)))
    level = float(chance.uniform(-28, -10))
    sound = line.at_level(STYLES[style](7.0, chance), level)
    return sent("colour_ringback", sound, f"{style} {level:.0f} dBm0", chance)


def _speech_sample(chance: _CHANCE) -> Sample:
    voice = str(chance.choice(VOICES))
    level = float(chance.uniform(-28, -10))
    said = speak(CHATTER[language_of(voice)], voice)
    begin = int(chance.integers(0, max(1, len(said) - 7 * RATE)))
    sound = line.at_level(said[begin : begin + 7 * RATE], level)
    return sent("colour_ringback", sound, f"{voice} {level:.0f} dBm0", chance)


def talk(chance: _CHANCE) -> tuple[Sample, tuple[float, float]]:
    """A sentence between silences in a line's noise, and when it begins and ends, in seconds."""
    voice = str(chance.choice(VOICES))
    level, noise = float(chance.uniform(-30, -10)), float(chance.uniform(-65, -44))
    noise = min(noise, level - 15)
    said = line.at_level(speak(CHATTER[language_of(voice)], voice)[: 4 * RATE], level)
    before = float(chance.uniform(0.5, 2.0))
    sound = np.concatenate([line.silence(before), said, line.silence(2.0)])
    sample = sent(
        "voice", line.with_noise(sound, noise, chance), f"{voice} {level:.0f} dBm0", chance
    )
    return sample, (before, before + len(said) / RATE)


def _quiet_sample(chance: _CHANCE) -> Sample:
    """Nothing but the line: noise, its mains' hum, and a click or two."""
    noise = float(chance.uniform(-60, -38))
    sound = line.with_noise(line.silence(8.0), noise, chance)
    if chance.random() < 0.3:
        hum = 2 * np.pi * float(chance.choice([50, 60, 100])) * np.arange(len(sound)) / RATE
        sound = sound + line.at_level(np.sin(hum), float(chance.uniform(-55, -38)))
    for _ in range(int(chance.integers(0, 3))):
        at = int(chance.integers(0, len(sound) - 100))
        sound[at : at + 80] += chance.uniform(-0.5, 0.5, 80)
    return sent("nothing", sound, f"noise {noise:.0f} dBm0", chance)


PEOPLE: Mapping[str, tuple[str, ...]] = {
    "en": ("Hello?", "Hello.", "Yes?", "Hi, this is Anna.", "Good morning, Smith speaking.",
           "Hello, who is it?", "Miller and sons, good afternoon.",
           "Good morning, Miller and sons, Anna speaking, how can I help you?"),
    "cmn": ("喂？", "喂，你好。", "你好，哪位？", "喂，您好，请问找谁？",
            "您好，这里是阳光公司，请讲。"),
    "yue": ("喂？", "喂，邊位？", "你好。"),
    "de": ("Hallo?", "Ja, bitte?", "Müller, guten Tag.", "Schmidt."),
    "fr": ("Allô ?", "Oui, allô ?", "Bonjour, Dupont à l'appareil."),
    "es": ("¿Dígame?", "¿Sí?", "Hola, buenos días."),
    "ru": ("Алло?", "Да, слушаю.", "Алло, кто это?"),
}  # fmt: skip
MACHINES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Hi, you have reached the Smiths. We cannot come to the phone right now. Please leave "
        "your name and number after the tone.",
        "The person you are calling is not available. Please record your message after the beep.",
        "Hello. This is Bob. I am not at home. Speak after the tone.",
        "Anna here! Leave me a message.",
        "This is the voice mailbox of five five five, one two three four. Leave a message.",
    ),
    "cmn": (
        "您好，您拨打的用户暂时无法接听，请在嘀声后留言。",
        "这里是张先生的语音信箱，我现在不方便接电话，请留下您的姓名和电话号码。",
    ),
    "yue": ("你好，我而家唔方便聽電話，請喺嘟一聲之後留低口訊。",),
    "de": (
        "Guten Tag, Sie sind mit dem Anrufbeantworter der Familie Müller verbunden. Bitte "
        "hinterlassen Sie eine Nachricht nach dem Signalton.",
    ),
    "fr": (
        "Bonjour, vous êtes bien chez les Dupont. Laissez-nous un message après le bip sonore.",
    ),
    "es": ("Ha llamado al buzón de voz. Por favor, deje su mensaje después de la señal.",),
    "ru": ("Здравствуйте, вас приветствует автоответчик. Оставьте сообщение после сигнала.",),
}


def _greeted(what: str, texts: Mapping[str, tuple[str, ...]], chance: _CHANCE) -> tuple[Sound, str]:
    voice = str(chance.choice(VOICES))
    text = str(chance.choice(texts[language_of(voice)]))
    level = float(chance.uniform(-28, -12))
    said = line.at_level(speak(text, voice), level)
    lead = line.silence(float(chance.uniform(0.1, 1.2)))
    return np.concatenate([lead, said]), f"{what} {voice} {level:.0f} dBm0 {text[:20]!r}"


def _person_sample(chance: _CHANCE) -> Sample:
    sound, about = _greeted("person", PEOPLE, chance)
    sound = np.concatenate([sound, line.silence(2.5)])
    return sent("human", sound, about, chance)


def _beep(chance: _CHANCE) -> Sound:
    hz, seconds = float(chance.uniform(480, 1900)), float(chance.uniform(0.15, 1.2))
    t = np.arange(round(seconds * RATE)) / RATE
    return line.at_level(np.sin(2 * np.pi * hz * t), float(chance.uniform(-26, -8)))


def _machine_sample(chance: _CHANCE) -> Sample:
    """A greeting and, mostly, a beep."""
    sound, about = _greeted("machine", MACHINES, chance)
    parts = [sound, line.silence(float(chance.uniform(0.2, 1.5)))]
    beeps = chance.random() < 0.75
    if beeps:
        parts.append(_beep(chance))
    parts.append(line.silence(1.5))
    what = "machine and beep" if beeps else "machine"
    return sent(what, np.concatenate(parts), about, chance)


def _nobody_sample(chance: _CHANCE) -> Sample:
    quiet = _quiet_sample(chance)
    return Sample("silent", quiet.payloads, quiet.law, quiet.about)


Maker = Callable[[_CHANCE], Sample]
VOICE: tuple[Maker, ...] = (lambda chance: talk(chance)[0], _quiet_sample)
PROGRESS: tuple[Maker, ...] = (
    _tone_sample("ringback", 12.0),
    _tone_sample("busy", 5.0),
    _tone_sample("congestion", 6.5),
    _special_sample,
    _music_sample,
    _speech_sample,
    _quiet_sample,
)
ANSWERS: tuple[Maker, ...] = (_person_sample, _machine_sample, _person_sample, _machine_sample,
                              _nobody_sample)  # fmt: skip


def drawn(makers: tuple[Maker, ...], count: int, seed: int) -> Iterator[Sample]:
    """So many samples of all makers in turn."""
    for n in range(count):
        yield makers[n % len(makers)](np.random.default_rng([seed, n]))
