"""What a flow's prompts are to the prompt library, and everything a site may say."""

from collections.abc import Iterator

import ivr
from callcenter.routing.numbers import NumberPlan
from callcenter.settings import Settings
from callcenter.speech.phrases import fixed_texts
from callcenter.speech.prompt import File, NetworkTone, Prompt, Text, Tone
from media.tone_plans import PLANS


def spoken(part: ivr.ResolvedPrompt) -> Prompt:
    """A flow's prompt as the prompt library knows it."""
    if isinstance(part, ivr.FilePrompt):
        return File(part.file)
    return Text(part.text, part.language)


def prompts_of(numbers: NumberPlan, settings: Settings) -> Iterator[Prompt]:
    """All that callers of this site may hear, each once, the first needed first."""
    language = settings.speech.language
    said: list[Prompt] = [Tone("music"), Tone("beep")]
    for flow in numbers.entered():
        said.extend(map(spoken, flow.prompts(flow.language or language)))
    plans = [trunk.tones for trunk in settings.trunks if trunk.tones is not None]
    for plan in (settings.media.tones, *plans):
        said.extend(NetworkTone(name, plan) for name in PLANS[plan])
    said.extend(fixed_texts(language))
    whispers = (queue.whisper for queue in settings.queues)
    said.extend(Text(words, language) for words in whispers if words is not None)
    for queue in settings.queues:
        said.extend(File(file) for _, files in queue.play_lists() for file in files)
    yield from dict.fromkeys(said)
