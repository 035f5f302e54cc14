"""Phones give their calls on by REFER: blind, and after asking."""

import asyncio
import re
from pathlib import Path

import pytest

import sip
from callcenter import events
from tests.support.sim_phone import HOST, SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

PBX = """
[[trunk]]
name = "house"
hosts = ["10.0.3.1"]
line = "internal"
extensions = ["85*"]
[pbx]
dial = "all"
"""


class Transfer:
    """A phone's REFER and what it was told of it."""

    def __init__(self, call: sip.Call, number: str, replaces: sip.Call | None = None) -> None:
        self.told: list[int] = []
        target = f"sip:{number}@{HOST}"
        assert call.refer(target, self._tell, replaces=replaces)

    def _tell(self, code: int, _phrase: str) -> None:
        if code not in self.told[-1:]:
            self.told.append(code)


async def talking(site: SimSite) -> tuple[SimPhone, SimPhone, SimPhone]:
    """8011 talks with 8012; 8013 is there, too, and picks up after two seconds."""
    first, second, third = [await site.phone(number) for number in ("8011", "8012", "8013")]
    second.answer_calls()
    third.answer_calls(after=2)
    first.dial("8012")
    await moment()
    return first, second, third


@pytest.mark.parametrize("leaver", ["caller", "called"])
@virtual_time
async def test_who_is_to_stay_leaves_in_the_same_moment(tmp_path: Path, leaver: str) -> None:
    """Nobody rings on for them."""
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        gives, stays = (first, second) if leaver == "caller" else (second, first)
        Transfer(gives.call, "8013")
        stays.hang_up()
        await asyncio.sleep(3)
        assert gives.idle
        assert third.idle
        assert [end.cause for end in site.told(events.CallEnded)] == ["hangup"]


