"""The four machines, as rows of time, event and what has to happen then."""

import pytest

from sip.transaction.invite_client import InviteClient
from sip.transaction.invite_server import InviteServer
from sip.transaction.machine import (
    FORGET_S,
    Event,
    IllegalTransitionError,
    Machine,
    State,
    Transition,
)
from sip.transaction.noninvite_client import NonInviteClient
from sip.transaction.noninvite_server import NonInviteServer
from sip.transaction.timers import TimerConfig

TIMERS = TimerConfig()
KINDS = ("invite client", "invite server", "client", "server")


def make(kind: str, reliable: bool = False) -> Machine:
    if kind == "invite client":
        return InviteClient(b"INVITE", TIMERS, reliable, 0.0)
    if kind == "client":
        return NonInviteClient(b"BYE", TIMERS, reliable, 0.0)
    return (
        InviteServer(TIMERS, reliable)
        if kind == "invite server"
        else NonInviteServer(TIMERS, reliable)
    )


def timer_log(machine: Machine, until: float) -> list[tuple[float, str]]:
    """What the timers do by themselves: time and `send`, `failed` or `end`."""
    log: list[tuple[float, str]] = []
    while machine.deadline <= until:
        now = machine.deadline
        transition = machine.advance(now)
        assert transition is not None
        word = "send" if transition.send else "failed" if transition.failed else "end"
        log.append((now, word))
    return log


def test_an_unanswered_invite_doubles_timer_a_until_timer_b() -> None:
    machine = make("invite client")
    assert timer_log(machine, 100) == [
        (0.5, "send"),
        (1.5, "send"),
        (3.5, "send"),
        (7.5, "send"),
        (15.5, "send"),
        (31.5, "send"),
        (32.0, "failed"),
    ]
    assert machine.state is State.TERMINATED


def test_an_unanswered_bye_repeats_at_t2_until_timer_f() -> None:
    times = [at for at, word in timer_log(make("client"), 100) if word == "send"]
    assert times == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def test_a_refusal_without_ack_doubles_timer_g_up_to_t2_until_timer_h() -> None:
    machine = make("invite server")
    machine.fire(Event.FAILURE, 0.0)
    log = timer_log(machine, 100)
    assert [at for at, word in log if word == "send"] == [
        0.5,
        1.5,
        3.5,
        7.5,
        11.5,
        15.5,
        19.5,
        23.5,
        27.5,
        31.5,
    ]
    assert log[-1] == (32.0, "failed")


@pytest.mark.parametrize("kind", ["invite client", "client"])
def test_reliable_transports_never_repeat_but_still_give_up(kind: str) -> None:
    assert timer_log(make(kind, reliable=True), 100) == [(32.0, "failed")]


Row = tuple[float, Event, State, Transition]
SILENT = Transition(State.TERMINATED)


def _t(state: State, *flags: str) -> Transition:
    return Transition(state, **dict.fromkeys(flags, True))


