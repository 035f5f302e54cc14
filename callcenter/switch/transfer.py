"""A phone gives its call on by REFER (RFC 3515): to a number, or to whom it asked before."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Literal

import sip
from callcenter.routing.dial_plan import Destination, Service
from callcenter.settings import SeatSettings
from callcenter.switch.consultation import Search
from callcenter.switch.leg import Leg
from callcenter.switch.party import Party
from callcenter.switch.reach import Reach, Unreached
from callcenter.switch.refusal import UNDECODED, CommandRefusedError
from callcenter.switch.successor import Successor
from callcenter.switch.targets import dialled
from callcenter.switch.tones import play_ringback
from ivr.targets import ToQueue

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge
    from callcenter.switch.call import Call

ACCEPTED = 202
_REFUSALS = {"no_such_target": 404, "target_not_idle": 486, "no_outside_line": 503}
"""What a command's refusal is as an answer to REFER; else 403."""


def referred(bridge: "Bridge", leaver: Party, referral: sip.Referral) -> int:
    """A party of the bridge asks to be replaced; the answer to its REFER.

    Only phones of the house may: whoever else leaves has nobody here to give on.
    """
    services = bridge.services
    origin = services.origin(leaver.trunk)
    if origin == "outside":
        return 603
    if referral.replaces is not None:
        return _referred_after_asking(bridge, leaver, referral)
    try:
        to = dialled(services, leaver.seat_no, referral.target_user, origin)
    except CommandRefusedError as refused:
        code = _REFUSALS.get(refused.name, 403)
        return _refused(bridge.call, leaver, code, refused.reason)
    seat = services.roster.seats.get(leaver.seat_no)
    blind = partial(_blind, bridge, leaver, referral, to, seat)
    return ACCEPTED if bridge.transfer(blind) else 491


def _referred_after_asking(bridge: "Bridge", leaver: Party, referral: sip.Referral) -> int:
    session, services = referral.replaced, bridge.services
    named = session.handler if session is not None else None
    if not isinstance(named, Leg):
        return _refused(bridge.call, leaver, 481, "names no call of ours")
    target = _consulted(bridge, leaver, services.stations.in_call(named))
    if target is None:
        return _referred_while_asking(bridge, leaver, referral, named.placed)
    consulted, party = target
    if bridge.partner(leaver).leg.opaque is not party.leg.opaque:
        return _refused(bridge.call, leaver, 488, UNDECODED)
    if _standing(consulted) > _standing(bridge):
        # The phone may name either of its two talks; the customer's call is the one that lives.
        consulted, bridge, leaver, party = (
            bridge,
            consulted,
            consulted.partner(party),
            bridge.partner(leaver),
        )
    if not bridge.transfer(partial(_attended, bridge, leaver, referral, consulted, party)):
        return 491
    services.stations.gives_on(named)
    return ACCEPTED


def _referred_while_asking(
    bridge: "Bridge", leaver: Party, referral: sip.Referral, asking: "Call | None"
) -> int:
    """The phone's other call still rings somebody, waits in a queue or is in a flow: whoever is
    given on takes its place there."""
    if asking is None or asking is bridge.call or asking.bridge is not None:
        return _refused(bridge.call, leaver, 481, "names no other call that the phone has placed")
    if (asking.caller.seat_no, asking.caller.trunk) != (leaver.seat_no, leaver.trunk):
        return _refused(bridge.call, leaver, 481, "names another's call")
    services = bridge.services
    plan, seat = services.pbx.plan, services.roster.seats.get(leaver.seat_no)
    to: Destination | None
    if asking.visit is not None:
        to = plan.service(ToQueue(asking.visit.queue))
    else:
        to = plan.destination(asking.dnis, services.origin(leaver.trunk))
    if to is None:
        return _refused(bridge.call, leaver, 404, "no such number")
    if seat is not None and (why := services.pbx.refusal(seat, to, services.clock.wall())):
        return _refused(bridge.call, leaver, 403, why)
    step = partial(_in_place, bridge, leaver, referral, to, seat, asking)
    return ACCEPTED if bridge.transfer(step) else 491


def referred_while_waiting(asking: "Call", referral: sip.Referral) -> int:
    """The same, asked for in the call that waits: the phone may name either of its two calls."""
    services, caller = asking.services, asking.caller
    session = referral.replaced
    if services.origin(caller.trunk) == "outside" or referral.replaces is None:
        return 603
    named = session.handler if session is not None else None
    if not isinstance(named, Leg):
        return _refused(asking, caller, 481, "names no call of ours")
    leg = services.stations.in_call(named)
    bridge = services.pbx.bridges.get(leg)
    party = None if bridge is None else next((p for p in bridge.parties if p.leg is leg), None)
    if bridge is None or party is None:
        return _refused(asking, caller, 481, "names no talk of the phone")
    code = _referred_while_asking(bridge, party, referral, asking)
    if code == ACCEPTED:
        services.stations.gives_on(named)
    return code


