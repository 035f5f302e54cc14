"""Traffic out of a journal: what is known is kept, what is not is drawn."""

import os
from math import inf
from pathlib import Path
from random import Random

import pytest

import acd
from callcenter.journal.files import Segment, new_file, segments
from callcenter.journal.record import Head, Noted, head_line, input_line
from callcenter.simulation.errors import SimulationError
from callcenter.simulation.recorded import recorded
from callcenter.simulation.simulator import Left, Simulator
from tests.support.simulated_site import simulated_site

WALL = 1_790_000_000.0


def journal(folder: Path) -> list[Segment]:
    """Ann is there from the start. a talks 100 s; b gives up after 8 s; c and d talk 20 s."""
    engine = acd.Engine([acd.QueueConfig("sales", {"sales": 1})])
    engine.handle(acd.AgentSignedIn("ann", {"sales": 5}), 90.0)
    lines = [head_line(Head(1, 90.0, WALL, engine.state()))]
    inputs: list[tuple[float, acd.Event | None]] = [
        (100.0, acd.ContactQueued("a", "sales")),
        (103.0, acd.OfferAccepted(1)),
        (110.0, acd.ContactQueued("b", "sales", 2)),
        (118.0, acd.ContactLeft("b")),
        (120.0, acd.AgentSetBusy("ann", "lunch", deferred=True)),
        (203.0, acd.ContactEnded("a")),
        (210.0, acd.AgentSetIdle("ann")),
        (220.0, acd.ContactQueued("c", "sales")),
        (225.0, acd.OfferRefused(2, "rejected")),
        (230.0, acd.AgentSetIdle("ann")),
        (231.0, acd.OfferAccepted(3)),
        (251.0, acd.ContactEnded("c")),
        (260.0, acd.ContactQueued("a", "sales")),
        (262.0, acd.OfferAccepted(4)),
        (290.0, None),
    ]
    for at, event in inputs:
        commands = engine.advance(at) if event is None else engine.handle(event, at)
        lines.append(input_line(Noted(at, event, commands)))
    file, _ = new_file(folder, WALL)
    os.write(file, b"".join(lines))
    os.close(file)
    return segments(folder)


def test_what_is_known_is_kept(tmp_path: Path) -> None:
    traffic = recorded(journal(tmp_path), 0.0, inf, 1)
    assert (traffic.seconds, traffic.begins) == (190.0, WALL + 10)
    a, b, c, again = traffic.arrivals
    assert [each.at for each in traffic.arrivals] == [0.0, 10.0, 120.0, 160.0]
    assert (a.talk, c.talk) == (100.0, 20.0)
    assert (b.patience, b.priority) == (8.0, 2)
    # 8 s of patience were seen end in 24 s of waiting; beyond what they waited it is drawn.
    assert a.patience > 3.0
    assert c.patience > 11.0
    assert b.talk in (100.0, 20.0)
    assert again.talk in (100.0, 20.0)  # still talking at the end of the journal
    assert traffic.presence == [
        (0.0, acd.AgentSignedIn("ann", {"sales": 5})),
        (20.0, acd.AgentSetBusy("ann", "lunch", deferred=True)),
        (110.0, acd.AgentSetIdle("ann", deferred=True)),
        (130.0, acd.AgentSetIdle("ann", deferred=True)),
    ]
    chance = Random(1)
    assert {traffic.habits.answer(chance) for _ in range(50)} == {3.0, 1.0, 2.0}
    assert traffic.habits.missed == 1 / 4


def test_it_can_be_simulated(tmp_path: Path) -> None:
    told: list[Left] = []
    traffic = recorded(journal(tmp_path), 0.0, inf, 1)
    Simulator(simulated_site(), traffic, 1, told.append).run()
    assert sorted(each.contact_id for each in told) == ["a/0", "a/3", "b/1", "c/2"]
    assert {each.outcome for each in told} <= {"answered", "abandoned"}


def test_a_part_of_it(tmp_path: Path) -> None:
    traffic = recorded(journal(tmp_path), WALL + 100, WALL + 165, 1)
    assert [each.at for each in traffic.arrivals] == [17.0]
    assert traffic.presence[0][1] == acd.AgentSignedIn("ann", {"sales": 5}, False, "lunch")


def test_no_journal_of_that_time(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="no journal of that time"):
        recorded(journal(tmp_path), WALL + 10_000, inf, 1)
    with pytest.raises(SimulationError, match="nobody waited"):
        recorded(segments(tmp_path), WALL + 180, inf, 1)
    with pytest.raises(SimulationError, match="no journal of that time"):
        recorded([], 0.0, inf, 1)
