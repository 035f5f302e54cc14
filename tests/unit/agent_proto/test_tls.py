"""The server behind TLS, with a certificate made on the spot."""

import ssl
import subprocess
from pathlib import Path

import pytest

from agent_proto import AgentClient, AgentServer, Limits
from tests.support.fake_desk import FakeDesk, state_changed, wall


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(
        ["openssl", "req", "-x509", "-days", "1", *curve, *name, *files],
        check=True,
        capture_output=True,
    )
    return certificate, key


async def test_the_same_protocol_over_tls(certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    desk = FakeDesk()
    server = AgentServer(
        desk,
        host="127.0.0.1",
        port=0,
        wall=wall,
        limits=Limits(linger_s=0.2),
        ssl_context=context,
    )
    await server.start()
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    async with await AgentClient.connect("127.0.0.1", server.port, ssl_context=trust) as agent:
        await agent.login("1001", "secret", "8001")
        desk.sessions[0].notify(state_changed("busy", "tea"))
        assert (await agent.wait_for("agent.state_changed")).params["reason"] == "tea"
        await server.stop("drain")
        assert (await agent.wait_for("session.closing")).params["reason"] == "drain"
        await agent.wait_closed()
