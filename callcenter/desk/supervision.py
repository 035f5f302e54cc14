"""Answers `supervisor.*` as far as no voice is needed: forcing, breaks, messages, subscriptions.

Rights are the protocol's to check, then comes the target, then its team, then its state (exact rule
13). "Told" is the answer for the supervisor and the event with `by` for the agent.
"""

from collections.abc import Callable, Iterable

import acd
import agent_proto as proto
from agent_proto import models as m
from callcenter.desk.breaks import BREAK, ON_HOOK, Breaks
from callcenter.desk.notices import Notices
from callcenter.desk.targets import supervises, target_of
from callcenter.desk.topics import Topics
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services

SignOut = Callable[[SignIn, str, str], None]
"""Signs an agent out: whom, why, and which supervisor did it."""


class SupervisorDesk(proto.MethodHandler):
    """Part of the `Desk`."""

    def __init__(
        self,
        services: Services,
        notices: Notices,
        breaks: Breaks,
        topics: Topics,
        sign_out: SignOut,
    ) -> None:
        self._services = services
        self._notices = notices
        self._breaks = breaks
        self._topics = topics
        self._sign_out = sign_out
        self._messages = 0

    @proto.answers("supervisor.force_logout")
    async def force_logout(self, session: proto.Session, params: m.ForceLogoutParams) -> None:
        """Whatever the target does (WZ-3.4.6); a call of theirs ends."""
        entry = self._target(session, params)
        theirs = self._notices.session_of(entry.agent_id)
        self._sign_out(entry, "forced", session.data.agent_id)
        if theirs is not None and theirs is not session:
            theirs.log_out()

    @proto.answers("supervisor.force_busy")
    async def force_busy(self, session: proto.Session, params: m.ForceBusyParams) -> m.TargetResult:
        """The target is idle (WZ-3.4.7)."""
        entry = self._target(session, params)
        state = self._state(entry)
        if state != "idle":
            raise proto.ProtocolError("target_not_idle", state=state)
        self._post(session, acd.AgentSetBusy(entry.agent_id, "forced"))
        return self._result(entry)

    @proto.answers("supervisor.force_idle")
    async def force_idle(self, session: proto.Session, params: m.ForceIdleParams) -> m.TargetResult:
        """The target is busy (WZ-3.4.8); a break is ended by `end_break` instead."""
        entry = self._target(session, params)
        view = self._services.dispatcher.view(entry.agent_id)
        if view.state != "busy" or view.reason == BREAK:
            raise proto.ProtocolError(
                "wrong_state", state=view.state, reason=view.reason, allowed=["busy"]
            )
        self._post(session, acd.AgentSetIdle(entry.agent_id))
        return self._result(entry)

    @proto.answers("supervisor.list_breaks")
    async def list_breaks(
        self, session: proto.Session, params: m.ListBreaksParams
    ) -> m.ListBreaksResult:
        """Who is on a break, and who was refused one (GD-5.2e)."""
        one = None
        if params.target is not None:
            one = target_of(self._services.roster, session.data, params.target)
        found = [
            row
            for entry, row in self._breaks.list()
            if entry is one or (one is None and supervises(session.data, row.team))
        ]
        return m.ListBreaksResult(
            breaks=sorted(found, key=lambda row: row.since), allowed=self._breaks.allowed()
        )

    @proto.answers("supervisor.grant_break")
    async def grant_break(
        self, session: proto.Session, params: m.GrantBreakParams
    ) -> m.TargetResult:
        """Also beyond the number that is allowed (A-12)."""
        entry = self._target(session, params)
        state = self._state(entry)
        if state not in ON_HOOK:
            raise proto.ProtocolError("target_not_idle", state=state)
        supervisor = session.data.agent_id
        if not self._breaks.is_on(entry):
            reason = self._breaks.grant(entry, supervisor)
            self._notices.tell(entry, m.AgentBreakGranted(reason=reason, by=supervisor))
        return self._result(entry)

    @proto.answers("supervisor.end_break")
    async def end_break(self, session: proto.Session, params: m.EndBreakOfParams) -> m.TargetResult:
        """The target is idle again; a refused request is forgotten."""
        entry = self._target(session, params)
        if self._breaks.is_on(entry):
            self._post(session, acd.AgentSetIdle(entry.agent_id))
        elif not self._breaks.wished(entry):
            raise proto.ProtocolError("wrong_state", state=self._state(entry), allowed=["busy"])
        self._breaks.forget(entry)
        return self._result(entry)

    @proto.answers("supervisor.send_message")
    async def send_message(
        self, session: proto.Session, params: m.SendMessageParams
    ) -> m.SendMessageResult:
        """To some or all of one's teams (GX-M2.20); nobody gets it unless all may."""
        sender: SignIn = session.data
        entries = list(self._addressed(sender, params.targets))
        self._messages += 1
        message = m.MessageReceived(
            message_id=f"{session.session_id[:8]}-{self._messages}",
            sender=sender.agent_id,
            sender_name=sender.agent.name,
            text=params.text,
        )
        for entry in entries:
            self._notices.tell(entry, message)
        return m.SendMessageResult(agent_ids=[entry.agent_id for entry in entries])

    @proto.answers("supervisor.subscribe")
    async def subscribe(
        self, session: proto.Session, params: m.SubscribeParams
    ) -> m.SubscribeResult:
        """A snapshot of each, then what changes (IP-2.1.3b)."""
        return m.SubscribeResult(topics=self._topics.subscribe(session, params.topics))

    @proto.answers("supervisor.unsubscribe")
    async def unsubscribe(
        self, session: proto.Session, params: m.UnsubscribeParams
    ) -> m.SubscribeResult:
        """Tells of them no more."""
        return m.SubscribeResult(topics=self._topics.unsubscribe(session, params.topics))

    def _addressed(self, sender: SignIn, targets: Iterable[str]) -> Iterable[SignIn]:
        roster = self._services.roster
        named = {target_of(roster, sender, target): None for target in targets}
        if named:
            return named
        return [
            entry
            for entry in roster
            if entry is not sender and supervises(sender, entry.agent.team)
        ]

    def _target(self, session: proto.Session, params: m.TargetParams) -> SignIn:
        return target_of(self._services.roster, session.data, params.target)

    def _state(self, entry: SignIn) -> acd.AgentState:
        return self._services.dispatcher.view(entry.agent_id).state

    def _post(self, session: proto.Session, event: acd.AgentSetBusy | acd.AgentSetIdle) -> None:
        self._services.dispatcher.post_for(session.data.agent_id, event)

    def _result(self, entry: SignIn) -> m.TargetResult:
        view = self._services.dispatcher.view(entry.agent_id)
        return m.TargetResult(
            agent_id=entry.agent_id, seat_no=entry.seat_no, state=view.state, reason=view.reason
        )
