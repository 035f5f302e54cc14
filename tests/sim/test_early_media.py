"""A phone, or a carrier behind one, that sends early media while it rings."""

import asyncio
from pathlib import Path

import pytest

from tests.support.sim_phone import sdp
from tests.support.sim_site import moment, running_site
from tests.support.virtual_loop import virtual_time


@virtual_time
async def test_the_port_of_a_leg_follows_its_early_media(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        phone.on_call = lambda call: call.progress(sdp(phone.host, payloads="8"))
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        port = site.plane.ports[-1]
        early = port.stream
        assert early is not None
        assert (early.remote_ip, early.event_payload_type) == (phone.host, None)

        phone.answer()
        await asyncio.sleep(8)
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        agreed = port.stream
        assert agreed is not None
        assert agreed.event_payload_type == 101


@pytest.mark.parametrize("early", [b"nonsense", b""])
@virtual_time
async def test_early_media_that_cannot_be_understood_costs_nothing(
    tmp_path: Path, early: bytes
) -> None:
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        phone.on_call = lambda call: call.progress(early)
        caller = await site.caller()
        caller.dial("4001")
        await asyncio.sleep(1)
        phone.answer()
        await asyncio.sleep(8)
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
