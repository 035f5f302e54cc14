"""Every refusal of the protocol's tables is met, by a request of `tests/support/protocol_rows`.

The requests of a scene are asked one after the other: what is refused has changed nothing (A-04).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import agent_proto as proto
from agent_proto.reference.examples import EXAMPLES
from agent_proto.refusals import ANY, OF_STAGE, may_be_refused, own_refusals
from callcenter import events
from callcenter.desk.audit import ONLY_LOOK
from tests.support.protocol_rows import LIMITS, ROWS, SITE, UNSPEAKABLE, Who
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import SimPhone
from tests.support.sim_site import SimSite, moment, running_site
from tests.support.virtual_loop import virtual_time


@dataclass
class Scene:
    """Who is there, and the call that it is about."""

    desks: dict[Who, SimDesk]
    call_id: str = ""

    async def standing(self) -> list[dict[str, Any]]:
        """What everybody's program would draw."""
        return [await desk.ask("agent.get") for who, desk in self.desks.items() if who != "guest"]


async def on_break(site: SimSite) -> None:
    dai, _ = await site.agent("1004", "8003")
    await dai.ask("agent.request_break")


async def idle(site: SimSite) -> Scene:
    agent, _ = await site.agent("1001", "8001")
    await on_break(site)
    return Scene({"agent": agent, "guest": await site.links.connect()})


async def _rung(site: SimSite, seat_no: str) -> tuple[SimDesk, SimPhone]:
    agent, phone = await site.agent("1001", seat_no)
    caller = await site.caller()
    caller.dial("4010")
    await moment()
    return agent, phone


async def ringing(site: SimSite) -> Scene:
    agent, _ = await _rung(site, "8001")
    return Scene({"agent": agent}, agent.call_id)


async def unanswered(site: SimSite) -> Scene:
    agent, _ = await _rung(site, "8004")
    return Scene({"agent": agent}, agent.call_id)


async def talking(site: SimSite) -> Scene:
    agent, phone = await _rung(site, "8001")
    phone.answer()
    await moment()
    assert agent.state == "talking"
    await on_break(site)
    return Scene({"agent": agent}, agent.call_id)


async def full(site: SimSite) -> Scene:
    scene = await talking(site)
    site.records.put("outside", "1001", "13900139000")
    return scene


async def waiting(site: SimSite) -> Scene:
    agent, _ = await site.agent("1001", "8001")
    await agent.ask("agent.set_busy")
    site.records.put("outside", "1001", "13900139000")
    caller = await site.caller()
    caller.dial("4010")
    await moment()
    assert caller.hears == "<music>"
    return Scene({"agent": agent})


async def mute(site: SimSite) -> Scene:
    site.prompts.missing.add(UNSPEAKABLE)
    return await talking(site)


async def full_disk(site: SimSite) -> Scene:
    scene = await supervised(site)

    def refuse(*_: object) -> None:
        raise OSError("no room")

    site.plane.start_recording = refuse  # type: ignore[assignment]
    return scene


async def inside(site: SimSite) -> Scene:
    agent, phone = await site.agent("1001", "8001")
    other = await site.phone("8011")
    for each in (phone, other):
        each.answer_calls()
    call_id = (await agent.ask("call.dial", number="8011"))["call_id"]
    await moment()
    assert agent.state == "talking"
    return Scene({"agent": agent}, call_id)


async def dialling(site: SimSite) -> Scene:
    agent, _ = await site.agent("1001", "8001")
    await site.phone("8011")
    call_id = (await agent.ask("call.dial", number="8011"))["call_id"]
    return Scene({"agent": agent}, call_id)


async def locked_out(site: SimSite) -> Scene:
    agent, _ = await site.agent("1001", "8001")
    guest = await site.links.connect()
    for _ in range(5):
        await agent.refusal("agent.change_password", old="guess", new="something-new")
        await guest.refusal("agent.login", agent_id="1004", password="guess", seat_no="8005")
    return Scene({"agent": agent, "guest": guest})


async def misregistered(site: SimSite) -> Scene:
    phone = await site.phone("8005", register=False)
    await phone.register(contact_user="8003")
    agent, _ = await site.agent("1001", "8001")
    return Scene({"agent": agent, "guest": await site.links.connect()})


async def browser(site: SimSite) -> Scene:
    return Scene({"agent": await site.desk("1001", "8009")})


async def messages(site: SimSite) -> Scene:
    scene = await idle(site)
    site.prompts.missing.add("broken.wav")
    site.records.put("broken", "1001", path="broken.wav")
    site.records.put("withheld", "1001")
    site.records.put("from-8005", "1001", "8005")
    site.records.put("from-8003", "1001", "8003")
    return scene


async def _boss(site: SimSite, seat_no: str = "8002") -> SimDesk:
    return await site.desk("1002", seat_no, **{"class": "supervisor"})


