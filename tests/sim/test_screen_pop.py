"""What an agent's screen shows before the answer."""

from pathlib import Path

import pytest

from callcenter.settings import SettingsError
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time

URL = "https://crm.example/pop?from={ani}&to={dnis}&q={queue}&who={agent_id}&x={data_x}&r={region}"


@virtual_time
async def test_the_page_to_open_and_the_region_come_with_the_ring(tmp_path: Path) -> None:
    more = f'[screen_pop]\nurl = "{URL}"\nregion = true\n[routing]\ncountry = "CN"\n'
    async with running_site(tmp_path, more=more) as site:
        site.exchange.notices.screen_pop.load_now()
        desk, _ = await site.agent("1001", "8001")
        caller = await site.caller("13800138000")
        caller.dial("4001")
        await moment()
        ringing = desk.last("call.ringing")
        assert ringing["region"] == "Beijing"
        assert ringing["screen_pop_url"] == (
            "https://crm.example/pop?from=13800138000&to=4001&q=sales&who=1001&x=&r=Beijing"
        )
        caller.hang_up()
        await moment()


@virtual_time
async def test_what_the_caller_sends_cannot_leave_its_field(tmp_path: Path) -> None:
    more = '[screen_pop]\nurl = "https://crm.example/?n={ani}"\n'
    async with running_site(tmp_path, more=more) as site:
        desk, _ = await site.agent("1001", "8001")
        caller = await site.caller("a&b=c#d")
        caller.dial("4001")
        await moment()
        url = desk.last("call.ringing")["screen_pop_url"]
        assert set("&#") & set(url.partition("?n=")[2]) == set()
        assert "region" not in desk.last("call.ringing")
        caller.hang_up()
        await moment()


@virtual_time
async def test_without_the_setting_there_is_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        assert not {"screen_pop_url", "region"} & set(desk.last("call.ringing"))
        caller.hang_up()
        await moment()


@pytest.mark.parametrize(
    ("url", "reason"),
    [("ftp://crm", "must begin with http"), ("https://crm/{anni}", "there is no {anni}")],
)
@virtual_time
async def test_a_wrong_template_is_a_mistake_of_the_site_file(
    tmp_path: Path, url: str, reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason.replace("{", r"\{").replace("}", r"\}")):
        async with running_site(tmp_path, more=f'[screen_pop]\nurl = "{url}"\n'):
            pass
