"""The rules of the queues, one case for each, named by the requirement that states it.

Which other tests prove a requirement, in whole calls, says docs/acd.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from acd import (
    AcwFinished,
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkilled,
    ContactEnded,
    ContactQueued,
    Engine,
    OfferAccepted,
    OfferRefused,
    Preferred,
    QueueClosed,
    QueueConfig,
    Step,
    WrongStateError,
)
from tests.support.acd_script import ADVANCE, Row, play

ANN = AgentSignedIn("ann", {"sales": 5})
BO = AgentSignedIn("bo", {"sales": 8, "support": 3})
CALL = ContactQueued("c1", "sales")
TO_ANN = ["offer c1 to ann", "ann: idle>ringing"]
TO_BO = ["offer c1 to bo", "bo: idle>ringing"]
ANN_COMES, BO_COMES = ["ann: logged_out>idle"], ["bo: logged_out>idle"]


SALES = QueueConfig("sales", {"sales": 1})
SUPPORT = QueueConfig("support", {"support": 1})


@dataclass(frozen=True)
class Case:
    """A queue `sales`, beside it `support`, and what happens there."""

    rows: Sequence[Row]
    sales: QueueConfig = SALES
    support: QueueConfig = SUPPORT


BOTH: list[Row] = [(0, ANN, ANN_COMES), (1, BO, BO_COMES)]
MISSED = ["withdraw c1 from ann: no_answer"]

CASES = {
    "WZ-3.1a calls go by the queue's method to who has the skill": Case(
        [
            *BOTH,
            (2, ContactQueued("c2", "support"), ["offer c2 to bo", "bo: idle>ringing"]),
            (3, CALL, TO_ANN),
        ]
    ),
    "WZ-T2(a) the longest idle first": Case([*BOTH, (2, CALL, TO_ANN)]),
    "WZ-T2(a) evenly: the fewest contacts first": Case(
        [
            *BOTH,
            (2, CALL, TO_ANN),
            (3, OfferAccepted(1), ["ann: ringing>talking"]),
            (4, ContactEnded("c1"), ["ann: talking>idle"]),
            (5, ContactQueued("c2", "sales"), ["offer c2 to bo", "bo: idle>ringing"]),
        ],
        QueueConfig("sales", {"sales": 1}, strategy="fewest_contacts"),
    ),
    "WZ-T2(a), A-24 the agent tied to the number first, whoever is idle longer": Case(
        [*BOTH, (2, ContactQueued("c1", "sales", preferred=(Preferred("bo"),)), TO_BO)]
    ),
    "WZ-1.4, A-24 the agent of the last time is waited for, then anybody": Case(
        [
            *BOTH,
            (2, AgentSetBusy("bo", "tea"), ["bo: idle>busy(tea)"]),
            (3, ContactQueued("c1", "sales", preferred=(Preferred("bo", 20.0),)), []),
            (23, ADVANCE, TO_ANN),
        ]
    ),
    "WZ-1.4 the higher level first": Case(
        [*BOTH, (2, CALL, TO_BO)], QueueConfig("sales", {"sales": 1}, strategy="most_skilled")
    ),
    "WZ-T2(d) busy: the next idle seat": Case(
        [
            *BOTH,
            (2, CALL, TO_ANN),
            (
                3,
                OfferRefused(1, "device_busy"),
                [
                    "withdraw c1 from ann: device_busy",
                    "ann: ringing>busy(device_busy)",
                    *TO_BO,
                ],
            ),
        ]
    ),
    "WZ-3.3.3b, A-06 after 10 s another seat; the agent stays idle in the WZ profile": Case(
        [
            *BOTH,
            (2, CALL, TO_ANN),
            (11.9, ADVANCE, []),
            (12, ADVANCE, [*MISSED, "ann: ringing>idle", *TO_BO]),
        ],
        QueueConfig("sales", {"sales": 1}, busy_after_no_answer=False),
    ),
    "GD-5.2f, A-06 after the queue's own time another seat; the agent is set busy": Case(
        [
            *BOTH,
            (2, CALL, TO_ANN),
            (9, ADVANCE, [*MISSED, "ann: ringing>busy(no_answer)", *TO_BO]),
        ],
        QueueConfig("sales", {"sales": 1}, ring_timeout=7.0),
    ),
    "GD-5.2f with no other seat the call is queued again": Case(
        [
            (0, ANN, ANN_COMES),
            (2, CALL, TO_ANN),
            (12, ADVANCE, [*MISSED, "ann: ringing>busy(no_answer)"]),
            (20, BO, ["bo: logged_out>idle", *TO_BO]),
        ]
    ),
    "A-06 never the same call to the same seat twice in a row": Case(
        [
            (0, ANN, ANN_COMES),
            (2, CALL, TO_ANN),
            (12, ADVANCE, [*MISSED, "ann: ringing>idle"]),
            (13, BO, ["bo: logged_out>idle", *TO_BO]),
        ],
        QueueConfig("sales", {"sales": 1}, busy_after_no_answer=False),
    ),
    "WZ-3.5a, A-07 nobody signed in: at once": Case(
        [(0, CALL, ["overflow c1: no_agents"])],
        QueueConfig("sales", {"sales": 1}, overflow_no_agents=True),
    ),
    "WZ-3.5a, A-07 more than 20 s: a ring in progress may finish": Case(
        [
            (0, CALL, []),
            (15, ANN, ["ann: logged_out>idle", *TO_ANN]),
            (20, ADVANCE, []),
            (24, OfferAccepted(1), ["ann: ringing>talking"]),
        ],
        QueueConfig("sales", {"sales": 1}, max_wait=20.0),
    ),
    "WZ-3.5a, A-07 20 s without an agent": Case(
        [(0, CALL, []), (19.9, ADVANCE, []), (20, ADVANCE, ["overflow c1: max_wait"])],
        QueueConfig("sales", {"sales": 1}, max_wait=20.0),
    ),
    "WZ-T22, A-07 all busy: forwarded instead of waiting": Case(
        [
            (0, AgentSignedIn("ann", {"sales": 5}, ready=False), ["ann: logged_out>busy"]),
            (1, CALL, ["overflow c1: all_busy"]),
        ],
        QueueConfig("sales", {"sales": 1}, overflow_all_busy=True),
    ),
    "WZ-T18, HL-3, A-07 closed goes before an idle agent": Case(
        [
            (0, ANN, ANN_COMES),
            (1, QueueClosed("sales"), []),
            (2, CALL, ["overflow c1: closed"]),
        ]
    ),
    "WZ-3.3.6.7a busy: allocated no more calls": Case(
        [
            *BOTH,
            (2, AgentSetBusy("ann", "tea"), ["ann: idle>busy(tea)"]),
            (3, CALL, TO_BO),
        ]
    ),
    "WZ-3.3.6.7b idle: takes part again, and whoever waits comes": Case(
        [
            (0, AgentSignedIn("ann", {"sales": 5}, ready=False), ["ann: logged_out>busy"]),
            (1, CALL, []),
            (2, AgentSetIdle("ann"), ["ann: busy>idle", *TO_ANN]),
        ]
    ),
    "A-05 busy while busy is confirmed and changes nothing": Case(
        [
            (0, ANN, ANN_COMES),
            (1, AgentSetBusy("ann", "tea"), ["ann: idle>busy(tea)"]),
            (2, AgentSetBusy("ann", "lunch"), []),
        ]
    ),
    "GD-5.2e, A-12, A-33 on a break nothing comes, and idle ends it": Case(
        [
            (0, ANN, ANN_COMES),
            (1, AgentSetBusy("ann", "break", replaces=True), ["ann: idle>busy(break)"]),
            (2, CALL, []),
            (3, AgentSetIdle("ann"), ["ann: busy>idle", *TO_ANN]),
        ]
    ),
    "A-30 no after-call work: idle at the release": Case(
        [
            (0, ANN, ANN_COMES),
            (1, CALL, TO_ANN),
            (2, OfferAccepted(1), ["ann: ringing>talking"]),
            (3, ContactEnded("c1"), ["ann: talking>idle"]),
        ]
    ),
    "A-30, GD-2.1.10b after-call work ends at its time, or by the agent's word": Case(
        [
            (0, ANN, ANN_COMES),
            (1, CALL, TO_ANN),
            (2, OfferAccepted(1), ["ann: ringing>talking"]),
            (3, ContactEnded("c1"), ["ann: talking>acw"]),
            (4, ContactQueued("c2", "sales"), []),
            (9, AcwFinished("ann"), ["ann: acw>idle", "offer c2 to ann", "ann: idle>ringing"]),
        ],
        QueueConfig("sales", {"sales": 1}, acw=30.0),
    ),
    "IP-2.1.1b a call is routed anew by its waiting time": Case(
        [
            (0, AgentSignedIn("dai", {"support": 9}), ["dai: logged_out>idle"]),
            (1, CALL, []),
            (21, ADVANCE, ["c1: step 1", "offer c1 to dai", "dai: idle>ringing"]),
        ],
        QueueConfig("sales", {"sales": 1}, steps=(Step(20, queues=("support",)),)),
    ),
    "IP-2.1.1e, GX-M2.6 priority: the important caller first": Case(
        [
            (0, CALL, []),
            (1, ContactQueued("vip", "sales", priority=1), []),
            (2, ANN, ["ann: logged_out>idle", "offer vip to ann", "ann: idle>ringing"]),
        ]
    ),
    "IP-2.1.5b the best idle agent of those grouped by skill, as they are now": Case(
        [
            (0, AgentSignedIn("dai", {"support": 9}), ["dai: logged_out>idle"]),
            (1, CALL, []),
            (2, AgentSkilled("dai", {"sales": 2}), ["offer c1 to dai", "dai: idle>ringing"]),
        ]
    ),
    "IP-2.1.6a what is given on keeps its place": Case(
        [
            (0, ContactQueued("c2", "sales"), []),
            (9, ContactQueued("c1", "sales", enqueued_at=-30.0), []),
            (10, ANN, ["ann: logged_out>idle", *TO_ANN]),
        ]
    ),
    "GD-2.1.10a all media in one order": Case(
        [
            (0, ContactQueued("mail", "support"), []),
            (1, CALL, []),
            (
                2,
                BO,
                [
                    "bo: logged_out>idle",
                    "offer mail to bo",
                    "offer c1 to bo",
                    "bo: idle>ringing",
                ],
            ),
        ],
        support=QueueConfig("support", {"support": 1}, medium="email"),
    ),
    "HL-6a callers stand in the order of their coming": Case(
        [
            (0, CALL, []),
            (1, ContactQueued("c2", "sales"), []),
            (2, ANN, ["ann: logged_out>idle", *TO_ANN]),
            (3, BO, ["bo: logged_out>idle", "offer c2 to bo", "bo: idle>ringing"]),
        ]
    ),
    "HL-11 who signs out is assigned nothing": Case(
        [
            *BOTH,
            (2, AgentSignedOut("ann"), ["ann: idle>logged_out"]),
            (3, CALL, TO_BO),
        ]
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_rule(name: str) -> None:
    case = CASES[name]
    play(Engine([case.sales, case.support]), case.rows)


@pytest.mark.parametrize("event", [AgentSetBusy("ann", "tea"), AgentSetIdle("ann")], ids=str)
def test_wz_3_3_6_7_a_05_busy_and_idle_are_refused_while_it_rings(event: object) -> None:
    engine = Engine([SALES])
    play(engine, [(0, ANN, ANN_COMES), (1, CALL, TO_ANN)])
    assert isinstance(event, AgentSetBusy | AgentSetIdle)
    with pytest.raises(WrongStateError):
        engine.handle(event, 2)
