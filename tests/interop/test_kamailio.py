"""Kamailio in front of the daemon as the edge that config/kamailio-edge.cfg describes.

Carriers and phones know nothing but Kamailio's address. Its Record-Route and Path are the only way,
both ways: a message that leaves them out goes astray, and the call with it.
"""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from callcenter.demo.softphone import NotHeardError, RegistrationError, Softphone
from sip import Address
from tests.support.baresip import Baresip
from tests.support.certificates import make_certificate
from tests.support.daemon import Daemon
from tests.support.kamailio import CARRIER, CONFIG, HOST, Kamailio, definitions, program
from tests.support.linphone import Linphone
from tests.support.live_desk import desk, served_call
from tests.support.live_site import LiveSite, write_site
from tests.support.ports import free_port
from tests.support.sip_messages import SDP, request
from tests.support.sipp import Sipp, Transport, run
from tests.support.websocket_client import WebSocketClient

CALLER_HZ, AGENT_HZ = 440, 620
TONES = (350, CALLER_HZ, AGENT_HZ, 880)

_TABLES = """
[[trunk]]
name = "edge"
hosts = ["{host}"]
behind = ["{carrier}"]
max_calls = 20

[[route]]
name = "out"
trunks = ["edge"]

[pbx]
dial = "all"
"""


@dataclass(frozen=True)
class Edge:
    """A daemon and the proxy before it."""

    daemon: Daemon
    kamailio: Kamailio

    @property
    def site(self) -> LiveSite:
        return self.daemon.site


