"""Callers who ask to be called back: their place, who is called when, and who is not reached."""

import asyncio
from pathlib import Path

import pytest

from callcenter import events
from callcenter.switch.callbacks import Callback
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time

CARRIER = "10.0.0.9"
CUSTOMER = "13800138000"
BACK = """
[ivr]
flows = "{flows}"
[[queue]]
name = "back"
skills = {{ support = 1 }}
max_wait = 120
ring_timeout = 12
[queue.callback]
key = "1"
first = "{first}"
attempts = 2
retry_after = 300
ring = 25
{more}
[[number]]
dnis = "4005"
queue = "back"
[[number]]
dnis = "4006"
flow = "welcome"
"""
FLOW = """
start: ask
nodes:
  ask: {kind: callback, queue: back, on_refused: sorry}
  sorry: {kind: hangup, prompt: Sorry.}
"""


def text(folder: Path, first: str = "agent", more: str = "") -> str:
    flows = folder / "flows"
    flows.mkdir()
    (flows / "welcome.yaml").write_text(FLOW)
    return BACK.format(flows=flows, first=first, more=more)


async def asks(site: SimSite, number: str = CUSTOMER) -> SimPhone:
    """A caller waits half a minute, presses 1 and is let go."""
    caller = await site.caller(number)
    caller.dial("4005")
    await asyncio.sleep(30)
    caller.press("1")
    await asyncio.sleep(2)
    assert caller.outcome == ("bye", 200)
    return caller


async def agent(site: SimSite) -> tuple[SimDesk, SimPhone]:
    return await site.agent("1002", "8002")


def rings(phone: SimPhone) -> bool:
    """Whether somebody calls there, or talks."""
    return not phone.idle


def left(site: SimSite) -> list[str]:
    return [event.outcome for event in site.told(events.QueueLeft)]


def attempts(site: SimSite) -> list[tuple[int, str, bool]]:
    told = site.told(events.CallbackAttempted)
    return [(each.attempt, each.outcome, each.final) for each in told]


def called(site: SimSite) -> int:
    """How many customers have been called."""
    invites = {m.splitlines()[0] for m in site.network.sent("INVITE")}
    return len([line for line in invites if line.startswith("INVITE sip:1001")])


@virtual_time
async def test_the_agent_first_then_the_customer(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        customer = await site.gateway(CARRIER)
        await asks(site)
        await asyncio.sleep(3600)  # longer than anybody would wait on the line
        assert customer.idle
        desk, phone = await agent(site)
        await moment()
        assert desk.state == "ringing"
        ringing = desk.last("call.ringing")
        assert (ringing["ani"], ringing["queue"]) == (CUSTOMER, "back")
        assert ringing["data"]["callback"]
        assert ringing["waited_s"] == pytest.approx(3632, abs=2)
        assert customer.idle  # nobody is called before the agent is there
        phone.answer()
        await moment()
        assert rings(customer)
        assert phone.hears == "<ringback>"
        customer.answer()
        await asyncio.sleep(8)
        assert (phone.hears, customer.hears) == ("gateway", "8002")
        customer.hang_up()
        await moment()
        assert desk.state == "idle"
        assert left(site) == ["callback", "answered"]
        assert attempts(site) == [(1, "answered", True)]
        assert not site.exchange.services.callbacks.waiting()


@virtual_time
@pytest.mark.parametrize(("code", "tone"), [(486, "busy"), (404, "special_information")])
async def test_an_agent_hears_why_the_customer_is_not_reached(
    tmp_path: Path, code: int, tone: str
) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        customer = await site.gateway(CARRIER)
        customer.on_call = lambda call: call.reject(code)
        await asks(site)
        desk, phone = await agent(site)
        await moment()
        phone.answer()
        await moment()
        assert phone.hears.startswith(f"<{tone}")
        assert desk.state == "talking"
        await asyncio.sleep(4)
        assert (phone.outcome, desk.state) == (("bye", 200), "idle")
        assert attempts(site) == [(1, "unreached", False)]


@virtual_time
async def test_an_agent_may_hang_up_before_the_tone_has_ended(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        customer = await site.gateway(CARRIER)
        customer.on_call = lambda call: call.reject(486)
        await asks(site)
        desk, phone = await agent(site)
        await moment()
        phone.answer()
        await moment()
        phone.hang_up()
        await moment()
        assert (desk.state, attempts(site)) == ("idle", [(1, "unreached", False)])


@virtual_time
async def test_the_customer_first_while_an_agent_is_kept(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path, "customer")) as site:
        customer = await site.gateway(CARRIER)
        await asks(site)
        desk, phone = await agent(site)
        await asyncio.sleep(20)  # longer than a phone rings in this queue
        assert desk.state == "ringing"
        assert desk.last("call.ringing")["ani"] == CUSTOMER
        assert phone.idle
        customer.answer()
        await moment()
        assert customer.hears == "<music>"
        assert rings(phone)
        phone.answer()
        await asyncio.sleep(8)
        assert (phone.hears, customer.hears) == ("gateway", "8002")
        phone.hang_up()
        await moment()
        assert attempts(site) == [(1, "answered", True)]


@pytest.mark.parametrize("seat_no", ["8002", "8004"], ids=["phone", "protocol"])
@virtual_time
async def test_a_kept_agent_may_answer_before_the_customer_has(
    tmp_path: Path, seat_no: str
) -> None:
    async with running_site(tmp_path, more=text(tmp_path, "customer")) as site:
        customer = await site.gateway(CARRIER)
        await asks(site)
        desk, phone = await site.agent("1002", seat_no)
        phone.answer_calls(after=1)
        await moment()
        call_id = desk.last("call.ringing")["call_id"]
        await desk.ask("call.answer", call_id=call_id)
        assert phone.idle
        customer.answer()
        await asyncio.sleep(8)
        assert (phone.hears, customer.hears) == ("gateway", seat_no)
        assert desk.state == "talking"


@virtual_time
async def test_a_kept_agent_may_decline_and_the_next_one_is_told(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path, "customer")) as site:
        customer = await site.gateway(CARRIER)
        await asks(site)
        desk, _ = await agent(site)
        other, phone = await site.agent("1001", "8001")
        await moment()
        await desk.ask("call.reject", call_id=desk.last("call.ringing")["call_id"])
        await moment()
        assert desk.last("call.offer_withdrawn")["cause"] == "rejected"
        assert (desk.state, other.state) == ("busy(rejected)", "ringing")
        customer.answer()
        await moment()
        phone.answer()
        await moment()
        assert other.state == "talking"


