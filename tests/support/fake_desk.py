"""A handler of the agent protocol that does as it is told: no agents, no calls, only answers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from agent_proto import METHODS, Answer, MethodHandler, ProtocolError, Session, answers
from agent_proto import models as m

WALL = datetime(2025, 1, 31, 8, 9, 10, 123456, tzinfo=UTC)
AT = "2025-01-31T08:09:10.123Z"
Scripted = Callable[[Session, m.Params], Awaitable[Answer]]


def wall() -> datetime:
    """A wall clock that stands."""
    return WALL


class FakeDesk(MethodHandler):
    """Signs in anybody whose password is "secret"; `script` replaces what a method does."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, m.Params]] = []
        """Everything that was to be done, in order."""
        self.lost: list[Session] = []
        self.expired: list[Session] = []
        self.sessions: list[Session] = []
        """Of those who signed in."""
        self.script: dict[str, Scripted] = {}

    async def handle(self, session: Session, method: str, params: m.Params) -> Answer:
        self.requests.append((method, params))
        if method in self.script:
            return await self.script[method](session, params)
        if method not in self._table and METHODS[method].result is m.Confirmed:
            return None
        return await super().handle(session, method, params)

    def session_lost(self, session: Session) -> None:
        self.lost.append(session)

    def session_expired(self, session: Session) -> None:
        self.expired.append(session)

    @answers("agent.login")
    async def _login(self, session: Session, params: m.LoginParams) -> m.LoginResult:
        if params.password != "secret":
            raise ProtocolError("bad_credentials")
        self.sessions.append(session)
        return m.LoginResult(
            session_id=session.session_id,
            resume_token=session.resume_token,
            agent=m.AgentProfile(
                agent_id=params.agent_id,
                name="Ann",
                agent_class=params.agent_class,
                team="east",
                skills=params.skills or {},
            ),
            seat_no=params.seat_no,
            state=params.state,
            reason="",
            queues=["sales"],
            unheard_messages=0,
        )

    @answers("agent.logout")
    async def _logout(self, session: Session, params: m.LogoutParams) -> None:
        session.notify(m.AgentLoggedOut(reason="request"))

    @answers("agent.set_busy")
    async def _set_busy(self, session: Session, params: m.SetBusyParams) -> m.StateResult:
        session.notify(state_changed("busy", params.reason))
        return m.StateResult(state="busy", reason=params.reason)

    @answers("agent.set_idle")
    async def _set_idle(self, session: Session, params: m.SetIdleParams) -> dict[str, object]:
        return {"state": "idle", "reason": ""}

    @answers("agent.finish_acw")
    async def _finish_acw(self, session: Session, params: m.FinishAcwParams) -> m.StateResult:
        return m.StateResult(state="idle", reason="")

    @answers("agent.extend_acw")
    async def _extend_acw(self, session: Session, params: m.ExtendAcwParams) -> m.StateResult:
        return m.StateResult(state="acw", reason="")

    @answers("agent.get")
    async def _get(self, session: Session, params: m.GetParams) -> m.GetResult:
        return m.GetResult(state="idle", reason="", since=WALL, calls=[])

    @answers("call.answer")
    async def _answer(self, session: Session, params: m.AnswerParams) -> None:
        raise ProtocolError("no_such_call")

    @answers("call.reject")
    async def _reject(self, session: Session, params: m.RejectParams) -> None:
        raise ProtocolError("wrong_state", state="talking", allowed=["ringing"])

    @answers("call.hangup")
    async def _hangup(self, session: Session, params: m.HangupParams) -> None:
        return None

    @answers("call.dial")
    async def _dial(self, session: Session, params: m.DialParams) -> m.DialResult:
        return m.DialResult(call_id="c")

    @answers("seat.get")
    async def _seat(self, session: Session, params: m.SeatGetParams) -> m.SeatGetResult:
        return m.SeatGetResult(
            seat_no="8001", kind="sip", answer_mode="phone", registered=False, contacts=[]
        )


def state_changed(state: m.AgentState, reason: str = "") -> m.AgentStateChanged:
    """An event to tell."""
    return m.AgentStateChanged(state=state, previous="idle", reason=reason, since=WALL)


def gate(desk: FakeDesk, method: str) -> tuple[asyncio.Event, asyncio.Event]:
    """Makes a method that answers `{}` wait: (set when it was entered, set it to let it go on)."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def wait(session: Session, params: m.Params) -> None:
        entered.set()
        await go_on.wait()

    desk.script[method] = wait
    return entered, go_on
