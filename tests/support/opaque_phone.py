"""A phone that speaks G.729 and nothing else: its packets are bytes, and it hears bytes.

No sound is made of them, so nobody can say how they sound; only that they are the same.
"""

import asyncio
import random
import re
import struct
from types import TracebackType
from typing import Self

import sip
from callcenter.demo.account import Account
from callcenter.demo.pulse import Pulse
from callcenter.demo.rtp import Packet
from sip.stack import SipStack
from tests.support.live_site import LiveSite

PAYLOAD_TYPE, KEYS = 18, 101
FRAME, SILENCE = 10, 2
"""Bytes: 10 ms of speech, and a description of silence (Annex B)."""
PACKET_S = 0.02


_ATTRIBUTES = {
    "18": "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=yes\r\n",
    "96": "a=rtpmap:96 L16/8000\r\n",
    "101": "a=rtpmap:101 telephone-event/8000\r\n",
}
"""By format; the other formats are known by their numbers."""


class OpaquePhone(sip.EndpointUser, sip.CallHandler, asyncio.DatagramProtocol):
    """One phone, in one call at a time; to be used by `async with`.

    It is a seat's, or with `listen` somebody behind a carrier, whose address that is.
    """

    def __init__(
        self, site: LiveSite, user: str, *, formats: str = "18 101", listen: str = ""
    ) -> None:
        self.heard: list[Packet] = []
        """Every packet that came, in the order of coming."""
        self.call: sip.Call | None = None
        self.end: sip.CallEnd | None = None
        self.offered = ""
        """The session description that came with the call."""
        self._formats = formats
        self._attributes = "".join(_ATTRIBUTES.get(each, "") for each in formats.split())
        self._user = user
        self._exchange = sip.Address("udp", "127.0.0.1", site.sip_port)
        self._credentials = sip.Credentials(user, f"phone-{user}")
        trunk = sip.Trunk("exchange", (self._exchange.host_port,))
        config = sip.EndpointConfig(trunks=(trunk,))
        self._stack = SipStack([f"udp:{listen or '127.0.0.1:0'}"], self, config)
        self._account: Account | None = None
        if not listen:
            uri = f"sip:{user}@{self._exchange.host_port}"
            registration = sip.Registration(uri, self._exchange, self._credentials, 300)
            self._account = Account(self._stack.endpoint, registration)
        self._chance = random.Random(user)
        self._sequence, self._timestamp = self._chance.randrange(2**16), 0
        self._pulse = Pulse()
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        await self._stack.start()
        if self._account is not None:
            await self._account.register(5)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.call is not None:
            self.call.hangup()
        if self._account is not None:
            await self._account.unregister(1)
        await self._stack.stop()
        if self._transport is not None:
            self._transport.close()

    def dial(self, number: str) -> None:
        """Calls."""
        to = f"sip:{number}@{self._exchange.host_port}"
        self.call = self._stack.endpoint.invite(
            sip.OutgoingInvite(
                request_uri=to,
                destination=self._exchange,
                from_uri=f"sip:{self._user}@{self._exchange.host_port}",
                to_uri=to,
                body=self._described(),
                credentials=self._credentials,
            ),
            self,
        )

    async def until_answered(self) -> None:
        """The call is up."""

        def is_up() -> bool:
            return self.call is not None and self.call.state is sip.CallState.CONFIRMED

        assert await self._pulse.until(is_up, 10), f"not answered: {self.end}"

    async def until_ended(self) -> sip.CallEnd:
        """The call is over."""
        assert await self._pulse.until(lambda: self.end is not None, 10), "not ended"
        assert self.end is not None
        return self.end

    async def say(self, frames: int, *, packets: int) -> list[bytes]:
        """Sends so many packets of so many frames, bytes by chance, in time; what they carried."""
        said = []
        for _ in range(packets):
            payload = self._chance.randbytes(frames * FRAME)
            self._send(PAYLOAD_TYPE, payload, frames * 80)
            said.append(payload)
            await asyncio.sleep(frames * PACKET_S / 2)
        silence = self._chance.randbytes(SILENCE)
        self._send(PAYLOAD_TYPE, silence, 80)
        return [*said, silence]

    def press(self, event: int) -> bytes:
        """Sends a key, held and let go at once, as a telephone event; what it carried."""
        payload = struct.pack("!BBH", event, 0x80 | 10, 800)
        self._send(KEYS, payload, 800)
        return payload

    async def until_heard(self, payload_type: int, payload: bytes) -> None:
        """Such a packet has come."""

        def came() -> bool:
            kinds = [(packet.payload_type, packet.payload) for packet in self.heard]
            return (payload_type, payload) in kinds

        assert await self._pulse.until(came, 30), f"{len(self.heard)} others have come"

    async def until_joined(self, other: "OpaquePhone") -> None:
        """The other one hears this one's keys."""
        async with asyncio.timeout(30):
            while not other.heard:
                self.press(5)
                await asyncio.sleep(PACKET_S)

    # What is reported.

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """From the loop; reports (RTCP) go to the next port."""
        if packet := Packet.parse(data):
            self.heard.append(packet)
            self._pulse.fire()

    def on_call(self, call: sip.IncomingCall) -> None:
        """Picks up, if what is offered fits."""
        self.call, call.handler, self.offered = call, self, call.body.decode()
        if f" {self._formats.split()[0]} " in f"{self.offered.splitlines()[5]} ":
            call.answer(self._described())
        else:
            call.reject(488)

    def on_ringing(self, call: sip.Call, code: int, body: bytes) -> None:
        """The other side rings."""

    def on_offer(self, call: sip.Call, body: bytes) -> bytes | None:
        """The other side refreshes the session."""
        return self._described()

    def on_answered(self, call: sip.Call, body: bytes) -> None:
        """The other side picked up."""
        self._pulse.fire()

    def on_confirmed(self, call: sip.Call, body: bytes) -> None:
        """The other side knows that we did."""
        self._pulse.fire()

    def on_ended(self, call: sip.Call, end: sip.CallEnd) -> None:
        """The call is over."""
        self.end = end
        self._pulse.fire()

    def password(self, user: str) -> str | None:
        """Nobody registers with a phone."""
        return None

    def on_binding_changed(self, user: str, binding: sip.Binding | None) -> None:
        """Nobody registers with a phone."""

    def _described(self) -> bytes:
        assert self._transport is not None
        port = self._transport.get_extra_info("sockname")[1]
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {self._formats}\r\n"
            f"{self._attributes}a=sendrecv\r\n"
        ).encode()

    def _send(self, payload_type: int, payload: bytes, units: int) -> None:
        assert self._transport is not None
        assert self.call is not None
        [port] = re.findall(rb"m=audio (\d+)", self.call.remote_body)
        self._sequence = (self._sequence + 1) % 2**16
        self._timestamp += units
        packet = Packet(payload_type, self._sequence, self._timestamp, 7, payload)
        self._transport.sendto(packet.encode(), ("127.0.0.1", int(port)))
