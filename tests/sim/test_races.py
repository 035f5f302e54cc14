"""What happens in the same moment, under many seeds: nobody is stuck, nothing is left.

Ten seeds of each race are part of CI, the others of `make proof`. The id of a failed test names its
seed, which shows the same again: `pytest -m "proof or not proof" -k 'bye_crosses and 137'`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.load.results import keep
from tests.support.race import Course, Deed, Race, run_race
from tests.support.sim_desk import SimDesk
from tests.support.sim_phone import HOST, SimPhone, sdp

EVERY_SEED = 500
SEEDS = [
    *range(10),
    *(pytest.param(seed, marks=pytest.mark.proof) for seed in range(10, EVERY_SEED)),
]


async def talk(race: Race, *, protocol: bool = False) -> tuple[SimPhone, SimDesk, SimPhone]:
    """A caller whom a queue gave to Ann."""
    desk, phone = await race.agent("1001", "8004" if protocol else "8001")
    phone.answer_calls()
    caller = await race.caller("4001")
    await asyncio.sleep(1)
    if protocol:
        await desk.about_call("call.answer")
    await asyncio.sleep(6)
    assert desk.state == "talking"
    return caller, desk, phone


def commands(desk: SimDesk, *names: str) -> list[Deed]:
    """Each about the call that rang last, if one did."""

    def about(name: str) -> object:
        return desk.about_call(f"call.{name}") if "call.ringing" in desk.names else None

    return [partial(about, name) for name in names]


def asks(desk: SimDesk, method: str, **target: str) -> Deed:
    """A consultation or transfer."""

    def about() -> object:
        rang = "call.ringing" in desk.names
        return desk.ask(f"call.{method}", call_id=desk.call_id, target=target) if rang else None

    return about


def refers(phone: SimPhone, number: str) -> Deed:
    """The phone's own transfer key."""
    call = phone.call
    return lambda: call.refer(f"sip:{number}@{HOST}", lambda _code, _phrase: None)


def offers(race: Race, phone: SimPhone) -> Deed:
    """A re-INVITE or UPDATE: hold or retrieve."""
    call, body = phone.call, sdp(phone.host, race.chance.choice(["sendonly", "sendrecv"]))
    by = race.chance.choice([call.reinvite, call.update])
    return lambda: by(body, None)


def dies(phone: SimPhone) -> Deed:
    """The phone is cut off, in a call or not."""
    return lambda: phone.die() if phone.calls and phone.up else phone.lose_network()


# -- the races -----------------------------------------------------------------------------------


async def answer_at_the_instant_of_cancel(race: Race) -> None:
    """Of a queue's caller, at a phone or from the desk; or because the ring time is over."""
    protocol = race.chance.random() < 0.5
    desk, phone = await race.agent("1001", "8004" if protocol else "8001")
    other, _ = await race.agent("1004", "8002")
    second = None if protocol else await race.phone("8001", host="10.0.2.1")
    await other.ask("agent.set_busy")
    caller = await race.caller("4001")
    await asyncio.sleep(1)
    if protocol:
        phone.answer_calls()
    answers: list[Deed] = commands(desk, "answer") if protocol else [phone.answer]
    if second is not None:
        answers.append(second.answer)
    if race.chance.random() < 0.3:
        await asyncio.sleep(9 - 0.03)
        await race.at_once(*answers)
        return
    leaves: list[Deed] = [caller.hang_up, *commands(desk, "reject")]
    leaves.append(partial(desk.ask, "agent.logout"))
    some = [race.pick(*leaves) for _ in range(race.chance.choice([1, 1, 2]))]
    await race.at_once(*answers, *some)


async def extension_answers_as_the_caller_cancels(race: Race) -> None:
    """Without a queue: an extension, or somebody outside."""
    first, second = await race.phone("8011"), await race.phone("8012")
    await race.agent("1001", "8001")
    gateway = await race.gateway()
    outside = race.chance.random() < 0.5
    called = gateway if outside else second
    first.dial("110" if outside else "8012")
    await asyncio.sleep(1)
    await race.at_once(first.hang_up, called.answer)


