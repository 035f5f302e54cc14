"""What agents are told of calls that no queue gives them, of transfers and consultations."""

from collections.abc import Callable, Mapping

from agent_proto import models as m
from callcenter import events
from callcenter.desk.described import call_data

_WITHDRAWN: Mapping[str, m.WithdrawalCause] = {
    "busy": "device_busy",
    "no_answer": "no_answer",
    "rejected": "rejected",
    "unreachable": "device_failed",
    "failed": "device_failed",
    "caller_left": "caller_left",
    "picked_up": "answered_elsewhere",
}
_PARTED = ("kept", "withdrawn", "left")
"""By the agent's own wish."""

Tell = Callable[[str, m.CallEvent, str], None]
"""Agent, what, call."""


class DirectNotices:
    """Part of `Notices`; knows who has been told that they are in a call."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._in_call: dict[str, dict[str, float]] = {}
        """Call -> agent -> since when."""
        self._dialling: dict[str, str] = {}
        """Call -> agent, until somebody answers."""

    def dial_started(self, event: events.DialStarted) -> None:
        """The agent dials."""
        self._dialling[event.call_id] = event.agent_id
        self._tell(event.agent_id, m.CallDialling(number=event.number), event.call_id)

    def remote_ringing(self, event: events.RemoteRinging) -> None:
        """Whom they dialled rings."""
        self._tell(event.agent_id, m.CallRemoteRinging(), event.call_id)

    def reach_started(self, event: events.ReachStarted) -> None:
        """A phone begins to ring."""
        if event.agent_id:
            notice = m.CallRinging(
                ani=event.ani,
                dnis=event.dnis,
                service="",
                queue="",
                waited_s=0.0,
                data=call_data(event.data),
                answer_within_s=event.answer_within_s,
            )
            self._tell(event.agent_id, notice, event.call_id)

    def reach_ended(self, event: events.ReachEnded) -> None:
        """It rings no more."""
        cause = _WITHDRAWN.get(event.outcome)
        if event.agent_id and cause is not None:
            self._tell(event.agent_id, m.CallOfferWithdrawn(cause=cause), event.call_id)

    def bridge_started(self, event: events.BridgeStarted) -> None:
        """Two talk; who was consulted before knows that they are in the call."""
        self._dialling.pop(event.call_id, None)
        parties = [_participant("caller", *event.caller), _participant("agent", *event.other)]
        for agent_id in event.agents:
            self._enter(event, agent_id, parties)

    def bridge_ended(self, event: events.BridgeEnded) -> None:
        """Who leaves the call is told so."""
        for agent_id in event.agents:
            by: m.EndedBy = "agent" if event.by == "called" else event.by
            self._leave(event, agent_id, event.cause, by)

    def consult_started(self, event: events.ConsultStarted) -> None:
        """Somebody is asked."""
        self._tell(event.agent_id, m.CallConsulting(target=event.target), event.call_id)

    def consult_answered(self, event: events.ConsultAnswered) -> None:
        """Who was asked is in the call."""
        consulted = _participant("consulted", event.target_seat_no, event.number)
        notice = m.CallParticipantJoined(participant=consulted)
        self._tell(event.agent_id, notice, event.call_id)
        if event.target_agent_id:
            asker = _participant("agent", event.seat_no, "")
            self._enter(event, event.target_agent_id, [asker, consulted])

    def consult_ended(self, event: events.ConsultEnded) -> None:
        """Who was asked is parted from, or was not reached."""
        if event.outcome not in _PARTED:
            notice = m.CallConsultFailed(cause=event.outcome)
            self._tell(event.agent_id, notice, event.call_id)
        elif event.number:
            consulted = _participant("consulted", event.target_seat_no, event.number)
            self._tell(event.agent_id, m.CallParticipantLeft(participant=consulted), event.call_id)
        if event.target_agent_id:
            by: m.EndedBy = "agent" if event.outcome in ("kept", "withdrawn") else "consulted"
            self._leave(event, event.target_agent_id, "hangup", by)

    def conferenced(self, event: events.CallConferenced) -> None:
        """Three talk."""
        roles: tuple[m.ParticipantRole, ...] = ("caller", "agent", "consulted")
        parties = [_participant(role, *who) for role, who in zip(roles, event.parties, strict=True)]
        for agent_id in event.agents:
            self._tell(agent_id, m.CallConferenced(participants=parties), event.call_id)

    def transferred(self, event: events.CallTransferred) -> None:
        """The call was given on."""
        for agent_id in event.agents:
            self._tell(agent_id, m.CallTransferred(to=event.to, how=event.how), event.call_id)

    def supervision_started(self, event: events.SupervisionStarted) -> None:
        """Told to the supervisor alone (rule 14); a change of mode is their own doing."""
        parties = [
            _participant("caller", "", event.ani),
            _participant("agent", event.target_seat_no, ""),
            _participant("supervisor", event.seat_no, ""),
        ]
        self._enter(event, event.agent_id, parties)

    def supervision_ended(self, event: events.SupervisionEnded) -> None:
        """Likewise; who was given the call is in it still."""
        if event.cause == "intercepted":
            return
        if event.agent_id in self._in_call.get(event.call_id, ()):
            self._leave(event, event.agent_id, event.cause, event.by)
        else:
            notice = m.CallEnded(cause=event.cause, by=event.by, talk_s=0.0)
            self._tell(event.agent_id, notice, event.call_id)

    def call_ended(self, event: events.CallEnded) -> None:
        """Nobody is in it."""
        if agent_id := self._dialling.pop(event.call_id, None):
            self._in_call.setdefault(event.call_id, {})[agent_id] = event.at
        for agent_id in tuple(self._in_call.get(event.call_id, ())):
            by: m.EndedBy = "agent" if event.by == "called" else event.by
            self._leave(event, agent_id, event.cause, by)

    def _enter(
        self, event: events.CallEvent, agent_id: str, participants: list[m.Participant]
    ) -> None:
        agents = self._in_call.setdefault(event.call_id, {})
        if agent_id not in agents:
            agents[agent_id] = event.at
            self._tell(agent_id, m.CallAnswered(participants=participants), event.call_id)

    def _leave(self, event: events.CallEvent, agent_id: str, cause: str, by: m.EndedBy) -> None:
        agents = self._in_call.get(event.call_id, {})
        since = agents.pop(agent_id, None)
        if not agents:
            self._in_call.pop(event.call_id, None)
        if since is not None:
            notice = m.CallEnded(cause=cause, by=by, talk_s=event.at - since)
            self._tell(agent_id, notice, event.call_id)


def _participant(role: m.ParticipantRole, seat_no: str, number: str) -> m.Participant:
    if seat_no:
        return m.Participant(role=role, seat_no=seat_no)
    return m.Participant(role=role, number=number)
