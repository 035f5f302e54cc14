"""Tones and music that a party hears until something else comes."""

from typing import TYPE_CHECKING

from callcenter.speech.prompt import Tone
from callcenter.speech.provider import SpeechError
from callcenter.switch.party import Party

if TYPE_CHECKING:
    from callcenter.switch.call import Call


async def play_tone(call: "Call", party: Party, tone: Tone) -> None:
    """Plays it to one party over and over; a tone that fails costs the tone, not the call."""
    try:
        audio = await call.services.prompts.load(tone)
    except SpeechError as error:
        call.log.error("no tone", tone=tone.name, error=str(error))
    else:
        party.leg.port.play_untold(audio, loop=True)
