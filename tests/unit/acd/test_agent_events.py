import pytest

from acd import (
    AcwFinished,
    AgentEngaged,
    AgentReleased,
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    DeviceChanged,
    DeviceFailed,
    Engine,
    Event,
    InvalidQueueError,
    InvalidSkillLevelError,
    OfferAccepted,
    OfferRefused,
    QueueAdded,
    QueueConfig,
    WrongStateError,
)
from tests.support.acd_script import ADVANCE, Row, play, quietly

ANN = AgentSignedIn("ann", {"sales": 5})
BO = AgentSignedIn("bo", {"sales": 5})
CALL = ContactQueued("c1", "sales")


def engine(acw: float = 0.0, overflow_no_agents: bool = False) -> Engine:
    return Engine(
        [QueueConfig("sales", {"sales": 1}, acw=acw, overflow_no_agents=overflow_no_agents)]
    )


def in_state(state: str) -> Engine:
    """An engine in which ann is in that state at time 0."""
    ways: dict[str, list[Event]] = {
        "idle": [],
        "busy": [AgentSetBusy("ann", "lunch")],
        "ringing": [CALL],
        "talking": [CALL, OfferAccepted(1)],
        "acw": [CALL, OfferAccepted(1), ContactEnded("c1")],
        "dialling": [AgentEngaged("ann", "dialling")],
    }
    subject = engine(acw=30.0)
    quietly(subject, 0, ANN, *ways[state])
    view = subject.agent("ann")
    assert view is not None
    assert view.state == state
    return subject


