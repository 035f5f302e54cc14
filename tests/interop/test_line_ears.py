"""Calls out through the real stack and engine: the carrier's early media and mailbox are heard."""

import asyncio
import re
import socket

import pytest

from callcenter.switch.outside_line import OutsideLine
from callcenter.switch.presented import Presented
from callcenter.switch.trunk_invite import OutsideCall
from media import tones
from media.heard import Heard
from sip import EndpointConfig, IncomingCall, Trunk
from sip.stack import SipStack
from tests.interop.test_carriers import carriers, exchange_of
from tests.support.audio import alaw_encode, pcm_samples, silence, tone
from tests.support.engine_rig import Packet
from tests.support.live_site import NewSite
from tests.support.sip_bench import Application

PACKET_S = 0.02
PATIENCE = 20.0
SDP = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio {} RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=ptime:20
"""


class Far:
    """The far end's voice: a socket, and what it says."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._number = 0
        self.call: asyncio.Future[IncomingCall] = asyncio.get_running_loop().create_future()

    @property
    def sdp(self) -> bytes:
        return SDP.format(self._socket.getsockname()[1]).replace("\n", "\r\n").encode()

    async def say(self, samples: list[int]) -> None:
        """In time, to where the offer said."""
        offer = (await self.call).body.decode()
        found = re.search(r"m=audio (\d+)", offer)
        assert found is not None
        codes = alaw_encode(samples)
        for at in range(0, len(codes) - 159, 160):
            payload = codes[at : at + 160]
            packet = Packet(False, 8, self._number & 0xFFFF, self._number * 160, 77, payload)
            self._socket.sendto(packet.to_bytes(), ("127.0.0.1", int(found[1])))
            self._number += 1
            await asyncio.sleep(PACKET_S)

    def close(self) -> None:
        self._socket.close()


async def test_busy_in_early_media_and_a_mailboxs_beep_are_heard(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Far()
    carrier = SipStack(
        ["udp:127.0.0.1:0"],
        Application(react=far.call.set_result),
        EndpointConfig(trunks=(Trunk("us", ("127.0.0.1",)),)),
    )
    await carrier.start()
    site = new_site(more=carriers(("c", f"127.0.0.1:{carrier.addresses[0].port}", "")))
    heard: asyncio.Queue[Heard] = asyncio.Queue()

    async def next_sign() -> str:
        return (await asyncio.wait_for(heard.get(), PATIENCE)).sign

    try:
        async with exchange_of(site, monkeypatch) as exchange:
            call = OutsideCall("057188889999", Presented("4001"), heard=heard.put_nowait)
            line = OutsideLine(exchange.services, call)
            line.start()
            (await asyncio.wait_for(far.call, PATIENCE)).ring(far.sdp)
            await far.say(pcm_samples(tones.progress_tone("cn", "busy")) * 4)
            assert await next_sign() == "busy"
            (await far.call).answer(far.sdp)
            await far.say(silence(0.4) + tone(1000, 0.4) + silence(0.5))
            told = {await next_sign() for _ in range(3)}
            assert told == {"voice_started", "machine", "beep"}
            line.hang_up()
    finally:
        far.close()
        await carrier.stop()
