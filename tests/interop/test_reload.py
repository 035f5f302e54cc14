"""`callcenter reload` beside a daemon that serves."""

from pathlib import Path

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


async def test_a_file_that_the_daemon_cannot_see_is_sent_to_it(
    new_site: NewSite, new_daemon: NewDaemon, tmp_path: Path
) -> None:
    """Under systemd the daemon has a copy of the site file from the moment of its start."""
    site = new_site()
    daemon = new_daemon(site)
    daemon.wait_ready()
    original = tmp_path / "original.toml"
    agents = "".join(
        f'[[agent]]\nagent_id = "{number}"\nname = "New"\npassword = "agent-{number}"\n'
        for number in range(20_000, 21_000)
    )
    original.write_text(f"{site.file.read_text()}\n{agents}")
    changes = run_command("reload", "--config", str(original), cwd=site.folder)
    assert changes[1].endswith("1000 of 1000 changes taken over\n")
    async with await AgentClient.connect("127.0.0.1", site.agent_port) as agent:
        await agent.login("20999", "agent-20999", "8001")
        await agent.logout()

    original.write_text("[sip")
    code, _, err = run_command("reload", "--config", str(original), cwd=site.folder)
    assert code == 2
    assert f"{original}: syntax" in err
    daemon.stop()
