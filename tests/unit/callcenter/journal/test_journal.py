"""What the loop keeps, hands over, and where a new segment begins."""

from random import Random

import acd
from callcenter.clock import Clock
from callcenter.journal import journal as journal_module
from callcenter.journal.journal import Batch, Chance, Journal
from callcenter.journal.record import Noted


class Taker:
    """Takes everything, and is done with it when told so."""

    def __init__(self) -> None:
        self.taken = self.lost = 0
        self.batches: list[Batch] = []

    def put(self, batch: Batch) -> None:
        self.batches.append(batch)

    def done(self) -> None:
        self.taken = sum(len(batch.inputs) for batch in self.batches)


class Rig:
    """A journalled engine whose time stands still."""

    def __init__(self, strategy: str = "longest_idle") -> None:
        self.chance = Chance(Random(3).random)
        self.engine = acd.Engine([acd.QueueConfig("q", strategy=strategy)], self.chance.draw)
        self.taker = Taker()
        clock = Clock(lambda: 5.0, lambda: 1_790_000_005.0)
        self.journal = Journal(self.engine, self.chance, clock, self.taker)

    def feed(self, event: acd.Event) -> None:
        self.journal.note(5.0, event, self.engine.handle(event, 5.0))


def test_a_segment_begins_with_the_engine_and_holds_the_inputs() -> None:
    rig = Rig()
    event = acd.AgentSignedOut("nobody")
    rig.feed(event)
    rig.journal.hand_over()
    rig.journal.hand_over()  # nothing more to give
    (batch,) = rig.taker.batches
    assert batch.head is not None
    assert (batch.head.position, batch.head.at, batch.head.wall) == (0, 5.0, 1_790_000_005.0)
    assert acd.Engine.restore(batch.head.state).snapshot() == rig.engine.snapshot()
    assert batch.inputs == [Noted(5.0, event, [])]


def test_an_offer_keeps_who_else_stood_in_line() -> None:
    rig = Rig()
    for name in ("ann", "bo", "cy"):
        rig.feed(acd.AgentSignedIn(name, {}))
    rig.feed(acd.ContactQueued("c1", "q"))
    rig.journal.hand_over()
    noted = rig.taker.batches[0].inputs[-1]
    assert noted.runners == {1: acd.Runners(1, ("bo", "cy"))}


def test_draws_of_chance_are_kept_with_their_input() -> None:
    rig = Rig("random")
    for name in ("ann", "bo"):
        rig.feed(acd.AgentSignedIn(name, {}))
    rig.feed(acd.ContactQueued("c1", "q"))
    rig.feed(acd.ContactLeft("c1"))
    rig.journal.hand_over()
    draws = [list(noted.draws) for noted in rig.taker.batches[0].inputs]
    assert draws[:2] == [[], []]
    assert draws[2] == [Random(3).random()]
    assert draws[3] == []


def test_a_long_segment_is_followed_by_another() -> None:
    rig = Rig()
    for number in range(journal_module.ROLL_INPUTS):
        rig.journal.note(5.0, None, [])
        if number % 50_000 == 0:
            rig.journal.hand_over()
            rig.taker.done()
    rig.journal.hand_over()
    rig.feed(acd.AgentSignedIn("ann", {}))
    rig.journal.hand_over()
    head = rig.taker.batches[-1].head
    assert head is not None
    assert head.position == journal_module.ROLL_INPUTS


def test_after_a_disk_fault_the_next_segment_begins() -> None:
    rig = Rig()
    rig.journal.hand_over()
    rig.taker.lost = 3
    rig.feed(acd.AgentSignedIn("ann", {}))
    rig.journal.hand_over()
    rig.feed(acd.AgentSignedOut("ann"))
    rig.journal.hand_over()
    first, second, third = rig.taker.batches
    assert (first.head is None, second.head is None) == (False, True)
    assert third.head is not None
    assert acd.Engine.restore(third.head.state).agent("ann") is not None


def test_a_disk_that_is_too_slow_costs_inputs_and_then_a_new_segment() -> None:
    rig = Rig()
    for _ in range(journal_module.MAX_WAITING + 1):
        rig.journal.note(5.0, None, [])
    rig.journal.hand_over()
    rig.feed(acd.AgentSignedIn("ann", {}))
    rig.journal.hand_over()
    assert rig.journal.dropped == 1
    rig.taker.done()
    rig.journal.hand_over()
    assert len(rig.taker.batches) == 2
    head = rig.taker.batches[-1].head
    assert head is not None
    assert acd.Engine.restore(head.state).agent("ann") is not None