TABLES: dict[str, list[Row]] = {
    "sign-in decides between idle and busy": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, AgentSignedIn("bo", {}, ready=False, reason="lunch"), ["bo: logged_out>busy(lunch)"]),
    ],
    "sign-in without a registered phone is busy until it comes (rule 12)": [
        (
            0,
            AgentSignedIn("ann", {"sales": 5}, device_usable=False),
            ["ann: logged_out>busy(device_failed)"],
        ),
        (1, CALL, []),
        (2, AgentSetIdle("ann"), []),
        (3, DeviceChanged("ann", True), ["ann: busy>idle", "offer c1 to ann", "ann: idle>ringing"]),
    ],
    "a repeated sign-in, sign-out or request of somebody unknown changes nothing": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, AgentSignedIn("ann", {}, ready=False), []),
        (2, AgentSignedOut("ann"), ["ann: idle>logged_out"]),
        (3, AgentSignedOut("ann"), []),
        (3, AgentSetBusy("ann", "x"), []),
        (3, AgentSetIdle("ann"), []),
        (3, DeviceChanged("ann", False), []),
        (3, AgentEngaged("ann", "talking"), []),
        (3, AgentReleased("ann"), []),
        (3, AcwFinished("ann"), []),
        (3, CALL, []),
    ],
    "busy while busy and idle while idle are confirmed with no change (A-05)": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, AgentSetIdle("ann"), []),
        (2, AgentSetBusy("ann", "lunch"), ["ann: idle>busy(lunch)"]),
        (3, AgentSetBusy("ann", "meeting"), []),
        (4, AgentSetIdle("ann"), ["ann: busy>idle"]),
    ],
    "an agent who shows idle is offered who waits (WZ-3.3.6.7b)": [
        (0, AgentSignedIn("ann", {"sales": 1}, ready=False), ["ann: logged_out>busy"]),
        (1, CALL, []),
        (2, AgentSetIdle("ann"), ["ann: busy>idle", "offer c1 to ann", "ann: idle>ringing"]),
    ],
    "sign-out while it rings: the caller goes on to the next agent": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, BO, ["bo: logged_out>idle"]),
        (2, CALL, ["offer c1 to ann", "ann: idle>ringing"]),
        (
            3,
            AgentSignedOut("ann"),
            [
                "withdraw c1 from ann: withdrawn",
                "ann: ringing>logged_out",
                "offer c1 to bo",
                "bo: idle>ringing",
            ],
        ),
    ],
    "sign-out while talking: what comes of the talk later is ignored": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, CALL, ["offer c1 to ann", "ann: idle>ringing"]),
        (2, OfferAccepted(1), ["ann: ringing>talking"]),
        (3, AgentSignedOut("ann"), ["ann: talking>logged_out"]),
        (4, ContactEnded("c1"), []),
        (5, ANN, ["ann: logged_out>idle"]),
    ],
    "a phone that is lost while it rings fails the offer, and frees its agent when it comes back": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, BO, ["bo: logged_out>idle"]),
        (2, CALL, ["offer c1 to ann", "ann: idle>ringing"]),
        (
            3,
            DeviceChanged("ann", False),
            [
                "withdraw c1 from ann: device_failed",
                "ann: ringing>busy(device_failed)",
                "offer c1 to bo",
                "bo: idle>ringing",
            ],
        ),
        (4, AgentSetIdle("ann"), []),
        (5, DeviceChanged("ann", True), ["ann: busy>idle"]),
    ],
    "a phone that is lost shows while idle, and while busy only once idle is asked for": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, DeviceChanged("ann", False), ["ann: idle>busy(device_failed)"]),
        (2, DeviceChanged("ann", False), []),
        (3, AgentSetBusy("ann", "lunch"), ["ann: busy>busy(lunch)"]),
        (4, DeviceChanged("ann", True), []),
        (5, DeviceChanged("ann", False), []),
        (6, AgentSetIdle("ann"), ["ann: busy>busy(device_failed)"]),
    ],
    "a call of one's own returns to the state before it": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, AgentEngaged("ann", "dialling"), ["ann: idle>dialling"]),
        (2, CALL, []),
        (3, AgentEngaged("ann", "dialling"), []),
        (4, AgentEngaged("ann", "talking"), ["ann: dialling>talking"]),
        (5, AgentReleased("ann"), ["ann: talking>idle", "offer c1 to ann", "ann: idle>ringing"]),
        (6, AgentReleased("ann"), []),
    ],
    "who signs in at a phone in a call is offered nothing before its end": [
        (0, CALL, []),
        (
            1,
            AgentSignedIn("ann", {"sales": 5}, engaged="talking"),
            ["ann: logged_out>idle", "ann: idle>talking"],
        ),
        (2, AgentReleased("ann"), ["ann: talking>idle", "offer c1 to ann", "ann: idle>ringing"]),
    ],
    "who asks from the phone is offered nothing when the contact leaves": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, CALL, ["offer c1 to ann", "ann: idle>ringing"]),
        (2, OfferAccepted(1), ["ann: ringing>talking"]),
        (3, ContactQueued("c2", "sales"), []),
        (4, ContactEnded("c1", engaged="talking"), []),
        (5, AgentReleased("ann"), ["ann: talking>idle", "offer c2 to ann", "ann: idle>ringing"]),
    ],
    "an agent is called past the queue": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, AgentEngaged("ann", "ringing"), ["ann: idle>ringing"]),
        (2, CALL, []),
        (3, AgentEngaged("ann", "talking"), ["ann: ringing>talking"]),
        (4, AgentReleased("ann"), ["ann: talking>idle", "offer c1 to ann", "ann: idle>ringing"]),
    ],
    "a call of one's own from busy returns to busy with its reason": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, AgentSetBusy("ann", "lunch"), ["ann: idle>busy(lunch)"]),
        (2, AgentEngaged("ann", "talking"), ["ann: busy>talking"]),
        (3, AgentReleased("ann"), ["ann: talking>busy(lunch)"]),
    ],
    "a deferred request holds once on-hook (connection lost in a call, pending busy)": [
        (0, ANN, ["ann: logged_out>idle"]),
        (1, CALL, ["offer c1 to ann", "ann: idle>ringing"]),
        (2, OfferAccepted(1), ["ann: ringing>talking"]),
        (3, AgentSetBusy("ann", "connection_lost", deferred=True), []),
        (4, ContactEnded("c1"), ["ann: talking>busy(connection_lost)"]),
    ],
}


@pytest.mark.parametrize("name", TABLES)
def test_table(name: str) -> None:
    play(engine(), TABLES[name])


