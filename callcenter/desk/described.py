"""A live call as one of its agents sees it."""

from collections.abc import Mapping
from typing import Literal

import acd
from agent_proto import models as m
from callcenter.clock import Clock
from callcenter.desk.breaks import BREAK
from callcenter.desk.days import Days
from callcenter.switch.call import Call
from callcenter.switch.known import Known
from callcenter.switch.part import part_of, takes_part
from callcenter.switch.party import Party
from callcenter.switch.roster import SignIn

MAX_STEPS = 32
"""Of a caller's way through the menus, the last ones."""


def describe(call: Call, entry: SignIn, clock: Clock) -> m.Call | None:
    """The call for this agent; None where they have no part in it."""
    part, ring, visit = part_of(call, entry), call.ring_of(entry), call.visit
    if not takes_part(call, entry):
        return None
    since = call.bridge.since if part is not None and call.bridge is not None else None
    rings = ring or call.summons.get(entry.seat_no)
    if since is None:
        since = clock.now() if rings is None else rings.since
    queue = visit.queue if visit is not None else ""
    return m.Call(
        call_id=call.call_id,
        state=_state(call, entry),
        since=clock.wall(since),
        ani=call.ani,
        dnis=call.dnis,
        service=queue,
        queue=queue,
        waited_s=visit.waited(clock.now() if part is None else since) if visit is not None else 0.0,
        data=call_data(call.data),
        participants=queue_parties(call.ani, entry.seat_no)
        if part is None
        else [_participant(party, is_caller=party is call.caller) for party in part.bridge.parties],
        held=part is not None and part.bridge.floor.holds(part.party),
        consulting=part is not None and part.bridge.consultation is not None,
        muted=part is not None and part.party in part.bridge.floor.muted,
        recording_paused=part is not None and call.recorder.paused,
    )


def figures(
    days: Days, agent_id: str, view: acd.AgentView, queues: list[m.QueueLoad], now: float
) -> m.StatisticsResult:
    """An agent's own day."""
    day = days.of(agent_id, now)
    spent, answered = day.spent, day.answered
    acw_s = spent.get("acw", 0.0)
    return m.StatisticsResult(
        day=days.today.isoformat(),
        state=view.state,
        reason=view.reason,
        state_s=now - view.since,
        signed_in_s=day.signed_in_s,
        offered=day.offered,
        answered=answered,
        no_answer=day.no_answer,
        outgoing=day.outgoing,
        talk_s=day.talk_s,
        outgoing_s=day.outgoing_s,
        acw_s=acw_s,
        idle_s=spent.get("idle", 0.0),
        busy=day.busy,
        busy_s=spent.get("busy", 0.0),
        breaks=day.breaks,
        break_s=spent.get(BREAK, 0.0),
        average_talk_s=day.talk_s / answered if answered else 0.0,
        average_handling_s=(day.talk_s + acw_s) / answered if answered else 0.0,
        queues=queues,
    )


def _state(call: Call, entry: SignIn) -> Literal["ringing", "dialling", "talking"]:
    if entry.seat_no in call.summons:
        return "ringing"
    if part_of(call, entry) is not None or call.bridge is not None:
        return "talking"
    return "dialling" if entry.seat_no in call.seats else "ringing"


def call_data(data: Mapping[str, object]) -> m.CallData:
    """Attached data as the protocol carries them."""
    return dict(data)  # type: ignore[arg-type]


def with_known(ringing: m.CallRinging, known: Known) -> m.CallRinging:
    """The event with the caller's record and their way through the menus, as far as known."""
    path = [
        m.MenuStep(flow=step.flow, node=step.node, digits=step.digits)
        for step in known.path[-MAX_STEPS:]
        if ":" not in step.flow  # a flow of the site's, not one that a number implies
    ]
    if known.customer is None and not path:
        return ringing
    customer = None if known.customer is None else call_data(known.customer)
    return ringing.model_copy(update={"customer": customer, "path": path or None})


def queue_parties(ani: str, seat_no: str) -> list[m.Participant]:
    """Caller and agent."""
    return [
        m.Participant(role="caller", number=ani),
        m.Participant(role="agent", seat_no=seat_no),
    ]


def _participant(party: Party, *, is_caller: bool) -> m.Participant:
    role: m.ParticipantRole = "caller" if is_caller else "agent"
    if party.seat_no:
        return m.Participant(role=role, seat_no=party.seat_no)
    return m.Participant(role=role, number=party.number)
