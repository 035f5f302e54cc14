"""The session flows of RFC 3665 §3 that need no proxy, between two endpoints.

A flow is what was sent, in order: `INVITE`, or `200 INVITE` for a response.
"""

import random

import pytest

from sip import Call, CallState, IncomingCall, OutgoingCall, OutgoingInvite
from tests.support.sip_bench import CARRIER, PBX, Bench, Party, Recorder


class Pair:
    """Alice (the carrier's address) and Bob (the exchange's)."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.alice: Party = self.bench.add(CARRIER)
        self.bob: Party = self.bench.add(PBX)
        self.ear = Recorder()

    def call(self, body: bytes = b"offer") -> OutgoingCall:
        invite = OutgoingInvite("sip:bob@10.0.0.1", PBX, "sip:alice@a", "sip:bob@b", body)
        call = self.alice.endpoint.invite(invite, self.ear)
        self.bench.run()
        return call

    def ringing(self) -> tuple[OutgoingCall, IncomingCall]:
        call = self.call()
        incoming = self.bob.app.calls[-1]
        incoming.ring()
        self.bench.run()
        return call, incoming

    def talking(self) -> tuple[OutgoingCall, IncomingCall]:
        call, incoming = self.ringing()
        incoming.answer(b"answer")
        self.bench.run()
        self.bench.sent.clear()
        return call, incoming

    def is_quiet(self) -> bool:
        """Nothing is left after all timers: no transaction, dialog, call or deadline."""
        self.bench.run(200)
        cores = [party.endpoint.core for party in (self.alice, self.bob)]
        return not any(
            (len(core.layer), core.dialogs, core.calls, core.deadlines.next())
            != (0, {}, set(), None)
            for core in cores
        )


def test_3_1_successful_session_establishment() -> None:
    pair = Pair()
    call, incoming = pair.ringing()
    incoming.answer(b"answer")
    pair.bench.run()
    assert (call.state, incoming.state) == (CallState.CONFIRMED, CallState.CONFIRMED)
    assert (call.remote_body, incoming.remote_body) == (b"answer", b"offer")
    incoming.hangup()
    pair.bench.run()
    assert pair.bench.first_lines() == [
        "INVITE",
        "100 INVITE",
        "180 INVITE",
        "200 INVITE",
        "ACK",
        "BYE",
        "200 BYE",
    ]
    assert pair.ear.log == [("ringing", 180), ("answered", b"answer"), ("ended", "bye")]
    assert pair.bob.app.recorders[0].log == [("confirmed", b""), ("ended", "bye")]
    assert [end.by for end in (*pair.ear.ended, *pair.bob.app.recorders[0].ended)] == [
        "remote",
        "local",
    ]
    assert pair.is_quiet()


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_3_7_session_with_re_invite(who: str) -> None:
    pair = Pair()
    call, incoming = pair.talking()
    changing: Call = call if who == "alice" else incoming
    results: list[tuple[int, bytes]] = []
    assert changing.reinvite(b"hold", lambda code, body: results.append((code, body)))
    pair.bench.run()
    assert pair.bench.first_lines() == ["INVITE", "200 INVITE", "ACK"]
    assert results == [(200, b"new answer")]
    assert changing.remote_body == b"new answer"
    assert not pair.ear.ended
    changing.hangup()
    assert pair.is_quiet()


def test_3_8_unsuccessful_no_answer() -> None:
    """The caller cancels while it rings."""
    pair = Pair()
    call, incoming = pair.ringing()
    call.hangup()
    pair.bench.run()
    assert pair.bench.first_lines()[3:] == ["CANCEL", "200 CANCEL", "487 INVITE", "ACK"]
    end = pair.bob.app.recorders[0].ended[0]
    assert (end.cause, end.by, end.code) == ("cancelled", "remote", 487)
    assert (pair.ear.ended[0].cause, pair.ear.ended[0].by) == ("cancelled", "local")
    assert incoming.state is CallState.ENDED
    assert pair.is_quiet()


def test_3_9_unsuccessful_busy() -> None:
    pair = Pair()
    pair.call()
    pair.bob.app.calls[0].reject(486, headers=[("Retry-After", "5")])
    pair.bench.run()
    assert pair.bench.first_lines() == ["INVITE", "100 INVITE", "486 INVITE", "ACK"]
    end = pair.ear.ended[0]
    assert (end.cause, end.by, end.code, end.phrase) == ("rejected", "remote", 486, "Busy Here")
    assert pair.is_quiet()


def test_3_10_unsuccessful_no_response() -> None:
    pair = Pair()
    pair.bench.lose = lambda send: True
    pair.call()
    pair.bench.run(40)
    assert pair.bench.first_lines() == ["INVITE"] * 7
    end = pair.ear.ended[0]
    assert (end.cause, end.code) == ("timeout", 408)
    assert pair.is_quiet()


def test_3_11_unsuccessful_temporarily_unavailable() -> None:
    pair = Pair()
    pair.ringing()
    pair.bob.app.calls[0].hangup()
    pair.bench.run()
    assert pair.bench.first_lines()[-2:] == ["480 INVITE", "ACK"]
    assert (pair.ear.ended[0].cause, pair.ear.ended[0].code) == ("rejected", 480)
    assert pair.is_quiet()


def test_late_offer() -> None:
    """RFC 3261 §13.2.1: an INVITE without body; the 200 offers, the ACK answers."""
    pair = Pair()
    pair.ear.offer_answer = b"answer in ACK"
    pair.call(body=b"")
    pair.bob.app.calls[0].answer(b"offer in 200")
    pair.bench.run()
    assert pair.ear.log == [("offer", b"offer in 200"), ("answered", b"offer in 200")]
    assert pair.bob.app.recorders[0].log == [("confirmed", b"answer in ACK")]
    assert pair.bob.app.calls[0].remote_body == b"answer in ACK"


def test_late_offer_that_cannot_be_answered() -> None:
    pair = Pair()
    pair.ear.offer_answer = None
    pair.call(body=b"")
    pair.bob.app.calls[0].answer(b"offer in 200")
    pair.bench.run()
    assert pair.bench.first_lines()[-3:] == ["ACK", "BYE", "200 BYE"]
    assert (pair.ear.ended[0].cause, pair.ear.ended[0].code) == ("failed", 488)
    assert pair.is_quiet()


@pytest.mark.parametrize("seed", range(8))
def test_every_flow_survives_loss(seed: int) -> None:
    """A third of all messages is lost; both sides still agree on how the call ended."""
    chance = random.Random(seed)
    pair = Pair()
    pair.bench.lose = lambda send: chance.random() < 0.33
    call = pair.call()
    pair.bench.run(20)
    for incoming in pair.bob.app.calls:
        incoming.ring()
        incoming.answer(b"answer")
    pair.bench.run(40)
    call.hangup()
    pair.bench.run(40)
    assert len(pair.ear.ended) == 1
    assert [len(recorder.ended) for recorder in pair.bob.app.recorders] == [1] * len(
        pair.bob.app.calls
    )
    pair.bench.lose = lambda send: False
    assert pair.is_quiet()