ACW_TABLES: dict[str, list[Row]] = {
    "after-call work ends at its absolute time": [
        (49.9, ADVANCE, []),
        (50.0, ADVANCE, ["ann: acw>idle"]),
    ],
    "the agent ends it early, and the timer with it": [
        (30, AcwFinished("ann"), ["ann: acw>idle"]),
        (31, AgentSetBusy("ann", "lunch"), ["ann: idle>busy(lunch)"]),
        (50, ADVANCE, []),
    ],
    "idle ends it": [(30, AgentSetIdle("ann"), ["ann: acw>idle"]), (50, ADVANCE, [])],
    "busy ends it": [
        (30, AgentSetBusy("ann", "lunch"), ["ann: acw>busy(lunch)"]),
        (50, ADVANCE, []),
    ],
    "a deferred busy waits for its end": [
        (30, AgentSetBusy("ann", "pending", deferred=True), []),
        (50, ADVANCE, ["ann: acw>busy(pending)"]),
    ],
    "a call of one's own does not prolong it": [
        (30, AgentEngaged("ann", "dialling"), ["ann: acw>dialling"]),
        (40, AgentReleased("ann"), ["ann: dialling>acw"]),
        (45, AgentEngaged("ann", "talking"), ["ann: acw>talking"]),
        (50, ADVANCE, []),
        (60, AgentReleased("ann"), ["ann: talking>idle"]),
    ],
    "nobody is offered anything in it": [
        (30, ContactQueued("c2", "sales"), []),
        (50, ADVANCE, ["ann: acw>idle", "offer c2 to ann", "ann: idle>ringing"]),
    ],
    "sign-out ends it": [(30, AgentSignedOut("ann"), ["ann: acw>logged_out"]), (50, ADVANCE, [])],
}


@pytest.mark.parametrize("name", ACW_TABLES)
def test_after_call_work(name: str) -> None:
    subject = engine(acw=30.0)
    quietly(subject, 0, ANN, CALL, OfferAccepted(1))
    play(subject, [(20, ContactEnded("c1"), ["ann: talking>acw"])])
    view = subject.agent("ann")
    assert view is not None
    assert view.acw_until == 50.0
    play(subject, ACW_TABLES[name])
    assert subject.agent("ann") is None or subject.next_deadline() != 50.0


@pytest.mark.parametrize("event", [AgentSetBusy("ann", "x"), AgentSetIdle("ann")])
@pytest.mark.parametrize("state", ["ringing", "talking", "dialling"])
def test_busy_and_idle_are_refused_off_hook_and_change_nothing(state: str, event: Event) -> None:
    subject = in_state(state)
    before = subject.agent("ann")
    with pytest.raises(WrongStateError, match=f"agent ann is {state}, must be one of") as caught:
        subject.handle(event, 1.0)
    assert (caught.value.state, caught.value.allowed) == (state, ("idle", "busy", "acw"))
    assert subject.agent("ann") == before


@pytest.mark.parametrize("state", ["ringing", "talking"])
def test_an_agent_with_a_contact_cannot_be_engaged_elsewhere(state: str) -> None:
    subject = in_state(state)
    with pytest.raises(WrongStateError):
        subject.handle(AgentEngaged("ann", "dialling"), 1.0)


def test_a_caller_who_was_gone_at_the_answer_leaves_nothing_to_wrap_up() -> None:
    play(in_state("talking"), [(0, ContactLeft("c1"), ["ann: talking>idle"])])


@pytest.mark.parametrize("event", [DeviceChanged("ann", False), DeviceFailed("ann")])
def test_a_device_that_died_in_the_talk_leaves_nothing_to_wrap_up(event: Event) -> None:
    subject = in_state("talking")
    play(
        subject,
        [
            (5, event, []),
            (5, ContactEnded("c1"), ["ann: talking>busy(device_failed)"]),
        ],
    )


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("idle", ["ann: idle>busy(device_failed)"]),
        ("busy", []),
        (
            "ringing",
            ["withdraw c1 from ann: device_failed", "ann: ringing>busy(device_failed)"],
        ),
    ],
)
def test_a_device_found_dead_gets_another_chance_by_idle(state: str, told: list[str]) -> None:
    subject = in_state(state)
    play(subject, [(1, DeviceFailed("ann"), told), (1, DeviceFailed("stranger"), [])])
    quietly(subject, 2, AgentSetIdle("ann"))
    view = subject.agent("ann")
    assert view is not None
    assert view.device_usable


