"""SIP over TLS between two ends of ours, and with Python's own TLS client."""

import asyncio
import shutil
import ssl
import subprocess
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip.address import Address
from sip.transport import (
    ConnectionLimits,
    StreamTransport,
    TlsContexts,
    TlsFiles,
    TransportOptions,
)
from tests.support.certificates import Certificate, make_certificate
from tests.support.sip_messages import SDP, request
from tests.support.stream_end import StreamEnd, closed

TLS = "tls:127.0.0.1:0"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def contexts(certificate: Certificate, **more: object) -> TlsContexts:
    given: dict[str, object] = {"authorities": certificate.chain, **more}
    return TlsContexts(TlsFiles(certificate.chain, certificate.key, **given))  # type: ignore[arg-type]


def options(certificate: Certificate, **more: object) -> TransportOptions:
    return TransportOptions(tls=contexts(certificate, **more))


def trusting(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate.chain))


@pytest.fixture
async def end(ours: Certificate) -> AsyncIterator[StreamEnd]:
    async with StreamEnd(TLS, options(ours)) as it:
        yield it


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_messages_go_both_ways_on_one_connection(ours: Certificate, host: str) -> None:
    listen = f"tls:{host}:0"
    async with StreamEnd(listen, options(ours)) as end, StreamEnd(listen, options(ours)) as other:
        for _ in range(2):
            end.transport.send(request(body=SDP), other.local)
        data, source, local = await other.inbox.messages.get()
        assert (data, local) == (request(body=SDP), other.local)
        assert (await other.inbox.messages.get())[1] == source
        other.transport.send(request("OPTIONS"), source)
        assert await end.inbox.messages.get() == (request("OPTIONS"), other.local, end.local)


async def test_any_split_of_the_bytes_gives_the_same_messages(
    ours: Certificate, end: StreamEnd
) -> None:
    """The encrypted bytes, one at a time, through a peer that holds TLS in memory."""
    arrived, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting(ours).wrap_bio(arrived, leaving, server_hostname="127.0.0.1")
    reader, writer = await end.connect()

    async def in_bytes() -> None:
        for byte in leaving.read():
            writer.write(bytes([byte]))
            await writer.drain()

    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            await in_bytes()
            arrived.write(await reader.read(65_536))
    for message in (request(body=SDP), b"\r\n\r\n", request("BYE")):
        tls.write(message)
        await in_bytes()
    assert (await end.inbox.messages.get())[0] == request(body=SDP)
    assert (await end.inbox.messages.get())[0] == request("BYE")


async def test_a_last_message_before_the_close_is_taken(ours: Certificate, end: StreamEnd) -> None:
    _, writer = await end.connect(trusting(ours))
    writer.write(request("BYE"))
    writer.close()
    data, source, _ = await end.inbox.messages.get()
    assert data == request("BYE")
    assert await end.inbox.lost.get() == source


async def test_a_ping_is_answered(ours: Certificate, end: StreamEnd) -> None:
    reader, writer = await end.connect(trusting(ours))
    writer.write(b"\r\n\r\n")
    assert await reader.readexactly(2) == b"\r\n"


@pytest.mark.parametrize(
    ("name", "accepted"), [("", True), ("localhost", True), ("pbx.example", False)]
)
async def test_whom_we_connect_to_must_have_the_name_we_want(
    ours: Certificate, end: StreamEnd, name: str, accepted: bool
) -> None:
    async with StreamEnd(TLS, options(ours)) as other:
        there = other.local._replace(name=name)
        end.transport.send(request(), there)
        if accepted:
            assert (await other.inbox.messages.get())[0] == request()
        else:
            assert await end.inbox.lost.get() == there


async def test_without_verification_anybody_will_do(
    ours: Certificate, end: StreamEnd, tmp_path: Path
) -> None:
    stranger = make_certificate(tmp_path, subjects="DNS:elsewhere.example")
    async with StreamEnd(TLS, options(stranger)) as other:
        end.transport.send(request(), other.local)
        assert await end.inbox.lost.get() == other.local
        async with StreamEnd(TLS, options(ours, verify=False)) as careless:
            careless.transport.send(request(), other.local)
            assert (await other.inbox.messages.get())[0] == request()


