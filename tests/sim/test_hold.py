"""Re-INVITEs: either side holds the other, comes back, or moves its media."""

import asyncio
from pathlib import Path

import pytest

from tests.sim.test_agent_commands import served
from tests.support.fake_media import FakePort
from tests.support.sim_phone import SimPhone, sdp
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
async def test_an_agents_phone_that_holds_is_sent_nothing_and_the_caller_hears_music(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        caller, phone = await talking(site)
        phone.offer("sendonly")
        await moment()
        assert (caller.hears, phone.hears) == ("<music>", "")

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


HELD: dict[str, tuple[bytes, bytes]] = {
    "sendonly": (b"a=sendrecv", b"a=sendonly"),
    "inactive": (b"a=sendrecv", b"a=inactive"),
    "c=0.0.0.0 (RFC 2543)": (b"c=IN IP4 10.0.0.9", b"c=IN IP4 0.0.0.0"),
    "port 0": (b"m=audio 4000", b"m=audio 0"),
}
"""How a caller spells that he wants to be sent nothing: what of his description is replaced."""


@pytest.mark.parametrize("how", HELD)
@pytest.mark.parametrize("method", ["reinvite", "update"])
@virtual_time
async def test_hold_in_all_its_spellings(tmp_path: Path, how: str, method: str) -> None:
    async with running_site(tmp_path) as site:
        caller, phone = await talking(site)
        results: list[int] = []
        before = sdp(caller.host)
        change = caller.call.reinvite if method == "reinvite" else caller.call.update
        assert change(before.replace(*HELD[how]), lambda code, _: results.append(code))
        await moment()
        port = site.call.leg.port
        assert results == [200]
        assert isinstance(port, FakePort)
        assert port.heard == ""

        assert change(before, lambda code, _: results.append(code))
        await moment()
        assert results == [200, 200]
        assert (caller.hears, phone.hears) == ("8001", "13800138000")


@virtual_time
async def test_who_only_listens_is_heard_no_more_but_hears(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, _ = await talking(site)
        caller.call.reinvite(sdp(caller.host, "recvonly"))
        await moment()
        assert caller.hears == "8001"
        assert b"a=sendonly" in caller.call.remote_body


@virtual_time
async def test_a_new_codec_and_new_payload_types_reach_the_engine(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, _ = await talking(site)
        pcmu = sdp(caller.host, payloads="0 96").replace(b"rtpmap:8 PCMA", b"rtpmap:0 PCMU")
        caller.call.update(pcmu.replace(b"rtpmap:101", b"rtpmap:96"), None)
        await moment()
        stream = caller.port.stream
        assert stream is not None
        assert (stream.codec, stream.payload_type, stream.event_payload_type) == ("PCMU", 0, 96)


@virtual_time
async def test_who_forgets_a_hold_by_command_is_reminded_of_it(tmp_path: Path) -> None:
    async with running_site(tmp_path, more="[pbx]\nhold_recall = 60\n") as site:
        caller, desk, phone = await served(site)
        await desk.about_call("call.hold")
        await asyncio.sleep(59)
        assert "call.hold_recalled" not in desk.names
        await asyncio.sleep(1.01)
        assert desk.last("call.hold_recalled")["held_s"] == 60.0
        assert (caller.hears, phone.hears) == ("<music>", "<beep> <beep>")
        await asyncio.sleep(60)
        assert desk.names.count("call.hold_recalled") == 2
        await desk.about_call("call.retrieve")
        await moment()
        assert (caller.hears, phone.hears) == ("8001", "13800138000")
        await asyncio.sleep(200)
        assert desk.names.count("call.hold_recalled") == 2


@virtual_time
async def test_a_phone_that_holds_for_long_is_asked_to_come_back(tmp_path: Path) -> None:
    async with running_site(tmp_path, more="[pbx]\nhold_recall = 60\n") as site:
        caller, desk, phone = await served(site)
        phone.offer("sendonly")
        await asyncio.sleep(60.1)
        assert desk.names[-1] == "call.hold_recalled"
        [asked] = site.network.sent("NOTIFY", to=phone.host)
        assert "Event: talk" in asked
        caller.hang_up()
        await asyncio.sleep(100)
        assert desk.names.count("call.hold_recalled") == 1
