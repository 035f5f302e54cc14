"""A menu is worked by INFO as well as by telephone events; a key sent both ways counts once."""

import asyncio
from pathlib import Path

import pytest

import sip
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import running_site
from tests.support.virtual_loop import virtual_time


def by_info(caller: SimPhone) -> None:
    caller.press_by_info("1")


def by_both(caller: SimPhone) -> None:
    caller.press("1")
    caller.press_by_info("1")


def after_a_flash(caller: SimPhone) -> None:
    """The hook flash is no key of a menu."""
    caller.press_by_info(sip.FLASH)
    caller.press_by_info("1")


@pytest.mark.parametrize("press", [by_info, by_both, after_a_flash])
@virtual_time
async def test_a_menu_is_worked_by_info(tmp_path: Path, press: object) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        caller = await site.caller()
        caller.dial("4000")
        await asyncio.sleep(1.5)
        assert callable(press)
        press(caller)
        await asyncio.sleep(3)
        assert desk.last("call.ringing")["queue"] == "sales"
        phone.answer()
        await asyncio.sleep(2)
        caller.hang_up()