async def transfer_to_an_agent_going_busy(race: Race) -> None:
    """By command or by REFER, before or after asking, to whoever is at 8002."""
    caller, desk, phone = await talk(race)
    seat_no = race.chance.choice(["8002", "8004"])
    helped, helper = await race.agent("1004", seat_no)
    helper.answer_calls(after=race.chance.choice([0, 0.02, 1]))
    gives: list[Deed] = [
        asks(desk, "transfer", agent="1004"),
        asks(desk, "consult", agent="1004"),
        refers(phone, seat_no),
    ]
    goes: list[Deed] = [
        partial(helped.ask, "agent.set_busy"),
        partial(helped.ask, "agent.logout"),
        partial(helper.register, expires=0),
        lambda: helper.dial("4002"),
        partial(helped.ask, "call.dial", number="8001"),
        partial(race.caller, "4001"),
        dies(helper),
    ]
    after: list[Deed] = [phone.hang_up, caller.hang_up, *commands(desk, "complete_transfer")]
    await race.at_once(race.pick(*gives), race.pick(*goes), race.pick(*after))
    if race.chance.random() < 0.5:
        await race.at_once(race.pick(*after), *commands(desk, "keep"))


async def force_logout_during_consult(race: Race) -> None:
    """Of who asks or who is asked, in whatever state that is."""
    caller, desk, phone = await talk(race)
    helped, helper = await race.agent("1004", race.chance.choice(["8002", "8004"]))
    boss = await race.desk("1009", "8012", **{"class": "supervisor"})
    helper.answer_calls(after=race.chance.choice([0, 0.5, 30]))
    await desk.ask("call.consult", call_id=desk.call_id, target={"agent": "1004"})
    if race.chance.random() < 0.7:
        await asyncio.sleep(1)
    forces: list[Deed] = [
        partial(boss.ask, "supervisor.force_logout", target=each) for each in ("1001", "1004")
    ]
    acts = commands(desk, "keep", "toggle", "complete_transfer", "conference", "hangup")
    acts += [caller.hang_up, phone.hang_up]
    acts += commands(helped, "answer", "reject", "hangup")
    await race.at_once(race.pick(*forces), race.pick(*forces), race.pick(*acts), race.pick(*acts))


async def both_agents_leave_a_conference(race: Race) -> None:
    """By command, by phone, by signing out; and perhaps the customer, too."""
    caller, desk, phone = await talk(race)
    helped, helper = await race.agent("1004", "8002")
    helper.answer_calls()
    target = {"agent": "1004"}
    await desk.ask("call.conference", call_id=desk.call_id, target=target)
    await asyncio.sleep(1)
    one: list[Deed] = [*commands(desk, "hangup", "keep", "complete_transfer"), phone.hang_up]
    other: list[Deed] = [*commands(helped, "hangup"), helper.hang_up]
    one.append(partial(desk.ask, "agent.logout"))
    other.append(partial(helped.ask, "agent.logout"))
    third: list[Deed] = [
        caller.hang_up,
        dies(phone),
        dies(helper),
        offers(race, phone),
        offers(race, caller),
    ]
    await race.at_once(race.pick(*one), race.pick(*other), race.pick(*third))


async def bye_crosses_re_invite(race: Race) -> None:
    """On either side, and a hold by command at the same moment."""
    caller, desk, phone = await talk(race)
    acts = [
        offers(race, caller),
        offers(race, phone),
        offers(race, phone),
        *commands(desk, "hold", "retrieve"),
    ]
    acts += [refers(phone, "8012"), asks(desk, "transfer", number="8012")]
    ends: list[Deed] = [caller.hang_up, phone.hang_up, *commands(desk, "hangup")]
    await race.at_once(race.pick(*acts), race.pick(*acts), race.pick(*ends), race.pick(*ends))


