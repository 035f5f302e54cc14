"""A seat with several phones: all ring, the first to answer has the call."""

from pathlib import Path

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
async def test_one_that_is_busy_leaves_it_to_the_others(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, first = await site.agent("1001", "8001")
        second = await second_phone(site, "8001")
        second.on_call = lambda call: call.reject(486)
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        assert desk.state == "ringing"
        first.refuse(480)
        await moment()
        assert site.told(events.OfferEnded)[0].outcome == "device_busy"
        assert site.state("1001") == "busy(device_busy)"


@virtual_time
async def test_one_that_declines_speaks_for_the_seat(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, first = await site.agent("1001", "8001")
        second = await second_phone(site, "8001")
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        second.refuse(603)
        await moment()
        assert site.told(events.OfferEnded)[0].outcome == "rejected"
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