FLOWS: dict[str, tuple[str, bool, list[tuple[float, Event, Transition]], float]] = {
    # name: machine, reliable, rows of (time, event, transition), when it ends by itself
    "answered invite absorbs and passes on 2xx until M": (
        "invite client",
        False,
        [
            (0.1, Event.PROVISIONAL, _t(State.PROCEEDING, "deliver")),
            (5.0, Event.PROVISIONAL, _t(State.PROCEEDING, "deliver")),
            (9.0, Event.SUCCESS, _t(State.ACCEPTED, "deliver")),
            (9.5, Event.SUCCESS, _t(State.ACCEPTED, "deliver")),
            (9.6, Event.PROVISIONAL, _t(State.ACCEPTED)),
            (9.7, Event.FAILURE, _t(State.ACCEPTED)),
        ],
        41.0,
    ),
    "refused invite acknowledges each repetition until D": (
        "invite client",
        False,
        [
            (1.0, Event.FAILURE, _t(State.COMPLETED, "deliver", "acknowledge")),
            (1.5, Event.FAILURE, _t(State.COMPLETED, "acknowledge")),
            (1.6, Event.SUCCESS, _t(State.COMPLETED)),
        ],
        33.0,
    ),
    "server repeats its last provisional, absorbs after 2xx until L": (
        "invite server",
        False,
        [
            (0.0, Event.PROVISIONAL, _t(State.PROCEEDING, "send")),
            (0.5, Event.REQUEST, _t(State.PROCEEDING, "send")),
            (1.0, Event.SUCCESS, _t(State.ACCEPTED, "send")),
            (1.5, Event.REQUEST, _t(State.ACCEPTED)),
            (2.0, Event.ACK, _t(State.ACCEPTED, "deliver")),
        ],
        33.0,
    ),
    "server stops repeating a refusal at its ACK and lingers for I": (
        "invite server",
        False,
        [
            (1.0, Event.FAILURE, _t(State.COMPLETED, "send")),
            (1.2, Event.REQUEST, _t(State.COMPLETED, "send")),
            (1.4, Event.ACK, _t(State.CONFIRMED)),
            (1.5, Event.ACK, _t(State.CONFIRMED)),
            (1.6, Event.REQUEST, _t(State.CONFIRMED)),
        ],
        6.4,
    ),
    "client ends T4 after its final response": (
        "client",
        False,
        [
            (0.1, Event.PROVISIONAL, _t(State.PROCEEDING, "deliver")),
            (0.2, Event.SUCCESS, _t(State.COMPLETED, "deliver")),
            (0.3, Event.SUCCESS, _t(State.COMPLETED)),
        ],
        5.2,
    ),
    "server answers repetitions until J": (
        "server",
        False,
        [
            (0.0, Event.REQUEST, _t(State.TRYING)),
            (0.1, Event.FAILURE, _t(State.COMPLETED, "send")),
            (0.6, Event.REQUEST, _t(State.COMPLETED, "send")),
        ],
        32.1,
    ),
    "a 2xx waits for M on streams too": (
        "invite client",
        True,
        [(1.0, Event.SUCCESS, _t(State.ACCEPTED, "deliver"))],
        33.0,
    ),
}


@pytest.mark.parametrize("name", FLOWS)
def test_flows(name: str) -> None:
    kind, reliable, rows, end = FLOWS[name]
    machine = make(kind, reliable)
    for at, event, transition in rows:
        assert machine.fire(event, at) == transition, at
    assert end - 1e-6 < machine.deadline < end + FORGET_S, "never early, and late by little"
    machine.advance(machine.deadline)
    assert machine.state is State.TERMINATED


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        ("invite client", [Event.FAILURE]),  # timer D is zero
        ("invite server", [Event.FAILURE, Event.ACK]),  # timer I is zero
        ("client", [Event.SUCCESS]),  # timer K is zero
        ("server", [Event.SUCCESS]),  # timer J is zero
    ],
)
def test_on_reliable_transports_nothing_lingers(kind: str, events: list[Event]) -> None:
    machine = make(kind, reliable=True)
    for event in events:
        machine.fire(event, 1.0)
    assert machine.state is State.TERMINATED


def test_timer_e_runs_at_t2_once_the_server_said_100() -> None:
    machine = make("client")
    machine.fire(Event.PROVISIONAL, 1.0)
    assert timer_log(machine, 10) == [(5.0, "send"), (9.0, "send")]


def test_a_cancelled_invite_gives_up_at_the_time_it_was_told() -> None:
    machine = InviteClient(b"INVITE", TIMERS, False, 0.0)
    machine.fire(Event.PROVISIONAL, 0.1)
    assert machine.deadline == float("inf")
    machine.give_up_at(40.0)
    assert timer_log(machine, 100) == [(40.0, "failed")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_connection_fails_what_is_unfinished(kind: str) -> None:
    transition = make(kind).fire(Event.TRANSPORT_ERROR, 0.1)
    assert transition == Transition(State.TERMINATED, failed=True)


@pytest.mark.parametrize("kind", KINDS)
def test_events_that_cannot_happen_are_our_own_mistake(kind: str) -> None:
    with pytest.raises(IllegalTransitionError):
        make(kind).fire(Event.TIMER_I, 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_but_the_last_knows_a_lost_connection_and_has_a_way_out(kind: str) -> None:
    table = type(make(kind)).TABLE
    states = {state for state, _ in table}
    for state in states:
        assert (state, Event.TRANSPORT_ERROR) in table
        assert any(t.state is not state for (s, _), t in table.items() if s is state)
    assert {t.state for t in table.values()} <= states | {State.TERMINATED}
