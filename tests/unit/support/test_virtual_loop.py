"""Time that jumps."""

import asyncio
import random
import time

import pytest

from tests.support.virtual_loop import DeadlockError, LeakError, elapsed, run, virtual_time


@virtual_time
async def test_an_hour_passes_at_once() -> None:
    began = time.monotonic()

    await asyncio.sleep(3600)

    assert elapsed() == pytest.approx(3600)
    assert time.monotonic() - began < 10


@virtual_time
async def test_timers_fire_in_their_order_and_at_their_time() -> None:
    fired: list[tuple[str, float]] = []

    async def after(seconds: float, name: str) -> None:
        await asyncio.sleep(seconds)
        fired.append((name, elapsed()))

    async with asyncio.TaskGroup() as tasks:
        for seconds, name in ((20, "last"), (0.02, "first"), (10, "middle")):
            tasks.create_task(after(seconds, name))

    assert [name for name, _ in fired] == ["first", "middle", "last"]
    assert [at for _, at in fired] == pytest.approx([0.02, 10, 20])


@virtual_time
async def test_timeouts_are_virtual_too() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(86_400 * 3):
            await asyncio.Event().wait()

    assert elapsed() == pytest.approx(86_400 * 3)


@virtual_time
async def test_the_clock_stands_while_a_thread_works() -> None:
    waiting = asyncio.create_task(asyncio.sleep(0.001))

    await asyncio.to_thread(time.sleep, 0.02)

    assert not waiting.done()
    assert elapsed() == 0
    await waiting


def test_waiting_for_nothing_is_a_deadlock() -> None:
    async def main() -> None:
        await asyncio.sleep(2.5)
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError, match=r"at 2\.500 s"):
        run(main())


def test_a_task_left_behind_is_an_error() -> None:
    async def straggler() -> None:
        await asyncio.sleep(1)

    tasks = []

    async def main() -> None:
        tasks.append(asyncio.create_task(straggler()))

    with pytest.raises(LeakError, match="straggler"):
        run(main())


def test_the_result_is_the_coroutine_s() -> None:
    async def main() -> int:
        await asyncio.sleep(1)
        return 7

    assert run(main()) == 7


def test_chance_puts_a_timer_before_after_and_into_what_another_has_begun() -> None:
    async def main() -> str:
        loop = asyncio.get_running_loop()
        story: list[str] = []

        def chain(links: int) -> None:
            story.append(str(links))
            if links:
                loop.call_soon(chain, links - 1)

        loop.call_later(1, chain, 2)
        loop.call_later(1, story.append, "x")
        await asyncio.sleep(2)
        return "".join(story)

    assert {run(main(), random.Random(seed)) for seed in range(100)} == {
        "x210",
        "2x10",
        "21x0",
        "210x",
    }


def test_one_moment_is_reached_by_several_ways() -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        moments: set[float] = set()

        async def sleep(*seconds: float) -> None:
            for each in seconds:
                await asyncio.sleep(each)
            moments.add(loop.time())

        await asyncio.gather(sleep(0.1, 0.2), sleep(0.3), sleep(0.15, 0.15), sleep(0.29, 0.01))
        return len(moments)

    assert {run(main(), random.Random(seed)) for seed in range(50)} == {1}


def test_what_is_cancelled_does_not_fire_however_late_it_is() -> None:
    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        fired: list[int] = []
        timers = [loop.call_later(1, fired.append, number) for number in range(20)]
        await asyncio.sleep(1)
        before = fired.copy()
        for timer in timers:
            timer.cancel()
        await asyncio.sleep(1)
        assert fired == before
        return before

    assert len({len(run(main(), random.Random(seed))) for seed in range(50)}) > 5


@pytest.fixture
def seven() -> int:
    return 7


@pytest.mark.parametrize("eight", [8])
@virtual_time
async def test_fixtures_and_parameters_reach_the_test(seven: int, eight: int) -> None:
    assert (seven, eight) == (7, 8)
