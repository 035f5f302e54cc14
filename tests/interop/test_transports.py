"""Phones and callers over TLS and WebSockets, with the real daemon."""

import os
import signal
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest

from callcenter.demo.softphone import Softphone
from sip import Address
from sip.transport import StreamTransport, TlsContexts, TlsFiles, TransportOptions
from tests.support.baresip import Baresip
from tests.support.certificates import Certificate, make_certificate
from tests.support.daemon import Daemon, NewDaemon
from tests.support.linphone import Linphone
from tests.support.live_desk import desk, served_call
from tests.support.live_site import LiveSite, NewSite
from tests.support.ports import free_port
from tests.support.websocket_client import WebSocketClient

CALLER_HZ, AGENT_HZ = 440, 620
TONES = (350, CALLER_HZ, AGENT_HZ, 880)


@dataclass(frozen=True)
class Secure:
    """A daemon with a listener of every kind."""

    daemon: Daemon
    certificate: Certificate
    ports: dict[str, int]

    @property
    def site(self) -> LiveSite:
        return self.daemon.site

    def exchange(self, transport: str) -> Address:
        return Address.parse(f"{transport}:127.0.0.1:{self.ports[transport]}")

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate.chain))

    def tls(self) -> StreamTransport:
        """A TLS end for a softphone: it has the daemon's certificate, which it trusts."""
        files = TlsFiles(self.certificate.chain, self.certificate.key, self.certificate.chain)
        options = TransportOptions(tls=TlsContexts(files))
        return StreamTransport(Address.parse("tls:127.0.0.1:0"), options=options)


@pytest.fixture
def secure(new_site: NewSite, new_daemon: NewDaemon, tmp_path: Path) -> Secure:
    certificate = make_certificate(tmp_path / "tls")
    ports = {transport: free_port() for transport in ("tls", "ws", "wss")}
    listen = [f"{name}:127.0.0.1:{ports[name]}" for name in ("tls", "ws", "wss")]
    more = f'[tls]\ncertificate = "{certificate.chain}"\nkey = "{certificate.key}"\n'
    site = new_site(listen=listen, more=more + _MORE)
    return Secure(new_daemon(site), certificate, ports)


_MORE = """
[[seat]]
seat_no = "8031"
password = "phone-8031"
srtp = "off"
"""


async def test_a_phone_of_other_people_s_making_registers_and_talks_over_tls(
    secure: Secure,
) -> None:
    async with (
        Baresip(
            secure.site, "8001", AGENT_HZ, transport="tls", exchange=secure.ports["tls"]
        ) as phone,
        desk(secure.site) as agent,
        Softphone(str(secure.exchange("tls")), "13800001", transport=secure.tls()) as caller,
    ):
        await served_call(caller, agent, says=CALLER_HZ, hears=AGENT_HZ)
        await phone.told("CALL_CLOSED")
    assert phone.last_tone(TONES) == CALLER_HZ


async def test_linphonec_checks_our_certificate_and_talks(secure: Secure) -> None:
    async with (
        Linphone(
            secure.site,
            "8001",
            AGENT_HZ,
            transport="tls",
            exchange=secure.ports["tls"],
            authority=secure.certificate.chain,
        ) as phone,
        desk(secure.site) as agent,
        Softphone(secure.site.exchange(), "13800004") as caller,
    ):
        call = await caller.call("4001")
        call.say(CALLER_HZ)
        await agent.wait_for("call.answered")
        await call.hears(tone=AGENT_HZ)
        await call.listen(1.0)
        call.hang_up()
        await phone.shows("ended (No error)")
    assert phone.tones_heard(TONES) == {CALLER_HZ}


@pytest.mark.parametrize("transport", ["ws", "wss"])
async def test_a_browser_registers_is_called_and_talks(secure: Secure, transport: str) -> None:
    """Its Contact leads nowhere: all goes over the WebSocket that it has opened.

    The voice of a real one is in `test_browser`; this one speaks plainly.
    """
    server = secure.exchange(transport)
    client = WebSocketClient(server, secure.trust() if server.secure else None)
    phone = Softphone(str(server), "8031", password="phone-8031", transport=client)
    async with (
        phone,
        desk(secure.site, seat_no="8031") as agent,
        Softphone(secure.site.exchange(), "13800002") as caller,
    ):
        call = await caller.call("4001")
        call.say(CALLER_HZ)
        ringing = await phone.incoming()
        ringing.answer()
        await agent.wait_for("call.answered")
        ringing.say(AGENT_HZ)
        await call.hears(tone=AGENT_HZ)
        await ringing.hears(tone=CALLER_HZ)
        call.hang_up()
        assert (await ringing.ended()).by == "remote"


async def test_a_renewed_certificate_is_shown_while_calls_go_on(secure: Secure) -> None:
    async with (
        Softphone(str(secure.exchange("tls")), "13800003", transport=secure.tls()) as caller,
    ):
        call = await caller.call("4000")
        await call.answered()
        old = secure.certificate.chain.read_text()
        make_certificate(secure.certificate.chain.parent)
        os.kill(secure.daemon.pid, signal.SIGHUP)
        secure.daemon.wait_logged("certificate renewed")
        shown = ssl.get_server_certificate(("127.0.0.1", secure.ports["tls"]))
        assert shown.split() != old.split()
        assert shown.split() == secure.certificate.chain.read_text().split()
        await call.listen(0.2)
        call.hang_up()
        await call.ended()