@pytest.mark.parametrize("first", ["agent", "customer"])
@virtual_time
async def test_who_is_not_reached_is_tried_again_and_then_given_up(
    tmp_path: Path, first: str
) -> None:
    async with running_site(tmp_path, more=text(tmp_path, first)) as site:
        customer = await site.gateway(CARRIER)
        customer.on_call = lambda call: call.reject(486)
        await asks(site)
        phone = await site.phone("8002")
        phone.answer_calls()
        desk = await site.desk("1002", "8002")
        await asyncio.sleep(280)
        assert attempts(site) in ([], [(1, "unreached", False)])
        assert desk.state == "idle"
        await asyncio.sleep(400)
        assert attempts(site) == [(1, "unreached", False), (2, "unreached", True)]
        assert desk.state == "idle"  # neither is the agent's fault
        assert desk.last("call.ringing")["ani"] == CUSTOMER
        if first == "customer":
            assert desk.last("call.offer_withdrawn")["cause"] == "caller_left"
        assert left(site) == ["callback", "unreached", "unreached"]
        assert not site.exchange.services.callbacks.waiting()


@virtual_time
async def test_the_place_is_that_of_the_first_call(tmp_path: Path) -> None:
    """Who came before, called back or on the line, goes first."""
    async with running_site(tmp_path, more=text(tmp_path), max_calls=5) as site:
        customer = await site.gateway(CARRIER)
        await asks(site)
        waiter = await site.caller("10086")
        waiter.dial("4005")
        await asyncio.sleep(5)
        desk, phone = await agent(site)
        await moment()
        assert desk.last("call.ringing")["ani"] == CUSTOMER
        phone.answer()
        await moment()
        customer.answer()
        await asyncio.sleep(5)
        customer.hang_up()
        await moment()
        assert desk.last("call.ringing")["ani"] == "10086"


@virtual_time
async def test_never_more_are_called_than_agents_are_free(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path, "customer"), max_calls=9) as site:
        customer = await site.gateway(CARRIER)
        for number in ("1001001", "1001002", "1001003"):
            await asks(site, number)
        await agent(site)
        await asyncio.sleep(5)
        assert called(site) == 1
        customer.answer()
        await asyncio.sleep(5)
        assert called(site) == 1
        customer.hang_up()
        await asyncio.sleep(5)
        assert called(site) == 2


