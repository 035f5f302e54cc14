import pytest

from acd import (
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    Engine,
    Offer,
    OfferAccepted,
    OfferAnswering,
    OfferRefused,
    QueueConfig,
    RefusalOutcome,
    UnknownQueueError,
)
from tests.support.acd_script import ADVANCE, Row, play, quietly

ANN = AgentSignedIn("ann", {"sales": 5})
BO = AgentSignedIn("bo", {"sales": 1})
C1 = ContactQueued("c1", "sales")
C2 = ContactQueued("c2", "sales")


def engine(
    max_wait: float | None = None, *, wz: bool = False, overflow_no_agents: bool = False
) -> Engine:
    return Engine(
        [
            QueueConfig(
                "sales",
                {"sales": 1},
                max_wait=max_wait,
                busy_after_no_answer=not wz,
                overflow_no_agents=overflow_no_agents,
            )
        ]
    )


def test_an_offer_names_everything_that_the_ringing_needs() -> None:
    subject = Engine([QueueConfig("sales", {"sales": 1}, ring_timeout=7.0)])
    quietly(subject, 0, ANN)
    assert subject.handle(C1, 1.0)[0] == Offer(1, "c1", "ann", "sales", 7.0)
    assert subject.next_deadline() == 8.0


GD_TABLES: dict[str, list[Row]] = {
    "no answer in 10 s: the agent is set busy, the next one rings (WZ-3.3.3b, GD-5.2f)": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (9.9, ADVANCE, []),
        (
            10,
            ADVANCE,
            [
                "withdraw c1 from ann: no_answer",
                "ann: ringing>busy(no_answer)",
                "offer c1 to bo",
                "bo: idle>ringing",
            ],
        ),
        (
            20,
            ADVANCE,
            ["withdraw c1 from bo: no_answer", "bo: ringing>busy(no_answer)"],
        ),
        (30, AgentSetIdle("ann"), ["ann: busy>idle", "offer c1 to ann", "ann: idle>ringing"]),
    ],
    "an answer ends the ring's time": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (9, OfferAccepted(1), ["ann: ringing>talking"]),
        (20, ADVANCE, []),
        (30, ContactEnded("c1"), ["ann: talking>idle"]),
    ],
    "an answer that was acted on before the withdrawal counts, one after it is ignored": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (10.1, OfferAccepted(1), ["ann: ringing>talking"]),
        (10.2, ADVANCE, []),
        (11, C2, ["offer c2 to bo", "bo: idle>ringing"]),
        (21, ADVANCE, ["withdraw c2 from bo: no_answer", "bo: ringing>busy(no_answer)"]),
        (21.1, OfferAccepted(2), []),
    ],
    "repeated and unknown events change nothing": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (1, C1, []),
        (1, OfferAccepted(99), []),
        (1, OfferRefused(99, "rejected"), []),
        (1, OfferAnswering(99, 3.0), []),
        (1, ContactLeft("c9"), []),
        (1, ContactEnded("c9"), []),
        (2, OfferAccepted(1), ["ann: ringing>talking"]),
        (2, OfferAccepted(1), []),
        (2, OfferRefused(1, "no_answer"), []),
        (3, C1, []),
        (4, ContactEnded("c1"), ["ann: talking>idle"]),
        (4, ContactEnded("c1"), []),
    ],
    "a caller who leaves while it rings costs the agent neither state nor turn": [
        (5, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (6, ContactLeft("c1"), ["withdraw c1 from ann: caller_left", "ann: ringing>idle"]),
        (7, C2, ["offer c2 to ann", "ann: idle>ringing"]),
    ],
    "a caller who leaves while it rings frees the agent for the next": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (1, C2, ["offer c2 to bo", "bo: idle>ringing"]),
        (2, ContactQueued("c3", "sales"), []),
        (
            3,
            ContactLeft("c1"),
            [
                "withdraw c1 from ann: caller_left",
                "ann: ringing>idle",
                "offer c3 to ann",
                "ann: idle>ringing",
            ],
        ),
    ],
    "a caller who leaves in the moment of the answer frees the agent": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (1, OfferAccepted(1), ["ann: ringing>talking"]),
        (1, ContactLeft("c1"), ["ann: talking>idle"]),
    ],
    "an offer withdrawn by the application keeps the agent's turn but not for the same caller": [
        (5, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (
            6,
            OfferRefused(1, "withdrawn"),
            [
                "withdraw c1 from ann: withdrawn",
                "ann: ringing>idle",
                "offer c1 to bo",
                "bo: idle>ringing",
            ],
        ),
        (7, C2, ["offer c2 to ann", "ann: idle>ringing"]),
    ],
    "after the agent's yes it is the device that must answer": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (9, OfferAnswering(1, 3.0), []),
        (11.9, ADVANCE, []),
        (
            12,
            ADVANCE,
            [
                "withdraw c1 from ann: device_failed",
                "ann: ringing>busy(device_failed)",
                "offer c1 to bo",
                "bo: idle>ringing",
            ],
        ),
    ],
    "a deferred busy survives the refusal with its own reason": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (1, AgentSetBusy("ann", "connection_lost", deferred=True), []),
        (
            10,
            ADVANCE,
            [
                "withdraw c1 from ann: no_answer",
                "ann: ringing>busy(connection_lost)",
                "offer c1 to bo",
                "bo: idle>ringing",
            ],
        ),
    ],
}