async def tcp_is_lost_at_any_step(race: Race) -> None:
    """The phone's, or the desk's, which comes back within the grace time or never."""
    site, tcp = race.site, race.chance.random() < 0.7
    desk, phone = await race.agent("1001", "8001", transport="tcp" if tcp else "udp")
    phone.answer_calls(after=0.5)
    caller = await race.caller("4001")
    steps: list[Deed] = [
        lambda: None,
        lambda: asyncio.sleep(0.5),
        lambda: asyncio.sleep(6),
        *commands(desk, "hold", "retrieve"),
        asks(desk, "consult", number="8012"),
        *commands(desk, "keep", "hangup"),
    ]
    lost_at = race.chance.randrange(len(steps))
    for position, step in enumerate(steps):
        if position == lost_at:
            losses: list[Deed] = [desk.close]
            if tcp:
                ends = phone.stack.addresses[0], phone.exchange
                losses += [partial(site.network.lose_connection, *ends)] * 2
            await race.at_once(step, race.pick(*losses))
            break
        await race.at_once(step)
    if desk.lost and race.chance.random() < 0.6:
        await asyncio.sleep(race.chance.choice([0, 1, 59.99, 60, 60.01]))
        desk = await race.comes_back("1001")
    leaves: list[Deed] = [caller.hang_up, *commands(desk, "hangup")]
    await race.at_once(race.pick(*leaves, *([phone.hang_up] if phone.calls else [])))


async def picked_up_as_the_phone_answers(race: Race) -> None:
    """By Replaces, in a group, while the caller may leave; or a talk moves as somebody hangs up."""
    await race.agent("1001", "8001")
    caller, rung, other = [await race.phone(number) for number in ("8011", "8021", "8022")]
    caller.dial("8021")
    await asyncio.sleep(1)
    if race.chance.random() < 0.3:
        rung.answer()
        await asyncio.sleep(1)
        other = await race.phone("8021", host="10.0.2.1")
    headers = (("Replaces", str(rung.call.as_replaced)),)
    takes: list[Deed] = [partial(other.dial, "8021", headers=headers)]
    ends: list[Deed] = [rung.answer, caller.hang_up, rung.hang_up, offers(race, caller)]
    await race.at_once(*takes, race.pick(*ends), race.pick(*ends))


async def given_on_as_whom_the_phone_asks_answers(race: Race) -> None:
    """REFER with Replaces while the phone's second call rings, waits in a queue or is answered."""
    caller, desk, phone = await talk(race)
    helped, helper = await race.agent("1004", "8002")
    extension = await race.phone("8011")
    number, called = race.chance.choice(
        [("8002", helper), ("8011", extension), ("4001", helper), ("4002", None)]
    )
    kept = phone.call
    phone.dial(number)
    await asyncio.sleep(1)
    asking = phone.call
    refer: Deed = partial(
        kept.refer, f"sip:{number}@{HOST}", lambda _code, _phrase: None, replaces=asking
    )
    if number.startswith("400") and race.chance.random() < 0.3:
        refer = partial(asking.refer, f"sip:1@{HOST}", lambda _code, _phrase: None, replaces=kept)
    acts: list[Deed] = [caller.hang_up, kept.hangup, asking.hangup, offers(race, caller)]
    acts += [*commands(desk, "hold", "hangup"), partial(helped.ask, "agent.logout")]
    if called is not None:
        acts += [called.answer, partial(called.refuse, 486), dies(called)]
    await race.at_once(refer, race.pick(*acts), race.pick(*acts))
    if called is not None and race.chance.random() < 0.5:
        await asyncio.sleep(0.5)
        called.answer_calls()
        await race.at_once(called.answer)


async def given_on_by_who_has_called(race: Race) -> None:
    """The same by the caller, who is gone as soon as the REFER is taken up, or stays."""
    helped, helper = await race.agent("1004", "8002")
    gives, stays, extension = [await race.phone(n) for n in ("8011", "8012", "8013")]
    stays.answer_calls()
    gives.dial("8012")
    await asyncio.sleep(1)
    number, called = race.chance.choice(
        [("8002", helper), ("8013", extension), ("4001", helper), ("4002", None), ("4000", None)]
    )
    kept = gives.call
    gives.dial(number)
    await asyncio.sleep(1)
    asking = gives.call
    leaves = race.chance.random() < 0.5

    def told(_code: int, _phrase: str) -> None:
        if leaves:
            kept.hangup()
            asking.hangup()

    refer: Deed = partial(kept.refer, f"sip:{number}@{HOST}", told, replaces=asking)
    acts: list[Deed] = [
        stays.hang_up,
        kept.hangup,
        asking.hangup,
        offers(race, stays),
        dies(stays),
        dies(gives),
    ]
    acts += [partial(helped.ask, "agent.logout")]
    if called is not None:
        acts += [called.answer, partial(called.refuse, 486), dies(called)]
    await race.at_once(refer, race.pick(*acts), race.pick(*acts))
    if called is not None and race.chance.random() < 0.5:
        await asyncio.sleep(0.5)
        called.answer_calls()
        await race.at_once(called.answer)