@virtual_time
async def test_a_number_is_on_the_list_once(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        await asks(site)
        [first] = site.exchange.services.callbacks.waiting()
        await asks(site)
        assert site.exchange.services.callbacks.waiting() == [first]
        assert len(site.told(events.CallbackAsked)) == 1


@virtual_time
async def test_a_withheld_number_waits_on(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        caller = await site.caller("anonymous")
        caller.dial("4005", headers=[("Privacy", "id")])
        await asyncio.sleep(3)
        site.call.caller.number = ""
        caller.press("1")
        await moment()
        assert caller.hears == "We cannot call this number back. Please hold the line."
        await asyncio.sleep(2)
        assert caller.hears == "<music>"
        assert not site.exchange.services.callbacks.waiting()


@virtual_time
async def test_an_agent_who_does_not_pick_up_costs_no_attempt(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        customer = await site.gateway(CARRIER)
        await asks(site)
        desk, phone = await agent(site)
        await asyncio.sleep(13)
        assert desk.state == "busy(no_answer)"
        assert customer.idle
        assert attempts(site) == [(0, "no_agent", False)]
        await asyncio.sleep(20)
        await desk.ask("agent.set_idle")
        await moment()
        assert desk.state == "ringing"
        phone.answer()
        await moment()
        customer.answer()
        await moment()
        assert attempts(site)[-1] == (1, "answered", True)


@virtual_time
async def test_an_agent_who_hangs_up_meanwhile_stops_the_call(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        customer = await site.gateway(CARRIER)
        await asks(site)
        desk, phone = await agent(site)
        await moment()
        phone.answer()
        await asyncio.sleep(5)
        phone.hang_up()
        await moment()
        assert customer.idle
        assert desk.state == "idle"
        assert attempts(site) == [(1, "unreached", False)]


@virtual_time
async def test_an_agent_who_signs_out_while_the_customer_is_called(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path, "customer")) as site:
        customer = await site.gateway(CARRIER)
        await asks(site)
        desk, _ = await agent(site)
        await asyncio.sleep(5)
        await desk.ask("agent.logout")
        customer.answer()
        await asyncio.sleep(5)
        assert customer.hears == "<music>"  # reached, and the first in line
        other, phone = await site.agent("1001", "8001")
        await moment()
        assert other.state == "ringing"
        phone.answer()
        await asyncio.sleep(8)
        assert customer.hears == "8001"


@virtual_time
async def test_a_flow_offers_it_too(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        caller = await site.caller(CUSTOMER)
        caller.dial("4006")
        await moment()
        said = "We will call you back as soon as it is your turn. Goodbye."
        assert caller.hears == said
        await asyncio.sleep(2)
        [wish] = site.exchange.services.callbacks.waiting()
        assert (wish.number, wish.queue, wish.dnis) == (CUSTOMER, "back", "4006")


@virtual_time
async def test_a_wish_that_nobody_could_fulfil_is_given_up_in_time(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path, more="expires = 60")) as site:
        kept: list[Callback] = []
        site.exchange.services.callbacks.changed = kept.append
        await asks(site)
        await asyncio.sleep(55)
        assert site.exchange.services.callbacks.waiting()
        await asyncio.sleep(5)
        assert [each.state for each in kept] == ["waiting", "given_up"]
        desk, _ = await agent(site)
        await moment()
        assert desk.state == "idle"


@virtual_time
async def test_a_wish_is_struck_off(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        await asks(site)
        callbacks = site.exchange.services.callbacks
        [wish] = callbacks.waiting()
        assert callbacks.cancel(wish.callback_id)
        assert not callbacks.cancel(wish.callback_id)
        desk, _ = await agent(site)
        await moment()
        assert desk.state == "idle"


@virtual_time
async def test_wishes_outlive_the_process(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        await asks(site)
        kept = site.exchange.services.callbacks.waiting()
    again = tmp_path / "again"
    again.mkdir()
    async with running_site(again, more=text(again)) as site:
        await site.gateway(CARRIER)
        assert site.exchange.services.callbacks.restore(kept) == 1
        desk, _ = await agent(site)
        await moment()
        assert desk.last("call.ringing")["ani"] == CUSTOMER


@virtual_time
async def test_the_drain_keeps_whoever_waits(tmp_path: Path) -> None:
    async with running_site(tmp_path, more=text(tmp_path)) as site:
        kept: list[Callback] = []
        site.exchange.services.callbacks.changed = kept.append
        await asks(site)
        site.stop.set()
        await moment()
        assert [each.state for each in kept] == ["waiting"]
