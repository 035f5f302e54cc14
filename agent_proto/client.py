"""A client of the agent protocol for programs and tests.

    async with await AgentClient.connect("127.0.0.1", 7400) as agent:
        await agent.login("1001", "agent-1001", "8001")
        ringing = await agent.wait_for("call.ringing", timeout=60)
        await agent.answer(ringing.call_id)
        await agent.wait_for("call.ended", call_id=ringing.call_id, timeout=3600)

What has no function of its own here is asked by its params, any method of this version:

        await agent.do(HoldParams(call_id=ringing.call_id))
        breaks = await supervisor.do(ListBreaksParams(), ListBreaksResult)

Every method raises `ProtocolError` when it is refused, `ConnectionError` when the connection is
gone and `TimeoutError` when no answer came in time. Events are kept, so none is missed between two
awaits. Pings are answered and sent on their own.
"""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Literal, TypeVar, overload

from agent_proto.client_link import ClientLink
from agent_proto.envelope import JsonObject
from agent_proto.inbox import Inbox, ReceivedEvent
from agent_proto.methods import METHODS, Method
from agent_proto.models import (
    AgentClass,
    AnswerParams,
    Confirmed,
    GetParams,
    GetResult,
    HangupParams,
    HelloParams,
    HelloResult,
    LoginParams,
    LoginResult,
    LogoutParams,
    Params,
    PingParams,
    PingResult,
    RejectParams,
    Result,
    ResumeParams,
    ResumeResult,
    SetBusyParams,
    SetIdleParams,
    StateResult,
)

PROTOCOL = 1

_R = TypeVar("_R", bound=Result)
_BY_PARAMS: Mapping[type[Params], Method] = {method.params: method for method in METHODS.values()}