@pytest.mark.parametrize("name", GD_TABLES)
def test_with_busy_after_no_answer(name: str) -> None:
    subject = engine()
    quietly(subject, 0, ANN, BO)
    play(subject, GD_TABLES[name])


@pytest.mark.parametrize(
    ("outcome", "state", "counted"),
    [
        ("rejected", "ann: ringing>busy(rejected)", 1),
        ("no_answer", "ann: ringing>busy(no_answer)", 1),
        ("device_busy", "ann: ringing>busy(device_busy)", 0),
        ("device_failed", "ann: ringing>busy(device_failed)", 0),
    ],
)
def test_only_rejected_and_no_answer_count_against_the_agent(
    outcome: RefusalOutcome, state: str, counted: int
) -> None:
    subject = engine()
    quietly(subject, 0, ANN, C1)
    play(subject, [(1, OfferRefused(1, outcome), [f"withdraw c1 from ann: {outcome}", state])])
    view = subject.agent("ann")
    assert view is not None
    assert view.unanswered == counted


WZ_TABLES: dict[str, list[Row]] = {
    "the agent stays idle, at the end of the line, and the next one rings": [
        (0, BO, ["bo: logged_out>idle"]),
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (
            10,
            ADVANCE,
            [
                "withdraw c1 from ann: no_answer",
                "ann: ringing>idle",
                "offer c1 to bo",
                "bo: idle>ringing",
            ],
        ),
        (
            20,
            ADVANCE,
            [
                "withdraw c1 from bo: no_answer",
                "bo: ringing>idle",
                "offer c1 to ann",
                "ann: idle>ringing",
            ],
        ),
    ],
    "a caller who is gone at the answer makes the agent idle anew: the spared one may come": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (0, C2, []),
        (
            10,
            ADVANCE,
            [
                "withdraw c1 from ann: no_answer",
                "ann: ringing>idle",
                "offer c2 to ann",
                "ann: idle>ringing",
            ],
        ),
        (11, OfferAccepted(2), ["ann: ringing>talking"]),
        (11, ContactLeft("c2"), ["ann: talking>idle", "offer c1 to ann", "ann: idle>ringing"]),
    ],
    "the only agent is spared the same caller for one ring time, not for ever": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (10, ADVANCE, ["withdraw c1 from ann: no_answer", "ann: ringing>idle"]),
        (19.9, ADVANCE, []),
        (20, ADVANCE, ["offer c1 to ann", "ann: idle>ringing"]),
    ],
    "another agent takes the caller at once": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (10, ADVANCE, ["withdraw c1 from ann: no_answer", "ann: ringing>idle"]),
        (12, BO, ["bo: logged_out>idle", "offer c1 to bo", "bo: idle>ringing"]),
        (20, ADVANCE, []),
    ],
    "the same agent takes the next caller at once, past the one held back": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (1, C2, []),
        (
            10,
            ADVANCE,
            [
                "withdraw c1 from ann: no_answer",
                "ann: ringing>idle",
                "offer c2 to ann",
                "ann: idle>ringing",
            ],
        ),
        (11, ContactLeft("c2"), ["withdraw c2 from ann: caller_left", "ann: ringing>idle"]),
        (20, ADVANCE, ["offer c1 to ann", "ann: idle>ringing"]),
    ],
    "an agent who comes back to idle is offered the caller again": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (10, ADVANCE, ["withdraw c1 from ann: no_answer", "ann: ringing>idle"]),
        (12, AgentSetBusy("ann", "coffee"), ["ann: idle>busy(coffee)"]),
        (14, AgentSetIdle("ann"), ["ann: busy>idle", "offer c1 to ann", "ann: idle>ringing"]),
    ],
    "a caller held back who leaves is forgotten": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (10, ADVANCE, ["withdraw c1 from ann: no_answer", "ann: ringing>idle"]),
        (12, ContactLeft("c1"), []),
        (20, ADVANCE, []),
    ],
    "a rejected offer makes busy in this profile too": [
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (
            1,
            OfferRefused(1, "rejected"),
            ["withdraw c1 from ann: rejected", "ann: ringing>busy(rejected)"],
        ),
    ],
}


