"""Tells agents what happened: the event stream, read as the agent protocol's events.

One happening is several events. They are told together when it is over; what a request has led to
is told with its answer, and what is told beside the stream comes after what has happened before.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import agent_proto as proto
from agent_proto import models as m
from callcenter import events
from callcenter.clock import Clock
from callcenter.desk.described import call_data, queue_parties, with_known
from callcenter.desk.direct_notices import DirectNotices
from callcenter.desk.screen_pop import ScreenPop
from callcenter.event_stream import EventStream
from callcenter.switch.known import Known
from callcenter.switch.roster import SignIn

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
    """A follower of the event stream, with the sessions of the signed-in agents."""

    def __init__(
        self,
        clock: Clock,
        stream: EventStream,
        screen_pop: ScreenPop,
        known_of: Callable[[str], Known | None],
    ) -> None:
        """`known_of` tells what is known of a live call's caller."""
        self._sessions: dict[str, proto.Session] = {}
        """By agent id."""
        self._clock = clock
        self._stream = stream
        self.screen_pop = screen_pop
        self._known_of = known_of
        self._direct = DirectNotices(self._tell)
        self._offers: dict[str, str] = {}
        """By agent: the call that was offered, until the offer or the talk has ended."""
        self._told_by: Mapping[type[events.Event], Callable[[Any], None]] = {
            events.AgentStateChanged: self._state_changed,
            events.AgentLoggedOut: self._logged_out,
            events.NoAnswerRecorded: self._no_answer_recorded,
            events.AgentOffered: self._offered,
            events.OfferEnded: self._offer_ended,
            events.TalkStarted: self._talk_started,
            events.TalkEnded: self._talk_ended,
            events.DialStarted: self._direct.dial_started,
            events.RemoteRinging: self._direct.remote_ringing,
            events.ReachStarted: self._direct.reach_started,
            events.ReachEnded: self._direct.reach_ended,
            events.BridgeStarted: self._direct.bridge_started,
            events.BridgeEnded: self._direct.bridge_ended,
            events.ConsultStarted: self._direct.consult_started,
            events.ConsultAnswered: self._direct.consult_answered,
            events.ConsultEnded: self._direct.consult_ended,
            events.CallConferenced: self._direct.conferenced,
            events.CallTransferred: self._direct.transferred,
            events.SupervisionStarted: self._direct.supervision_started,
            events.SupervisionEnded: self._direct.supervision_ended,
            events.CallEnded: self._direct.call_ended,
            events.PlaybackFinished: self._playback_finished,
            events.CallHeld: self._held,
            events.HoldRecalled: self._hold_recalled,
            events.CallRetrieved: self._retrieved,
            events.CallDataChanged: self._data_changed,
            events.RecordingStarted: self._recording_started,
            events.RecordingStopped: self._recording_stopped,
            events.DigitsReceived: self._digits_received,
        }
        stream.follow(self._read, self._told_by, closely=True)

    def session_of(self, agent_id: str) -> proto.Session | None:
        """Where the agent is signed in."""
        return self._sessions.get(agent_id)

    def enter(self, agent_id: str, session: proto.Session) -> None:
        """From now on the agent is told there."""
        self._stream.catch_up()
        self._sessions[agent_id] = session

    def leave(self, agent_id: str) -> None:
        """The agent has been told everything."""
        self._stream.catch_up()
        self._sessions.pop(agent_id, None)

    def tell(self, entry: SignIn, notice: m.AgentEvent) -> None:
        """Tells one agent."""
        self._stream.catch_up()
        session = self._sessions.get(entry.agent_id)
        if session is not None:
            session.notify(notice)

    def _read(self, event: events.Event) -> None:
        self._told_by[type(event)](event)

    def _tell_of_call(self, event: "_OfAgentsCall", notice: m.CallEvent) -> None:
        self._tell(event.agent_id, notice, event.call_id)

    def _tell(self, agent_id: str, notice: m.CallEvent, call_id: str) -> None:
        session = self._sessions.get(agent_id)
        if session is None:
            return
        if isinstance(notice, m.CallRinging):
            known = self._known_of(call_id)
            if known is not None:
                notice = with_known(notice, known)
            notice = self.screen_pop.filled(notice, call_id, agent_id)
        session.notify(notice, call_id=call_id)

    def _tell_of_agent(self, event: events.AgentEvent, notice: m.AgentEvent) -> None:
        session = self._sessions.get(event.agent_id)
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
            pending=event.pending,
            by=event.by or None,
        )
        self._tell_of_agent(event, notice)

    def _logged_out(self, event: events.AgentLoggedOut) -> None:
        if call_id := self._offers.pop(event.agent_id, ""):
            # They had just picked up: the talk of which they were to be told has not begun.
            self._tell_of_picked_up(event.agent_id, call_id)
        self._tell_of_agent(event, m.AgentLoggedOut(reason=event.reason, by=event.by or None))

    def _tell_of_picked_up(self, agent_id: str, call_id: str) -> None:
        session = self._sessions.get(agent_id)
        if session is not None:
            notice = m.CallEnded(cause="logout", by="agent", talk_s=0.0)
            session.notify(notice, call_id=call_id)

    def _no_answer_recorded(self, event: events.NoAnswerRecorded) -> None:
        notice = m.AgentNoAnswerRecorded(queue=event.queue, cause="no_answer")
        self._tell_of_call(event, notice)

    def _offered(self, event: events.AgentOffered) -> None:
        self._offers[event.agent_id] = event.call_id
        notice = m.CallRinging(
            ani=event.ani,
            dnis=event.dnis,
            service=event.queue,
            queue=event.queue,
            waited_s=event.waited_s,
            data=call_data(event.data),
            answer_within_s=event.answer_within_s,
        )
        self._tell_of_call(event, notice)

    def _offer_ended(self, event: events.OfferEnded) -> None:
        if event.outcome != "accepted":
            self._offers.pop(event.agent_id, None)
        if cause := _TOLD.get(event.outcome):
            self._tell_of_call(event, m.CallOfferWithdrawn(cause=cause))

    def _talk_started(self, event: events.TalkStarted) -> None:
        notice = m.CallAnswered(participants=queue_parties(event.ani, event.seat_no))
        self._tell_of_call(event, notice)

    def _talk_ended(self, event: events.TalkEnded) -> None:
        self._offers.pop(event.agent_id, None)
        by = "agent" if event.by == "called" else event.by
        notice = m.CallEnded(cause=event.cause, by=by, talk_s=event.talk_s)
        self._tell_of_call(event, notice)

    def _held(self, event: events.CallHeld) -> None:
        self._tell_of_call(event, m.CallHeld())

    def _hold_recalled(self, event: events.HoldRecalled) -> None:
        self._tell_of_call(event, m.CallHoldRecalled(held_s=event.held_s))

    def _retrieved(self, event: events.CallRetrieved) -> None:
        self._tell_of_call(event, m.CallRetrieved())

    def _playback_finished(self, event: events.PlaybackFinished) -> None:
        self._tell_of_call(event, m.CallPlaybackFinished())

    def _data_changed(self, event: events.CallDataChanged) -> None:
        notice = m.CallDataChanged(data=call_data(event.data))
        for agent_id in event.agents:
            self._tell(agent_id, notice, event.call_id)

    def _digits_received(self, event: events.DigitsReceived) -> None:
        notice = m.CallDigitsReceived(digits=event.digits, number=event.number)
        for agent_id in event.agents:
            self._tell(agent_id, notice, event.call_id)

    def _recording_started(self, event: events.RecordingStarted) -> None:
        notice = m.CallRecordingStarted(recording_id=event.recording_id, name=event.name or None)
        self._tell_of_call(event, notice)

    def _recording_stopped(self, event: events.RecordingStopped) -> None:
        notice = m.CallRecordingStopped(
            recording_id=event.recording_id,
            duration_s=event.duration_s,
            name=event.name or None,
        )
        self._tell_of_call(event, notice)