class AgentClient:
    """One agent's program, made by `connect`. Any answer may take `patience` seconds."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        client: str = "callcenter-client",
        locale: str = "en",
        ssl_context: ssl.SSLContext | None = None,
        patience: float = 10.0,
    ) -> None:
        self._address = (host, port)
        self._name = client
        self._locale = locale
        self._ssl_context = ssl_context
        self._patience = patience
        self._inbox = Inbox()
        self._link: ClientLink | None = None
        self.hello: HelloResult | None = None
        """What the server said of itself."""
        self.session_id = ""
        self.resume_token = ""
        self.last_seq = 0
        """The newest event's number, as `session.resume` wants it."""

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        *,
        client: str = "callcenter-client",
        locale: str = "en",
        ssl_context: ssl.SSLContext | None = None,
        patience: float = 10.0,
    ) -> "AgentClient":
        """Connects and says hello; `OSError` when nobody listens."""
        agent = cls(
            host, port, client=client, locale=locale, ssl_context=ssl_context, patience=patience
        )
        await agent.open()
        return agent

    async def open(self) -> HelloResult:
        """Opens a new connection, in place of the one before, and says hello."""
        await self.close()
        host, port = self._address
        async with asyncio.timeout(self._patience):
            reader, writer = await asyncio.open_connection(host, port, ssl=self._ssl_context)
        self._inbox.reopen()
        link = ClientLink(reader, writer, self._receive, self._inbox.close)
        link.start()
        self._link = link
        params = HelloParams(protocol=PROTOCOL, client=self._name, locale=self._locale)
        self.hello = await self._ask("session.hello", params, HelloResult)
        link.heartbeat_s = self.hello.heartbeat_s
        return self.hello

    async def reconnect(self) -> ResumeResult:
        """Opens a new connection and resumes this client's session in it."""
        await self.open()
        return await self.resume(self.resume_token, self.last_seq)

    async def close(self) -> None:
        """Closes the connection; a session that is signed in waits to be resumed."""
        if self._link is not None:
            await self._link.close()

    def abort(self) -> None:
        """Drops the connection without a word, as a failing network would."""
        if self._link is not None:
            self._link.abort()

    async def wait_closed(self) -> None:
        """Returns when the connection is gone."""
        if self._link is not None:
            await self._link.wait_closed()

    async def __aenter__(self) -> "AgentClient":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # -- events ------------------------------------------------------------------------------

    @property
    def history(self) -> deque[ReceivedEvent]:
        """The events so far, oldest first."""
        return self._inbox.history

    def events(self) -> AsyncGenerator[ReceivedEvent, None]:
        """Every event, those in the history first, until the connection ends."""
        return self._inbox.events()

    async def wait_for(
        self,
        event: str,
        timeout: float = 10.0,  # noqa: ASYNC109 (so that the error can say what came instead)
        **fields: object,
    ) -> ReceivedEvent:
        """The first such event that was not yet returned here, whether it came before or comes now.

        `fields` are values that its params must have: `state="idle"`, `call_id=…`.
        """
        try:
            async with asyncio.timeout(timeout):
                return await self._inbox.wait_for(event, fields)
        except TimeoutError:
            came = self._inbox.unclaimed()
            what = f"no {event} {fields} within {timeout} s; not waited for: {came}"
            raise TimeoutError(what) from None

    def _receive(self, event: ReceivedEvent) -> None:
        if event.name != "session.closing":  # which is not counted, see its model
            self.last_seq = event.seq
        self._inbox.deliver(event)

    # -- requests ----------------------------------------------------------------------------

    async def request(self, method: str, params: Mapping[str, object] | None = None) -> JsonObject:
        """Any method by name, also one that this library does not know."""
        return await self._request(method, json.dumps(params or {}).encode())

    @overload
    async def do(self, params: Params) -> Result: ...
    @overload
    async def do(self, params: Params, result: type[_R]) -> _R: ...
    async def do(self, params: Params, result: type[Result] | None = None) -> Result:
        """Any method of this version, by its params: `do(ForceBusyParams(target="8001"))`.

        The answer is the method's result model; given `result` says so to a type checker.
        `TypeError` for params of no method.
        """
        method = _BY_PARAMS.get(type(params))
        if method is None:
            raise TypeError(f"{type(params).__name__} are the params of no method")
        if result is not None and not issubclass(method.result, result):
            raise TypeError(f"{method.name} is answered with {method.result.__name__}")
        return await self._ask(method.name, params, method.result)

    async def ping(self) -> PingResult:
        """`session.ping`."""
        return await self._ask("session.ping", PingParams(), PingResult)

    async def resume(self, resume_token: str, last_seq: int) -> ResumeResult:
        """`session.resume`: takes over that session; the events it missed come next."""
        params = ResumeParams(resume_token=resume_token, last_seq=last_seq)
        self.last_seq = last_seq
        result = await self._ask("session.resume", params, ResumeResult)
        self.session_id = result.session_id
        self.resume_token = result.resume_token or resume_token
        return result

    async def login(
        self,
        agent_id: str,
        password: str,
        seat_no: str,
        *,
        agent_class: AgentClass = "agent",
        skills: dict[str, int] | None = None,
        state: Literal["idle", "busy"] = "idle",
        request_key: str | None = None,
    ) -> LoginResult:
        """`agent.login`."""
        params = LoginParams(
            agent_id=agent_id,
            password=password,
            seat_no=seat_no,
            agent_class=agent_class,
            skills=skills,
            state=state,
            request_key=request_key,
        )
        result = await self._ask("agent.login", params, LoginResult)
        self.session_id = result.session_id
        self.resume_token = result.resume_token
        return result

    async def logout(self) -> Confirmed:
        """`agent.logout`."""
        return await self._ask("agent.logout", LogoutParams(), Confirmed)

    async def set_busy(self, reason: str = "", request_key: str | None = None) -> StateResult:
        """`agent.set_busy`."""
        params = SetBusyParams(reason=reason, request_key=request_key)
        return await self._ask("agent.set_busy", params, StateResult)

    async def set_idle(self, request_key: str | None = None) -> StateResult:
        """`agent.set_idle`."""
        return await self._ask(
            "agent.set_idle", SetIdleParams(request_key=request_key), StateResult
        )

    async def get(self) -> GetResult:
        """`agent.get`."""
        return await self._ask("agent.get", GetParams(), GetResult)

    async def answer(self, call_id: str, request_key: str | None = None) -> Confirmed:
        """`call.answer`."""
        params = AnswerParams(call_id=call_id, request_key=request_key)
        return await self._ask("call.answer", params, Confirmed)

    async def reject(
        self, call_id: str, reason: str = "", request_key: str | None = None
    ) -> Confirmed:
        """`call.reject`."""
        params = RejectParams(call_id=call_id, reason=reason, request_key=request_key)
        return await self._ask("call.reject", params, Confirmed)

    async def hangup(self, call_id: str, request_key: str | None = None) -> Confirmed:
        """`call.hangup`."""
        params = HangupParams(call_id=call_id, request_key=request_key)
        return await self._ask("call.hangup", params, Confirmed)

    async def _ask(self, method: str, params: Params, result: type[_R]) -> _R:
        written = params.model_dump_json(exclude_none=True).encode()
        return result.model_validate(await self._request(method, written))

    async def _request(self, method: str, params: bytes) -> JsonObject:
        if self._link is None:
            raise ConnectionError("not connected")
        async with asyncio.timeout(self._patience):
            return await self._link.request(method, params)
