"""Re-INVITEs: either side holds the other, comes back, or moves its media."""

import asyncio
from pathlib import Path

from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


async def talking(site: SimSite) -> tuple[SimPhone, SimPhone]:
    """Caller and agent's phone, in a talk."""
    _, phone = await site.agent("1001", "8001")
    phone.answer_calls()
    caller = await site.caller()
    caller.dial("4001")
    await asyncio.sleep(8)
    return caller, phone


@virtual_time
async def test_a_caller_who_holds_is_sent_nothing_until_he_comes_back(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, phone = await talking(site)
        caller.offer("sendonly")
        await moment()
        assert (caller.hears, phone.hears) == ("", "13800138000")
        assert b"a=recvonly" in caller.call.remote_body

        caller.offer("sendrecv")
        await moment()
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_an_agents_phone_that_holds_is_sent_nothing_until_it_comes_back(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        caller, phone = await talking(site)
        phone.offer("sendonly")
        await moment()
        assert (caller.hears, phone.hears) == ("8001", "")

        phone.offer("sendrecv")
        await moment()
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_a_caller_who_holds_in_the_queue_is_not_taken_for_dead(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.caller()
        caller.dial("4001")
        await moment()
        caller.offer("sendonly")
        await moment()
        caller.port.fall_silent()
        await moment()
        assert len(site.exchange.switchboard.calls) == 1

        caller.offer("sendrecv")
        await moment()
        assert caller.hears == "<music>"


@virtual_time
async def test_a_hold_that_cannot_be_understood_changes_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, phone = await talking(site)
        results: list[int] = []
        caller.call.reinvite(b"nonsense", lambda code, _: results.append(code))
        await moment()

        assert results == [488]
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_a_re_invite_without_an_offer_is_offered_to_and_its_answer_holds(
    tmp_path: Path,
) -> None:
    """The caller's ACK says where the media is from now on (RFC 3261 §14.2)."""
    async with running_site(tmp_path) as site:
        _, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        caller = await site.caller()
        caller.dial("4001", body=b"")
        await asyncio.sleep(8)
        stream = caller.port.stream
        assert stream is not None
        assert stream.remote_port == 4000

        leg = site.call.leg
        assert leg.session is not None
        offered = leg.on_offer(leg.session, b"")
        assert offered is not None
        moved = offered.replace(b"m=audio %d" % caller.port.rtp_port, b"m=audio 4444")
        leg.on_confirmed(leg.session, moved.replace(b"10.0.0.1", b"10.0.0.9"))
        stream = caller.port.stream
        assert stream is not None
        assert (stream.remote_ip, stream.remote_port) == ("10.0.0.9", 4444)

        leg.on_offer(leg.session, b"")
        leg.on_confirmed(leg.session, b"nonsense")
        assert caller.port.stream == stream
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
