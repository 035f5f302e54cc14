"""Reason fields and Q.850 causes (RFC 3326, RFC 3398)."""

import pytest

from sip import COMPLETED_ELSEWHERE, Reason, q850, reason_header, status_of_cause
from sip.reason import cause_in, cause_of_status, parse_reasons
from tests.support.sip_bench import CARRIER, Recorder
from tests.support.sip_wire import Wire, invite_to


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            ['Q.850;cause=16;text="Terminated", SIP ;cause=600 ;text="Busy, everywhere"'],
            (Reason("Q.850", 16, "Terminated"), Reason("SIP", 600, "Busy, everywhere")),
        ),
        (["q.850;text=x;cause=17"], (Reason("Q.850", 17, "x"),)),
        (["Q.850;cause=no", "Q.850", ";cause=3", "SIP;cause=99999"], ()),
        (["X;cause=1"] * 20, (Reason("X", 1),) * 8),
    ],
)
def test_reading(values: list[str], expected: tuple[Reason, ...]) -> None:
    assert parse_reasons(values) == expected


def test_writing_and_reading_back() -> None:
    name, value = reason_header(q850(17), COMPLETED_ELSEWHERE)
    assert (name, value) == (
        "Reason",
        'Q.850;cause=17;text="User busy", SIP;cause=200;text="Call completed elsewhere"',
    )
    assert parse_reasons([value]) == (q850(17), COMPLETED_ELSEWHERE)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        *((200, 16), (404, 1), (408, 102), (480, 18), (486, 17), (487, 16), (503, 41)),
        *((600, 17), (603, 21), (302, 127), (699, 127)),
    ],
)
def test_the_cause_of_a_status(status: int, cause: int) -> None:
    assert cause_of_status(status) == cause


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        *((1, 404), (17, 486), (18, 408), (19, 480), (21, 403), (34, 503), (65, 488)),
        *((102, 504), (16, 480), (90, 500), (127, 500)),
    ],
)
def test_the_status_of_a_cause(cause: int, status: int) -> None:
    assert status_of_cause(cause) == status


def test_a_told_cause_outranks_the_status() -> None:
    assert cause_in((Reason("X", 3), Reason("Q.850", 34)), 486) == 34
    assert cause_in((Reason("SIP", 486),), 480) == 17
    assert cause_in((), 404) == 1


def test_the_reason_of_a_bye_and_of_a_refusal_is_told() -> None:
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    wire.app.calls[0].answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.in_dialog("BYE", 2, headers="Reason: Q.850;cause=31\r\n")
    [end] = wire.app.recorders[0].ended
    assert (end.code, end.q850, end.reasons) == (200, 31, (Reason("Q.850", 31),))

    wire, recorder = Wire(), Recorder()
    wire.endpoint.invite(invite_to(CARRIER), recorder)
    wire.answer(wire.take_request(), 503, headers="Reason: Q.850;cause=34\r\n")
    [end] = recorder.ended
    assert (end.code, end.q850) == (503, 34)


def test_the_reason_of_a_cancel_is_told() -> None:
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    wire.get("CANCEL", headers='Reason: SIP;cause=200;text="Call completed elsewhere"\r\n')
    [end] = wire.app.recorders[0].ended
    assert (end.cause, end.reasons) == ("cancelled", (COMPLETED_ELSEWHERE,))


def test_our_own_reasons_go_out_on_refusal_cancel_and_bye() -> None:
    header = reason_header(q850(17))
    line = 'Q.850;cause=17;text="User busy"'
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    wire.take()
    wire.app.calls[0].reject(486, headers=[header])
    assert wire.take_response().header("reason") == line

    wire = Wire()
    call = wire.endpoint.invite(invite_to(CARRIER), Recorder())
    wire.answer(wire.take_request(), 180)
    call.hangup([header])
    assert wire.take_request().header("reason") == line

    call = wire.endpoint.invite(invite_to(CARRIER), Recorder())
    wire.answer(wire.take_request(), 200)
    wire.take()
    call.hangup([header])
    assert wire.take_request().header("reason") == line
