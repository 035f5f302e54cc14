"""Answers `supervisor.*` as far as voice is needed: monitor, whisper, barge, intercept, leave,
record, call.

Rights are the protocol's to check, then comes the target, then its team, then its state, and last
the supervisor's own (exact rule 13).
"""

from typing import Literal

import agent_proto as proto
from agent_proto import models as m
from callcenter.desk.refusing import obeyed
from callcenter.desk.targets import target_of
from callcenter.routing.dial_plan import Extension
from callcenter.switch.bridge import Bridge
from callcenter.switch.desk_dial import DialWish
from callcenter.switch.devices import is_usable
from callcenter.switch.own_phone import ON_HOOK
from callcenter.switch.party import Party
from callcenter.switch.refusal import UNDECODED
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.supervision import Supervision, record, talk_of
from callcenter.switch.switchboard import Switchboard


class SupervisionMethods(proto.MethodHandler):
    """Part of the `Desk`."""

    def __init__(self, services: Services, switchboard: Switchboard) -> None:
        self._services = services
        self._switchboard = switchboard

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
        with obeyed:
            supervision.take()
        if new:
            self._begin(supervision)
        return m.SupervisedResult(call_id=supervision.call_id)

    @proto.answers("supervisor.record")
    async def record(self, session: proto.Session, params: m.RecordParams) -> m.SupervisedResult:
        """A file of its own, to the talk's end (WZ-3.4.2); told to the supervisor alone."""
        services, supervisor = self._services, session.data
        entry = target_of(services.roster, supervisor, params.target)
        bridge, party = self._talk(entry)
        with obeyed:
            await record(bridge, party, supervisor, params.name)
        return m.SupervisedResult(call_id=bridge.call.call_id)

    @proto.answers("supervisor.call")
    async def call(
        self, session: proto.Session, params: m.SuperviseCallParams
    ) -> m.SupervisedResult:
        """The own phone first, then the target, who is idle (WZ-3.4.4)."""
        services, supervisor = self._services, session.data
        entry = target_of(services.roster, supervisor, params.target)
        state = services.dispatcher.view(entry.agent_id).state
        if entry is supervisor:
            raise proto.ProtocolError("no_such_target", target=params.target)
        if state != "idle":
            raise proto.ProtocolError("target_not_idle", state=state)
        self._check_self(supervisor)
        with obeyed:
            to, wish = Extension(entry.seat_no), DialWish(entry.seat_no)
            return m.SupervisedResult(call_id=self._switchboard.dial(supervisor, to, wish))

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
            self._begin(supervision)
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
        if live is not None and not live.movable:
            raise proto.ProtocolError("wrong_state", state="by_telephone", allowed=list(ON_HOOK))
        talk = talk_of(services, entry)
        if live is not None and live.target is entry and (talk is None or talk[0] is live.bridge):
            return live, False
        talk = self._talk(entry)
        if live is None or live.port is None:
            self._check_self(supervisor)
        return Supervision(services, supervisor, entry, talk, mode, follow), True

    def _begin(self, supervision: Supervision) -> None:
        """At the phone as it is, when the supervisor goes from one talk to the next."""
        live = self._services.supervisions.of(supervision.supervisor.agent_id)
        if live is None or not supervision.follow_on(live):
            supervision.start()

    def _talk(self, target: SignIn) -> tuple[Bridge, Party]:
        talk = talk_of(self._services, target)
        if talk is None:
            state = self._services.dispatcher.view(target.agent_id).state
            raise proto.ProtocolError("target_not_in_call", state=state)
        if talk[0].opaque:
            raise proto.ProtocolError("media_failed", UNDECODED)
        return talk

    def _check_self(self, supervisor: SignIn) -> None:
        """On-hook, with a phone that can be rung."""
        services = self._services
        own = services.dispatcher.view(supervisor.agent_id).state
        if own not in ON_HOOK:
            raise proto.ProtocolError("wrong_state", state=own, allowed=list(ON_HOOK))
        if not is_usable(services, supervisor.seat):
            raise proto.ProtocolError("media_failed", "the own phone cannot be called")
