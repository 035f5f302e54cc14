"""A SIP phone without a sound card: it says tones, presses keys and judges what it hears.

    async with Softphone("udp:127.0.0.1:5060", "13800001234") as phone:
        call = await phone.call("4001")
        await call.answered()
        call.say(tone=440)
        await call.hears(tone=620, within=5)
        await call.press("1")
        call.hang_up()

With a password it is a seat's phone: it registers, stays registered, and takes calls.

    async with Softphone("tcp:127.0.0.1:5060", "8001", password="phone-8001") as phone:
        call = await phone.incoming()
        call.ring()
        call.answer()
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import sip
from callcenter.demo.account import Account, RegistrationError
from callcenter.demo.g711 import Law
from callcenter.demo.phone_call import CallFailedError, NotHeardError, PhoneCall
from callcenter.demo.pulse import Pulse
from sip.message import MessageError, Request, parse
from sip.stack import SipStack
from sip.transport import SipTransport

__all__ = ["CallFailedError", "NotHeardError", "PhoneCall", "RegistrationError", "Softphone"]

_PARTING_S = 1.0
"""How long a phone that is switched off waits for the exchange's last answers."""
_BUSY = 486
_PATIENCE_S = 60.0
"""A phone rings however late it is; only an exchange sheds calls."""


class Softphone(sip.EndpointUser):
    """One phone at one SIP address, with `lines` calls at most; to be used by `async with`.

    `exchange` is such as `udp:127.0.0.1:5060`; its transport is the phone's too. `auto_answer`
    obeys `answer-after=0` and `NOTIFY` with `Event: talk`, as phones with remote control do.
    `transport` is given where `host` and `port` do not say all, as for TLS.
    """

    def __init__(
        self,
        exchange: str,
        user: str,
        *,
        password: str | None = None,
        name: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
        laws: Sequence[Law] = ("PCMA", "PCMU"),
        lines: int = 8,
        auto_answer: bool = True,
        expires: int = 300,
        transport: SipTransport | None = None,
    ) -> None:
        self.user = user
        self.name = name
        self.calls: list[PhoneCall] = []
        """Calls that have not ended."""
        self._exchange = sip.Address.parse(exchange)
        self._credentials = None if password is None else sip.Credentials(user, password)
        self._host = host
        self._laws = tuple(laws)
        self._lines = lines
        self._auto_answer = auto_answer
        self._rung: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self._heard = Pulse()
        self._messages = 0
        config = sip.EndpointConfig(
            user_agent="callcenter-softphone",
            trunks=(sip.Trunk("exchange", (self._exchange.host_port,)),),
            guard=sip.GuardPolicy(max_lag=_PATIENCE_S),
        )
        listen = (
            transport or f"{self._exchange.transport}:{sip.Address('udp', host, port).host_port}"
        )
        self._stack = _WatchedStack(self, listen, config)
        self._account: Account | None = None
        if self._credentials is not None:
            self._account = Account(
                self._stack.endpoint,
                sip.Registration(self._uri(user), self._exchange, self._credentials, expires),
            )

    @property
    def address(self) -> sip.Address:
        """Where the phone takes SIP messages."""
        return self._stack.addresses[0]

    async def __aenter__(self) -> Self:
        await self._stack.start()
        if self._account is not None:
            try:
                await self.register()
            except BaseException:
                await self._stack.stop()
                raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        heard, talking = self._messages, list(self.calls)
        for call in talking:
            call.hang_up()
        if self._account is not None:
            await self._account.unregister(_PARTING_S)
        if talking and self.address.reliable:
            # Closing a connection drops what the peer has not read yet: wait for its answer.
            await self._heard.until(lambda: self._messages > heard, _PARTING_S)
        await self._stack.stop()

    async def register(self, within: float = 5.0) -> None:
        """Registers now, and again in time; RegistrationError when refused, or without password."""
        if self._account is None:
            raise RegistrationError(401)
        await self._account.register(within)

    async def unregister(self, within: float = 5.0) -> None:
        """Takes the registration back."""
        if self._account is not None:
            await self._account.unregister(within)

    async def call(self, number: str, headers: Sequence[tuple[str, str]] = ()) -> PhoneCall:
        """Calls a number at the exchange; returns when the INVITE is on its way."""
        call = self._open()
        invite = sip.OutgoingInvite(
            request_uri=self._uri(number),
            destination=self._exchange,
            from_uri=self._uri(self.user),
            from_name=self.name,
            to_uri=self._uri(number),
            body=call.offer(),
            headers=headers,
            credentials=self._credentials,
        )
        try:
            call.join(self._stack.endpoint.invite(invite, call))
        except ValueError:  # a header that cannot be written
            call.abandon()
            raise
        return call

    async def incoming(self, within: float = 10.0) -> PhoneCall:
        """The next call that comes in, or came since the last was taken; TimeoutError."""
        async with asyncio.timeout(within):
            return await self._rung.get()

    # What the SIP endpoint reports.

    def on_call(self, call: sip.IncomingCall) -> None:
        """A call comes in."""
        if len(self.calls) >= self._lines:
            call.reject(_BUSY)
            return
        phone_call = self._open()
        phone_call.join(call)
        self._rung.put_nowait(phone_call)
        wish = f"{call.header('Call-Info')} {call.header('Alert-Info')}"
        if self._auto_answer and ("answer-after=0" in wish or "alert-autoanswer" in wish):
            phone_call.answer()

    def password(self, user: str) -> str | None:
        """Nobody registers with a phone."""
        return None

    def on_binding_changed(self, user: str, binding: sip.Binding | None) -> None:
        """Nobody registers with a phone."""

    def on_message(self, data: bytes) -> None:
        """Any SIP message, after the endpoint has dealt with it: picks up when asked to."""
        self._messages += 1
        self._heard.fire()
        if not (self._auto_answer and data.startswith(b"NOTIFY ")):
            return
        try:
            message = parse(data)
        except MessageError:
            return
        if isinstance(message, Request) and message.header("event") == "talk":
            for call in self.calls:
                if call.is_incoming and call.session.sip_call_id == message.call_id:
                    call.answer()

    def _open(self) -> PhoneCall:
        call = PhoneCall(self._host, self._laws, self.calls.remove)
        self.calls.append(call)
        return call

    def _uri(self, user: str) -> str:
        return f"sip:{user}@{self._exchange.host_port}"


class _WatchedStack(SipStack):
    """Shows the phone each message, for what an endpoint does not tell its application."""

    def __init__(
        self, phone: Softphone, listen: str | SipTransport, config: sip.EndpointConfig
    ) -> None:
        super().__init__([listen], phone, config)
        self._phone = phone

    def on_message(self, data: bytes, source: sip.Address, local: sip.Address) -> None:
        """From a transport."""
        super().on_message(data, source, local)
        self._phone.on_message(data)
