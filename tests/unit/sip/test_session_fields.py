"""Header fields of the session extensions, as nobody should write them: no exception, no harm."""

import pytest

from tests.support.sip_bench import CARRIER, Recorder
from tests.support.sip_wire import Wire, invite_to

JUNK = (
    "",
    " ",
    ";",
    "-1",
    "x y z",
    "1 1 INVITE more",
    "99999999999999999999",
    "1800;refresher=",
    '1800;refresher="uac',
    "\u0661\u0662",
    "9" * 5000,
    ",".join(["timer"] * 1000),
)
NAMES = ("RAck", "RSeq", "Session-Expires", "Min-SE", "Require", "Supported", "Allow")


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "PRACK"])
def test_in_requests(method: str, junk: str) -> None:
    wire = Wire()
    wire.get("INVITE", headers="Require: 100rel\r\n", body=b"offer")
    wire.app.calls[0].progress(b"answer")
    for cseq, name in enumerate(NAMES, start=2):
        wire.in_dialog(method, cseq, headers=f"Supported: timer\r\n{name}: {junk}\r\n")
        wire.get("INVITE", headers=f"{name}: {junk}\r\n", branch=f"z9hG4bK{name}", call_id=name)
    assert wire.endpoint.counters.internal_errors == 0
    assert wire.endpoint.counters.handler_errors == 0


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("code", [183, 422, 200])
def test_in_responses(code: int, junk: str) -> None:
    for name in NAMES:
        wire, ear = Wire(), Recorder()
        wire.endpoint.invite(invite_to(CARRIER), ear)
        fields = f"Require: 100rel\r\n{name}: {junk}\r\n"
        wire.answer(wire.take_request(), code, headers=fields, body=b"x")
        assert wire.endpoint.counters.internal_errors == 0
        assert wire.endpoint.counters.handler_errors == 0
