"""Phones at seats call outside: rights, whitelist, limits, emergency numbers (WZ-T8c, T12)."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import sip
from callcenter import events
from tests.support.sim_phone import SimPhone, sdp
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

NUMBER = "01062345678"
CARRIER = "10.0.0.9"
ROUTE = '[[route]]\nname = "all"\ntrunks = ["carrier"]\n'
PBX = """
[pbx]
outside_prefix = "0"
dial = "national"
whitelist = ["0044*"]
forbidden = ["0190"]
{}
[[route]]
name = "all"
trunks = ["carrier"]
"""


async def outside(site: SimSite) -> SimPhone:
    """Whoever is called outside answers at once."""
    gateway = await site.gateway(CARRIER)
    gateway.answer_calls()
    return gateway


@virtual_time
async def test_a_seat_talks_with_the_outside(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=PBX.format("")) as site:
        gateway, phone = await outside(site), await site.phone("8011")
        phone.dial("0" + NUMBER)
        await asyncio.sleep(1)
        assert (phone.hears, gateway.hears) == ("gateway", "8011")
        [invite] = [m for m in site.network.sent("INVITE") if "@10.0.0.9" in m]
        assert invite.startswith(f"INVITE sip:{NUMBER}@")
        gateway.hang_up()
        await moment()

        assert phone.outcome == ("bye", 200)
        [started] = site.told(events.CallStarted)
        assert (started.direction, started.dnis) == ("out", "0" + NUMBER)
        [reached] = site.told(events.ReachStarted)
        assert reached.number == NUMBER
        assert len(site.plane.recordings) == 1, "talks with the outside are recorded"
        assert [leg.party for leg in site.told(events.LegOpened)] == [
            "seat 8011",
            "trunk carrier",
        ]


@virtual_time
async def test_what_the_network_plays_before_the_answer_is_heard(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=PBX.format("")) as site:
        gateway, phone = await site.gateway(CARRIER), await site.phone("8011")
        gateway.on_call = lambda call: call.progress(sdp(gateway.host))
        phone.dial("0" + NUMBER)
        await moment()
        assert phone.log == [("ringing", 183)]
        caller, callee = site.plane.ports
        callee.says = "<colour ring>"
        assert caller.heard == "<colour ring>"
        phone.hang_up()
        await moment()
        assert gateway.idle


@pytest.mark.parametrize(
    ("answer", "code"), [(486, 486), (404, 404), (603, 603), (480, 480), (403, 480)]
)
@virtual_time
async def test_what_the_network_refuses_is_passed_on(
    tmp_path: Path, answer: int, code: int
) -> None:
    async with running_site(tmp_path, more=PBX.format("")) as site:
        gateway, phone = await site.gateway(CARRIER), await site.phone("8011")
        gateway.on_call = lambda call: call.reject(answer)
        phone.dial("0" + NUMBER)
        await moment()
        assert phone.outcome == ("rejected", code)


@pytest.mark.parametrize(
    ("dialled", "cause"),
    [
        ("00018005550100", "no right"),
        ("0+18005550100", "no right"),
        ("00190123456", "forbidden destination"),
        ("0" + NUMBER, None),
        ("0+861062345678", None),
        ("000441632960960", None),
    ],
)
@virtual_time
async def test_rights_decide_where_a_seat_may_call(
    tmp_path: Path, dialled: str, cause: str | None
) -> None:
    async with running_site(tmp_path, more=PBX.format("")) as site:
        gateway, phone = await outside(site), await site.phone("8011")
        phone.dial(dialled)
        await asyncio.sleep(1)
        assert phone.up is (cause is None)
        refusals = site.exchange.switchboard.refusals
        if cause is not None:
            assert phone.outcome == ("rejected", 403)
            assert refusals == {cause: 1}
            [answer] = site.network.sent("SIP/2.0 403")
            assert f'Warning: 399 callcenter "{cause}"' in answer
            [line] = [e for e in site.logged("info") if e["event"] == "call refused"]
            assert line["reason"] == cause
        assert bool(gateway.calls) is (cause is None)


@pytest.mark.parametrize(("right", "code"), [("none", 403), ("internal", 480)])
@virtual_time
async def test_a_seat_may_be_kept_from_calling(tmp_path: Path, right: str, code: int) -> None:
    more = f'[[seat]]\nseat_no = "8014"\npassword = "phone-8014"\npbx = true\ndial = "{right}"\n'
    async with running_site(tmp_path, more=more + ROUTE) as site:
        gateway, phone = await outside(site), await site.phone("8014")
        phone.dial("8012")
        await moment()
        assert phone.outcome == ("rejected", code)
        phone.dial(NUMBER)
        await moment()
        assert phone.outcome == ("rejected", 403)
        phone.dial("4001")
        await moment()
        assert phone.up, "our own numbers are free"
        phone.hang_up()
        phone.dial("110")
        await asyncio.sleep(1)
        assert gateway.hears == "8014", "and so is help"


@virtual_time
async def test_help_is_called_from_any_phone_at_any_time(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=PBX.format("")) as site:
        gateway, phone = await outside(site), await site.phone("8001")
        phone.dial("112")
        await asyncio.sleep(1)
        assert phone.hears == "gateway", "nobody is signed in"
        phone.hang_up()
        await moment()

        desk = await site.desk("1001", "8001")
        phone.answer_calls()
        customer = await site.caller()
        customer.dial("4001")
        await asyncio.sleep(8)
        talk = phone.call
        phone.dial("112")
        await asyncio.sleep(1)
        assert gateway.hears == "8001"
        phone.hang_up()
        await moment()
        assert desk.state == "talking", "with the customer"
        assert talk.end is None


@virtual_time
async def test_so_many_outside_calls_at_once(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=PBX.format("outside_calls = 1")) as site:
        await outside(site)
        phone = await site.phone("8011")
        phone.dial("0" + NUMBER)
        await moment()
        phone.dial("0" + NUMBER)
        await moment()
        assert phone.outcome == ("rejected", 403)
        phone.dial("110")
        await moment()
        assert phone.up, "help is never refused"


@virtual_time
async def test_the_days_minutes_end_a_call_and_refuse_others_until_midnight(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, more=PBX.format("outside_minutes = 2")) as site:
        await outside(site)
        phone = await site.phone("8011")
        phone.dial("0" + NUMBER)
        await asyncio.sleep(100)
        assert phone.up
        phone.hang_up()
        await asyncio.sleep(5)
        phone.dial("0" + NUMBER)
        await asyncio.sleep(19)
        assert phone.up
        await asyncio.sleep(3)
        assert phone.outcome == ("bye", 200)
        assert site.told(events.CallEnded)[-1].cause == "limit"
        phone.dial("0" + NUMBER)
        await moment()
        assert phone.outcome == ("rejected", 403)

        await asyncio.sleep(until_midnight(site))
        await phone.register()
        phone.dial("0" + NUMBER)
        await asyncio.sleep(1)
        assert phone.up


@virtual_time
async def test_a_call_over_midnight_has_the_new_days_minutes(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=PBX.format("outside_minutes = 2")) as site:
        await outside(site)
        phone = await site.phone("8011", register=False)
        await asyncio.sleep(until_midnight(site) - 60)
        await phone.register()
        phone.dial("0" + NUMBER)
        await asyncio.sleep(60 + 110)
        assert phone.up
        await asyncio.sleep(15)
        assert phone.outcome == ("bye", 200)


@virtual_time
async def test_a_trunk_whose_minutes_are_gone_carries_help_only(tmp_path: Path) -> None:
    more = """
    [[trunk]]
    name = "dear"
    hosts = ["10.0.0.8:5060"]
    daily_minutes = 1
    [[route]]
    name = "all"
    trunks = ["dear"]
    [pbx]
    dial = "all"
    """
    async with running_site(tmp_path, more=more) as site:
        gateway = await site.gateway("10.0.0.8")
        gateway.answer_calls()
        phone = await site.phone("8011")
        phone.dial(NUMBER)
        await asyncio.sleep(62)
        assert phone.outcome == ("bye", 200)
        phone.dial(NUMBER)
        await moment()
        assert phone.outcome == ("rejected", 503)
        phone.dial("110")
        await asyncio.sleep(62)
        assert phone.up


INTERNAL = """
[[trunk]]
name = "pbx"
hosts = ["10.0.0.8:5060"]
line = "internal"
extensions = ["85*", "8600"]
"""


@virtual_time
async def test_a_seat_calls_an_extension_of_the_houses_pbx(tmp_path: Path) -> None:
    """WZ-T12"""
    async with running_site(tmp_path, more=INTERNAL) as site:
        gateway, phone = await site.gateway("10.0.0.8"), await site.phone("8011")
        gateway.answer_calls()
        phone.dial("8501")
        await asyncio.sleep(1)
        assert (phone.hears, gateway.hears) == ("gateway", "8011")
        assert gateway.log[0] == ("incoming", "8011")
        [started] = site.told(events.CallStarted)
        assert started.direction == "internal"


@virtual_time
async def test_a_phone_of_the_houses_pbx_dials_extensions_and_queues(tmp_path: Path) -> None:
    """WZ-T12"""
    async with running_site(tmp_path, more=INTERNAL + ROUTE) as site:
        gateway, phone = await site.gateway("10.0.0.8"), await site.phone("8011")
        gateway.user = "8501"
        phone.answer_calls()
        gateway.dial("8011")
        await asyncio.sleep(1)
        assert (phone.hears, phone.log[0]) == ("gateway", ("incoming", "8501"))
        gateway.dial("4001")
        await moment()
        assert gateway.hears == "<music>"
        for nothing in (NUMBER, "8502", "110"):
            gateway.dial(nothing)
            await moment()
            assert gateway.outcome == ("rejected", 404)


@virtual_time
async def test_a_call_that_goes_in_circles_over_another_exchange_runs_out_of_hops(
    tmp_path: Path,
) -> None:
    """RFC 7332 §4: the other exchange tells nothing of diversions."""
    circle = (
        INTERNAL
        + """
    [[seat]]
    seat_no = "8014"
    password = "phone-8014"
    pbx = true
    dial = "all"
    forward_always = "8501"
    """
    )
    async with running_site(tmp_path, more=circle) as site:
        gateway, phone = await site.gateway("10.0.0.8"), await site.phone("8011")

        def sends_back(call: sip.IncomingCall) -> None:
            gateway.user = "8501"
            gateway.dial("8014", max_forwards=call.max_forwards)

        gateway.on_call = sends_back
        phone.dial("8014", max_forwards=8)
        await moment()
        assert gateway.outcome == ("rejected", 483)
        assert [kind for kind, _ in gateway.log].count("incoming") == 4


@virtual_time
@pytest.mark.parametrize(
    ("says", "shown"),
    [("110", "057100008011"), ("anonymous", "anonymous"), ("Anonymous", "anonymous")],
)
async def test_a_phone_speaks_for_nobody_but_its_seat(
    tmp_path: Path, says: str, shown: str
) -> None:
    seat = """
    [[seat]]
    seat_no = "8014"
    password = "phone-8014"
    pbx = true
    dial = "all"
    presented = "057100008011"
    """
    async with running_site(tmp_path, more=seat + ROUTE) as site:
        gateway, phone = await outside(site), await site.phone("8014")
        charged = ("Diversion", "<sip:8011@10.0.0.1>;reason=unconditional")
        phone.dial(NUMBER, from_user=says, headers=[charged])
        await moment()
        [invite] = gateway.calls
        assert isinstance(invite, sip.IncomingCall)
        assert (invite.from_user, invite.diversions) == (shown, ())
        [started] = site.told(events.CallStarted)
        assert started.ani == "8014"


@virtual_time
async def test_an_extension_forwards_outside_by_its_own_right(tmp_path: Path) -> None:
    more = """
    [[seat]]
    seat_no = "8014"
    password = "phone-8014"
    pbx = true
    dial = "all"
    forward_no_answer = "01062345678"
    [[seat]]
    seat_no = "8015"
    password = "phone-8015"
    pbx = true
    dial = "internal"
    forward_always = "01062345678"
    """
    async with running_site(tmp_path, more=more + ROUTE) as site:
        gateway, phone = await outside(site), await site.phone("8011")
        phone.dial("8014")
        await asyncio.sleep(1)
        assert gateway.hears == "8011"
        phone.hang_up()
        await moment()
        phone.dial("8015")
        await moment()
        assert phone.outcome == ("rejected", 403)


def until_midnight(site: SimSite) -> float:
    """Seconds, and one more."""
    now = site.clock.wall()
    tomorrow = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
    return (tomorrow - now).total_seconds() + 1
