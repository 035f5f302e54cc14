"""Answers the agent protocol's requests: signing in and out, readiness, the agent's own call."""

import asyncio
from dataclasses import replace
from typing import get_args

import acd
import agent_proto as proto
from agent_proto import models as m
from callcenter import events
from callcenter.desk.audit import audited
from callcenter.desk.breaks import ON_HOOK, Breaks
from callcenter.desk.call_methods import CallMethods
from callcenter.desk.days import Days
from callcenter.desk.described import describe, figures
from callcenter.desk.directory_methods import DirectoryMethods
from callcenter.desk.login_guard import LoginGuard, LoginPolicy, source_of
from callcenter.desk.notices import Notices
from callcenter.desk.passwords import Passwords
from callcenter.desk.queue_notices import QueueNotices, queues_of
from callcenter.desk.records import DeskRecords
from callcenter.desk.seat_methods import SeatMethods
from callcenter.desk.seats import misregistered, seat_of
from callcenter.desk.supervision import SupervisorDesk
from callcenter.desk.supervision_methods import SupervisionMethods
from callcenter.desk.telephone import TelephoneMonitoring
from callcenter.desk.topics import Topics
from callcenter.desk.voicemail_methods import VoicemailMethods
from callcenter.switch.auditor import Auditor
from callcenter.switch.devices import Devices, is_usable
from callcenter.switch.part import sign_out_of
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.switchboard import Switchboard

CONNECTION_LOST = "connection_lost"
"""Why an agent is busy whose program has not come back in the grace time."""

PENDING = "pending"
"""Why an agent is busy who asked for it in a call and said no reason."""
PASSWORDS = "passwords.json"
"""In the state folder: what agents chose."""
RESERVED = frozenset(get_args(m.BusyReason))
"""Reasons of `busy` that the system gives."""


