"""Calls to outside numbers, from the first attempt to the last, in virtual time."""

import asyncio
from pathlib import Path

import pytest

import sip
from callcenter.switch.outside_line import OutsideLine
from callcenter.switch.presented import Presented
from callcenter.switch.trunk_invite import OutsideCall
from tests.support.sim_phone import SimPhone, sdp
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

TRUNKS = """
[[trunk]]
name = "east"
hosts = ["10.0.2.1"]
max_calls = 2
group = "carriers"
[[trunk]]
name = "west"
hosts = ["10.0.2.2"]
max_calls = 2
group = "carriers"
priority = 1
[[route]]
name = "all"
min_digits = 5
trunks = ["carriers"]
[[route]]
name = "emergency"
prefix = "110"
max_digits = 3
trunks = ["carriers"]
"""
EAST, WEST = "10.0.2.1", "10.0.2.2"
NUMBER = "057188889999"


class Owner:
    """Whoever makes the call: what they were told, in order."""

    def __init__(
        self, site: SimSite, number: str = NUMBER, presented: Presented | None = None
    ) -> None:
        self.told: list[tuple[object, ...]] = []
        self.line = OutsideLine(
            site.exchange.services, OutsideCall(number, presented or Presented("4001"))
        )
        self.line.ringing = lambda code, body: self.told.append(("ringing", code))
        self.line.answered = lambda: self.told.append(("answered", self.line.trunk))
        self.line.failed = lambda code, phrase: self.told.append(("failed", code, phrase))
        self.line.ended = lambda end: self.told.append(("ended", end.cause))
        self.line.start()


async def gateways(site: SimSite) -> tuple[SimPhone, SimPhone]:
    return await site.gateway(EAST), await site.gateway(WEST)


def channels(site: SimSite) -> tuple[int, int]:
    used = site.exchange.trunking.capacity.used
    return used("east"), used("west")


