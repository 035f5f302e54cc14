"""What an agent sees of a caller before the ring: their record and their way through the menus."""

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any

import pytest

from callcenter import events
from callcenter.routing.customers import Customer
from callcenter.routing.directory import Record
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


class SlowDirectory:
    """One that takes its time."""

    def __init__(self, seconds: float, record: Record | None = None) -> None:
        self.seconds = seconds
        self.record = record
        self.asked: list[str] = []

    def of_number(self, number: str) -> Awaitable[Record | None]:
        self.asked.append(number)
        return self._answer()

    async def query(self, condition: str, limit: int) -> Sequence[Record]:
        found = await self._answer()
        return [] if found is None else [found] * 50

    async def _answer(self) -> Record | None:
        await asyncio.sleep(self.seconds)
        if self.record is not None and "fail" in self.record:
            raise OSError("the CRM is away")
        return self.record


async def offered(site: SimSite) -> tuple[float, dict[str, Any]]:
    """How long the call took to be offered, and what the agent was told."""
    desk, _ = await site.agent("1001", "8001")
    caller = await site.caller()
    began = site.clock.now()
    caller.dial("4001")
    await asyncio.sleep(1)
    [told] = site.told(events.AgentOffered)
    return told.at - began, desk.last("call.ringing")


@virtual_time
async def test_the_table_of_customers_is_at_hand(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        site.exchange.customers.load(
            [Customer("13800138000", "Wang Fang", data={"contract": "A-17"})]
        )
        waited, ringing = await offered(site)
        assert waited < 0.1
        assert ringing["customer"] == {
            "number": "13800138000",
            "name": "Wang Fang",
            "contract": "A-17",
        }


@virtual_time
async def test_who_is_unknown_has_no_record(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, ringing = await offered(site)
        assert "customer" not in ringing
        assert "path" not in ringing


@virtual_time
async def test_a_record_that_comes_in_time_is_waited_for(tmp_path: Path) -> None:
    crm = SlowDirectory(0.3, {"name": "Wang Fang"})
    async with running_site(tmp_path, directory=crm) as site:
        waited, ringing = await offered(site)
        assert waited == pytest.approx(0.3, abs=0.05)
        assert (ringing["customer"], crm.asked) == ({"name": "Wang Fang"}, ["13800138000"])


@pytest.mark.parametrize(
    ("crm", "at_most"),
    [
        (SlowDirectory(20, {"name": "late"}), 0.55),
        (SlowDirectory(0, {"fail": True}), 0.1),
        (SlowDirectory(0, {"name": "x" * 20_000}), 0.1),
    ],
)
@virtual_time
async def test_a_directory_in_trouble_delays_no_ring_for_longer_than_the_limit(
    tmp_path: Path, crm: SlowDirectory, at_most: float
) -> None:
    async with running_site(tmp_path, directory=crm) as site:
        waited, ringing = await offered(site)
        assert waited < at_most
        assert "customer" not in ringing
        site.expect_errors()


@virtual_time
async def test_a_caller_who_leaves_while_they_are_looked_up(tmp_path: Path) -> None:
    async with running_site(tmp_path, directory=SlowDirectory(20)) as site:
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(0.2)
        caller.hang_up()
        await moment()
        assert not site.exchange.switchboard.calls


@virtual_time
async def test_the_way_through_the_menus_and_what_was_keyed_are_told(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, _ = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        caller.press("1")
        await asyncio.sleep(1)
        assert desk.last("call.ringing")["path"] == [
            {"flow": "welcome", "node": "greeting", "digits": ""},
            {"flow": "welcome", "node": "main_menu", "digits": "1"},
            {"flow": "welcome", "node": "sales", "digits": ""},
        ]


@virtual_time
async def test_agents_look_customers_up(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        site.exchange.customers.load(
            [Customer("13800138000", "Wang Fang"), Customer("13900000000", "Li Wei")]
        )
        desk, _ = await site.agent("1001", "8001")
        answer = await desk.ask("directory.query", condition="wang")
        assert answer["customers"] == [{"number": "13800138000", "name": "Wang Fang"}]
        assert (await desk.ask("directory.query", condition="99999"))["customers"] == []
        for condition in ("", "x" * 65):
            refusal = await desk.refusal("directory.query", condition=condition)
            assert refusal == (1004, "out_of_range")


@virtual_time
async def test_what_a_directory_answers_is_bounded_in_number_and_time(tmp_path: Path) -> None:
    crm = SlowDirectory(0.1, {"name": "Wang Fang"})
    async with running_site(tmp_path, directory=crm) as site:
        desk, _ = await site.agent("1001", "8001")
        assert len((await desk.ask("directory.query", condition="wang"))["customers"]) == 20
        crm.seconds = 60
        refusal = await desk.refusal("directory.query", condition="wang")
        assert refusal == (-32603, "internal_error")
        site.expect_errors()
