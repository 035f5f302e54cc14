"""The server behind TLS, with certificates made on the spot."""

import ssl
from pathlib import Path

import pytest

from agent_proto import AgentClient, AgentServer, Limits, Place
from tests.support.certificates import Certificate, make_certificate
from tests.support.fake_desk import FakeDesk, state_changed, wall


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def shown(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


async def test_the_same_protocol_over_tls(certificate: Certificate) -> None:
    desk = FakeDesk()
    server = AgentServer(
        desk,
        host="127.0.0.1",
        port=0,
        wall=wall,
        limits=Limits(linger_s=0.2),
        ssl_context=shown(certificate),
    )
    await server.start()
    trust = ssl.create_default_context(cafile=certificate.chain)
    async with await AgentClient.connect("127.0.0.1", server.port, ssl_context=trust) as agent:
        await agent.login("1001", "secret", "8001")
        desk.sessions[0].notify(state_changed("busy", "tea"))
        assert (await agent.wait_for("agent.state_changed")).params["reason"] == "tea"
        await server.stop("drain")
        assert (await agent.wait_for("session.closing")).params["reason"] == "drain"
        await agent.wait_closed()


async def test_a_new_certificate_is_shown_to_who_comes_and_costs_nobody_the_connection(
    certificate: Certificate, tmp_path: Path
) -> None:
    newer = make_certificate(tmp_path)
    server = AgentServer(FakeDesk(), host="127.0.0.1", port=0, wall=wall)
    await server.start()
    place = await server.listen(Place("127.0.0.1", 0, shown(certificate)))
    trust = ssl.create_default_context(cafile=certificate.chain)
    trust_newer = ssl.create_default_context(cafile=newer.chain)
    async with await AgentClient.connect("127.0.0.1", place.port, ssl_context=trust) as agent:
        await agent.login("1001", "secret", "8001")
        await place.renew(shown(newer))
        with pytest.raises(ssl.SSLCertVerificationError):
            await AgentClient.connect("127.0.0.1", place.port, ssl_context=trust)
        other = await AgentClient.connect("127.0.0.1", place.port, ssl_context=trust_newer)
        await other.close()
        assert (await agent.set_busy("tea")).reason == "tea"
    await server.stop()