@virtual_time
async def test_the_first_trunk_takes_the_call(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, west = await gateways(site)
        owner = Owner(site)
        await moment()
        assert channels(site) == (1, 0)
        east.answer()
        await moment()
        assert owner.told == [("ringing", 180), ("answered", "east")]
        assert east.up

        east.hang_up()
        await moment()
        assert owner.told[-1] == ("ended", "bye")
        assert channels(site) == (0, 0)
        assert not west.calls


@virtual_time
async def test_the_owner_hangs_up(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, _ = await gateways(site)
        ringing, talking = Owner(site), Owner(site)
        await moment()
        east.answer()
        await moment()
        ringing.line.hang_up()
        talking.line.hang_up()
        await moment()

        assert sorted(call.end.cause for call in east.calls if call.end) == ["bye", "cancelled"]
        assert ringing.told == [("ringing", 180)]
        assert talking.told == [("ringing", 180), ("answered", "east")]
        assert channels(site) == (0, 0)


@pytest.mark.parametrize("code", [408, 415, 488, 500, 503, 504, 606])
@virtual_time
async def test_a_failing_trunk_costs_the_next_attempt(tmp_path: Path, code: int) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, west = await gateways(site)
        east.on_call = lambda call: call.reject(code)
        west.answer_calls()
        owner = Owner(site)
        await moment()

        assert owner.told == [("ringing", 180), ("answered", "west")]
        assert channels(site) == (0, 1)
        [first], [second] = east.calls, west.calls
        assert first.sip_call_id != second.sip_call_id
        owner.line.hang_up()
        await moment()
        assert west.outcome == ("bye", 200)


@pytest.mark.parametrize("code", [403, 404, 480, 486, 600, 603])
@virtual_time
async def test_a_callee_who_cannot_be_had_costs_the_call(tmp_path: Path, code: int) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, west = await gateways(site)
        east.on_call = lambda call: call.reject(code)
        owner = Owner(site)
        await moment()

        assert [told[:2] for told in owner.told] == [("failed", code)]
        assert not west.calls
        assert channels(site) == (0, 0)


@virtual_time
async def test_a_dead_trunk_costs_seconds_not_half_a_minute(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        west = await site.gateway(WEST)
        west.answer_calls()
        owner = Owner(site)
        await asyncio.sleep(4.9)
        assert not owner.told
        await asyncio.sleep(0.2)

        assert owner.told == [("ringing", 180), ("answered", "west")]
        assert channels(site) == (0, 1)
        owner.line.hang_up()


@virtual_time
async def test_a_gateway_that_wakes_up_too_late_is_cancelled(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS, delay=3.0) as site:
        east, west = await gateways(site)
        owner = Owner(site)
        await asyncio.sleep(20)

        # Six seconds there and back: both count as dead, and neither rings on.
        assert [told[:2] for told in owner.told] == [("failed", 408)]
        assert [phone.outcome for phone in (east, west)] == [("cancelled", 487)] * 2


@virtual_time
async def test_nobody_else_is_tried_once_early_media_was_heard(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, west = await gateways(site)
        east.on_call = lambda call: call.progress(sdp(EAST))
        owner = Owner(site)
        await moment()
        east.refuse(503)
        await moment()

        assert owner.told == [("ringing", 183), ("failed", 503, "Service Unavailable")]
        assert not west.calls


@pytest.mark.parametrize("code", [408, 488])
@virtual_time
async def test_who_rang_and_did_not_answer_is_not_rung_over_another_trunk(
    tmp_path: Path, code: int
) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, west = await gateways(site)
        east.ring_for(1.0, lambda call: call.reject(code))
        owner = Owner(site)
        await asyncio.sleep(2)

        assert [told[:2] for told in owner.told] == [("ringing", 180), ("failed", code)]
        assert not west.calls


@virtual_time
async def test_full_trunks_are_passed_over_but_not_for_an_emergency(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, west = await gateways(site)
        owners = [Owner(site) for _ in range(4)]
        fifth = Owner(site)
        await moment()
        assert [owner.line.trunk for owner in owners] == ["east", "east", "west", "west"]
        assert fifth.told == [("failed", 503, "Trunk Full")]
        assert channels(site) == (2, 2)

        help_line = Owner(site, "110")
        await moment()
        assert help_line.told == [("ringing", 180)]
        assert len(east.calls) == 3
        assert len(west.calls) == 2
        for owner in (*owners, help_line):
            owner.line.hang_up()


@pytest.mark.parametrize(("code", "trunks"), [(403, 2), (404, 2), (480, 2), (486, 1), (603, 1)])
@virtual_time
async def test_a_call_for_help_takes_no_for_an_answer_only_of_the_callee(
    tmp_path: Path, code: int, trunks: int
) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        phones = await gateways(site)
        for phone in phones:
            phone.on_call = lambda call: call.reject(code)
        owner = Owner(site, "110")
        await asyncio.sleep(6)  # then the site's own carrier, which is dead, has been tried, too

        assert sum(len(phone.calls) for phone in phones) == trunks
        assert owner.told[-1][0] == "failed"


@virtual_time
async def test_a_number_that_no_route_has(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        assert Owner(site, "1234").told == [("failed", 404, "No Route")]


@virtual_time
async def test_no_media_port_and_no_trunk_left(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        site.plane.max_ports = 0
        assert Owner(site).told == [("failed", 503, "No Media Port")]
        assert channels(site) == (0, 0)
        assert len(site.expect_errors()) == 2


@virtual_time
async def test_a_gateway_that_fails_again_and_again_is_tried_last(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, west = await gateways(site)
        east.on_call = lambda call: call.reject(503)
        west.on_call = lambda call: call.reject(486)
        for _ in range(5):
            Owner(site)
            await moment()
        assert (len(east.calls), len(west.calls)) == (3, 5)
        [down] = [line for line in site.logged("warning") if line["event"] == "gateway down"]
        assert (down["trunk"], down["failures"]) == ("east", 3)

        await asyncio.sleep(30)
        east.on_call = lambda call: call.reject(486)
        Owner(site)
        await moment()
        assert (len(east.calls), len(west.calls)) == (4, 5)
        assert [line["trunk"] for line in site.logged("info") if line["event"] == "gateway up"] == [
            "east"
        ]


@virtual_time
async def test_a_gateway_is_left_alone_for_as_long_as_it_wants(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, west = await gateways(site)
        east.on_call = lambda call: call.reject(
            503, None, [("Retry-After", "60 (busy);duration=9")]
        )
        west.on_call = lambda call: call.reject(486)
        for _ in range(2):
            Owner(site)
            await asyncio.sleep(59)
        assert len(east.calls) == 1
        await asyncio.sleep(2)
        Owner(site)
        await moment()
        assert len(east.calls) == 2


ACCOUNT = """
[[trunk]]
name = "account"
hosts = ["10.0.2.1:5070", "10.0.2.9"]
domain = "carrier.example"
proxy = "10.0.2.2"
user = "centre"
password = "secret"
trusted = true
presented = "057100000000"
called_format = "e164"
caller_format = "e164"
"""


@virtual_time
async def test_a_call_says_what_the_trunk_wants_to_hear(tmp_path: Path) -> None:
    async with running_site(
        tmp_path, more=ACCOUNT + '[[route]]\nname = "a"\ntrunks = ["account"]'
    ) as site:
        proxy = await site.gateway(WEST)
        Owner(site, presented=Presented(name="Centre"))
        await moment()
        [invite] = [m for m in site.network.sent("INVITE ") if "carrier.example" in m]
        head = invite.split("\r\n")
        assert head[0] == "INVITE sip:+8657188889999@carrier.example SIP/2.0"
        assert "Route: <sip:10.0.2.2;lr>" in head
        assert "P-Asserted-Identity: <sip:+8657100000000@carrier.example>" in head
        [from_] = [line for line in head if line.startswith("From: ")]
        assert from_.startswith('From: "Centre" <sip:+8657100000000@carrier.example>;tag=')
        proxy.refuse(486)


@virtual_time
async def test_a_withheld_number_is_told_only_to_a_trusted_carrier(tmp_path: Path) -> None:
    both = TRUNKS.replace('hosts = ["10.0.2.2"]', 'hosts = ["10.0.2.2"]\ntrusted = true')
    async with running_site(tmp_path, more=both) as site:
        east, west = await gateways(site)
        east.on_call = lambda call: call.reject(503)
        west.on_call = lambda call: call.reject(486)
        Owner(site, presented=Presented("4001", withheld=True))
        await moment()

        untrusted, trusted = site.network.sent("INVITE ")
        for invite in (untrusted, trusted):
            assert '\r\nFrom: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=' in invite
            assert "\r\nPrivacy: id\r\n" in invite
        assert "4001" not in untrusted
        assert "\r\nP-Asserted-Identity: <sip:4001@10.0.0.1>\r\n" in trusted


@virtual_time
async def test_a_trunk_for_calls_out_takes_none_in(tmp_path: Path) -> None:
    out = TRUNKS.replace('name = "east"', 'name = "east"\ndirection = "out"')
    async with running_site(tmp_path, more=out) as site:
        east, _ = await gateways(site)
        east.dial("4001")
        await moment()
        assert east.outcome == ("rejected", 403)
        assert isinstance(east.call, sip.OutgoingCall)
        [refusal] = site.network.sent("SIP/2.0 403")
        assert refusal.startswith("SIP/2.0 403 Outgoing Calls Only\r\n")


@virtual_time
async def test_calls_in_and_out_share_the_channels(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=TRUNKS) as site:
        east, _ = await gateways(site)
        owner = Owner(site)
        east.dial("4000")
        await moment()
        assert channels(site) == (2, 0)
        refused = await site.gateway(EAST)
        refused.dial("4000")
        await moment()
        assert refused.outcome == ("rejected", 503)

        owner.line.hang_up()
        await moment()
        refused.dial("4000")
        await moment()
        assert refused.up
        for phone in (east, refused):
            phone.hang_up()


@virtual_time
async def test_calls_in_come_no_faster_than_they_may(tmp_path: Path) -> None:
    slow = TRUNKS.replace('name = "east"', 'name = "east"\ncalls_per_second = 1', 1)
    async with running_site(tmp_path, more=slow) as site:
        east, _ = await gateways(site)
        outcomes = []
        for _ in range(3):
            east.dial("4000")
            await asyncio.sleep(0.5)
            outcomes.append("up" if east.up else east.outcome)
            east.hang_up()
        assert outcomes == ["up", ("rejected", 503), "up"]
        [refusal] = site.network.sent("SIP/2.0 503")
        assert refusal.startswith("SIP/2.0 503 Trunk Too Fast\r\n")
        assert "\r\nRetry-After: 5\r\n" in refusal


@virtual_time
async def test_a_trunk_that_is_not_registered_is_tried_last(tmp_path: Path) -> None:
    account = 'name = "east"\nregister = true\nuser = "u"\npassword = "p"'
    more = TRUNKS.replace('name = "east"', account, 1)
    async with running_site(tmp_path, more=more) as site:
        east, west = await gateways(site)  # neither is a registrar
        await asyncio.sleep(1)
        owner = Owner(site)
        await moment()
        assert (owner.line.trunk, len(east.calls), len(west.calls)) == ("west", 0, 1)
        west.refuse(503)
        await moment()
        assert owner.line.trunk == "east"
        owner.line.hang_up()
        await moment()
        site.expect_errors()
