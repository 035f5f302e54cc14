"""A site that speaks IPv6 alone: signalling of every kind, and voice."""

import ssl
from pathlib import Path

import pytest

from callcenter.demo.softphone import Softphone
from sip import Address
from tests.support.baresip import Baresip
from tests.support.certificates import make_certificate
from tests.support.daemon import NewDaemon
from tests.support.live_site import LiveSite, NewSite
from tests.support.ports import free_port
from tests.support.sipp import run
from tests.support.websocket_client import WebSocketClient

FIRST_HZ, SECOND_HZ = 440, 620
TONES = (350, FIRST_HZ, SECOND_HZ, 880)
TRUNK = """
[[trunk]]
name = "six"
hosts = ["[::1]:5070"]
"""


@pytest.fixture
def ports() -> dict[str, int]:
    """Of each transport on [::1]."""
    return {transport: free_port() for transport in ("udp", "tcp", "tls", "ws", "wss")}


@pytest.fixture
def six(
    new_site: NewSite, new_daemon: NewDaemon, tmp_path: Path, ports: dict[str, int]
) -> LiveSite:
    """The site of a running daemon."""
    certificate = make_certificate(tmp_path / "tls")
    tls = f'[tls]\ncertificate = "{certificate.chain}"\nkey = "{certificate.key}"\n'
    listen = [f"{transport}:[::1]:{port}" for transport, port in ports.items()]
    site = new_site(listen=listen, more=tls + TRUNK)
    text = site.file.read_text().replace('address = "127.0.0.1"', 'address = "::1"')
    site.file.write_text(text)
    return new_daemon(site).site


async def test_phones_over_tcp_and_tls_hear_each_other(
    six: LiveSite, ports: dict[str, int]
) -> None:
    async with (
        Baresip(six, "8011", FIRST_HZ, ipv6=True, transport="tcp", exchange=ports["tcp"]) as first,
        Baresip(six, "8012", SECOND_HZ, ipv6=True, transport="tls", exchange=ports["tls"]) as other,
    ):
        await first.talk(other)
    assert first.last_tone(TONES) == SECOND_HZ
    assert other.last_tone(TONES) == FIRST_HZ


async def test_a_carrier_calls_and_browsers_register(six: LiveSite, ports: dict[str, int]) -> None:
    await run(six, "caller_hangs_up", number="4000", host="::1", exchange=f"[::1]:{ports['udp']}")
    for transport in ("ws", "wss"):
        server = Address.parse(f"{transport}:[::1]:{ports[transport]}")
        trust = ssl.create_default_context(cafile=str(six.folder / "tls" / "cert.pem"))
        client = WebSocketClient(server, trust if server.secure else None)
        async with Softphone(str(server), "8013", password="phone-8013", transport=client):
            pass
