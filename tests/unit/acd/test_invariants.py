"""Random commands against every invariant: see `tests.support.acd_witness` for what is asserted."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd import (
    AcwFinished,
    AgentEngaged,
    AgentReleased,
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkilled,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    DeviceChanged,
    DeviceFailed,
    Event,
    OfferAccepted,
    OfferAnswering,
    OfferRefused,
    Preferred,
    QueueChanged,
    QueueClosed,
    QueueConfig,
    QueueReopened,
    RefusalOutcome,
    Step,
)
from tests.support.acd_witness import Witness

QUEUES = {
    "GD": [
        QueueConfig("sales", {"sales": 2}, ring_timeout=10, max_wait=25, acw=4),
        QueueConfig("support", {"support": 1}, ring_timeout=5, priority=1),
        QueueConfig("both", {"sales": 1, "support": 2}, max_wait=8, overflow_no_agents=True),
    ],
    "WZ": [
        QueueConfig("sales", {"sales": 2}, max_wait=45, busy_after_no_answer=False),
        QueueConfig("support", {"support": 1}, ring_timeout=3, busy_after_no_answer=False),
        QueueConfig("both", ring_timeout=4, busy_after_no_answer=False),
    ],
}
QUEUES["relaxing"] = [
    QueueConfig(
        "sales",
        {"sales": 3},
        steps=(Step(2, {"sales": 1}), Step(5, {}, queues=("support",)), Step(9, agents=("a", "b"))),
        busy_after_no_answer=False,
        overflow_no_agents=True,
    ),
    QueueConfig("support", {"support": 2}, steps=(Step(3, {"support": 1}),), priority_worth=2),
    QueueConfig("both", {"sales": 1}, steps=(Step(4, queues=("sales",)),), max_length=2),
]
QUEUES["ring all"] = [
    QueueConfig("sales", {"sales": 1}, strategy="ring_all", ring_at_once=2, max_wait=25),
    QueueConfig("support", strategy="ring_all", busy_after_no_answer=False),
    QueueConfig("both", {"support": 1}, weight=3, overflow_all_busy=True),
]
QUEUES["strategies"] = [
    QueueConfig("sales", strategy="random"),
    QueueConfig("support", {"support": 1}, strategy="round_robin", weight=2),
    QueueConfig("both", strategy="least_occupied", idle_time="available", acw=3),
]
QUEUES["more strategies"] = [
    QueueConfig("sales", {"sales": 1}, strategy="most_skilled", acw=2, priority_worth=3),
    QueueConfig("support", strategy="ranked", ranking=("c", "b"), busy_after_no_answer=False),
    QueueConfig("both", strategy="fewest_contacts", idle_time="contact", max_length=1),
]
QUEUE_NAMES = ["sales", "support", "both"]
SKILLS = [{"sales": 3}, {"support": 1}, {"sales": 1, "support": 2}, {"sales": 5, "support": 5}]
OUTCOMES: list[RefusalOutcome] = [
    "rejected",
    "no_answer",
    "device_busy",
    "device_failed",
    "withdrawn",
]

agent_ids = st.sampled_from(["a", "b", "c", "d"])
contact_ids = st.integers(1, 12).map(str)
preferred = st.builds(Preferred, agent_ids, st.sampled_from([0.0, 2.0, 6.0]))
Make = Callable[[Witness], Event | None]


def newest_offer(witness: Witness, back: int) -> int:
    """A live offer if there is one, else a stale or unknown one."""
    live = sorted(witness.offers)
    return live[-1 - back % len(live)] if live else back


fixed: st.SearchStrategy[Event | None] = st.one_of(
    st.none(),
    st.builds(AgentSignedIn, agent_ids, st.sampled_from(SKILLS), st.just(True)),
    st.builds(AgentSignedIn, agent_ids, st.sampled_from(SKILLS), st.booleans(), st.just("x")),
    st.builds(AgentSignedOut, agent_ids),
    st.builds(AgentSetBusy, agent_ids, st.sampled_from(["x", ""]), st.booleans()),
    st.builds(AgentSetIdle, agent_ids),
    st.builds(AgentSetIdle, agent_ids, st.booleans()),
    st.builds(DeviceChanged, agent_ids, st.booleans()),
    st.builds(DeviceFailed, agent_ids),
    st.builds(AgentEngaged, agent_ids, st.sampled_from(["dialling", "talking"])),
    st.builds(AgentReleased, agent_ids),
    st.builds(AcwFinished, agent_ids),
    st.builds(ContactQueued, contact_ids, st.sampled_from(QUEUE_NAMES), st.integers(-1, 2)),
    st.builds(
        ContactQueued,
        contact_ids,
        st.sampled_from(QUEUE_NAMES),
        st.just(0),
        st.sampled_from([None, 0.0, 3.0]),
    ),
    st.builds(
        ContactQueued,
        contact_ids,
        st.sampled_from(QUEUE_NAMES),
        enqueued_at=st.sampled_from([None, 1.0]),
        overflow_no_agents=st.booleans(),
        preferred=st.lists(preferred, max_size=3).map(tuple),
        head=st.booleans(),
        patient=st.booleans(),
    ),
    st.builds(AgentSkilled, agent_ids, st.sampled_from(SKILLS)),
    st.builds(QueueChanged, st.sampled_from([each for some in QUEUES.values() for each in some])),
    st.builds(QueueClosed, st.sampled_from(QUEUE_NAMES), st.booleans()),
    st.builds(QueueReopened, st.sampled_from(QUEUE_NAMES)),
    st.builds(QueueReopened, st.sampled_from(QUEUE_NAMES)),
    st.builds(ContactLeft, contact_ids),
    st.builds(ContactEnded, contact_ids),
)
of_offer = st.one_of(
    st.builds(
        lambda back: lambda witness: OfferAccepted(newest_offer(witness, back)),
        st.integers(0, 3),
    ),
    st.builds(
        lambda back, outcome: lambda witness: OfferRefused(newest_offer(witness, back), outcome),
        st.integers(0, 3),
        st.sampled_from(OUTCOMES),
    ),
    st.builds(
        lambda back, within, outcome: (
            lambda witness: OfferAnswering(newest_offer(witness, back), within, outcome)
        ),
        st.integers(0, 3),
        st.sampled_from([3.0, 30.0]),  # an agent who connects, or is kept for a callback
        st.sampled_from(["device_failed", "withdrawn", "no_answer"]),
    ),
)
makes: st.SearchStrategy[Make] = st.one_of(
    fixed.map(lambda event: lambda _: event),
    fixed.map(lambda event: lambda _: event),
    of_offer,
)
steps = st.tuples(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.5, 10.0]), makes)


@pytest.mark.parametrize("profile", QUEUES)
@settings(max_examples=100, deadline=None)
@given(script=st.lists(steps, min_size=30, max_size=80))
def test_nothing_is_ever_stuck_lost_or_in_two_places(
    profile: str, script: list[tuple[float, Make]]
) -> None:
    witness = Witness(QUEUES[profile], chance=lambda: Random(7).random)
    now = 0.0
    for pause, make in script:
        now += pause
        witness.feed(now, None)
        witness.feed(now, make(witness))
    witness.replay()
    finish(witness, now)


def finish(witness: Witness, now: float) -> None:
    """When every caller goes home and every wrap-up is over, nothing is left behind."""
    for contact_id in [*witness.contacts, *witness.talks]:
        witness.feed(now, ContactLeft(contact_id))
    for agent_id in list(witness.agents):
        witness.feed(now, AgentReleased(agent_id))
    witness.feed(now + 3600.0, None)
    assert witness.engine.next_deadline() is None
    assert witness.engine.snapshot().contacts == 0
    assert {agent.state for agent in witness.agents.values()} <= {"idle", "busy"}