async def test_a_client_without_the_certificate_that_we_demand_is_sent_away(
    ours: Certificate,
) -> None:
    async with StreamEnd(TLS, options(ours, client_certificates=True)) as end:
        reader, _ = await end.connect(trusting(ours))
        with pytest.raises(ssl.SSLError):
            await reader.read()
        async with StreamEnd(TLS, options(ours)) as other:
            other.transport.send(request(), end.local)
            assert (await end.inbox.messages.get())[0] == request()


async def test_old_tls_is_refused(ours: Certificate, end: StreamEnd) -> None:
    old = trusting(ours)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        await end.connect(old)


async def test_a_renewed_certificate_is_for_new_connections(tmp_path: Path) -> None:
    first = make_certificate(tmp_path / "live", subjects="IP:127.0.0.1,DNS:first.example")
    tls = contexts(first)
    old_trust = trusting(first)
    async with StreamEnd(TLS, TransportOptions(tls=tls)) as end:
        reader, writer = await end.connect(old_trust)
        assert not tls.changed()
        make_certificate(tmp_path / "live", subjects="IP:127.0.0.1,DNS:second.example")
        assert tls.changed()
        tls.reload()
        assert not tls.changed()
        with pytest.raises(ssl.SSLCertVerificationError):
            await end.connect(old_trust)
        await end.connect(trusting(first))
        writer.write(b"\r\n\r\n")
        assert await reader.readexactly(2) == b"\r\n"


async def test_a_broken_certificate_changes_nothing(tmp_path: Path, ours: Certificate) -> None:
    live = make_certificate(tmp_path / "live")
    tls = contexts(live)
    before = tls.server
    shutil.copy(ours.key, live.key)
    with pytest.raises(OSError, match=r"(?i)mismatch"):
        tls.reload()
    assert tls.server is before
    live.chain.unlink()
    assert tls.changed()
    with pytest.raises(FileNotFoundError):
        tls.reload()
    assert not tls.changed(), "it is not tried again before the files change again"


@pytest.mark.parametrize("beginning", [b"", b"\x16\x03\x01"])
async def test_a_handshake_has_its_time(ours: Certificate, beginning: bytes) -> None:
    limits = ConnectionLimits(handshake=0.05)
    async with StreamEnd(TLS, TransportOptions(limits=limits, tls=contexts(ours))) as end:
        reader, writer = await end.connect()
        writer.write(beginning)
        await closed(reader)


@pytest.mark.parametrize("junk", [b"INVITE sip:a SIP/2.0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
async def test_what_is_no_tls_is_closed(end: StreamEnd, junk: bytes) -> None:
    reader, writer = await end.connect()
    writer.write(junk)
    assert await reader.read() in (
        b"",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"\x15\x03\x03\x00\x02\x02\x46",
    )


async def test_pending_messages_wait_for_the_handshake(ours: Certificate, end: StreamEnd) -> None:
    async with StreamEnd(TLS, options(ours)) as other:
        sent = [request("OPTIONS", headers=f"X-Number: {n}\r\n") for n in range(5)]
        for message in sent:
            end.transport.send(message, other.local)
        got = [(await other.inbox.messages.get())[0] for _ in sent]
        assert got == sent


def test_there_is_no_tls_without_a_certificate() -> None:
    with pytest.raises(ValueError, match="no certificate"):
        StreamTransport(Address.parse(TLS))
    with pytest.raises(ValueError, match="no certificate"):
        StreamTransport(
            Address.parse("wss:127.0.0.1:0"), options=TransportOptions(tls=TlsContexts(TlsFiles()))
        )


def test_a_locked_key_is_refused(tmp_path: Path, ours: Certificate) -> None:
    """A daemon has nobody to ask for the password, and must not wait at a terminal."""
    key = tmp_path / "locked.key"
    key.write_text(_lock(ours.key))
    with pytest.raises(OSError, match="encrypted"):
        TlsContexts(TlsFiles(ours.chain, key))


def _lock(key: Path) -> str:
    done = subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", str(key), "-passout", "pass:secret"],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


async def test_a_session_of_many_ends(ours: Certificate, end: StreamEnd) -> None:
    clients = [await end.connect(trusting(ours)) for _ in range(20)]
    for _, writer in clients:
        writer.write(request("OPTIONS"))
    sources = {(await end.inbox.messages.get())[1] for _ in clients}
    assert len(sources) == len(clients)
    for source in sources:
        end.transport.send(request("BYE"), source)
    answers = await asyncio.gather(*(r.readexactly(len(request("BYE"))) for r, _ in clients))
    assert answers == [request("BYE")] * len(clients)