async def supervised(site: SimSite) -> Scene:
    scene = await talking(site)
    await site.phone("8002")
    scene.desks["boss"] = await _boss(site)
    return scene


async def no_phone(site: SimSite) -> Scene:
    agent, phone = await _rung(site, "8001")
    phone.answer()
    await moment()
    await site.agent("1004", "8003")
    return Scene({"agent": agent, "boss": await _boss(site, "8005")}, agent.call_id)


async def boss_talks(site: SimSite) -> Scene:
    agent, phone = await _rung(site, "8001")
    phone.answer()
    await site.agent("1004", "8003")
    other, own = await site.phone("8011"), await site.phone("8002")
    for each in (other, own):
        each.answer_calls()
    boss = await _boss(site)
    await boss.ask("call.dial", number="8011")
    await moment()
    await boss.ask("supervisor.record", target="1001", name="x")
    return Scene({"agent": agent, "boss": boss}, agent.call_id)


async def draining(site: SimSite) -> Scene:
    agent, _ = await site.agent("1001", "8001")
    site.records.put("outside", "1001", "13900139000")
    await site.agent("1004", "8003")
    await site.phone("8002")
    boss = await _boss(site)
    await site.phone("8011")
    site.stop.set()
    await moment()
    return Scene({"agent": agent, "boss": boss})


SCENES: Mapping[str, Callable[[SimSite], Awaitable[Scene]]] = {
    "idle": idle,
    "ringing": ringing,
    "unanswered": unanswered,
    "talking": talking,
    "full": full,
    "waiting": waiting,
    "mute": mute,
    "full disk": full_disk,
    "inside": inside,
    "dialling": dialling,
    "locked out": locked_out,
    "misregistered": misregistered,
    "browser": browser,
    "messages": messages,
    "supervised": supervised,
    "no phone": no_phone,
    "boss talks": boss_talks,
    "draining": draining,
}


@pytest.mark.parametrize("name", ROWS)
@virtual_time
async def test_what_is_refused(tmp_path: Path, name: str) -> None:
    lines = 1 if name in ("full", "waiting") else 3
    async with running_site(
        tmp_path, more=f"{SITE}[agent_proto]\n{LIMITS}", max_calls=lines
    ) as site:
        scene = await SCENES[name](site)
        before = await scene.standing()
        for row in ROWS[name]:
            asked = row.asked(scene.call_id, scene.desks["agent"].resume_token)
            code, refused = await scene.desks[row.who].refusal(row.method, **asked)
            assert (refused, code) == (row.error, proto.CODES[row.error]), row
        acts = [row for row in ROWS[name] if row.method.startswith("supervisor.")]
        written = {(each.act, each.outcome) for each in site.told(events.SupervisorActed)}
        assert {(row.method, row.error) for row in acts if row.method not in ONLY_LOOK} <= written
        if name != "unanswered":  # where the phone has failed, and the agent is busy
            assert await scene.standing() == before
        if name == "full disk":
            site.expect_errors()


def test_every_refusal_of_every_method_has_a_row() -> None:
    """And there is no row for what the reference does not know."""
    rows = {(row.method, row.error) for scene in ROWS.values() for row in scene}
    assert rows == {
        (method.name, error) for method in proto.METHODS.values() for error in own_refusals(method)
    }


def test_every_error_of_the_catalogue_may_be_met() -> None:
    """Those that belong to no method are answers to what cannot be read as a request of one."""
    met = {error for method in proto.METHODS.values() for error in may_be_refused(method)}
    unread = {"parse_error", "line_too_long", "invalid_request", "method_not_found"}
    assert proto.CODES.keys() == met | unread


@virtual_time
async def test_what_any_request_may_be_refused_with(tmp_path: Path) -> None:
    """Where it comes: before hello, before and after signing in, in a lower class; wrong params."""
    async with running_site(tmp_path) as site:
        agent, _ = await site.agent("1001", "8001")
        guest = await site.links.connect()
        mute = await site.links.connect(greeting=False)
        for method in proto.METHODS.values():
            params = EXAMPLES[method.name].params
            for desk, error, applies in (
                (mute, "hello_first", method.stage != "connected"),
                (guest, "not_logged_in", method.stage == "signed_in"),
                (agent, "agent_already_logged_in", method.stage == "anonymous"),
                (agent, "forbidden", method.for_supervisors),
            ):
                if applies:
                    assert (await desk.refusal(method.name, **params))[1] == error, method.name
                    assert error in may_be_refused(method)
            wrong = {**params, "request_key": 7}
            desk = guest if method.stage != "signed_in" else agent
            if not method.for_supervisors:
                assert (await desk.refusal(method.name, **wrong))[1] == "invalid_params"
        assert set(OF_STAGE) == {method.stage for method in proto.METHODS.values()}
        assert "rate_limited" in ANY
        with pytest.raises(proto.ProtocolError, match="rate_limited"):
            await asyncio.gather(*(agent.ask("agent.get") for _ in range(500)))