def _refused(call: "Call", leaver: Party, code: int, reason: str) -> int:
    call.log.info("transfer refused", by=leaver.number, reason=reason)
    return code


def _standing(bridge: "Bridge") -> tuple[bool, bool, float]:
    """Of two calls that are joined the one that ranks higher lives, and with it its `call_id`: a
    queue's, one with the outside, the older."""
    outside = any(not party.seat_no for party in bridge.parties)
    return bridge.ring is not None, outside, -(bridge.since or 0.0)


def _consulted(bridge: "Bridge", leaver: Party, leg: Leg) -> "tuple[Bridge, Party] | None":
    """Another talk of the same phone, by that leg, and whom it talks with; None for any other."""
    other = bridge.services.pbx.bridges.get(leg)
    if other is None or other is bridge:
        return None
    for party in other.parties:
        if party.leg is leg and (party.seat_no, party.trunk) == (leaver.seat_no, leaver.trunk):
            return other, other.partner(party)
    return None


async def _blind(
    bridge: "Bridge",
    leaver: Party,
    referral: sip.Referral,
    to: Destination,
    payer: SeatSettings | None,
) -> Successor:
    """Calls the target for who stays; the leaver may go at once, or wait to come back."""
    return await _go_on(bridge, leaver, referral, to, payer, bridge.let_leave(leaver))


async def _go_on(
    bridge: "Bridge",
    leaver: Party,
    referral: sip.Referral,
    to: Destination,
    payer: SeatSettings | None,
    stays: Party,
) -> Successor:
    try:
        found = await Reach(bridge.call, stays, payer, referral.referred_by).find(to)
    except asyncio.CancelledError:
        referral.notify(487)
        raise
    if isinstance(found, Unreached):
        referral.notify(found.code)
        bridge.come_back()
        return await bridge.fallback(leaver, found) if bridge.over else None
    number = found.number if isinstance(found, Party) else referral.target_user
    return _done(bridge, leaver, referral, found, number, "blind")


async def _in_place(
    bridge: "Bridge",
    leaver: Party,
    referral: sip.Referral,
    to: Destination,
    payer: SeatSettings | None,
    asking: "Call",
) -> Successor:
    """Blind to where the other call was going, and in a queue to the place that it had there."""
    since = asking.waiting_since
    if not asking.give_place():  # somebody has just answered it, or it is over
        return await _called_off(bridge, leaver, referral)
    stays = bridge.let_leave(leaver)  # who may go at once, as after any other REFER
    try:
        await asking.closed()  # else whom it rings is busy
    except asyncio.CancelledError:
        referral.notify(487)
        raise
    bridge.call.place_since = since
    return await _go_on(bridge, leaver, referral, to, payer, stays)


async def _attended(
    bridge: "Bridge", leaver: Party, referral: sip.Referral, consulted: "Bridge", target: Party
) -> Successor:
    """Joins who stays with whom the leaver talked to meanwhile."""
    if not consulted.settled or target not in consulted.parties:
        return await _called_off(bridge, leaver, referral)
    bridge.let_leave(leaver)
    consulted.give_away(target)
    return _done(bridge, leaver, referral, target, target.number, "attended")


async def _called_off(bridge: "Bridge", leaver: Party, referral: sip.Referral) -> Successor:
    """There is nobody to join; who stays is not to suffer from a leaver who has left already."""
    referral.notify(481)
    bridge.come_back()
    return await bridge.fallback(leaver) if leaver.leg.over else None


async def taken(bridge: "Bridge", leaver: Party, newcomer: Party) -> Successor:
    """A supervisor takes the talk (WZ-3.4.3): the leaver is dropped, and free at once."""
    if newcomer.leg.over:  # meanwhile
        bridge.call.guests.discard(newcomer)
        newcomer.let_go(487)
        bridge.come_back()
        return None
    bridge.let_leave(leaver, newcomer)
    bridge.transferred(leaver, newcomer, newcomer.number, "attended")
    bridge.free(leaver)
    return newcomer


def _done(
    bridge: "Bridge",
    leaver: Party,
    referral: sip.Referral,
    successor: Party | Service,
    number: str,
    how: Literal["blind", "attended"],
) -> Party | Service:
    referral.notify(200)
    bridge.transferred(leaver, successor, number, how)
    return successor


async def given(bridge: "Bridge", leaver: Party, search: Search, number: str) -> Successor:
    """Blind, by command: the leaver is free at once (WZ-3.3.6.4b), whoever answers or not."""
    stays = bridge.let_leave(leaver)
    bridge.free(leaver)
    await play_ringback(bridge.call, stays)
    found = await search()
    if isinstance(found, Unreached):
        return await bridge.fallback(leaver, found)
    bridge.transferred(leaver, found, number, "blind")
    return found
