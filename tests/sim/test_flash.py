"""A phone gives its call on by hook flash and digits (WZ-T9, T10)."""

import asyncio
from pathlib import Path

import pytest

import sip
from callcenter import events
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


async def flashing(site: SimSite, leaver: str) -> tuple[SimPhone, SimPhone, SimPhone]:
    """8011 talks with 8012; who flashes, who stays, and 8013, who picks up after two seconds."""
    first, second, third = [await site.phone(number) for number in ("8011", "8012", "8013")]
    second.answer_calls()
    third.answer_calls(after=2)
    first.dial("8012")
    await moment()
    gives, stays = (first, second) if leaver == "caller" else (second, first)
    gives.press(sip.FLASH)
    await moment()
    assert (gives.hears, stays.hears) == ("", "<music>")
    return gives, stays, third


both = pytest.mark.parametrize("leaver", ["caller", "called"])


@both
@virtual_time
async def test_after_asking(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        gives, stays, third = await flashing(site, leaver)
        gives.press("8013*")
        await asyncio.sleep(1)
        assert (gives.hears, stays.hears) == ("<ringback>", "<music>")
        await asyncio.sleep(2)
        assert (gives.hears, third.hears, stays.hears) == ("8013", gives.user, "<music>")
        gives.hang_up()
        await moment()
        assert (stays.hears, third.hears) == ("8013", stays.user)
        [told] = site.told(events.CallTransferred)
        assert (told.by, told.to, told.how) == (gives.user, "8013", "attended")
        third.hang_up()
        await moment()
        assert stays.outcome == ("bye", 200)


@both
@virtual_time
async def test_without_waiting_for_the_answer(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        gives, stays, third = await flashing(site, leaver)
        gives.press("8013*")
        await asyncio.sleep(1)
        gives.hang_up()
        await moment()
        assert stays.hears == "<ringback>"
        await asyncio.sleep(2)
        assert (stays.hears, third.hears) == ("8013", stays.user)
        [told] = site.told(events.CallTransferred)
        assert told.how == "blind"


@both
@pytest.mark.parametrize("keys", [sip.FLASH, "8013*" + sip.FLASH, "99*", "801", "13800138000#"])
@virtual_time
async def test_back_again(tmp_path: Path, leaver: str, keys: str) -> None:
    """Cancelled, a number that leads nowhere, none at all, and one without the right to it."""
    async with running_site(tmp_path) as site:
        gives, stays, third = await flashing(site, leaver)
        for key in keys:
            gives.press(key)
            await asyncio.sleep(0.3)
        await asyncio.sleep(16)
        assert (gives.hears, stays.hears) == (stays.user, gives.user)
        assert ("confirmed", 200) not in third.log
        gives.press_by_info(sip.FLASH)
        await moment()
        assert stays.hears == "<music>", "and anew, by INFO"
        stays.hang_up()
        await moment()
        assert gives.outcome == ("bye", 200)


@both
@virtual_time
async def test_parting_from_who_was_asked(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        gives, stays, third = await flashing(site, leaver)
        gives.press("8013*")
        await asyncio.sleep(3)
        gives.press(sip.FLASH)
        await moment()
        assert (gives.hears, stays.hears) == (stays.user, gives.user)
        assert third.outcome == ("bye", 200)


@both
@pytest.mark.parametrize("keys", ["", "8013*"])
@pytest.mark.parametrize("seconds", [1, 3])
@virtual_time
async def test_who_is_held_hangs_up(tmp_path: Path, leaver: str, keys: str, seconds: int) -> None:
    async with running_site(tmp_path) as site:
        gives, stays, _ = await flashing(site, leaver)
        gives.press(keys)
        await asyncio.sleep(seconds)
        stays.hang_up()
        await moment()
        assert gives.outcome == ("bye", 200)


@both
@virtual_time
async def test_who_flashes_and_hangs_up_ends_the_call(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        gives, stays, _ = await flashing(site, leaver)
        gives.hang_up()
        await moment()
        assert stays.outcome == ("bye", 200)


@both
@virtual_time
async def test_nobody_answers_who_gave_the_call_on(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        gives, stays, third = await flashing(site, leaver)
        third.ring_for(2, lambda call: call.reject(486))
        gives.press("8013*")
        await asyncio.sleep(1)
        gives.hang_up()
        await asyncio.sleep(2)
        assert set(stays.hears.split()) == {"<busy>"}
        await asyncio.sleep(4)
        assert stays.outcome == ("bye", 200)
        assert not site.told(events.CallTransferred)
