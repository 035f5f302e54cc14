"""An agent has something played to the caller (`call.play`)."""

import re
from functools import partial
from typing import TYPE_CHECKING, Literal

from callcenter import events
from callcenter.speech.prompt import File, Prompt
from callcenter.speech.provider import SpeechError
from callcenter.switch.refusal import CommandRefusedError
from callcenter.switch.successor import Successor

if TYPE_CHECKING:
    from callcenter.switch.part import TalkPart

_FILE = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*")
"""A path inside the folder of prompts and nowhere else."""


async def play(part: "TalkPart", prompt: Prompt, then: Literal["release", "return"]) -> None:
    """`release` frees the agent at once, plays it twice and ends the call (WZ-3.3.6.1); `return`
    plays it within the talk (WZ-T7).

    Raises `CommandRefusedError`: `wrong_state`, `no_such_prompt`, `media_failed`.
    """
    part.settled()
    part.demand_decoded()
    if isinstance(prompt, File) and not _FILE.fullmatch(prompt.name):
        raise CommandRefusedError("no_such_prompt", prompt=prompt.name)
    prompts = part.call.services.prompts
    try:
        audio = await prompts.load(prompt)
    except SpeechError as error:
        if isinstance(prompt, File):
            raise CommandRefusedError("no_such_prompt", prompt=prompt.name) from error
        raise CommandRefusedError("media_failed", str(error)) from error
    bridge = part.settled()  # still
    told = partial(_tell, part, part.agent_id)
    if then == "release":
        bridge.transfer(partial(_release, part, prompt))
    else:
        playback = bridge.partner(part.party).leg.port.play(audio)
        playback.done.add_done_callback(lambda _: told())


async def _release(part: "TalkPart", prompt: Prompt) -> Successor:
    bridge, agent_id = part.bridge, part.agent_id
    stays = bridge.let_leave(part.party)
    bridge.free(part.party, "played")
    try:
        audio = await part.call.services.prompts.load(prompt, prompt)
        await stays.leg.port.play(audio).done
    except SpeechError as error:  # it was there a moment ago
        part.call.log.error("nothing to be played", error=str(error))
    _tell(part, agent_id)
    return None


def _tell(part: "TalkPart", agent_id: str) -> None:
    services = part.call.services
    services.stream.emit(
        events.PlaybackFinished(
            services.clock.now(), part.call.call_id, agent_id, part.party.seat_no
        )
    )
