"""Agents choose their passwords, with the real daemon across a restart."""

import pytest

from agent_proto import AgentClient, ProtocolError
from agent_proto.models import ChangePasswordParams
from tests.support.daemon import NewDaemon
from tests.support.live_site import NewSite


async def test_a_chosen_password_outlives_a_restart(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    site = new_site()
    daemon = new_daemon(site)
    async with await AgentClient.connect("127.0.0.1", site.agent_port) as agent:
        await agent.login("1001", "agent-1001", "8001")
        with pytest.raises(ProtocolError, match="bad_credentials"):
            await agent.do(ChangePasswordParams(old="wrong", new="correct horse"))
        await agent.do(ChangePasswordParams(old="agent-1001", new="correct horse"))
        await agent.logout()
    daemon.stop()
    new_daemon(site)
    async with await AgentClient.connect("127.0.0.1", site.agent_port) as agent:
        with pytest.raises(ProtocolError, match="bad_credentials"):
            await agent.login("1001", "agent-1001", "8001")
        await agent.login("1001", "correct horse", "8001")
        await agent.logout()
