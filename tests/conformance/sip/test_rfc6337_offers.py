"""RFC 6337 §2: every place that an offer and its answer may stand in, between two endpoints."""

import pytest

from sip import CallState, OutgoingInvite
from tests.support.sip_bench import CARRIER, PBX, Bench, Recorder


@pytest.mark.parametrize("reliable", ["on_demand", "if_supported"])
@pytest.mark.parametrize("offer", [b"offer", b""])
@pytest.mark.parametrize("early", [True, False])
def test_both_sides_know_the_others_session(reliable: str, offer: bytes, early: bool) -> None:
    """The caller offers in the INVITE, or the callee in a 183 or 200; early media or none."""
    bench = Bench()
    alice, bob = bench.add(CARRIER), bench.add(PBX, reliable=reliable)
    ear = Recorder(offer_answer=b"alice's")
    invite = OutgoingInvite("sip:bob@10.0.0.1", PBX, "sip:alice@a", "sip:bob@b", offer)
    call = alice.endpoint.invite(invite, ear)
    bench.run()
    incoming = bob.app.calls[0]
    incoming.ring()
    bench.run()
    if early:
        incoming.progress(b"bob's")
        bench.run()
        assert call.remote_body == b"bob's"
        assert incoming.remote_body == (offer or b"alice's")
    incoming.answer(b"bob's")
    bench.run()

    assert (call.state, incoming.state) == (CallState.CONFIRMED, CallState.CONFIRMED)
    assert (call.remote_body, incoming.remote_body) == (b"bob's", offer or b"alice's")
    offers = [body for kind, body in ear.log if kind == "offer"]
    assert offers == ([] if offer else [b"bob's"])
    answers = [body for kind, body in bob.app.recorders[0].log if kind != "ended" and body]
    assert answers == ([] if offer else [b"alice's"])
    # A 183 that holds an offer is reliable in any case (RFC 3262 §5).
    pracks = (offer != b"") + early if reliable == "if_supported" else early and not offer
    assert bench.first_lines().count("PRACK") == pracks
    results: list[int] = []
    for change in (call.reinvite, incoming.reinvite, call.update, incoming.update):
        assert change(b"changed", lambda code, _: results.append(code))
        bench.run()
    assert results == [200] * 4