class Desk(CallMethods):
    """The handler behind the agent server; one for all sessions. `session.data` is the `SignIn`."""

    def __init__(
        self,
        services: Services,
        switchboard: Switchboard,
        devices: Devices,
        notices: Notices,
        records: DeskRecords,
    ) -> None:
        super().__init__(services, switchboard)
        self._devices = devices
        self._notices = notices
        settings = services.settings
        limits = settings.agent_proto
        self._guard = LoginGuard(
            LoginPolicy(limits.login_failures, limits.lockout_s, limits.lockout_max_s)
        )
        self.passwords = Passwords(settings.agents, settings.store.state / PASSWORDS)
        self.days = Days(services.clock)
        services.stream.follow(self.days.read, Days.KINDS)
        self.auditor = Auditor(services, switchboard)
        self._breaks = Breaks(services)
        self._topics = Topics(services, switchboard)
        services.stream.follow(self._topics.read)
        self._queue_notices = QueueNotices(services, notices)
        services.stream.follow(self._queue_notices.read, QueueNotices.KINDS)
        self._leaving: dict[str, tuple[SignIn, str]] = {}
        services.stream.subscribe(self._left_a_call, [events.AgentStateChanged])
        self._voices = SupervisionMethods(services, switchboard)
        self._voicemail = VoicemailMethods(services, switchboard, notices, records)
        self._directory = DirectoryMethods(services)
        self._seat = SeatMethods(services)
        switchboard.monitoring = TelephoneMonitoring(services, self._guard).answer
        self._supervision = SupervisorDesk(
            services, notices, self._breaks, self._topics, self._sign_out
        )

    async def handle(self, session: proto.Session, method: str, params: m.Params) -> proto.Answer:
        """What supervisors do is written down, whoever answers it."""
        for part in (self._supervision, self._voices, self._voicemail, self._directory, self._seat):
            if part.knows(method):
                answer = part.handle(session, method, params)
                break
        else:
            answer = super().handle(session, method, params)
        services = self._services
        if method.startswith("supervisor."):
            answer = audited(services.stream, services.clock, session.data, method, params, answer)
        services.stream.catch_up()  # it may have waited for its turn
        try:
            return await answer
        finally:
            services.stream.catch_up()  # what it has led to leaves with the answer

    def session_asks(self, session: proto.Session) -> None:
        """Of what was over before, the answer does not come first."""
        self._services.stream.catch_up()

    def session_resumed(self, session: proto.Session) -> None:
        """What supervisors watch has changed meanwhile."""
        self._topics.resumed(session)

    def session_lost(self, session: proto.Session) -> None:
        """The agent stays signed in, and in the call, for the grace time."""
        self._services.logger.info("desk lost", agent_id=session.data.agent_id)

    def session_expired(self, session: proto.Session) -> None:
        """Unresumed: no more calls come here; one in progress goes on."""
        entry: SignIn = session.data
        if self._services.roster.of_agent(entry.agent_id) is entry:
            self._services.dispatcher.post(
                acd.AgentSetBusy(entry.agent_id, CONNECTION_LOST, deferred=True)
            )

    def dismiss(self, entry: SignIn, reason: str) -> None:
        """Signs one agent out, for no wish of theirs, as soon as they are in no call."""
        view = self._services.dispatcher.view(entry.agent_id)
        if view.state in ON_HOOK:
            self._sign_out(entry, reason)
            return
        self._services.dispatcher.post(acd.AgentSetBusy(entry.agent_id, reason, deferred=True))
        self._leaving[entry.agent_id] = (entry, reason)

    def _left_a_call(self, event: events.AgentStateChanged) -> None:
        if event.agent_id not in self._leaving or event.state not in (*ON_HOOK, "logged_out"):
            return
        entry, reason = self._leaving.pop(event.agent_id)
        if self._services.roster.of_agent(event.agent_id) is entry:
            # Not within the change itself, which others have yet to be told.
            asyncio.get_running_loop().call_soon(self._sign_out, entry, reason)

    def sign_out_all(self, reason: str) -> None:
        """Signs everybody out: the end of the service."""
        for entry in self._services.roster:
            self._sign_out(entry, reason)
        self._queue_notices.close()

    def post_notice(self, text: str, team: str = "") -> int:
        """Tells every agent who is signed in, or those of a team; how many."""
        notice = m.NoticePosted(text=text, team=team or None)
        told = [e for e in self._services.roster if not team or e.agent.team == team]
        for entry in told:
            self._notices.tell(entry, notice)
        return len(told)

    @proto.answers("agent.login")
    async def login(self, session: proto.Session, params: m.LoginParams) -> m.LoginResult:
        """Signs an agent in at a seat (WZ-3.3.1, A-18, A-25, A-40)."""
        await self._check_password(session, params.agent_id, params.password)
        entry = self._checked_sign_in(params)
        unheard = await self._voicemail.unheard(entry)
        previous = self._services.roster.of_agent(entry.agent_id)
        self._check_free(entry, previous)
        if other := misregistered(self._services, entry.seat, session.remote):
            raise proto.ProtocolError(
                "seat_mismatch", "the phone is registered as another seat", registered_as=other
            )
        if previous is not None:
            entry = self._take_over(previous, entry, ready=params.state == "idle")
        session.data = entry
        self._notices.enter(entry.agent_id, session)
        if entry is not previous:
            self._sign_in(entry, ready=params.state == "idle")
        view = self._services.dispatcher.view(entry.agent_id)
        return m.LoginResult(
            session_id=session.session_id,
            resume_token=session.resume_token,
            agent=m.AgentProfile(
                agent_id=entry.agent_id,
                name=entry.agent.name,
                agent_class=entry.agent_class,
                team=entry.agent.team,
                skills=entry.skills,
            ),
            seat_no=entry.seat_no,
            state=view.state,
            reason=view.reason,
            queues=queues_of(self._services, entry),
            unheard_messages=unheard,
        )

    @proto.answers("agent.logout")
    async def logout(self, session: proto.Session, params: m.LogoutParams) -> None:
        """Out of every queue, the seat hung up (WZ-3.3.2)."""
        self._sign_out(session.data, "logout")

    @proto.answers("agent.set_busy")
    async def set_busy(self, session: proto.Session, params: m.SetBusyParams) -> m.StateResult:
        """No more calls (WZ-3.3.6.7a); only on-hook."""
        allowed = self._services.settings.agent_proto.busy_reasons
        reason = params.reason
        if reason in RESERVED or (allowed and reason and reason not in allowed):
            raise proto.ProtocolError(
                "out_of_range", "no reason of an agent's", path="reason", allowed=list(allowed)
            )
        return self._request(session.data, acd.AgentSetBusy(session.data.agent_id, reason))

    @proto.answers("agent.set_idle")
    async def set_idle(self, session: proto.Session, params: m.SetIdleParams) -> m.StateResult:
        """Calls again (WZ-3.3.6.7b); only on-hook."""
        result = self._request(session.data, acd.AgentSetIdle(session.data.agent_id))
        self._devices.connect(session.data.seat)
        return result

    @proto.answers("agent.change_password")
    async def change_password(self, session: proto.Session, params: m.ChangePasswordParams) -> None:
        """Self-set (WZ-T32); the old one is guarded like a login's."""
        agent_id: str = session.data.agent_id
        await self._check_password(session, agent_id, params.old)
        try:
            await self.passwords.change(agent_id, params.new)
        except OSError as error:
            self._services.logger.error("password not kept", agent_id=agent_id, error=str(error))
            raise proto.ProtocolError("internal_error") from None
        self._services.logger.info("password changed", agent_id=agent_id)

    @proto.answers("agent.request_break")
    async def request_break(
        self, session: proto.Session, params: m.RequestBreakParams
    ) -> m.StateResult:
        """Granted while fewer of the team are on one than allowed (GD-5.2e, A-12)."""
        entry: SignIn = session.data
        already = self._breaks.is_on(entry)
        if not self._breaks.request(entry, params.reason):
            allowed = self._breaks.allowed() or 0
            self._notices.tell(entry, m.AgentBreakRefused(reason=params.reason, allowed=allowed))
            raise proto.ProtocolError("break_quota_full", allowed=allowed)
        if not already:
            self._notices.tell(entry, m.AgentBreakGranted(reason=params.reason))
        return self._standing(entry)

    @proto.answers("agent.end_break")
    async def end_break(self, session: proto.Session, params: m.EndBreakParams) -> m.StateResult:
        """Back to work; a request that was refused is taken back."""
        entry: SignIn = session.data
        if self._breaks.is_on(entry):
            self._services.dispatcher.post(acd.AgentSetIdle(entry.agent_id))
        elif not self._breaks.wished(entry):
            raise self._wrong_state(entry, ["busy"])
        self._breaks.forget(entry)
        return self._standing(entry)

    @proto.answers("agent.finish_acw")
    async def finish_acw(self, session: proto.Session, params: m.FinishAcwParams) -> m.StateResult:
        """Done before the time is over (GD-5.2a)."""
        entry: SignIn = session.data
        if self._services.dispatcher.view(entry.agent_id).state != "acw":
            raise self._wrong_state(entry, ["acw"])
        self._services.dispatcher.post(acd.AcwFinished(entry.agent_id))
        return self._standing(entry)

    @proto.answers("agent.extend_acw")
    async def extend_acw(self, session: proto.Session, params: m.ExtendAcwParams) -> m.StateResult:
        """Needs more time (GD-5.2a)."""
        entry: SignIn = session.data
        try:
            self._services.dispatcher.post(acd.AcwExtended(entry.agent_id, params.seconds))
        except acd.WrongStateError:
            raise self._wrong_state(entry, ["acw"]) from None
        return self._standing(entry)

    @proto.answers("agent.get")
    async def get(self, session: proto.Session, params: m.GetParams) -> m.GetResult:
        """Everything a client needs to draw itself anew."""
        entry: SignIn = session.data
        view = self._services.dispatcher.view(entry.agent_id)
        return m.GetResult(
            state=view.state,
            reason=view.reason,
            since=self._services.clock.wall(view.since),
            calls=self._calls_of(entry),
            pending=view.pending,
        )

    @proto.answers("agent.statistics")
    async def statistics(
        self, session: proto.Session, params: m.StatisticsParams
    ) -> m.StatisticsResult:
        """Today's figures (GD-5.2d, IP-2.1.7d)."""
        entry: SignIn = session.data
        services, now = self._services, self._services.clock.now()
        view = services.dispatcher.view(entry.agent_id)
        queues = set(queues_of(services, entry))
        loads = [
            m.QueueLoad(queue=each.name, waiting=each.waiting, idle=each.idle)
            for each in services.dispatcher.engine.snapshot().queues
            if each.name in queues
        ]
        return figures(self.days, entry.agent_id, view, loads, now)

    @proto.answers("seat.get")
    async def seat(self, session: proto.Session, params: m.SeatGetParams) -> m.SeatGetResult:
        """The seat's phone: whether it is registered, how it sounds (GX-B3)."""
        entry: SignIn = session.data
        calls = self._switchboard.calls.values()
        talks = (call.bridge for call in calls if call.bridge is not None)
        agents = (talk.other for talk in talks if talk.ring is not None)
        port = next((each.leg.port for each in agents if each.seat_no == entry.seat_no), None)
        return seat_of(self._services, entry.seat, port)

    async def _check_password(self, session: proto.Session, agent_id: str, password: str) -> None:
        """An unknown agent and a wrong password are one (exact rule 2); guessing is slowed down."""
        source, now = source_of(session.remote), self._services.clock.now
        wait = self._guard.attempt(agent_id, source, now())
        if wait:
            self._refuse_login(agent_id, source, "locked_out")
            raise proto.ProtocolError("locked_out", retry_after_s=round(wait, 1))
        if not await self.passwords.matches(agent_id, password):
            self._guard.failed(agent_id, source, now())
            self._refuse_login(agent_id, source, "bad_credentials")
            raise proto.ProtocolError("bad_credentials")
        self._guard.succeeded(agent_id, source)

    def _refuse_login(self, agent_id: str, source: str, cause: str) -> None:
        services = self._services
        services.stream.emit(events.LoginRefused(services.clock.now(), agent_id, source, cause))

    def _checked_sign_in(self, params: m.LoginParams) -> SignIn:
        roster = self._services.roster
        agent = roster.agents[params.agent_id]
        seat = roster.seats.get(params.seat_no)
        if seat is None:
            raise proto.ProtocolError("out_of_range", "unknown seat", path="seat_no")
        if params.agent_class == "supervisor" and agent.agent_class != "supervisor":
            raise proto.ProtocolError("forbidden", "not a supervisor")
        skills = dict(agent.skills) if params.skills is None else params.skills
        for skill, level in skills.items():
            if not 1 <= level <= agent.skills.get(skill, 0):
                raise proto.ProtocolError(
                    "out_of_range",
                    "a skill may be left out or lowered, not raised",
                    path=f"skills.{skill}",
                )
        return SignIn(agent, seat, params.agent_class, dict(skills))

    def _check_free(self, entry: SignIn, previous: SignIn | None) -> None:
        """The agent is nowhere else, or their client there is gone; nobody else has the seat."""
        session = self._notices.session_of(entry.agent_id)
        if previous is not None and session is not None and session.connected:
            raise proto.ProtocolError("agent_already_logged_in", seat_no=previous.seat_no)
        holder = self._services.roster.at_seat(entry.seat_no)
        if holder is not None and holder is not previous:
            raise proto.ProtocolError("seat_in_use", seat_no=entry.seat_no)

    def _take_over(self, previous: SignIn, entry: SignIn, *, ready: bool) -> SignIn:
        """A client that crashed signs in again; what the agent is signed in as from now on.

        That is what they were as long as their seat is in a call, which goes on.
        """
        session = self._notices.session_of(entry.agent_id)
        dispatcher = self._services.dispatcher
        view = dispatcher.view(entry.agent_id)
        if view.state not in ON_HOOK and previous.seat_no == entry.seat_no:
            entry = previous
            if view.standing_busy == CONNECTION_LOST:  # they are back
                dispatcher.post(
                    acd.AgentSetIdle(entry.agent_id, deferred=True)
                    if ready
                    else acd.AgentSetBusy(entry.agent_id, deferred=True, replaces=True)
                )
        else:
            keeps_seat = previous.seat_no == entry.seat_no
            self._sign_out(previous, "replaced", keeps_seat=keeps_seat)
        if session is not None:
            session.end("replaced")
        return entry

    def _sign_in(self, entry: SignIn, *, ready: bool) -> None:
        services = self._services
        now = services.clock.now()
        services.roster.sign_in(entry)
        services.stream.emit(
            events.AgentLoggedIn(now, entry.agent_id, entry.seat_no, entry.agent_class)
        )
        usable = is_usable(services, entry.seat)
        services.dispatcher.post(
            acd.AgentSignedIn(
                entry.agent_id,
                entry.skills,
                ready=ready,
                device_usable=usable,
                engaged=services.pbx.lines.engagement(entry.seat_no),
            )
        )
        services.pbx.lines.in_call_now(entry.seat_no)
        self._devices.connect(entry.seat)

    def _sign_out(
        self, entry: SignIn, reason: str, by: str = "", *, keeps_seat: bool = False
    ) -> None:
        services = self._services
        self._breaks.forget(entry)
        services.dispatcher.post(acd.AgentSignedOut(entry.agent_id))
        for dial in tuple(self._switchboard.dials.values()):
            if dial.sign_in is entry:
                dial.cancel()
        for call in tuple(self._switchboard.calls.values()):
            if not entry.seat.pbx or call.ring_of(entry) is not None:
                sign_out_of(call, entry)
        services.stream.emit(
            events.AgentLoggedOut(services.clock.now(), entry.agent_id, entry.seat_no, reason, by)
        )
        services.roster.sign_out(entry)
        if not keeps_seat:
            self._devices.release(entry.seat_no)
        self._notices.leave(entry.agent_id)

    def _request(self, entry: SignIn, event: acd.AgentSetBusy | acd.AgentSetIdle) -> m.StateResult:
        try:
            self._services.dispatcher.post(event)
        except acd.WrongStateError:
            self._keep(entry, event)
        return self._standing(entry)

    def _keep(self, entry: SignIn, event: acd.AgentSetBusy | acd.AgentSetIdle) -> None:
        """A request made in a call holds after it, where the site wants that (A-05)."""
        services = self._services
        in_call = services.dispatcher.view(entry.agent_id).state in ("dialling", "talking")
        if not in_call or not services.settings.agent_proto.keep_requests:
            raise self._wrong_state(entry, ON_HOOK) from None
        if isinstance(event, acd.AgentSetBusy):
            event = acd.AgentSetBusy(entry.agent_id, event.reason or PENDING)
        services.dispatcher.post(replace(event, deferred=True))

    def _standing(self, entry: SignIn) -> m.StateResult:
        view = self._services.dispatcher.view(entry.agent_id)
        return m.StateResult(state=view.state, reason=view.reason, pending=view.pending)

    def _calls_of(self, entry: SignIn) -> list[m.Call]:
        return [
            described
            for call in self._switchboard.calls.values()
            if (described := describe(call, entry, self._services.clock)) is not None
        ]
