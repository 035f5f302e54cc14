"""`callcenter reload` beside a daemon that serves."""

from agent_proto import AgentClient
from tests.support.daemon import NewDaemon, run_command
from tests.support.live_site import LiveSite, NewSite


def _reload(site: LiveSite, *options: str) -> tuple[int, str, str]:
    return run_command("reload", *options, "--config", str(site.file), cwd=site.folder)


async def test_a_changed_site_file_is_taken_over(new_site: NewSite, new_daemon: NewDaemon) -> None:
    site = new_site()
    daemon = new_daemon(site)
    daemon.wait_ready()
    text = site.file.read_text()
    assert _reload(site)[1].startswith("nothing has changed")

    changed = text.replace("max_calls = 100", "max_calls = 99") + (
        '\n[[agent]]\nagent_id = "1900"\nname = "New"\npassword = "agent-1900"\n'
    )
    site.file.write_text(changed)
    code, out, _ = _reload(site, "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        "trunk[carrier].max_calls: 100 → 99  (needs a restart)",
        "agent[1900]: new",
        "1 of 2 changes would be taken over",
    ]
    assert "taken over" in _reload(site)[1]
    async with await AgentClient.connect("127.0.0.1", site.agent_port) as agent:
        await agent.login("1900", "agent-1900", "8001")
        await agent.logout()

    site.file.write_text(changed.replace('name = "New"', "name = 5"))
    code, _, err = _reload(site)
    assert code == 2
    assert "agent[1900].name: must be text" in err
    daemon.stop()
