"""Answers `supervisor.*` as far as voice is needed: monitor, whisper, barge, intercept, leave.

Rights are the protocol's to check, then comes the target, then its team, then its state, and last
the supervisor's own (exact rule 13).
"""

from typing import Literal

import agent_proto as proto
from agent_proto import models as m
from callcenter.desk.call_methods import obeyed
from callcenter.desk.targets import target_of
from callcenter.switch.own_phone import ON_HOOK
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.supervision import Supervision, talk_of


class SupervisionMethods(proto.MethodHandler):
    """Part of the `Desk`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @proto.answers("supervisor.monitor")
    async def monitor(self, session: proto.Session, params: m.MonitorParams) -> m.SupervisedResult:
        """Hears both sides, is heard by none, nobody is told (WZ-3.4.1)."""
        return self._be_with(session.data, params.target, "monitor", params.follow)

    @proto.answers("supervisor.whisper")
    async def whisper(self, session: proto.Session, params: m.WhisperParams) -> m.SupervisedResult:
        """Only the agent hears the supervisor."""
        return self._be_with(session.data, params.target, "whisper")

    @proto.answers("supervisor.barge")
    async def barge(self, session: proto.Session, params: m.BargeParams) -> m.SupervisedResult:
        """All three hear each other (WZ-3.4.5)."""
        return self._be_with(session.data, params.target, "barge")

    @proto.answers("supervisor.intercept")
    async def intercept(
        self, session: proto.Session, params: m.InterceptParams
    ) -> m.SupervisedResult:
        """The call is the supervisor's, the target dropped and free (WZ-3.4.3)."""
        supervision, new = self._with(session.data, params.target, "monitor", "agent")
        with obeyed():
            supervision.take()
        if new:
            supervision.start()
        return m.SupervisedResult(call_id=supervision.call_id)

    @proto.answers("supervisor.leave")
    async def leave(self, session: proto.Session, params: m.LeaveParams) -> None:
        """The talk goes on."""
        supervision = self._services.supervisions.of(session.data.agent_id)
        if supervision is None or supervision.call_id != params.call_id:
            raise proto.ProtocolError("no_such_call", call_id=params.call_id)
        supervision.end("hangup", "supervisor")

    def _be_with(
        self,
        supervisor: SignIn,
        target: str,
        mode: Literal["monitor", "whisper", "barge"],
        follow: Literal["agent", "call"] = "agent",
    ) -> m.SupervisedResult:
        supervision, new = self._with(supervisor, target, mode, follow)
        if new:
            supervision.start()
        else:
            supervision.switch(mode)
        return m.SupervisedResult(call_id=supervision.call_id)

    def _with(
        self,
        supervisor: SignIn,
        target: str,
        mode: Literal["monitor", "whisper", "barge"],
        follow: Literal["agent", "call"],
    ) -> tuple[Supervision, bool]:
        """What the supervisor is at with this target already; else a new one, not begun yet."""
        services = self._services
        entry = target_of(services.roster, supervisor, target)
        live = services.supervisions.of(supervisor.agent_id)
        if live is not None and live.target is entry:
            return live, False
        state = services.dispatcher.view(entry.agent_id).state
        talk = None if entry is supervisor else talk_of(services, entry)
        if talk is None:
            raise proto.ProtocolError("target_not_in_call", state=state)
        own = services.dispatcher.view(supervisor.agent_id).state
        if live is not None or own not in ON_HOOK:
            raise proto.ProtocolError("wrong_state", state=own, allowed=list(ON_HOOK))
        registrar = services.sip.endpoint.registrar
        if not registrar.bindings(supervisor.seat_no, services.clock.now()):
            raise proto.ProtocolError("media_failed", "the own phone is not registered")
        return Supervision(services, supervisor, entry, talk, mode, follow), True
