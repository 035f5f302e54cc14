"""Waiting ends when the condition holds, and not before."""

import asyncio

from callcenter.demo.pulse import Pulse
from tests.support.virtual_loop import elapsed, virtual_time


@virtual_time
async def test_waiting_ends_with_the_change_that_makes_it_true() -> None:
    pulse, seen = Pulse(), list[int]()

    def happen(n: int) -> None:
        seen.append(n)
        pulse.fire()

    loop = asyncio.get_running_loop()
    for n in range(5):
        loop.call_later(n, happen, n)
    assert await pulse.until(lambda: 3 in seen, within=10)
    assert elapsed() == 3


@virtual_time
async def test_what_holds_already_is_not_waited_for() -> None:
    assert await Pulse().until(lambda: True, within=10)
    assert elapsed() == 0


@virtual_time
async def test_time_runs_out() -> None:
    assert not await Pulse().until(lambda: False, within=4)
    assert elapsed() == 4
