"""OPTIONS inside a dialog: is the other side still in the call?"""

import pytest

from sip import CallState
from tests.support.sip_bench import CARRIER, PBX, Bench, Recorder
from tests.support.sip_wire import Wire, invite_to


def established() -> tuple[Wire, Recorder, list[bool]]:
    """A wire with a confirmed call of ours whose probe is on its way; its results."""
    wire, recorder = Wire(), Recorder()
    call = wire.endpoint.invite(invite_to(CARRIER), recorder)
    results: list[bool] = []
    assert not call.probe(results.append), "nobody to ask yet"
    wire.answer(wire.take_request(), 200)
    wire.take()
    assert call.probe(results.append)
    return wire, recorder, results


def test_the_probe_is_a_request_of_the_dialog() -> None:
    wire, _, _ = established()
    probe = wire.take_request()

    assert (probe.method, probe.uri, probe.cseq) == ("OPTIONS", "sip:there@10.0.0.2:5060", 2)
    assert probe.to_tag
    assert probe.header("accept") == "application/sdp"


@pytest.mark.parametrize(
    ("code", "alive"), [(200, True), (405, True), (500, True), (408, False), (481, False)]
)
def test_any_answer_but_two_is_a_sign_of_life(code: int, alive: bool) -> None:
    wire, recorder, results = established()
    probe = wire.take_request()
    wire.answer(probe, 100, tag="")
    assert results == []

    wire.answer(probe, code)
    assert results == [alive]
    assert recorder.ended == []


def test_no_answer_is_one_too() -> None:
    wire, recorder, results = established()
    wire.advance(31.9)
    assert results == []

    wire.advance(0.1)
    assert results == [False]
    assert recorder.ended == []


def test_a_call_that_has_ended_is_told_nothing() -> None:
    wire, _, results = established()
    probe = wire.take_request()
    [call] = wire.endpoint.core.calls
    call.hangup()
    wire.answer(probe, 200)

    assert results == []


def test_an_application_that_fails_on_the_result_ends_the_call() -> None:
    wire, recorder, _ = established()
    wire.take()
    [call] = wire.endpoint.core.calls

    def fail(alive: bool) -> None:
        raise RuntimeError("bug")

    assert call.probe(fail)
    wire.answer(wire.take_request(), 200)
    assert [(end.cause, end.code) for end in recorder.ended] == [("failed", 500)]


def test_an_endpoint_of_ours_answers_as_long_as_it_knows_the_call() -> None:
    bench = Bench()
    pbx, carrier = bench.add(PBX), bench.add(CARRIER)
    pbx.app.react = lambda call: call.answer(b"answer")
    call = carrier.endpoint.invite(invite_to(PBX), Recorder())
    bench.run()
    assert call.state is CallState.CONFIRMED
    results: list[bool] = []
    call.probe(results.append)
    bench.run()
    pbx.endpoint.core.dialogs.clear()
    call.probe(results.append)
    bench.run()

    assert results == [True, False]
