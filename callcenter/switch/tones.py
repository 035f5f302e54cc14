"""Tones and music that a party hears until something else comes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from callcenter.settings import QueueSettings
from callcenter.speech.prompt import File, NetworkTone, Prompt, Tone
from callcenter.speech.provider import SpeechError
from callcenter.switch.party import Party
from callcenter.switch.services import Services
from media.plane import Playback
from media.tone_plans import ProgressTone, period

if TYPE_CHECKING:
    from callcenter.switch.call import Call


def network_tone(services: Services, name: ProgressTone, trunk: str = "") -> NetworkTone:
    """As whoever is behind the trunk knows it; empty for a phone of ours."""
    settings = services.trunking.trunks.get(trunk)
    own = None if settings is None else settings.tones
    return NetworkTone(name, own or services.settings.media.tones)


async def play_ringback(call: "Call", party: Party) -> None:
    """Lets one party hear that another's phone rings."""
    await play_tone(call, party, network_tone(call.services, "ringback", party.trunk))


async def play_out(
    call: "Call", party: Party, name: ProgressTone, seconds: float
) -> Playback | None:
    """Lets one party hear a tone for about so long, in whole periods; None where there is none."""
    tone = network_tone(call.services, name, party.trunk)
    times = max(1, round(seconds / period(tone.plan, name)))
    audio = await _loaded(call, tone)
    return party.leg.port.play(tuple(audio) * times) if audio else None


def music(call: "Call", queue: QueueSettings) -> Sequence[Prompt]:
    """What the caller hears who waits in the queue or is held by its agent."""
    files = queue.music_of(call.caller.trunk, call.services.customers.class_of(call.ani))
    return (Tone("music"),) if files is None else tuple(map(File, files))


async def play_music(call: "Call", party: Party) -> None:
    """For a party who is held: the caller of a queue hears that queue's."""
    visit = call.visit if party is call.caller else None
    own = (Tone("music"),) if visit is None else music(call, call.services.queues[visit.queue])
    await play_tone(call, party, *own)


async def play_tone(call: "Call", party: Party, *tones: Prompt) -> None:
    """Plays it to one party over and over; a tone that fails costs the tone, not the call."""
    if audio := await _loaded(call, *tones):
        party.leg.port.play_untold(audio, loop=True)


async def _loaded(call: "Call", *tones: Prompt) -> Sequence[int]:
    try:
        return await call.services.prompts.load(*tones)
    except SpeechError as error:
        call.log.error("no tone", tone=str(tones[0]), error=str(error))
        return ()
