"""SIPp: keys by INFO, bodies of several parts, other requests in a call, and the message lamp."""

import pytest

from tests.support.live_desk import desk
from tests.support.live_site import LiveSite
from tests.support.records import cdr_of
from tests.support.sipp import Sipp, Transport, registered_phone, run


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_diverted_caller_works_the_menu_by_info(
    site: LiveSite, transport: Transport
) -> None:
    ani = f"1380007{transport}"
    async with (
        registered_phone(site, "phone_rings_until_cancelled") as phone,
        desk(site) as agent,
        Sipp(
            site, "keys_by_info", number="4000", user=ani, transport=transport, pause_ms=3000
        ) as caller,
    ):
        await agent.wait_for("call.ringing", ani=ani, queue="sales")
        await caller.passed()
        await agent.wait_for("call.offer_withdrawn", cause="caller_left")
        await phone.passed()
    cdr, _ = await cdr_of(site, ani)
    assert (cdr.cause, cdr.ended_by, cdr.q850) == ("hangup", "caller", 31)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_watches_its_mailbox(site: LiveSite, transport: Transport) -> None:
    phone = {"user": "8007", "password": "phone-8007"}
    messages = await run(site, "message_lamp", transport=transport, **phone)
    assert "Voice-Message: 0/0 (0/0)" in messages
