"""The site changes while calls wait (IP-2.1.5b-c): whole calls in virtual time."""

from pathlib import Path

import pytest

from callcenter import events
from callcenter.ops.methods import Questions
from callcenter.ops.registry import AskError
from callcenter.reload.applying import apply
from callcenter.reload.differences import taken_over
from ivr import load_flows
from tests.support.sim_site import SITE, SimSite, moment, running_site
from tests.support.site_file import read_changed
from tests.support.virtual_loop import virtual_time


def reload(site: SimSite, folder: Path, *changes: tuple[str, str], more: str = "") -> None:
    """Takes the site over with these changes."""
    read = read_changed(SITE.format(folder=folder, max_calls=3), *changes, more=more)
    apply(site.exchange, taken_over(site.exchange.settings, read), load_flows())


HARDER = ("skills = { support = 1 }", "skills = { support = 9 }")


@virtual_time
async def test_who_waits_gets_the_agent_who_now_suffices(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        reload(site, tmp_path, HARDER)
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4002")
        await moment()
        assert desk.state == "idle"
        reload(site, tmp_path, HARDER, ("sales = 5, support = 3", "sales = 5, support = 9"))
        await moment()
        assert desk.state == "ringing"
        phone.answer()
        await moment()
        assert desk.state == "talking"
        reload(site, tmp_path, ("acw = 15", "acw = 0"))
        phone.hang_up()
        await moment()
        assert desk.state == "idle"
        caller.hang_up()


@virtual_time
async def test_new_queues_numbers_and_agents_are_there_at_once(tmp_path: Path) -> None:
    more = """
[[queue]]
name = "vip"
skills = { gold = 1 }
steps = [{ after = 5, queues = ["backup"] }]
[[queue]]
name = "backup"
skills = { sales = 1 }
[[number]]
dnis = "4009"
queue = "vip"
[[agent]]
agent_id = "1005"
name = "Eve"
password = "agent-1005"
skills = { gold = 5 }
"""
    async with running_site(tmp_path) as site:
        reload(site, tmp_path, more=more)
        desk, phone = await site.agent("1005", "8001")
        caller = await site.caller()
        caller.dial("4009")
        await moment()
        phone.answer()
        await moment()
        assert desk.state == "talking"
        assert site.told(events.QueueEntered)[-1].queue == "vip"
        # Gone again: the talk goes on to its end, and then the agent is signed out.
        reload(site, tmp_path)
        await moment()
        assert desk.state == "talking"
        stranger = await site.caller("13800000009")
        stranger.dial("4009")
        await moment()
        assert stranger.outcome == ("rejected", 404)
        caller.hang_up()
        await moment()
        assert desk.last("agent.logged_out")["reason"] == "removed"
        assert site.exchange.roster.of_agent("1005") is None


@virtual_time
async def test_callers_of_a_queue_that_goes_are_sent_where_closed_leads(tmp_path: Path) -> None:
    more = """
[[queue]]
name = "old"
skills = { sales = 1 }
on_closed = "queue:sales"
[[number]]
dnis = "4009"
queue = "old"
"""
    async with running_site(tmp_path, more=more) as site:
        caller = await site.caller()
        caller.dial("4009")
        await moment()
        reload(site, tmp_path)
        await moment()
        assert [each.queue for each in site.told(events.QueueEntered)] == ["old", "sales"]
        caller.hang_up()


@virtual_time
async def test_what_the_login_lowered_stays_lowered(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await site.desk("1001", "8001", skills={"sales": 2})
        entry = site.exchange.roster.of_agent("1001")
        assert entry is not None
        reload(site, tmp_path, ("sales = 5, support = 3", "sales = 4, support = 3, gold = 1"))
        assert entry.skills == {"sales": 2, "gold": 1}
        reload(site, tmp_path, ("sales = 5, support = 3", "sales = 1"))
        assert entry.skills == {"sales": 1}


@virtual_time
async def test_a_supervisor_who_is_none_any_more_is_signed_out(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk = await site.desk("1002", "8002", **{"class": "supervisor"})
        reload(site, tmp_path, ('class = "supervisor"\n', ""))
        await moment()
        assert desk.last("agent.logged_out")["reason"] == "removed"


@virtual_time
async def test_a_password_of_the_file_counts_at_once(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        reload(site, tmp_path, ('password = "agent-1001"', 'password = "new-secret"'))
        assert not await site.exchange.desk.passwords.matches("1001", "agent-1001")
        assert await site.exchange.desk.passwords.matches("1001", "new-secret")


@virtual_time
async def test_a_file_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        before = site.exchange.settings
        with pytest.raises(AskError, match="cannot be read"):
            await Questions(site.exchange).registry().answer("reload", {})
        assert site.exchange.settings is before


@virtual_time
async def test_a_queue_that_wants_the_last_agent_learns_from_now_on(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        wants = ("max_wait = 600\nacw = 15", "max_wait = 600\nlast_agent = true")
        reload(site, tmp_path, wants)
        reload(site, tmp_path, wants)
        await site.agent("1001", "8001")
        _, second = await site.agent("1002", "8002")
        site.exchange.customers.remember("13800138000", "1002", site.clock.now())
        for _ in range(2):
            caller = await site.caller()
            caller.dial("4002")
            await moment()
            second.answer()
            await moment()
            assert site.state("1002") == "talking"
            caller.hang_up()
            await moment()
