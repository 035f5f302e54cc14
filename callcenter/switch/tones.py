"""Tones and music that a party hears until something else comes."""

from typing import TYPE_CHECKING

from callcenter.speech.prompt import NetworkTone, Tone
from callcenter.speech.provider import SpeechError
from callcenter.switch.party import Party
from callcenter.switch.services import Services

if TYPE_CHECKING:
    from callcenter.switch.call import Call


def ringback(services: Services, trunk: str = "") -> NetworkTone:
    """As whoever is behind the trunk knows it; empty for a phone of ours."""
    settings = services.trunking.trunks.get(trunk)
    own = None if settings is None else settings.tones
    return NetworkTone("ringback", own or services.settings.media.tones)


async def play_ringback(call: "Call", party: Party) -> None:
    """Lets one party hear that another's phone rings."""
    await play_tone(call, party, ringback(call.services, party.trunk))


async def play_tone(call: "Call", party: Party, tone: Tone | NetworkTone) -> None:
    """Plays it to one party over and over; a tone that fails costs the tone, not the call."""
    try:
        audio = await call.services.prompts.load(tone)
    except SpeechError as error:
        call.log.error("no tone", tone=tone.name, error=str(error))
    else:
        party.leg.port.play_untold(audio, loop=True)
