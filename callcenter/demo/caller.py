"""The caller: hears the menu, presses a key, waits with music, speaks with the agent.

python -m callcenter.demo.caller --exchange udp:127.0.0.1:5060 --number 4000 --key 1
"""

import argparse
import sys
from functools import partial

from callcenter.demo import ears
from callcenter.demo.actor import AGENT_TONE, CALLER_TONE, Actor, play
from callcenter.demo.softphone import NotHeardError, PhoneCall, Softphone

_MENU_S = 4.0
"""So much of the menu is judged before the key is pressed: greeting, and the first choices."""


async def call_in(actor: Actor, *, exchange: str, number: str, key: str, ani: str) -> None:
    """The whole call, step by step."""
    async with Softphone(exchange, ani) as phone:
        with actor.step("call_answered") as facts:
            call = await phone.call(number)
            await call.answered()
            assert call.remote is not None, "an answered call has a remote side"
            facts |= {"number": number, "ani": ani, "codec": call.remote.law}
        with actor.step("menu_heard") as facts:
            facts["level"] = await _hears_menu(call)
            facts["seconds"] = _MENU_S
        with actor.step("key_pressed") as facts:
            await call.press(key)
            facts["key"] = key
        call.say(tone=CALLER_TONE)
        with actor.step("music_heard") as facts:
            facts["level"] = (await call.hears("music", within=10)).level
        with actor.step("announced_to_caller") as facts:
            facts["level"] = (await call.hears("speech", within=30)).level
        with actor.step("caller_hears_agent") as facts:
            facts["hz"] = (await call.hears(tone=AGENT_TONE, within=10)).hz
        with actor.step("released") as facts:
            end = await call.ended(within=15)
            facts |= {"by": end.by, "packets": call.hearing.packets, "lost": call.hearing.lost}


async def _hears_menu(call: PhoneCall) -> float:
    """The loudness of the menu, from its first word on."""
    await call.hears("speech", within=10)
    verdict = ears.judge(await call.listen(_MENU_S))
    if verdict.sound != "speech":
        raise NotHeardError(f"expected speech, heard {verdict}")
    return verdict.level


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--exchange", default="udp:127.0.0.1:5060")
    parser.add_argument("--number", default="4000", help="the number to call")
    parser.add_argument("--key", default="1", help="the choice in the menu")
    parser.add_argument("--ani", default="13800001234", help="the caller's own number")
    given = parser.parse_args()
    return play(
        partial(
            call_in,
            exchange=given.exchange,
            number=given.number,
            key=given.key,
            ani=given.ani,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