@pytest.mark.parametrize("name", WZ_TABLES)
def test_without_busy_after_no_answer(name: str) -> None:
    subject = engine(wz=True)
    quietly(subject, 0, ANN)
    play(subject, WZ_TABLES[name])


MAX_WAIT_TABLES: dict[str, list[Row]] = {
    "a caller who waited long enough overflows": [
        (0, C1, []),
        (19.9, ADVANCE, []),
        (20, ADVANCE, ["overflow c1: max_wait"]),
        (21, ANN, ["ann: logged_out>idle"]),
        (22, ContactLeft("c1"), []),
    ],
    "it runs from entering this queue, not from the wait that is carried over": [
        (100, ContactQueued("c1", "sales", enqueued_at=50.0), []),
        (119.9, ADVANCE, []),
        (120, ADVANCE, ["overflow c1: max_wait"]),
    ],
    "a ring in progress may finish and be answered (A-07)": [
        (0, C1, []),
        (15, ANN, ["ann: logged_out>idle", "offer c1 to ann", "ann: idle>ringing"]),
        (20, ADVANCE, []),
        (24, OfferAccepted(1), ["ann: ringing>talking"]),
        (60, ADVANCE, []),
    ],
    "a ring that finishes unanswered after it overflows, even if somebody else is idle": [
        (0, C1, []),
        (15, ANN, ["ann: logged_out>idle", "offer c1 to ann", "ann: idle>ringing"]),
        (16, BO, ["bo: logged_out>idle"]),
        (
            25,
            ADVANCE,
            [
                "withdraw c1 from ann: no_answer",
                "ann: ringing>busy(no_answer)",
                "overflow c1: max_wait",
            ],
        ),
    ],
    "a ring that ends in the same moment overflows": [
        (0, C1, []),
        (10, ANN, ["ann: logged_out>idle", "offer c1 to ann", "ann: idle>ringing"]),
        (11, BO, ["bo: logged_out>idle"]),
        (
            20,
            ADVANCE,
            [
                "withdraw c1 from ann: no_answer",
                "ann: ringing>busy(no_answer)",
                "overflow c1: max_wait",
            ],
        ),
    ],
    "answered and ended, nothing is left of it": [
        (0, ANN, ["ann: logged_out>idle"]),
        (0, C1, ["offer c1 to ann", "ann: idle>ringing"]),
        (1, OfferAccepted(1), ["ann: ringing>talking"]),
        (2, ContactEnded("c1"), ["ann: talking>idle"]),
        (30, ADVANCE, []),
    ],
}


@pytest.mark.parametrize("name", MAX_WAIT_TABLES)
def test_max_wait(name: str) -> None:
    subject = engine(max_wait=20.0)
    play(subject, MAX_WAIT_TABLES[name])
    assert subject.next_deadline() is None


@pytest.mark.parametrize(
    ("sign_in", "expected"),
    [
        (None, ["overflow c1: no_agents"]),
        (AgentSignedIn("dai", {"english": 9}), ["overflow c1: no_agents"]),
        (AgentSignedIn("dai", {"sales": 1}, ready=False), []),
    ],
)
def test_nobody_waits_where_no_qualified_agent_is_signed_in(
    sign_in: AgentSignedIn | None, expected: list[str]
) -> None:
    subject = engine(overflow_no_agents=True)
    if sign_in is not None:
        quietly(subject, 0, sign_in)
    play(subject, [(1, C1, expected)])
    assert subject.snapshot().contacts == (not expected)


def test_a_contact_that_will_not_wait_for_absent_agents_does_not_where_others_do() -> None:
    impatient = ContactQueued("c2", "sales", overflow_no_agents=True)
    subject = engine()
    play(subject, [(1, C1, []), (1, impatient, ["overflow c2: no_agents"])])
    assert subject.snapshot().contacts == 1


def test_the_last_qualified_agent_who_leaves_sends_only_the_impatient_away() -> None:
    subject = engine()
    quietly(subject, 0, AgentSignedIn("ann", {"sales": 1}, ready=False))
    play(
        subject,
        [
            (1, C1, []),
            (2, ContactQueued("c2", "sales", overflow_no_agents=True), []),
            (3, ContactQueued("c3", "sales", 1, overflow_no_agents=True), []),
            (
                4,
                AgentSignedOut("ann"),
                ["ann: busy>logged_out", "overflow c3: no_agents", "overflow c2: no_agents"],
            ),
            (5, BO, ["bo: logged_out>idle", "offer c1 to bo", "bo: idle>ringing"]),
        ],
    )


def test_an_unknown_queue_is_named() -> None:
    with pytest.raises(UnknownQueueError, match="no queue is named 'slaes'"):
        engine().handle(ContactQueued("c1", "slaes"), 0.0)
