"""What callers hear who wait or are held: their queue's music, and their own kind's."""

import asyncio
from pathlib import Path

import pytest

from callcenter.routing.customers import Customer
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

MUSIC = """
[speech]
prompts = "{folder}"
[[queue]]
name = "opera"
skills = {{ sales = 1 }}
music = ["overture.wav", "aria.wav"]
music_for = {{ internal = "short.wav" }}
music_for_class = {{ vip = "quartet.wav" }}
[[number]]
dnis = "4007"
queue = "opera"
"""
FILES = ("overture.wav", "aria.wav", "short.wav", "quartet.wav")


def with_music(folder: Path) -> str:
    """The site's further tables; its files are there."""
    for file in FILES:
        (folder / file).touch()
    return MUSIC.format(folder=folder)


async def dialled(site: SimSite, phone: SimPhone) -> SimPhone:
    phone.dial("4007")
    await moment()
    return phone


@virtual_time
@pytest.mark.parametrize(
    ("is_internal", "heard"), [(False, "overture.wav aria.wav"), (True, "short.wav")]
)
async def test_who_waits_hears_the_queues_music_for_their_kind(
    tmp_path: Path, is_internal: bool, heard: str
) -> None:
    async with running_site(tmp_path, more=with_music(tmp_path)) as site:
        caller = await (site.phone("8011") if is_internal else site.caller())
        await dialled(site, caller)
        assert caller.hears == heard


@virtual_time
async def test_important_customers_hear_their_classes_music(tmp_path: Path) -> None:
    """IP-2.1.2b"""
    async with running_site(tmp_path, more=with_music(tmp_path)) as site:
        table = [Customer("13900139000", data={"class": "vip"}), Customer("13700137000")]
        site.exchange.services.customers.load(table)
        _, phone = await site.agent("1001", "8001")
        phone.answer_calls(after=5)
        vip = await dialled(site, await site.caller("13900139000"))
        other = await dialled(site, await site.caller("13700137000"))
        assert (vip.hears, other.hears) == ("quartet.wav", "overture.wav aria.wav")
        await asyncio.sleep(12)
        assert vip.hears == "8001"
        phone.offer("sendonly")
        await moment()
        assert vip.hears == "quartet.wav"


@virtual_time
async def test_who_is_held_hears_the_queues_music(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=with_music(tmp_path)) as site:
        _, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await dialled(site, await site.caller())
        await asyncio.sleep(8)
        assert caller.hears == "8001"
        phone.offer("sendonly")
        await moment()
        assert (caller.hears, phone.hears) == ("overture.wav aria.wav", "")
        phone.offer("sendrecv")
        await moment()
        assert caller.hears == "8001"
