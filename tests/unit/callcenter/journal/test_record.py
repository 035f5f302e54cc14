"""The lines of a journal are what was told, and what is no line is refused."""

from typing import Any, get_args

import pytest

import acd
from callcenter.journal.errors import JournalError
from callcenter.journal.record import (
    Head,
    Input,
    Noted,
    head_line,
    input_line,
    read_head,
    read_input,
)

QUEUE = acd.QueueConfig(
    "q", {"s": 2}, max_wait=9.0, steps=(acd.Step(3.0, {"s": 1}, agents=("a",)),)
)
EVENTS: list[acd.Event] = [
    acd.AgentSignedIn("ann", {"s": 5}, ready=False, reason="lunch"),
    acd.AgentSignedOut("ann"),
    acd.AgentSetBusy("ann", "x", deferred=True),
    acd.AgentSetIdle("ann"),
    acd.DeviceChanged("ann", False),
    acd.DeviceFailed("ann"),
    acd.AgentEngaged("ann", "dialling"),
    acd.AgentReleased("ann"),
    acd.AcwFinished("ann"),
    acd.AcwExtended("ann", 30.0),
    acd.ContactQueued("c", "q", 2, 1.5, preferred=(acd.Preferred("ann", 20.0),), head=True),
    acd.ContactLeft("c"),
    acd.ContactEnded("c"),
    acd.OfferAnswering(7, 3.0),
    acd.OfferAccepted(7),
    acd.OfferRefused(7, "rejected"),
    acd.AgentSkilled("ann", {"s": 3}),
    acd.QueueAdded(QUEUE),
    acd.QueueChanged(QUEUE),
    acd.QueueRemoved("q"),
    acd.QueueClosed("q", clear=True),
    acd.QueueReopened("q"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_input_comes_back_as_it_was(event: acd.Event) -> None:
    assert read_input(input_line(Noted(1.25, event, []))) == Input(1.25, event, [], [])


def test_time_alone_is_an_input() -> None:
    assert read_input(input_line(Noted(0.1 + 0.2, None, []))) == Input(0.1 + 0.2, None, [], [])


def test_decisions_and_draws_stand_beside_it() -> None:
    commands: list[acd.Command] = [
        acd.Withdraw(1, "c", "bo", "no_answer"),
        acd.AgentStateChanged("bo", "busy", "ringing", "no_answer", 2.0),
        acd.StepTaken("c", "q", 1),
        acd.Offer(2, "c", "ann", "q", 10.0),
        acd.Overflow("d", "q", "max_wait"),
    ]
    line = input_line(Noted(2.0, None, commands, {2: acd.Runners(1, ("cy",))}, [0.25]))
    assert read_input(line) == Input(
        2.0,
        None,
        [
            ["withdraw", 1, "no_answer"],
            ["step", "c", 1],
            ["offer", 2, "c", "ann", "q", 1, ["cy"]],
            ["overflow", "d", "q", "max_wait"],
        ],
        [0.25],
    )


def test_the_head_gives_both_clocks() -> None:
    head = read_head(head_line(Head(12, 100.0, 1_790_000_000.0, {"version": 1})))
    assert head == Head(12, 100.0, 1_790_000_000.0, {"version": 1})
    assert head.wall_of(101.5) == 1_790_000_001.5


@pytest.mark.parametrize(
    ("read", "line"),
    [
        (read_head, b"\n"),
        (read_head, b"[]\n"),
        (read_head, b'{"journal": 9}\n'),
        (read_head, b'{"journal": 1, "at": 0}\n'),
        (read_input, b"[1.0\n"),
        (read_input, b"[" * 100_000 + b"\n"),
        (read_input, b"{}\n"),
        (read_input, b"[1.0, 2]\n"),
        (read_input, b'[1.0, "Boo", {}]\n'),
        (read_input, b'[1.0, "AgentSignedOut", {}]\n'),
        (read_input, b'[1.0, "OfferAccepted", {"offer_id": "x"}]\n'),
    ],
)
def test_what_is_no_line_is_refused(read: Any, line: bytes) -> None:
    with pytest.raises(JournalError):
        read(line)


def test_every_kind_of_input_is_tried_above() -> None:
    assert {type(event) for event in EVENTS} >= set(get_args(acd.Event))
