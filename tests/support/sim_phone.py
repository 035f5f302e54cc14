"""Phones and carriers' gateways in a simulation: a SIP user agent with somebody in front of it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import sip
from sip.stack import SipStack
from tests.support.fake_media import FakePort

if TYPE_CHECKING:
    from tests.support.sim_site import SimSite

HOST = "10.0.0.1"
"""Where the exchange is."""

Reaction = Callable[[sip.IncomingCall], None]


class SimPhone(sip.CallHandler):
    """A seat's phone, or one caller at a carrier's gateway."""

    def __init__(self, site: "SimSite", user: str, stack: SipStack) -> None:
        self.site = site
        self.user = user
        self.stack = stack
        self.calls: list[sip.Call] = []
        """Every call that came or was made, the newest last."""
        self.log: list[tuple[str, object]] = []
        """What happened, in order: ("ringing", 180), ("answered", 200), ("bye", 200) …"""
        self.on_call: Reaction = lambda call: call.ring()
        self.tone = user
        """What the person says, once the call is up."""
        self.media: Callable[[], bytes] = lambda: sdp(self.host)
        """What it offers, and answers."""

    @property
    def host(self) -> str:
        """Its address."""
        return self.stack.addresses[0].host

    @property
    def exchange(self) -> sip.Address:
        """Where it finds the exchange, over its own transport."""
        return sip.Address(self.stack.addresses[0].transport, HOST, 5060)

    @property
    def call(self) -> sip.Call:
        """The newest call."""
        return self.calls[-1]

    @property
    def port(self) -> FakePort:
        """The exchange's port of the newest call; it must still be open."""
        port = self._port_of(self.call)
        assert port is not None, f"closed: {self.log}"
        return port

    @property
    def hears(self) -> str:
        """What the person hears at this moment."""
        return self.port.heard

    @property
    def outcome(self) -> tuple[str, object]:
        """How the newest call ended: ("bye", 200), ("rejected", 404) …"""
        end = self.call.end
        assert end is not None, f"still up: {self.log}"
        return end.cause, end.code

    @property
    def idle(self) -> bool:
        """Whether no call is up."""
        return all(call.end is not None for call in self.calls)

    @property
    def up(self) -> bool:
        """Whether the newest call is answered and not over."""
        return self.call.state is sip.CallState.CONFIRMED and self._port_of(self.call) is not None

    @property
    def credentials(self) -> sip.Credentials:
        return sip.Credentials(self.user, f"phone-{self.user}")

    def dial(
        self,
        number: str,
        body: bytes | None = None,
        headers: Sequence[tuple[str, str]] = (),
        max_forwards: int = 70,
        from_user: str = "",
    ) -> None:
        """Places a call to the exchange, if need be in another name than its own."""
        self.calls.append(
            self.stack.endpoint.invite(
                sip.OutgoingInvite(
                    request_uri=f"sip:{number}@{HOST}",
                    destination=self.exchange,
                    from_uri=f"sip:{from_user or self.user}@{self.host}",
                    to_uri=f"sip:{number}@{HOST}",
                    body=self.media() if body is None else body,
                    credentials=self.credentials,
                    headers=headers,
                    max_forwards=max_forwards,
                ),
                self,
            )
        )

    async def register(self, expires: int = 3600, contact_user: str = "") -> int:
        """Registers for so long; the status code of the answer."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.stack.endpoint.register(
            sip.Registration(
                aor=f"sip:{self.user}@{HOST}",
                registrar=self.exchange,
                credentials=self.credentials,
                expires=expires,
                contact_user=contact_user,
            ),
            lambda code, _seconds: done.set_result(code),
        )
        return await done

    def answer(self, body: bytes | None = None) -> None:
        """Picks the newest call up."""
        call = self.call
        assert isinstance(call, sip.IncomingCall)
        call.answer(self.media() if body is None else body)

    def refuse(self, code: int) -> None:
        """Refuses the newest call."""
        call = self.call
        assert isinstance(call, sip.IncomingCall)
        call.reject(code)

    def hang_up(self) -> None:
        """Ends the newest call, whatever its state."""
        self.call.hangup()

    def die(self) -> None:
        """Is cut off the network, with everybody at the same address, and sends no voice."""
        port = self.port
        self.lose_network()
        port.fall_silent()

    def lose_network(self) -> None:
        """Is cut off with everybody at the same address."""
        self.site.network.lose_host(self.host)

    def press(self, digits: str) -> None:
        """Keys."""
        self.port.press(digits)

    def press_by_info(self, key: str) -> None:
        """A key, or `sip.FLASH`, by INFO."""
        call = self.call
        assert call.dialog is not None
        body = f"Signal={key}\r\nDuration=160\r\n".encode()
        call.core.enter()
        call.core.request(call.dialog, "INFO", body=body, content_type="application/dtmf-relay")
        call.core.leave()

    def offer(self, direction: Literal["sendrecv", "sendonly", "inactive"]) -> None:
        """A re-INVITE: `sendonly` holds the other side, `sendrecv` retrieves it."""
        assert self.call.reinvite(sdp(self.host, direction))

    def ring_for(self, seconds: float, then: Reaction) -> None:
        """From now on rings every call for so long, then does that with it."""
        loop = asyncio.get_running_loop()

        def take(call: sip.IncomingCall) -> None:
            call.ring()
            loop.call_later(seconds, then, call)

        self.on_call = take

    def answer_calls(self, after: float = 0.0) -> None:
        """From now on picks every call up after so many seconds of ringing."""
        self.ring_for(after, lambda call: call.answer(self.media()))

    def take(self, call: sip.IncomingCall) -> None:
        """A call comes in."""
        call.handler = self
        self.calls.append(call)
        self.log.append(("incoming", call.from_user))
        self.on_call(call)

    def on_ringing(self, call: sip.Call, code: int, body: bytes) -> None:
        self.log.append(("ringing", code))

    def on_answered(self, call: sip.Call, body: bytes) -> None:
        self.log.append(("answered", 200))
        self._speak(call)

    def on_confirmed(self, call: sip.Call, body: bytes) -> None:
        self.log.append(("confirmed", 200))
        self._speak(call)

    def on_offer(self, call: sip.Call, body: bytes) -> bytes | None:
        return self.media()

    def on_ended(self, call: sip.Call, end: sip.CallEnd) -> None:
        self.log.append((end.cause, end.code))

    def _speak(self, call: sip.Call) -> None:
        port = self._port_of(call)
        if port is not None:
            port.says = self.tone

    def _port_of(self, call: sip.Call) -> FakePort | None:
        rtp_port = int(call.remote_body.split(b"m=audio ")[1].split()[0])
        return next((port for port in self.site.plane.ports if port.rtp_port == rtp_port), None)


class PhoneUser(sip.EndpointUser):
    """What the phone's SIP stack asks its application."""

    def __init__(self) -> None:
        self.phone: SimPhone | None = None

    def on_call(self, call: sip.IncomingCall) -> None:
        if self.phone is None:
            call.reject(404)
        else:
            self.phone.take(call)

    def password(self, user: str) -> str | None:
        return None

    def on_binding_changed(self, user: str, binding: sip.Binding | None) -> None:
        return None


def sdp(host: str, direction: str = "sendrecv", payloads: str = "8 101") -> bytes:
    """PCMA and telephone-event at `host`."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio 4000 RTP/AVP {payloads}\r\na=rtpmap:8 PCMA/8000\r\n"
        f"a=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
    ).encode()
