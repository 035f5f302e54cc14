"""Calls out over carriers played by SIPp: one that is dead, one that is full, one that connects."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from callcenter.daemon import running
from callcenter.exchange import Exchange
from callcenter.settings import load
from callcenter.switch.outside_line import OutsideLine
from callcenter.switch.presented import Presented
from callcenter.switch.trunk_invite import OutsideCall
from sip import EndpointConfig, Trunk
from sip.stack import SipStack
from sip.transport.options import TransportOptions
from sip.transport.tls import TlsContexts, TlsFiles
from tests.support.certificates import make_certificate
from tests.support.dns_zone import Zone, serving
from tests.support.live_site import LiveSite, NewSite
from tests.support.ports import free_port, is_served
from tests.support.sip_bench import Application
from tests.support.sipp import Sipp

NUMBER = "057188889999"
PATIENCE = 30.0

CARRIER = """
[[trunk]]
name = "{name}"
hosts = ["{host}"]
{more}
"""
ROUTE = """
[[route]]
name = "out"
trunks = [{trunks}]
[routing]
first_answer = 3
"""


def carriers(*trunks: tuple[str, str, str]) -> str:
    """Tables of trunks (name, host, further keys), tried in that order."""
    tables = [CARRIER.format(name=name, host=host, more=more) for name, host, more in trunks]
    return "".join(tables) + ROUTE.format(trunks=", ".join(f'"{name}"' for name, _, _ in trunks))


@asynccontextmanager
async def exchange_of(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Exchange]:
    """The site's exchange in this very process, on real sockets, so that it can be told to call."""
    monkeypatch.chdir(site.folder)
    failures: list[str] = []
    async with running(load(site.file, {}), structlog.get_logger(), failures.append) as exchange:
        yield exchange
    assert not failures


class Outgoing:
    """A call out and what came of it."""

    def __init__(self, exchange: Exchange) -> None:
        self.result: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.line = OutsideLine(exchange.services, OutsideCall(NUMBER, Presented("4001")))
        self.line.answered = lambda: self.result.set_result(self.line.trunk)
        self.line.failed = lambda code, phrase: self.result.set_result((code, phrase))
        self.line.start()

    async def outcome(self) -> object:
        return await asyncio.wait_for(self.result, PATIENCE)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - the state belongs to nobody who could tell
            await asyncio.sleep(0.02)


