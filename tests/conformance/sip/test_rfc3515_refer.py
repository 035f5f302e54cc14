"""REFER between two endpoints: RFC 3515 §4, the attended transfer of RFC 5589 §7.3, RFC 4488."""

import pytest

from sip import Call, OutgoingCall, OutgoingInvite, Referral
from tests.support.sip_bench import CARRIER, PBX, PHONE, Bench, Recorder, first_line


class Transferee(Recorder):
    """Does as it is asked: calls the target and tells how that goes."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.calls: list[OutgoingCall] = []
        self.told_back: list[str] = []

    def on_refer(self, call: Call, referral: Referral) -> int:
        self.told_back.append(referral.referred_by)
        headers = []
        if referral.replaces is not None:
            headers.append(("Replaces", str(referral.replaces)))
        invite = OutgoingInvite(
            referral.target, PHONE, "sip:bob@b", referral.target, b"offer", headers=headers
        )
        endpoint = self.bench.parties[PBX].endpoint
        self.calls.append(endpoint.invite(invite, Reporter(referral)))
        return 202


class Reporter(Recorder):
    """Reports the new call to who asked for it."""

    def __init__(self, referral: Referral) -> None:
        super().__init__()
        self.referral = referral

    def on_ringing(self, call: Call, code: int, body: bytes) -> None:
        self.referral.notify(code)

    def on_answered(self, call: Call, body: bytes) -> None:
        self.referral.notify(200)

    def on_ended(self, call: Call, end: object) -> None:
        self.referral.notify(call.end.code if call.end is not None else 500)


class Three:
    """Alice has a call with Bob; Carol has a phone."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.alice = self.bench.add(CARRIER)
        self.bob = self.bench.add(PBX)
        self.carol = self.bench.add(PHONE)
        self.transferee = Transferee(self.bench)
        self.call = self.alices_call(PBX)
        incoming = self.bob.app.calls[0]
        incoming.handler = self.transferee
        incoming.answer(b"answer")
        self.bench.run()
        self.progress: list[tuple[int, str]] = []
        self.bench.sent.clear()

    def alices_call(self, to: object) -> OutgoingCall:
        address = PBX if to is PBX else PHONE
        invite = OutgoingInvite(
            f"sip:x@{address.host}", address, "sip:alice@a", "sip:x@b", b"offer"
        )
        call = self.alice.endpoint.invite(invite, Recorder())
        self.bench.run()
        return call

    def refer(self, replaces: Call | None = None) -> None:
        assert self.call.refer(
            "sip:carol@10.0.0.3",
            lambda code, phrase: self.progress.append((code, phrase)),
            replaces=replaces,
            referred_by="<sip:alice@a>",
        )
        self.bench.run()

    def flow(self) -> list[str]:
        return [
            f"{send.local.host[-1]}-{send.destination.host[-1]} {first_line(send.data)}"
            for send in self.bench.sent
        ]


def test_4_1_a_transfer_that_succeeds() -> None:
    three = Three()
    three.refer()
    assert three.flow()[:4] == ["2-1 REFER", "1-3 INVITE", "1-2 202 REFER", "1-2 NOTIFY"]
    carol = three.carol.app.calls[0]
    carol.ring()
    three.bench.run()
    carol.answer(b"answer")
    three.bench.run()
    assert three.progress == [(100, "Trying"), (100, "Trying"), (180, "Ringing"), (200, "OK")]
    assert three.transferee.told_back == ["<sip:alice@a>"]
    three.call.hangup()
    three.bench.run(200)
    assert carol.end is None, "who was transferred goes on talking"
    assert sum(line.endswith(" NOTIFY") and "200" not in line for line in three.flow()) == 3


def test_4_2_a_target_that_is_busy() -> None:
    three = Three()
    three.refer()
    three.carol.app.calls[0].reject(486)
    three.bench.run()
    assert three.progress[-1] == (486, "Busy Here")
    assert three.call.end is None, "the first call is still there"
    three.refer()
    assert len(three.carol.app.calls) == 2, "and may be transferred anew"


def test_an_attended_transfer_by_replaces() -> None:
    """RFC 5589 §7.3: Carol's call with Alice gives way to the one with Bob."""
    three = Three()
    consulted = three.alices_call(PHONE)
    first = three.carol.app.calls[0]
    first.answer(b"answer")
    three.bench.run()
    three.refer(replaces=consulted)
    second = three.carol.app.calls[1]
    assert second.replaces is first
    second.answer(b"answer")
    assert second.replaces is not None
    second.replaces.hangup()
    three.bench.run()
    assert three.progress[-1] == (200, "OK")
    assert consulted.end is not None
    assert consulted.end.by == "remote"


@pytest.mark.parametrize("code", [603, 404])
def test_2_4_2_a_refusal_is_a_final_answer(code: int) -> None:
    three = Three()

    def refuse(call: Call, referral: Referral) -> int:
        return code

    three.transferee.on_refer = refuse  # type: ignore[method-assign]
    three.refer()
    assert [progress[0] for progress in three.progress] == [code]
    assert not any(line.endswith(" NOTIFY") for line in three.flow())
