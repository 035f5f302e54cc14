"""Phones at seats call each other (WZ-T1b, T8b, A-26)."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.store.cdr import CdrProjection
from callcenter.store.rows import Cdr, CdrSegment
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


async def talking(site: SimSite) -> tuple[SimPhone, SimPhone]:
    """8011 has called 8012, who has answered."""
    caller, called = await site.phone("8011"), await site.phone("8012")
    called.answer_calls(after=2)
    caller.dial("8012")
    await asyncio.sleep(3)
    return caller, called


def records(site: SimSite) -> tuple[list[Cdr], list[CdrSegment]]:
    """What is kept of the calls so far."""
    projection = CdrProjection(site.clock.wall, iter(map(str, range(99))).__next__)
    rows = [row for event in site.events for row in projection.handle(event)]
    cdrs = [row for row in rows if isinstance(row, Cdr)]
    return cdrs, [row for row in rows if isinstance(row, CdrSegment)]


@virtual_time
async def test_two_extensions_talk(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await site.phone("8011"), await site.phone("8012")
        caller.dial("8012")
        await moment()
        assert caller.log == [("ringing", 180)]
        assert called.log == [("incoming", "8011")]

        called.answer()
        await moment()
        assert (caller.hears, called.hears) == ("8012", "8011")
        caller.hang_up()
        await moment()

        assert called.outcome == ("bye", 200)
        [started] = site.told(events.CallStarted)
        assert (started.direction, started.ani, started.dnis, started.trunk) == (
            "internal",
            "8011",
            "8012",
            "",
        )


@virtual_time
async def test_the_called_party_may_end_the_talk(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await talking(site)
        called.hang_up()
        await moment()

        assert caller.outcome == ("bye", 200)
        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by, end.sip_code) == ("hangup", "called", 200)


@virtual_time
async def test_an_internal_call_has_its_record(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, _ = await talking(site)
        await asyncio.sleep(7)
        caller.hang_up()
        await moment()

        [cdr], segments = records(site)
        assert (cdr.direction, cdr.seat_no, cdr.agent_id, cdr.cause) == (
            "internal",
            "8012",
            None,
            "hangup",
        )
        assert (round(cdr.rang_s), round(cdr.talked_s), cdr.recording) == (2, 8, None)
        assert [(s.kind, s.seat_no, s.outcome) for s in segments] == [
            ("ring", "8012", "answered"),
            ("talk", "8012", "caller"),
        ]


@virtual_time
async def test_internal_talks_are_recorded_where_that_is_wanted(tmp_path: Path) -> None:
    async with running_site(tmp_path, more="[pbx]\nrecord_internal = true\n") as site:
        caller, _ = await talking(site)
        [span] = site.plane.recordings
        assert (span.left.says, span.right and span.right.says) == ("8011", "8012")
        caller.hang_up()
        await moment()
        assert span.stopped_at is not None


@pytest.mark.parametrize(
    ("answer", "code", "cause"),
    [(486, 486, "busy"), (600, 486, "busy"), (603, 603, "rejected"), (500, 480, "unreachable")],
)
@virtual_time
async def test_a_phone_refuses(tmp_path: Path, answer: int, code: int, cause: str) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await site.phone("8011"), await site.phone("8012")
        caller.dial("8012")
        await moment()
        called.refuse(answer)
        await moment()

        assert caller.outcome == ("rejected", code)
        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by) == (cause, "called")


@virtual_time
async def test_nobody_answers(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await site.phone("8011"), await site.phone("8012")
        caller.dial("8012")
        await asyncio.sleep(31)

        assert caller.outcome == ("rejected", 480)
        assert called.outcome == ("cancelled", 487)


@virtual_time
async def test_a_caller_who_gives_up_stops_the_ringing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await site.phone("8011"), await site.phone("8012")
        caller.dial("8012")
        await asyncio.sleep(3)
        caller.hang_up()
        await moment()

        assert called.outcome == ("cancelled", 487)
        [reached] = site.told(events.ReachEnded)
        assert reached.outcome == "caller_left"


@virtual_time
async def test_an_extension_that_is_not_there(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.phone("8011")
        caller.dial("8012")
        await moment()
        assert caller.outcome == ("rejected", 480)
        caller.dial("8099")
        await moment()
        assert caller.outcome == ("rejected", 403), "an outside number, to whom it may not call"
        caller.dial("80*9")
        await moment()
        assert caller.outcome == ("rejected", 404)


@virtual_time
async def test_a_busy_extension_is_busy_for_others(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await talking(site)
        third = await site.phone("8013")
        third.dial("8012")
        await moment()
        assert third.outcome == ("rejected", 486)
        third.dial("8011")
        await moment()
        assert third.outcome == ("rejected", 486)


@virtual_time
async def test_nobody_calls_themselves(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.phone("8011")
        caller.dial("8011")
        await moment()
        assert caller.outcome == ("rejected", 486)


@virtual_time
async def test_a_seat_is_called_only_while_somebody_is_signed_in(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await site.phone("8011"), await site.phone("8001")
        caller.dial("8001")
        await moment()
        assert caller.outcome == ("rejected", 480)
        assert not called.calls

        desk = await site.desk("1001", "8001")
        caller.dial("8001")
        await moment()
        called.answer()
        await asyncio.sleep(1)
        assert (caller.hears, called.hears) == ("8001", "8011")
        caller.hang_up()
        await moment()
        assert desk.states == ["idle", "ringing", "talking", "idle"]


@virtual_time
async def test_an_agent_who_calls_is_offered_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        called = await site.phone("8012")
        phone.dial("8012")
        await moment()
        customer = await site.caller()
        customer.dial("4001")
        await asyncio.sleep(1)
        assert (desk.state, customer.hears) == ("dialling", "<music>")
        called.answer()
        await asyncio.sleep(1)
        assert (desk.state, customer.hears) == ("talking", "<music>")
        phone.hang_up()
        await moment()
        assert desk.states == ["idle", "dialling", "talking", "idle", "ringing"]


@virtual_time
async def test_who_signs_in_at_a_phone_in_a_call_is_talking(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, _ = await talking(site)
        desk = await site.desk("1001", "8012")
        await moment()
        assert desk.state == "talking"
        caller.hang_up()
        await moment()
        assert desk.state == "idle"


@virtual_time
async def test_a_phone_in_a_call_is_offered_no_caller_who_waits(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, _ = await talking(site)
        waiting = await site.caller()
        waiting.dial("4001")
        await asyncio.sleep(3)
        desk = await site.desk("1001", "8012")
        await asyncio.sleep(3)
        assert desk.states == ["idle", "talking"]
        caller.hang_up()
        await moment()
        assert desk.state == "ringing"


@virtual_time
async def test_who_still_asks_a_colleague_is_offered_no_caller_who_waits(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        phone.answer_calls()
        asked = await site.phone("8012")
        asked.answer_calls()
        first, second = await site.caller("138001"), await site.caller("138002")
        first.dial("4001")
        await asyncio.sleep(5)
        second.dial("4001")
        phone.dial("8012")
        await asyncio.sleep(3)
        first.hang_up()
        await moment()
        assert desk.state == "talking", "with whom they asked"
        assert len(phone.calls) == 2
        asked.hang_up()
        await moment()
        assert desk.last("call.ringing")["ani"] == "138002"


@virtual_time
async def test_the_next_agent_at_a_phone_in_a_call_is_talking_too(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, _ = await talking(site)
        first = await site.desk("1001", "8012")
        await first.ask("agent.logout")
        second = await site.desk("1002", "8012")
        await moment()
        assert second.state == "talking"
        caller.hang_up()
        await moment()
        assert second.state == "idle"


@virtual_time
async def test_an_agent_who_signs_out_leaves_the_call_but_not_at_a_plain_extension(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path) as site:
        desk, phone = await site.agent("1001", "8001")
        other = await site.phone("8012")
        other.answer_calls()
        phone.dial("8012")
        await asyncio.sleep(1)
        await desk.ask("agent.logout")
        await moment()
        assert (phone.idle, other.idle) == (True, True)

        caller, called = await site.phone("8011"), other
        caller.dial("8012")
        await asyncio.sleep(1)
        at_extension = await site.desk("1001", "8011")
        await at_extension.ask("agent.logout")
        await moment()
        assert (caller.hears, called.hears) == ("8012", "8011")


@virtual_time
async def test_who_is_held_hears_music_until_the_phone_comes_back(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await talking(site)
        called.offer("sendonly")
        await moment()
        assert (caller.hears, called.hears) == ("<music>", "")
        called.offer("sendrecv")
        await moment()
        assert (caller.hears, called.hears) == ("8012", "8011")


@virtual_time
async def test_a_phones_own_music_is_heard_where_that_is_wanted(tmp_path: Path) -> None:
    async with running_site(tmp_path, more="[pbx]\nhold_music = false\n") as site:
        caller, called = await talking(site)
        called.offer("sendonly")
        await moment()
        assert (caller.hears, called.hears) == ("8012", "")


@virtual_time
async def test_a_dead_phone_ends_the_talk(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await talking(site)
        called.die()
        await asyncio.sleep(10)

        assert caller.outcome == ("bye", 200)
        [end] = site.told(events.CallEnded)
        assert (end.cause, end.by) == ("media_timeout", "system")


@virtual_time
async def test_no_port_for_the_called_phone(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller = await site.phone("8011")
        await site.phone("8012")
        site.plane.max_ports = 1
        caller.dial("8012")
        await asyncio.sleep(4)
        assert caller.outcome == ("rejected", 480)
        assert [entry["event"] for entry in site.expect_errors()] == ["no port for a seat's phone"]


@virtual_time
async def test_a_shutdown_ends_the_ringing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        caller, called = await site.phone("8011"), await site.phone("8012")
        caller.dial("8012")
        await moment()
        site.exchange.switchboard.end_all()
        await moment()
        assert (caller.outcome, called.outcome) == (("rejected", 503), ("cancelled", 487))


FORWARDS = """
[[seat]]
seat_no = "8014"
password = "phone-8014"
pbx = true
{}
"""


@pytest.mark.parametrize("key", ["forward_always", "forward_busy", "forward_no_answer"])
@virtual_time
async def test_an_extension_forwards_to_another(tmp_path: Path, key: str) -> None:
    async with running_site(tmp_path, more=FORWARDS.format(f'{key} = "8012"')) as site:
        caller, called = await site.phone("8011"), await site.phone("8012")
        called.answer_calls()
        if key == "forward_busy":
            phone = await site.phone("8014")
            phone.ring_for(1, lambda call: call.reject(486))
        caller.dial("8014")
        await asyncio.sleep(3)
        assert (caller.hears, called.hears) == ("8012", "8011")


@virtual_time
async def test_an_extension_forwards_to_a_queue_and_to_voicemail(tmp_path: Path) -> None:
    more = FORWARDS.format('forward_no_answer = "queue:sales"\nforward_busy = "voicemail"')
    async with running_site(tmp_path, more=more) as site:
        caller, busy = await site.phone("8011"), await site.phone("8013")
        caller.dial("8014")
        await moment()
        assert caller.hears == "<music>"
        caller.hang_up()
        phone = await site.phone("8014")
        phone.dial("4001")
        await moment()
        busy.dial("8014")
        await asyncio.sleep(20)
        assert busy.up
        busy.hang_up()
        await moment()
        [left] = site.told(events.VoicemailLeft)
        assert left.ani == "8013"


@virtual_time
async def test_forwards_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=FORWARDS.format('forward_always = "8014"')) as site:
        caller = await site.phone("8011")
        caller.dial("8014")
        await moment()
        assert caller.outcome == ("rejected", 482)


@virtual_time
async def test_a_number_leads_to_an_extension_and_on_when_it_does_not_answer(
    tmp_path: Path,
) -> None:
    more = '[[number]]\ndnis = "4011"\nextension = "8011"\non_no_answer = "voicemail:office"\n'
    async with running_site(tmp_path, more=more) as site:
        caller = await site.caller()
        caller.dial("4011")
        await asyncio.sleep(8)
        assert caller.up, "nobody registered: a message is taken"
        caller.hang_up()
        phone = await site.phone("8011")
        phone.answer_calls(after=1)
        caller.dial("4011")
        await asyncio.sleep(2)
        assert (caller.hears, phone.hears) == ("8011", "13800138000")
        caller.hang_up()
        await moment()
        assert [event.direction for event in site.told(events.CallStarted)] == ["in", "in"]


@virtual_time
async def test_a_caller_who_is_answered_at_once_hears_it_ring(tmp_path: Path) -> None:
    more = '[[number]]\ndnis = "4011"\nextension = "8011"\nanswer = "at_once"\n'
    async with running_site(tmp_path, more=more) as site:
        phone, caller = await site.phone("8011"), await site.caller()
        phone.answer_calls(after=2)
        caller.dial("4011")
        await moment()
        assert caller.hears == "<ringback>"
        await asyncio.sleep(3)
        assert (caller.hears, phone.hears) == ("8011", "13800138000")


@virtual_time
async def test_a_customer_cannot_dial_an_extension(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await site.phone("8011")
        caller = await site.caller()
        caller.dial("8011")
        await moment()
        assert caller.outcome == ("rejected", 404)


@virtual_time
async def test_the_blacklist_refuses_before_the_answer(tmp_path: Path) -> None:
    """WZ-T2c, A-29"""
    async with running_site(tmp_path, more='[pbx]\nblacklist = ["1390*", "555"]\n') as site:
        for number, outcome in (("13900000001", 603), ("555", 603), ("5551", None)):
            caller = await site.caller(number)
            caller.dial("4001")
            await moment()
            assert (caller.call.end and caller.call.end.code) == outcome
        assert site.exchange.switchboard.refusals == {"blacklist": 2}
        refused = site.told(events.CallRefused)
        assert [(event.ani, event.cause) for event in refused] == [
            ("13900000001", "blacklist"),
            ("555", "blacklist"),
        ]
        [first, _] = site.network.sent("SIP/2.0 603")
        assert 'Warning: 399 callcenter "blacklist"' in first


@virtual_time
async def test_a_forwarded_call_says_by_whom_and_why(tmp_path: Path) -> None:
    more = FORWARDS.format('forward_no_answer = "8012"')
    more += '[[number]]\ndnis = "4014"\nextension = "8014"\n'
    async with running_site(tmp_path, more=more) as site:
        called = await site.phone("8012")
        caller = await site.caller()
        passed_on = ("Diversion", "<sip:4444@carrier>;reason=user-busy")
        caller.dial("4014", headers=(passed_on,))
        await moment()
        assert called.log == [("incoming", "13800138000")]
        [invite] = [text for text in site.network.sent("INVITE") if "sip:8012@10.0.1.12" in text]
        first, second = [line for line in invite.split("\r\n") if line.startswith("Diversion")]
        assert first.startswith("Diversion: <sip:8014@10.0.0.1>;reason=unavailable")
        assert second.startswith("Diversion: <sip:4444@carrier>;reason=user-busy")
        assert "History-Info: " in invite


@pytest.mark.parametrize(
    ("diversion", "rings"),
    [
        ("<sip:a@b?c=d>", True),
        ("nonsense", True),
        ("<sip:a@b>;counter=9", True),
        ("<sip:a@b>;counter=98", False),
    ],
)
@virtual_time
async def test_what_was_passed_on_in_a_strange_way_or_too_often(
    tmp_path: Path, diversion: str, rings: bool
) -> None:
    more = '[[number]]\ndnis = "4012"\nextension = "8012"\n'
    async with running_site(tmp_path, more=more) as site:
        called, caller = await site.phone("8012"), await site.caller()
        caller.dial("4012", headers=(("Diversion", diversion),))
        await moment()
        assert bool(called.calls) is rings
        if not rings:
            assert caller.outcome == ("rejected", 482)