async def test_a_call_passes_the_dead_and_the_full_and_gets_through(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, full, good = (free_port() for _ in range(3))
    site = new_site(
        more=carriers(
            ("dead", f"127.0.0.4:{dead}", ""),
            ("full", f"127.0.0.5:{full}", ""),
            ("good", f"127.0.0.6:{good}", ""),
        )
    )
    async with (
        exchange_of(site, monkeypatch) as exchange,
        Sipp(site, "carrier_full_503", host="127.0.0.5", port=full) as busy,
        Sipp(site, "phone_answers", host="127.0.0.6", port=good) as through,
    ):
        await until(lambda: is_served(full) and is_served(good))
        call = Outgoing(exchange)
        assert await call.outcome() == "good"
        capacity = exchange.trunking.capacity
        assert [capacity.used(name) for name in ("dead", "full", "good")] == [0, 0, 1]
        call.line.hang_up()

        assert f"INVITE sip:{NUMBER}@127.0.0.5 SIP/2.0" in await busy.passed()
        assert f"INVITE sip:{NUMBER}@127.0.0.6 SIP/2.0" in await through.passed()
        assert capacity.used("good") == 0
        [gateway] = exchange.trunking.gateways.of("full")
        assert gateway.is_down(exchange.clock.now())


async def test_over_tcp_a_carrier_that_is_not_there_is_known_at_once(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, good = free_port(), free_port()
    tcp = 'transport = "tcp"'
    site = new_site(
        more=carriers(("dead", f"127.0.0.4:{dead}", tcp), ("good", f"127.0.0.6:{good}", tcp))
    )
    site.file.write_text(site.file.read_text().replace("first_answer = 3", "first_answer = 60"))
    async with (
        exchange_of(site, monkeypatch) as exchange,
        Sipp(site, "phone_answers", host="127.0.0.6", port=good, transport="tcp") as carrier,
    ):
        await until(lambda: is_served(good, "tcp"))
        call = Outgoing(exchange)
        assert await call.outcome() == "good"
        call.line.hang_up()
        assert "Via: SIP/2.0/TCP" in await carrier.passed()


async def test_every_carrier_fails(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    full, busy = free_port(), free_port()
    site = new_site(
        more=carriers(
            ("full", f"127.0.0.5:{full}", ""),
            ("busy", f"127.0.0.6:{busy}", ""),
            ("never", "127.0.0.7", ""),
        )
    )
    async with (
        exchange_of(site, monkeypatch) as exchange,
        Sipp(site, "carrier_full_503", host="127.0.0.5", port=full) as first,
        Sipp(site, "phone_busy_486", host="127.0.0.6", port=busy) as second,
    ):
        await until(lambda: is_served(full) and is_served(busy))
        assert await Outgoing(exchange).outcome() == (486, "Busy Here")
        await first.passed()
        await second.passed()


async def test_an_account_with_a_carrier(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    account = 'domain = "carrier.example"\nuser = "centre"\npassword = "secret"\ntrusted = true'
    site = new_site(more=carriers(("account", f"127.0.0.6:{port}", account)))
    async with (
        exchange_of(site, monkeypatch) as exchange,
        Sipp(site, "carrier_account", host="127.0.0.6", port=port) as carrier,
    ):
        await until(lambda: is_served(port))
        call = Outgoing(exchange)
        assert await call.outcome() == "account"
        call.line.hang_up()
        heard = await carrier.passed()
    assert "P-Asserted-Identity: <sip:4001@carrier.example>" in heard


async def test_the_servers_of_a_name_one_after_the_other(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, good = free_port(), free_port()
    zone = Zone(
        {
            ("carrier.example", "NAPTR"): ['1 1 "s" "SIP+D2U" "" _sip._udp.carrier.example.'],
            ("_sip._udp.carrier.example", "SRV"): [
                f"10 1 {dead} dead.carrier.example.",
                f"20 1 {good} good.carrier.example.",
            ],
            ("dead.carrier.example", "A"): ["127.0.0.4"],
            ("good.carrier.example", "A"): ["127.0.0.6"],
        }
    )
    async with serving(zone) as (host, port):
        site = new_site(more=carriers(("named", "carrier.example", "")))
        text = site.file.read_text()
        site.file.write_text(
            text.replace("[sip]\n", f'[sip]\ndns_servers = ["{host}:{port}"]\n', 1)
        )
        async with exchange_of(site, monkeypatch) as exchange:
            await until(lambda: exchange.trunking.gateways.of("named"))
            async with Sipp(site, "phone_answers", host="127.0.0.6", port=good) as carrier:
                await until(lambda: is_served(good))
                call = Outgoing(exchange)
                assert await call.outcome() == "named"
                call.line.hang_up()
                heard = await carrier.passed()
    assert f"INVITE sip:{NUMBER}@carrier.example SIP/2.0" in heard


async def test_a_carrier_of_certificates(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Found by NAPTR, spoken to over TLS, and who it claims to be; Debian's SIPp has no TLS."""
    shown = make_certificate(tmp_path / "carrier", subjects="DNS:carrier.example")
    contexts = TlsContexts(TlsFiles(shown.chain, shown.key))
    carrier = SipStack(
        ["tls:127.0.0.1:0"],
        Application(react=lambda call: call.answer(ANSWER)),
        EndpointConfig(trunks=(Trunk("us", ("127.0.0.1",)),)),
        options=TransportOptions(tls=contexts),
    )
    await carrier.start()
    zone = Zone(
        {
            ("carrier.example", "NAPTR"): [
                '1 1 "s" "SIPS+D2T" "" _sips._tcp.carrier.example.',
                '2 1 "s" "SIP+D2U" "" _sip._udp.carrier.example.',
            ],
            ("_sips._tcp.carrier.example", "SRV"): [
                f"1 1 {carrier.addresses[0].port} gw.carrier.example."
            ],
            ("gw.carrier.example", "A"): ["127.0.0.1"],
        }
    )
    async with serving(zone) as (host, port):
        site = new_site(more=carriers(("named", "carrier.example", "")))
        ours = make_certificate(tmp_path / "ours")
        text = site.file.read_text().replace("first_answer = 3", "first_answer = 30")
        text = text.replace("[sip]\n", f'[sip]\ndns_servers = ["{host}:{port}"]\n', 1)
        text = text.replace("listen = [", f'listen = ["tls:127.0.0.1:{free_port()}", ', 1)
        text += f'[tls]\ncertificate = "{ours.chain}"\nkey = "{ours.key}"\n'
        site.file.write_text(text + f'authorities = "{shown.chain}"\n')
        async with exchange_of(site, monkeypatch) as exchange:
            await until(lambda: exchange.trunking.gateways.of("named"))
            call = Outgoing(exchange)
            assert await call.outcome() == "named"
            [gateway] = exchange.trunking.gateways.of("named")
            assert (gateway.address.transport, gateway.address.name) == ("tls", "carrier.example")
            call.line.hang_up()
            await until(lambda: not carrier.endpoint.call_count)
    await carrier.stop()


ANSWER = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)