async def intercepted_as_somebody_leaves(race: Race) -> None:
    """By a supervisor who listens already, or whose phone is rung for it."""
    caller, desk, phone = await talk(race)
    ear = await race.phone("8012")
    boss = await race.desk("1009", "8012", **{"class": "supervisor"})
    ear.answer_calls(after=race.chance.choice([0, 0.02]))
    if race.chance.random() < 0.6:
        await boss.ask("supervisor.monitor", target="1001")
        await asyncio.sleep(1)
    acts: list[Deed] = [
        caller.hang_up,
        phone.hang_up,
        offers(race, caller),
        offers(race, phone),
        asks(desk, "transfer", number="8011"),
        *commands(desk, "hold", "hangup"),
        partial(boss.ask, "agent.logout"),
        dies(ear),
    ]
    if ear.calls:
        acts.append(ear.hang_up)
    takes: Deed = partial(boss.ask, "supervisor.intercept", target="1001")
    await race.at_once(takes, race.pick(*acts), race.pick(*acts))


async def all_calls_are_ended(race: Race) -> None:
    """By the end of the drain time, while calls come, ring, are answered, held and given on."""
    desk, phone = await race.agent("1001", race.chance.choice(["8001", "8004"]))
    helped, helper = await race.agent("1004", "8002")
    extension = await race.phone("8011")
    for each in (phone, helper):
        each.answer_calls(after=race.chance.choice([0, 0.5, 1, 30]))
    callers = [await race.caller("4001") for _ in range(race.chance.choice([1, 2]))]
    await asyncio.sleep(race.chance.choice([0, 0.03, 0.5, 1, 8]))
    acts: list[Deed] = [
        *(caller.hang_up for caller in callers),
        partial(race.caller, "4001"),
        partial(extension.dial, "8002"),
        partial(helped.ask, "call.dial", number="8011"),
        partial(helped.ask, "agent.logout"),
        asks(desk, "consult", agent="1004"),
        asks(desk, "transfer", number="8011"),
        *commands(desk, "answer", "hold", "complete_transfer"),
    ]
    everything = race.site.exchange.switchboard.end_all
    await race.at_once(everything, race.pick(*acts), race.pick(*acts), race.pick(*acts))


COURSES: tuple[Course, ...] = (
    answer_at_the_instant_of_cancel,
    extension_answers_as_the_caller_cancels,
    transfer_to_an_agent_going_busy,
    force_logout_during_consult,
    both_agents_leave_a_conference,
    bye_crosses_re_invite,
    tcp_is_lost_at_any_step,
    picked_up_as_the_phone_answers,
    given_on_as_whom_the_phone_asks_answers,
    given_on_by_who_has_called,
    intercepted_as_somebody_leaves,
    all_calls_are_ended,
)


@pytest.fixture(scope="module")
def survived() -> Iterator[Counter[str]]:
    """Seeds of each course that went well; where these are all of them, the result is kept."""
    begun = time.process_time()
    seeds: Counter[str] = Counter()
    yield seeds
    if seeds == {course.__name__: EVERY_SEED for course in COURSES}:
        seconds = round(time.process_time() - begun)
        facts = {"seeds": EVERY_SEED, "courses": list(seeds), "failures": 0, "cpu_seconds": seconds}
        keep("races", f"Each of {len(COURSES)} races under {EVERY_SEED} seeds", facts)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.__name__)
def test_race(tmp_path: Path, course: Course, seed: int, survived: Counter[str]) -> None:
    run_race(tmp_path, seed, course)
    survived[course.__name__] += 1
