"""Does what an admitted request asks: `session.*` itself, everything else through the handler."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from agent_proto.connection import Call, Connection
from agent_proto.envelope import write_error, write_result
from agent_proto.errors import ProtocolError
from agent_proto.handler import Answer, Handler
from agent_proto.limits import Limits
from agent_proto.methods import CAPABILITIES, Method
from agent_proto.models import (
    HelloParams,
    HelloResult,
    LoginResult,
    Params,
    PingParams,
    PingResult,
    Result,
    ResumeParams,
    ResumeResult,
)
from agent_proto.outbox import Outbox
from agent_proto.request_keys import Outcome
from agent_proto.session import Session, SessionFacts
from agent_proto.sessions import SessionTable

PROTOCOL = 1

log = logging.getLogger(__name__)


class Dispatcher:
    """Shared by all connections of a server."""

    def __init__(
        self,
        handler: Handler,
        limits: Limits,
        *,
        wall: Callable[[], datetime],
        ids: Callable[[], str],
        server_name: str,
    ) -> None:
        self.sessions = SessionTable(limits.grace_s)
        self._handler = handler
        self._limits = limits
        self._wall = wall
        self._ids = ids
        self._server_name = server_name

    def open_session(self, outbox: Outbox, remote: str) -> Session:
        """A session for a connection where nobody is signed in yet."""
        facts = SessionFacts(
            session_id=self._ids(),
            resume_token=self._ids(),
            wall=self._wall,
            on_ended=self.sessions.forget,
            turn=asyncio.Lock(),
            replay_events=self._limits.replay_events,
            request_keys=self._limits.request_keys,
        )
        session = Session(facts)
        session.remote = remote
        session.attach(outbox)
        return session

    def asked(self, session: Session) -> None:
        """A request has come; its answer follows what has happened before."""
        self._tell(self._handler.session_asks, session)

    async def answer(self, connection: Connection, outbox: Outbox, call: Call, now: float) -> bytes:
        """The line that answers `call`; whatever goes wrong in here becomes an error answer."""
        outcome = await self._outcome(connection, outbox, call, now)
        if isinstance(outcome, ProtocolError):
            return write_error(call.id, outcome)
        return write_result(call.id, outcome)

    async def _outcome(
        self, connection: Connection, outbox: Outbox, call: Call, now: float
    ) -> Outcome:
        try:
            match call.params:
                case HelloParams():
                    return self._hello(connection, call.params).to_json()
                case PingParams():
                    return PingResult(at=self._wall()).to_json()
                case ResumeParams():
                    return self._resume(connection, outbox, call.params, now).to_json()
                case _:
                    return await self._once(connection.session, call.method, call.params)
        except ProtocolError as error:
            return error.bare()

    def _hello(self, connection: Connection, params: HelloParams) -> HelloResult:
        if params.protocol != PROTOCOL:
            raise ProtocolError(
                "out_of_range", "no such protocol version", path="protocol", supported=[PROTOCOL]
            )
        connection.greeted = True
        connection.session.client = params.client
        connection.session.locale = params.locale
        return HelloResult(
            server=self._server_name,
            protocol=PROTOCOL,
            capabilities=list(CAPABILITIES),
            heartbeat_s=self._limits.heartbeat_s,
        )

    def _resume(
        self, connection: Connection, outbox: Outbox, params: ResumeParams, now: float
    ) -> ResumeResult:
        session = self.sessions.find(params.resume_token)
        if session is None:
            raise ProtocolError("bad_credentials", "no such session")
        session.check_resumable(params.last_seq)
        here = connection.session
        session.client, session.locale, session.remote = here.client, here.locale, here.remote
        here.log_out()
        connection.enter(session, now)
        self.sessions.found(session)
        session.attach(outbox)
        session.resend(params.last_seq)
        self._tell(self._handler.session_resumed, session)
        return ResumeResult(session_id=session.session_id, last_seq=session.seq)

    async def _once(self, session: Session, method: Method, params: Params) -> Outcome:
        async with session.turn:
            key = params.request_key
            if key is not None:
                known = session.request_keys.recall(key, method.name)
                if known is not None:
                    return known
            outcome = await self._handle(session, method, params)
            if key is not None:
                session.request_keys.keep(key, method.name, outcome)
            return outcome

    async def _handle(self, session: Session, method: Method, params: Params) -> Outcome:
        if session.ended:  # while this request waited for its turn
            return ProtocolError("not_logged_in")
        try:
            async with asyncio.timeout(self._limits.request_timeout_s):
                answer = await self._handler.handle(session, method.name, params)
            result = _as_result(method, answer)
            body = result.to_json()
        except ProtocolError as error:
            return error.bare()
        except Exception:
            log.exception("%s failed in session %s", method.name, session.session_id)
            return ProtocolError("internal_error")
        if isinstance(result, LoginResult) and not session.ended:
            session.agent_class = result.agent.agent_class
            self.sessions.sign_in(session)
        elif method.name == "agent.logout":
            session.log_out()
        return body

    def lost(self, session: Session, outbox: Outbox, now: float) -> None:
        """A connection is gone: its session waits to be resumed, or ends if nobody is signed in."""
        if not session.detach(outbox):
            return
        if not session.signed_in:
            session.log_out()
            return
        self.sessions.lost(session, now)
        self._tell(self._handler.session_lost, session)

    def expire(self, now: float) -> None:
        """Ends the sessions that nobody resumed in time."""
        self.sessions.advance(
            now, lambda session: self._tell(self._handler.session_expired, session)
        )

    @staticmethod
    def _tell(hook: Callable[[Session], None], session: Session) -> None:
        try:
            hook(session)
        except Exception:
            log.exception("%s failed in session %s", hook.__name__, session.session_id)


def _as_result(method: Method, answer: Answer) -> Result:
    if isinstance(answer, method.result):
        return answer
    return method.result.model_validate({} if answer is None else answer)
