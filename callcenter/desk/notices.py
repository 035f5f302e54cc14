"""Tells agents what happened: the event stream, read as the agent protocol's events."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import agent_proto as proto
from agent_proto import models as m
from callcenter import events
from callcenter.clock import Clock
from callcenter.switch.call import Call
from callcenter.switch.ring import Ring

_TOLD: Mapping[events.OfferOutcome, m.WithdrawalCause] = {
    "caller_left": "caller_left",
    "no_answer": "no_answer",
    "rejected": "rejected",
    "device_busy": "device_busy",
    "device_failed": "device_failed",
    "lost_race": "answered_elsewhere",
}
"""How an offer that came to nothing is told; `withdrawn` is the agent's own logout."""


class _OfAgentsCall(Protocol):
    @property
    def agent_id(self) -> str: ...
    @property
    def call_id(self) -> str: ...


class Notices:
    """A reader of the event stream, with the sessions of the signed-in agents."""

    def __init__(self, clock: Clock) -> None:
        self.sessions: dict[str, proto.Session] = {}
        """By agent id."""
        self._clock = clock
        self._readers: dict[type[events.Event], Callable[[Any], None]] = {
            events.AgentStateChanged: self._state_changed,
            events.AgentLoggedOut: self._logged_out,
            events.NoAnswerRecorded: self._no_answer_recorded,
            events.AgentOffered: self._offered,
            events.OfferEnded: self._offer_ended,
            events.TalkStarted: self._talk_started,
            events.TalkEnded: self._talk_ended,
            events.RecordingStarted: self._recording_started,
            events.RecordingStopped: self._recording_stopped,
        }

    def read(self, event: events.Event) -> None:
        """Passes one event on to whom it concerns."""
        reader = self._readers.get(type(event))
        if reader is not None:
            reader(event)

    def describe(self, call: Call, ring: Ring) -> m.Call:
        """A call as its agent sees it."""
        visit = call.visit
        talking = ring.state == "answered"
        waited_until = ring.since if talking else self._clock.now()
        return m.Call(
            call_id=call.call_id,
            state="talking" if talking else "ringing",
            since=self._clock.wall(ring.since),
            ani=call.ani,
            dnis=call.dnis,
            service=ring.offer.queue,
            queue=ring.offer.queue,
            waited_s=visit.waited(waited_until) if visit is not None else 0.0,
            data=dict(call.data),
            participants=_parties(call.ani, ring.sign_in.seat_no),
        )

    def _tell_of_call(self, event: "_OfAgentsCall", notice: m.CallEvent) -> None:
        session = self.sessions.get(event.agent_id)
        if session is not None:
            session.notify(notice, call_id=event.call_id)

    def _tell_of_agent(self, event: events.AgentEvent, notice: m.AgentEvent) -> None:
        session = self.sessions.get(event.agent_id)
        if session is not None:
            session.notify(notice)

    def _state_changed(self, event: events.AgentStateChanged) -> None:
        if event.state == "logged_out":
            return
        notice = m.AgentStateChanged(
            state=event.state,
            previous=event.previous,
            reason=event.reason,
            since=self._clock.wall(event.at),
        )
        self._tell_of_agent(event, notice)

    def _logged_out(self, event: events.AgentLoggedOut) -> None:
        self._tell_of_agent(event, m.AgentLoggedOut(reason=event.reason))

    def _no_answer_recorded(self, event: events.NoAnswerRecorded) -> None:
        notice = m.AgentNoAnswerRecorded(queue=event.queue, cause="no_answer")
        self._tell_of_call(event, notice)

    def _offered(self, event: events.AgentOffered) -> None:
        notice = m.CallRinging(
            ani=event.ani,
            dnis=event.dnis,
            service=event.queue,
            queue=event.queue,
            waited_s=event.waited_s,
            data=dict(event.data),
            answer_within_s=event.answer_within_s,
        )
        self._tell_of_call(event, notice)

    def _offer_ended(self, event: events.OfferEnded) -> None:
        if cause := _TOLD.get(event.outcome):
            self._tell_of_call(event, m.CallOfferWithdrawn(cause=cause))

    def _talk_started(self, event: events.TalkStarted) -> None:
        notice = m.CallAnswered(participants=_parties(event.ani, event.seat_no))
        self._tell_of_call(event, notice)

    def _talk_ended(self, event: events.TalkEnded) -> None:
        by = "agent" if event.by == "called" else event.by
        notice = m.CallEnded(cause=event.cause, by=by, talk_s=event.talk_s)
        self._tell_of_call(event, notice)

    def _recording_started(self, event: events.RecordingStarted) -> None:
        notice = m.CallRecordingStarted(recording_id=event.recording_id)
        self._tell_of_call(event, notice)

    def _recording_stopped(self, event: events.RecordingStopped) -> None:
        notice = m.CallRecordingStopped(
            recording_id=event.recording_id, duration_s=event.duration_s
        )
        self._tell_of_call(event, notice)


def _parties(ani: str, seat_no: str) -> list[m.Participant]:
    return [
        m.Participant(role="caller", number=ani),
        m.Participant(role="agent", seat_no=seat_no),
    ]
