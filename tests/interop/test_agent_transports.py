"""Agents over TLS and WebSocket, with the real daemon and other people's clients."""

import asyncio
import json
import os
import signal
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from agent_proto import AgentClient
from tests.support.certificates import make_certificate
from tests.support.daemon import NewDaemon
from tests.support.live_site import NewSite
from tests.support.ports import free_port


async def test_agents_show_a_certificate_and_see_the_renewed_one(
    new_site: NewSite, new_daemon: NewDaemon, tmp_path: Path
) -> None:
    ours = make_certificate(tmp_path, "ours")
    agents = make_certificate(tmp_path, "agent", "DNS:agent")
    port, web_port = free_port(), free_port()
    tables = f"""
[tls]
certificate = "{ours.chain}"
key = "{ours.key}"
authorities = "{agents.chain}"
[http]
listen = "127.0.0.1:{web_port}"
tls = true
"""
    site = new_site(agent_tls_port=port, agent_proto="client_certificates = true", more=tables)
    daemon = new_daemon(site)
    trust = ssl.create_default_context(cafile=ours.chain)
    with pytest.raises((ConnectionError, ssl.SSLError)):
        await AgentClient.connect("127.0.0.1", port, ssl_context=trust)
    trust.load_cert_chain(*agents)
    async with await AgentClient.connect("127.0.0.1", port, ssl_context=trust) as agent:
        await agent.login("1001", "agent-1001", "8001")
        make_certificate(tmp_path, "ours")
        os.kill(daemon.pid, signal.SIGHUP)
        daemon.wait_logged("certificate renewed for agents")
        newer = ssl.create_default_context(cafile=ours.chain)
        newer.load_cert_chain(*agents)
        other = await AgentClient.connect("127.0.0.1", port, ssl_context=newer)
        await other.close()
        async with connect(f"wss://127.0.0.1:{web_port}/agent", ssl=newer, proxy=None) as socket:
            await socket.send(
                '{"jsonrpc":"2.0","id":1,"method":"session.hello","params":{"protocol":1}}'
            )
            hello = json.loads(await asyncio.wait_for(socket.recv(), 10))
            assert "agent.login" in hello["result"]["capabilities"]
        assert (await agent.get()).state == "busy"  # its phone is not registered
        await agent.logout()