@pytest.fixture(scope="module")
def _edge(speech_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge")
    sip_port = free_port()
    with Kamailio(folder, sip_port) as kamailio:
        more = _TABLES.format(host=kamailio.inside, carrier=CARRIER)
        daemon = Daemon(write_site(folder, speech_cache, sip_port=sip_port, more=more))
        try:
            daemon.wait_ready()
            yield Edge(daemon, kamailio)
            daemon.stop()
        finally:
            daemon.remove()


@pytest.fixture
def edge(_edge: Edge) -> Iterator[Edge]:
    """The two; each test must leave the daemon without calls and errors."""
    yield _edge
    _edge.daemon.wait_quiet()
    _edge.daemon.assert_healthy()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_carrier_s_call_to_a_phone_that_registered_through_it(
    edge: Edge, transport: Transport
) -> None:
    """The caller changes the session, the phone hangs up. This phone knows nothing of Path."""
    async with (
        Baresip(
            edge.site, "8001", AGENT_HZ, transport=transport, proxy=edge.kamailio.host_port
        ) as phone,
        desk(edge.site) as agent,
        Sipp(
            edge.site,
            "codec_changed_by_invite",
            host=CARRIER,
            exchange=edge.kamailio.host_port,
            transport=transport,
        ) as caller,
    ):
        await agent.wait_for("call.answered")
        await caller.received("CSeq: 2 ACK")
        await phone.command("hangup")
        messages = await caller.passed()
    [bye] = [each for each in requests(messages) if each.startswith("BYE")]
    assert bye.count(f"\nVia: SIP/2.0/{transport.upper()} {HOST}:") == 1
    assert "\nRoute:" not in bye, "nothing is left of the route at its end"


async def test_the_carrier_s_caller_hangs_up_and_has_heard_the_agent(edge: Edge) -> None:
    exchange = f"udp:{edge.kamailio.host_port}"
    async with (
        Baresip(edge.site, "8001", AGENT_HZ, proxy=edge.kamailio.host_port) as phone,
        desk(edge.site) as agent,
        Softphone(exchange, "13800001", host=CARRIER) as caller,
    ):
        await served_call(caller, agent, says=CALLER_HZ, hears=AGENT_HZ)
        await phone.told("CALL_CLOSED")
    assert phone.last_tone(TONES) == CALLER_HZ


async def test_linphonec_behind_it_holds_and_retrieves(edge: Edge) -> None:
    """Its re-INVITEs follow the route set inwards; this phone says that it knows Path."""
    async with (
        Linphone(
            edge.site, "8011", AGENT_HZ, transport="tcp", proxy=edge.kamailio.host_port
        ) as phone,
        Softphone(f"udp:{edge.kamailio.host_port}", "8012", password="phone-8012") as caller,
    ):
        call = await caller.call("8011")
        call.say(CALLER_HZ)
        await call.hears(tone=AGENT_HZ)
        phone.command("pause")
        await phone.shows("paused")
        with pytest.raises(NotHeardError):
            await call.hears(tone=AGENT_HZ, within=0.6)
        phone.command("resume")
        await call.hears(tone=AGENT_HZ)
        call.hang_up()
        await phone.shows("ended (No error)")


async def test_a_caller_who_gives_up_stops_the_phone_behind_it(edge: Edge) -> None:
    exchange = f"udp:{edge.kamailio.host_port}"
    async with (
        Baresip(
            edge.site, "8001", AGENT_HZ, answer_mode="manual", proxy=edge.kamailio.host_port
        ) as phone,
        desk(edge.site) as agent,
        Softphone(exchange, "13800002", host=CARRIER) as caller,
    ):
        call = await caller.call("4001")
        await agent.wait_for("call.ringing")
        await phone.told("CALL_INCOMING")
        call.hang_up()
        await phone.told("CALL_CLOSED")
        await agent.wait_for("call.offer_withdrawn")


async def test_a_phone_calls_the_carrier_who_hangs_up(edge: Edge) -> None:
    """Two calls go through the proxy: the phone's inwards, ours outwards."""
    port = edge.kamailio.carrier_port
    async with (
        Sipp(edge.site, "phone_hangs_up", host=CARRIER, port=port, pause_ms=300) as carrier,
        Baresip(
            edge.site, "8011", AGENT_HZ, transport="tcp", proxy=edge.kamailio.host_port
        ) as phone,
    ):
        await phone.dial("057188889999")
        await phone.told("CALL_ESTABLISHED")
        await phone.told("CALL_CLOSED")
        messages = await carrier.passed()
    assert "\nINVITE sip:057188889999@" in messages


@pytest.mark.parametrize("transport", ["ws", "wss"])
async def test_a_websocket_phone_behind_it_calls_and_is_called(
    edge: Edge, transport: Literal["ws", "wss"]
) -> None:
    """Its Contact leads nowhere: Kamailio finds the connection by the Path and by its alias."""
    kamailio = edge.kamailio
    secure = transport == "wss"
    server = Address(transport, HOST, kamailio.tls_port if secure else kamailio.ws_port)
    trust = ssl.create_default_context(cafile=str(kamailio.certificate.chain))
    socket = WebSocketClient(server, trust if secure else None)
    browser = Softphone(str(server), "8011", password="phone-8011", transport=socket)
    desk_phone = Softphone(f"tcp:{edge.kamailio.host_port}", "8012", password="phone-8012")
    async with browser, desk_phone:
        for caller, called in ((browser, desk_phone), (desk_phone, browser)):
            ours = await caller.call(called.user)
            theirs = await called.incoming()
            theirs.ring()
            await ours.ringing()
            theirs.answer()
            await ours.answered()
            ours.say(CALLER_HZ)
            theirs.say(AGENT_HZ)
            await ours.hears(tone=AGENT_HZ)
            await theirs.hears(tone=CALLER_HZ)
            theirs.hang_up()
            assert (await ours.ended()).by == "remote"


async def test_who_is_neither_carrier_nor_seat_does_not_pass(edge: Edge) -> None:
    exchange = edge.kamailio.host_port
    answers = await run(edge.site, "refused_403", host="127.0.0.7", exchange=exchange)
    assert "\nServer: edge" in answers
    nobody = Softphone(f"udp:{exchange}", "8001", password="guessed", host="127.0.0.7")
    with pytest.raises(RegistrationError, match="403"):
        async with nobody:
            pass
    await edge.daemon.logged("refused 127.0.0.7: wrong password ('8001')")


@pytest.mark.parametrize("more", ["", ";received=127.0.0.8"])
def test_a_stranger_who_calls_like_a_seat_must_prove_it(edge: Edge, more: str) -> None:
    """`SEATS` is a pattern: it lets in numbers that no seat has. Via is as the stranger likes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.7", 0))
        stranger.settimeout(30)
        via = f"SIP/2.0/UDP {CARRIER}:{stranger.getsockname()[1]};branch=z9hG4bKs{len(more)}{more}"
        call_id, from_ = f"stranger-{len(more)}", "<sip:8999@a>;tag=f"
        invite = request(uri=f"sip:4001@{HOST}", via=via, call_id=call_id, from_=from_, body=SDP)
        stranger.sendto(invite, (HOST, edge.kamailio.port))
        answers = [stranger.recv(4096)]
        while answers[-1].startswith(b"SIP/2.0 1"):
            answers.append(stranger.recv(4096))
    assert answers[-1].startswith(b"SIP/2.0 401 ")


@pytest.mark.parametrize("tls", [False, True])
def test_the_configuration_as_it_is_shipped_is_right(tls: bool, tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    addresses = definitions(INSIDE_IP="127.0.0.1", OUTSIDE_IP="127.0.0.9")
    secured = definitions(TLS_CERTIFICATE=str(files.chain), TLS_KEY=str(files.key))
    more = ["-A", "WITH_TLS", *secured] if tls else []
    checked = subprocess.run(
        [program(), "-c", "-f", CONFIG, "-Y", tmp_path, *addresses, *more],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert ("tls: 127.0.0.9" in checked.stdout + checked.stderr) == tls


def requests(messages: str) -> list[str]:
    """What SIPp received that is no response."""
    received = [part.partition(" received [")[2] for part in messages.split("-" * 47)]
    texts = [part.partition("\n\n")[2] for part in received if part]
    return [text for text in texts if not text.startswith("SIP/2.0")]
