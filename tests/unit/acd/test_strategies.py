"""Who of the idle agents is next, by each strategy (A-24; design: three meanings of idle)."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from acd import (
    AgentEngaged,
    AgentReleased,
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    Engine,
    InvalidQueueError,
    Offer,
    OfferAccepted,
    QueueAdded,
    QueueConfig,
)
from tests.support.acd_script import play, quietly

SKILLS = {"sales": 1}


class Desk:
    """A queue whose agents take what they are offered."""

    def __init__(self, strategy: str, agents: Sequence[str] = ("ann", "bo", "cy"), **more: Any):
        self.engine = Engine([QueueConfig("sales", strategy=strategy, **more)], Random(1).random)
        self._calls = 0
        for n, agent_id in enumerate(agents):
            quietly(self.engine, n * 0.01, AgentSignedIn(agent_id, SKILLS))

    def call(self, now: float, lasts: float = 1.0) -> str:
        """A caller is answered at once and talks; returns by whom."""
        offer = self.begin(now)
        quietly(self.engine, now + lasts, ContactEnded(offer.contact_id))
        return offer.agent_id

    def begin(self, now: float) -> Offer:
        """A caller is answered at once."""
        self._calls += 1
        (offer, *_) = self.engine.handle(ContactQueued(f"c{self._calls}", "sales"), now)
        assert isinstance(offer, Offer)
        quietly(self.engine, now, OfferAccepted(offer.offer_id))
        return offer

    def rest(self, agent_id: str, begin: float, end: float) -> None:
        """An agent takes a break."""
        quietly(self.engine, begin, AgentSetBusy(agent_id, "break"))
        quietly(self.engine, end, AgentSetIdle(agent_id))


@pytest.mark.parametrize(
    ("idle_time", "expected"),
    [
        # ann: contact to 10, break 11 to 50; bo: contact to 20, break 25 to 45; cy: contact to 40.
        pytest.param("state_change", ["cy", "bo", "ann"], id="since the last change to idle"),
        pytest.param("contact", ["ann", "bo", "cy"], id="since the last contact, breaks or not"),
        pytest.param("available", ["bo", "cy", "ann"], id="time spent idle since the last contact"),
    ],
)
def test_longest_idle_has_three_meanings(idle_time: str, expected: list[str]) -> None:
    desk = Desk("longest_idle", idle_time=idle_time)
    for agent_id, end in (("ann", 10), ("bo", 20), ("cy", 40)):
        offer = desk.begin(5)
        assert offer.agent_id == agent_id
        quietly(desk.engine, end, ContactEnded(offer.contact_id))
        if agent_id == "ann":
            quietly(desk.engine, 11, AgentSetBusy("ann", "break"))
        if agent_id == "bo":
            quietly(desk.engine, 25, AgentSetBusy("bo", "break"))
    quietly(desk.engine, 45, AgentSetIdle("bo"))
    quietly(desk.engine, 50, AgentSetIdle("ann"))
    assert [desk.begin(60).agent_id for _ in range(3)] == expected


def test_time_available_counts_no_calls_of_ones_own() -> None:
    desk = Desk("longest_idle", ["ann", "bo"], idle_time="available")
    quietly(desk.engine, 10, AgentEngaged("ann", "talking"))
    quietly(desk.engine, 20, AgentReleased("ann"))
    assert desk.begin(30).agent_id == "bo"


@pytest.mark.parametrize("idle_time", ["state_change", "contact", "available"])
def test_who_missed_a_call_and_stays_idle_is_not_rung_first_again(idle_time: str) -> None:
    desk = Desk("longest_idle", ["ann", "bo"], idle_time=idle_time, busy_after_no_answer=False)
    play(
        desk.engine,
        [
            (5, ContactQueued("x", "sales"), ["offer x to ann", "ann: idle>ringing"]),
            (
                15,
                None,
                [
                    "withdraw x from ann: no_answer",
                    "ann: ringing>idle",
                    "offer x to bo",
                    "bo: idle>ringing",
                ],
            ),
            (16, ContactLeft("x"), ["withdraw x from bo: caller_left", "bo: ringing>idle"]),
            (17, ContactQueued("y", "sales"), ["offer y to bo", "bo: idle>ringing"]),
        ],
    )


def test_fewest_contacts_evens_out_whatever_the_length() -> None:
    desk = Desk("fewest_contacts")
    assert [desk.call(10 * n, lasts=9 if n % 3 else 1) for n in range(1, 7)] == [
        *("ann", "bo", "cy"),
        *("ann", "bo", "cy"),
    ]
    desk.rest("ann", 100, 101)
    assert [desk.call(110 + n * 2) for n in range(3)] == ["bo", "cy", "ann"]


def test_who_signs_in_late_starts_level_with_the_fewest() -> None:
    desk = Desk("fewest_contacts", ["ann", "bo"])
    for n in range(5):
        desk.call(10.0 * (n + 1))
    quietly(desk.engine, 100, AgentSignedIn("cy", SKILLS))
    # ann has had 3, bo 2; cy starts at 2.
    assert [desk.call(110.0 + 2 * n) for n in range(5)] == ["bo", "cy", "ann", "bo", "cy"]
    quietly(desk.engine, 200, AgentSignedOut("ann"), AgentSignedOut("bo"), AgentSignedOut("cy"))
    quietly(desk.engine, 201, AgentSignedIn("dai", SKILLS))
    assert desk.call(202) == "dai"


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [("most_skilled", ["cy", "bo", "dai", "ann"]), ("least_skilled", ["ann", "bo", "dai", "cy"])],
)
def test_the_sum_of_the_levels_asked_for_ranks_and_idle_time_breaks_ties(
    strategy: str, expected: list[str]
) -> None:
    engine = Engine([QueueConfig("both", {"sales": 1, "support": 2}, strategy=strategy)])
    quietly(
        engine,
        0,
        AgentSignedIn("ann", {"sales": 1, "support": 2, "chess": 10}),
        AgentSignedIn("bo", {"sales": 3, "support": 4}),
        AgentSignedIn("cy", {"sales": 8, "support": 2}),
        AgentSignedIn("dai", {"sales": 2, "support": 5}),
        AgentSignedIn("eva", {"sales": 10}),
    )
    offers = [engine.handle(ContactQueued(f"c{n}", "both"), 1.0)[0] for n in range(4)]
    assert [each.agent_id for each in offers if isinstance(each, Offer)] == expected


def test_least_occupied_looks_at_time_and_not_at_the_number_of_contacts() -> None:
    desk = Desk("least_occupied", ["ann", "bo"])
    assert desk.call(10, lasts=300) == "ann"
    # One long contact of ann's outweighs several short ones of bo's.
    assert [desk.call(400 + 20 * n, lasts=10) for n in range(5)] == ["bo"] * 5


def test_least_occupied_counts_neither_breaks_nor_ringing() -> None:
    desk = Desk("least_occupied", ["ann", "bo"])
    assert [desk.call(10, lasts=100), desk.call(110, lasts=90)] == ["ann", "bo"]
    # An hour of break leaves ann's occupancy as it is; an hour of idling lowers bo's.
    desk.rest("ann", 201, 3801)
    assert desk.begin(3802).agent_id == "bo"


def test_occupancy_forgets_what_is_long_ago() -> None:
    desk = Desk("least_occupied", ["ann", "bo"])
    assert desk.call(10, lasts=1000) == "ann"
    desk.rest("bo", 1011, 9000)
    assert desk.call(9001, lasts=120) == "bo"
    assert desk.call(9200, lasts=1) == "ann"


def test_round_robin_goes_round_and_past_those_who_are_not_idle() -> None:
    desk = Desk("round_robin")
    assert [desk.call(10 * n) for n in range(1, 5)] == ["ann", "bo", "cy", "ann"]
    quietly(desk.engine, 60, AgentSetBusy("bo", "break"))
    assert desk.call(61) == "cy"
    quietly(desk.engine, 70, AgentSetIdle("bo"))
    # bo's turn went by during the break and comes again in the next round.
    assert [desk.call(80 + 2 * n) for n in range(3)] == ["ann", "bo", "cy"]


def test_a_ranked_list_goes_before_all_who_are_not_in_it() -> None:
    desk = Desk("ranked", ranking=("cy", "ann"))
    assert [desk.begin(10 + n).agent_id for n in range(3)] == ["cy", "ann", "bo"]


def test_random_is_even_and_the_same_chance_replays_the_same_draws() -> None:
    agents = [f"a{n}" for n in range(10)]
    desk, again = Desk("random", agents), Desk("random", agents)
    drawn = [desk.call(10.0 * n) for n in range(1, 2001)]
    assert [again.call(10.0 * n) for n in range(1, 2001)] == drawn
    counts = Counter(drawn)
    assert len(counts) == 10
    assert 140 < min(counts.values()) <= max(counts.values()) < 260
    # No bias to those who have just become idle: about one in ten is drawn twice running.
    repeats = sum(one == two for one, two in pairwise(drawn))
    assert 140 < repeats < 260


def test_random_without_a_chance_is_refused() -> None:
    with pytest.raises(InvalidQueueError, match="queue 'sales': strategy 'random' needs a chance"):
        Engine([QueueConfig("sales", strategy="random")])


@pytest.mark.parametrize("strategy", ["longest_idle", "random", "round_robin", "least_occupied"])
def test_a_queue_opened_later_finds_those_who_are_idle(strategy: str) -> None:
    engine = Engine([QueueConfig("sales")], Random(1).random)
    quietly(engine, 0, AgentSignedIn("ann", SKILLS))
    quietly(engine, 5, QueueAdded(QueueConfig("late", SKILLS, strategy=strategy)))
    offer, *_ = engine.handle(ContactQueued("c1", "late"), 6.0)
    assert isinstance(offer, Offer)
    assert offer.agent_id == "ann"