def test_the_caller_of_a_talk_that_a_dead_device_ended_goes_before_all_who_came_later() -> None:
    subject = in_state("talking")
    play(
        subject,
        [
            (1, ContactQueued("c2", "sales"), []),
            (5, DeviceFailed("ann"), []),
            (5, ContactEnded("c1"), ["ann: talking>busy(device_failed)"]),
            (5, ContactQueued("c1", "sales", enqueued_at=0.0), []),
            (6, BO, ["bo: logged_out>idle", "offer c1 to bo", "bo: idle>ringing"]),
        ],
    )


def test_a_device_known_to_be_gone_stays_gone() -> None:
    subject = in_state("idle")
    play(
        subject,
        [
            (1, DeviceChanged("ann", False), ["ann: idle>busy(device_failed)"]),
            (2, DeviceFailed("ann"), []),
            (3, AgentSetIdle("ann"), []),
            (4, DeviceChanged("ann", True), ["ann: busy>idle"]),
        ],
    )


@pytest.mark.parametrize("state", ["ringing", "talking", "dialling"])
def test_a_pending_busy_can_be_withdrawn_while_it_is_pending(state: str) -> None:
    subject = in_state(state)
    play(
        subject,
        [
            (1, AgentSetBusy("ann", "connection_lost", deferred=True), []),
            (2, AgentSetIdle("ann", deferred=True), []),
        ],
    )
    view = subject.agent("ann")
    assert view is not None
    assert view.standing_busy is None


def test_a_deferred_idle_ends_no_after_call_work() -> None:
    subject = in_state("acw")
    quietly(subject, 1, AgentSetBusy("ann", "connection_lost", deferred=True))
    play(
        subject,
        [(2, AgentSetIdle("ann", deferred=True), []), (30, ADVANCE, ["ann: acw>idle"])],
    )


def test_idle_gives_a_device_that_failed_in_an_offer_another_chance() -> None:
    subject = in_state("ringing")
    play(
        subject,
        [
            (
                1,
                OfferRefused(1, "device_failed"),
                ["withdraw c1 from ann: device_failed", "ann: ringing>busy(device_failed)"],
            ),
            (2, AgentSetIdle("ann"), ["ann: busy>idle", "offer c1 to ann", "ann: idle>ringing"]),
        ],
    )


def test_the_last_qualified_agent_leaving_gives_the_waiting_back() -> None:
    subject = engine(overflow_no_agents=True)
    quietly(subject, 0, ANN, CALL, ContactQueued("c2", "sales", priority=1))
    play(
        subject,
        [
            (
                1,
                AgentSignedOut("ann"),
                [
                    "withdraw c1 from ann: withdrawn",
                    "ann: ringing>logged_out",
                    "overflow c2: no_agents",
                    "overflow c1: no_agents",
                ],
            )
        ],
    )


def test_a_wrong_level_at_sign_in_changes_nothing() -> None:
    subject = engine()
    with pytest.raises(InvalidSkillLevelError, match="agent ann"):
        subject.handle(AgentSignedIn("ann", {"sales": 11}), 0.0)
    assert subject.agent("ann") is None


def test_a_queue_that_opens_is_served_by_those_who_are_there() -> None:
    subject = engine()
    quietly(subject, 0, ANN, QueueAdded(QueueConfig("vip", {"sales": 5})))
    play(subject, [(1, ContactQueued("c9", "vip"), ["offer c9 to ann", "ann: idle>ringing"])])


def test_a_queue_opens_only_once() -> None:
    with pytest.raises(InvalidQueueError, match="'sales' exists already"):
        engine().handle(QueueAdded(QueueConfig("sales")), 0.0)
