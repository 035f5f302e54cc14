"""Whether the site's audio files can be played: decoded as the worker process would."""

from collections.abc import Iterator

import ivr
from callcenter.flows.spoken import prompts_of
from callcenter.routing.numbers import NumberPlan
from callcenter.settings import Settings
from callcenter.speech.prompt import File
from callcenter.speech.prompts import MAX_FILE_BYTES
from callcenter.speech.provider import SpeechError
from callcenter.speech.worker import decode


def unplayable(settings: Settings) -> Iterator[str]:
    """Each file that a caller may hear and cannot, and why. Not for the loop."""
    folder = settings.speech.prompts
    flows = ivr.load_flows(settings.ivr.flows_folder)
    for prompt in prompts_of(NumberPlan(settings.numbers, flows), settings):
        if folder is None or not isinstance(prompt, File):
            continue
        path = folder / prompt.name
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                yield f"{path}: larger than {MAX_FILE_BYTES} bytes"
            else:
                decode({"path": str(path)})
        except SpeechError as error:
            yield f"{path}: {error}"
        except OSError as error:
            yield f"{path}: cannot be read: {error.strerror}"