@pytest.mark.parametrize("leaver", ["caller", "called"])
@virtual_time
async def test_a_blind_transfer(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        gives, stays = (first, second) if leaver == "caller" else (second, first)
        transfer = Transfer(gives.call, "8013")
        await moment()
        assert transfer.told == [100]
        assert stays.hears == "<ringback>"
        assert third.log == [("incoming", stays.user)]
        await asyncio.sleep(2)
        assert transfer.told == [100, 200]
        assert gives.outcome == ("bye", 200)
        assert (stays.hears, third.hears) == ("8013", stays.user)
        [transferred] = site.told(events.CallTransferred)
        assert (transferred.by, transferred.to, transferred.how) == (gives.user, "8013", "blind")

        gives.dial("8099")
        await moment()
        assert gives.outcome == ("rejected", 403), "it is free again"
        stays.hang_up()
        await moment()
        assert third.outcome == ("bye", 200)


@pytest.mark.parametrize(
    ("number", "host", "told"),
    [
        ("8013", "10.0.1.13", "Referred-By: <sip:8011@10.0.0.1>\r\n"),
        ("8501", "10.0.3.1", "Referred-By: <sip:8011@10.0.0.1>\r\n"),
        ("01012345678", "10.0.0.9", ""),
    ],
)
@virtual_time
async def test_the_house_is_told_who_gave_the_call_on(
    tmp_path: Path, number: str, host: str, told: str
) -> None:
    async with running_site(tmp_path, more=PBX) as site:
        first, second, _ = await talking(site)
        first.call.refer(
            f"sip:{number}@{HOST}", lambda _code, _phrase: None, referred_by="<sip:8011@10.0.0.1>"
        )
        await moment()
        [invite] = site.network.sent("INVITE", to=host)
        assert "".join(re.findall(r"Referred-By:.*\r\n", invite)) == told
        second.hang_up()


@pytest.mark.parametrize("leaver", ["caller", "called"])
@virtual_time
async def test_a_transfer_that_fails_brings_the_talk_back(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        gives, stays = (first, second) if leaver == "caller" else (second, first)
        third.ring_for(1, lambda call: call.reject(486))
        transfer = Transfer(gives.call, "8013")
        await asyncio.sleep(2)
        assert transfer.told == [100, 486]
        assert (gives.hears, stays.hears) == (stays.user, gives.user)
        stays.hang_up()
        await moment()
        assert gives.outcome == ("bye", 200)
        assert not site.told(events.CallTransferred)


@pytest.mark.parametrize("leaver", ["caller", "called"])
@virtual_time
async def test_who_gives_the_call_on_may_hang_up_at_once(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        gives, stays = (first, second) if leaver == "caller" else (second, first)
        Transfer(gives.call, "8013")
        await moment()
        gives.hang_up()
        await asyncio.sleep(2)
        assert (stays.hears, third.hears) == ("8013", stays.user)


@virtual_time
async def test_a_failed_transfer_with_nobody_to_come_back_to_ends_the_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        third.ring_for(1, lambda call: call.reject(486))
        Transfer(second.call, "8013")
        await moment()
        second.hang_up()
        await asyncio.sleep(2)
        assert set(first.hears.split()) == {"<busy>"}
        await asyncio.sleep(3)
        assert first.outcome == ("bye", 200)


@pytest.mark.parametrize("leaver", ["caller", "called"])
@virtual_time
async def test_who_was_to_be_transferred_hangs_up(tmp_path: Path, leaver: str) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        gives, stays = (first, second) if leaver == "caller" else (second, first)
        Transfer(gives.call, "8013")
        await moment()
        stays.hang_up()
        await moment()
        assert third.outcome == ("cancelled", 487)
        assert gives.idle
        [last] = [body for body in site.network.sent("NOTIFY") if "SIP/2.0 487" in body]
        assert "Subscription-State: terminated" in last


@pytest.mark.parametrize("leaver", ["caller", "called"])
@pytest.mark.parametrize("asked_by", ["caller", "called"])
@virtual_time
async def test_an_attended_transfer(tmp_path: Path, leaver: str, asked_by: str) -> None:
    """The phone holds the one, asks the other, and joins them; whoever placed which call."""
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        gives, stays = (first, second) if leaver == "caller" else (second, first)
        kept = gives.call
        gives.offer("sendonly")
        await moment()
        assert stays.hears == "<music>"
        if asked_by == "called":
            third.answer_calls()
        gives.dial("8013")
        await asyncio.sleep(3)
        assert (gives.hears, third.hears) == ("8013", gives.user)

        transfer = Transfer(kept, "8013", replaces=gives.call)
        await moment()
        assert transfer.told == [100, 200]
        assert gives.idle
        assert (stays.hears, third.hears) == ("8013", stays.user)
        assert len(site.exchange.switchboard.calls) == 1
        stays.hang_up()
        await moment()
        assert third.outcome == ("bye", 200)


@virtual_time
async def test_the_call_that_asked_may_be_the_one_given_on(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        kept = first.call
        first.dial("8013")
        await asyncio.sleep(3)
        transfer = Transfer(first.call, "8012", replaces=kept)
        await moment()
        assert transfer.told == [100, 200]
        assert (second.hears, third.hears) == ("8013", "8012")
        third.hang_up()
        await moment()
        assert second.outcome == ("bye", 200)


@virtual_time
async def test_nobody_takes_over_anothers_call(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, _, third = await talking(site)
        third.answer_calls()
        agent, phone = await site.agent("1001", "8001")
        phone.dial("8013")
        await asyncio.sleep(1)
        transfer = Transfer(third.call, "8011", replaces=third.call)
        await moment()
        assert transfer.told == [481]
        assert first.up
        assert agent.state == "talking"


@pytest.mark.parametrize(
    ("number", "code"), [("8099", 403), ("80*", 404), ("8014", 480), ("8011", 486)]
)
@virtual_time
async def test_a_transfer_to_where_nobody_may_call(tmp_path: Path, number: str, code: int) -> None:
    more = '[[seat]]\nseat_no = "8014"\npassword = "phone-8014"\npbx = true\n'
    async with running_site(tmp_path, more=more) as site:
        first, second, _ = await talking(site)
        transfer = Transfer(second.call, number)
        await moment()
        assert transfer.told[-1] == code
        assert (first.hears, second.hears) == ("8012", "8011")


@virtual_time
async def test_a_transfer_to_a_queue(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, second, _ = await talking(site)
        desk, agent = await site.agent("1001", "8001")
        agent.answer_calls()
        transfer = Transfer(first.call, "4001")
        await asyncio.sleep(8)
        assert transfer.told == [100, 200]
        assert first.outcome == ("bye", 200)
        assert (second.hears, agent.hears) == ("8001", "8012")
        assert desk.state == "talking"


@virtual_time
async def test_an_outside_caller_cannot_transfer(
    tmp_path: Path,
) -> None:
    more = '[[number]]\ndnis = "4011"\nextension = "8011"\n'
    async with running_site(tmp_path, more=more) as site:
        extension = await site.phone("8011")
        extension.answer_calls()
        caller = await site.caller()
        caller.dial("4011")
        await moment()
        refused = Transfer(caller.call, "8012")
        await moment()
        assert refused.told == [603]
        third = await site.phone("8013")
        third.answer_calls()
        accepted = Transfer(extension.call, "8013")
        await moment()
        assert accepted.told == [100, 200]
        assert (caller.hears, third.hears) == ("8013", "13800138000")


@virtual_time
async def test_one_transfer_at_a_time(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        first, second, third = await talking(site)
        Transfer(second.call, "8013")
        other = Transfer(first.call, "8013")
        await moment()
        assert other.told == [491]
        await asyncio.sleep(3)
        assert (first.hears, third.hears) == ("8013", "8011")
