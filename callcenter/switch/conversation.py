"""One talk after the other, until nobody is left to talk with."""

from typing import TYPE_CHECKING

from callcenter.switch.bridge import Bridge
from callcenter.switch.party import Party
from callcenter.switch.successor import Left, Successor

if TYPE_CHECKING:
    from callcenter.switch.call import Call


async def converse(call: "Call", bridge: Bridge) -> Left:
    """From the first talk on; how the call goes on when nobody talks any more."""
    while True:
        successor = await _talk(call, bridge)
        if not isinstance(successor, Party):
            return successor
        bridge = Bridge(call, successor, room=bridge.handed_on)


async def _talk(call: "Call", bridge: Bridge) -> Successor:
    call.guests.add(bridge.other)
    call.answer()
    try:
        return await bridge.run()
    finally:
        leaver = bridge.other
        if leaver in call.guests:  # else another call has them
            call.guests.discard(leaver)
            leaver.let_go(200)
