"""A seat with several phones: all ring, the first to answer has the call."""

from pathlib import Path

import pytest

from callcenter import events
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


async def second_phone(site: SimSite, seat_no: str) -> SimPhone:
    """Another phone for the same seat, registered later."""
    return await site.phone(seat_no, host="10.0.2.1")


@virtual_time
async def test_all_ring_and_the_first_to_answer_talks(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, first = await site.agent("1001", "8001")
        second = await second_phone(site, "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        assert [len(first.calls), len(second.calls)] == [1, 1]

        first.answer()
        await moment()
        assert desk.state == "talking"
        assert second.outcome == ("cancelled", 487)
        assert first.up
        caller.hang_up()
        await moment()
        assert first.outcome == ("bye", 200)


@virtual_time
async def test_one_that_fails_leaves_it_to_the_others(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, first = await site.agent("1001", "8001")
        second = await second_phone(site, "8001")
        second.on_call = lambda call: call.reject(500)
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        assert desk.state == "ringing"
        first.refuse(480)
        await moment()
        assert site.told(events.OfferEnded)[0].outcome == "no_answer"


@pytest.mark.parametrize(("code", "outcome"), [(486, "device_busy"), (603, "rejected")])
@virtual_time
async def test_one_where_somebody_declines_speaks_for_the_seat(
    tmp_path: Path, code: int, outcome: str
) -> None:
    async with running_site(tmp_path) as site:
        _, first = await site.agent("1001", "8001")
        second = await second_phone(site, "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        second.refuse(code)
        await moment()
        assert site.told(events.OfferEnded)[0].outcome == outcome
        assert first.outcome == ("cancelled", 487)


@virtual_time
async def test_both_answer_at_once_and_one_is_hung_up(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, first = await site.agent("1001", "8001")
        second = await second_phone(site, "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        first.answer()
        second.answer()
        await moment()
        assert desk.state == "talking"
        assert sorted([first.idle, second.idle]) == [False, True]
