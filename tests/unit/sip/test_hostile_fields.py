"""Whatever stands in the fields of these methods: every request is answered, nothing raises."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sip import Call, IncomingCall, Referral
from tests.support.sip_bench import Recorder
from tests.support.sip_wire import Wire

PIECES = [
    *[
        "sip:",
        "tel:",
        "http:",
        "a@b",
        "<",
        ">",
        '"',
        "\\",
        "?",
        "&",
        ";",
        ",",
        "=",
        "%",
        "%3B",
        "%ff",
        "[",
        "]",
        "é",
    ],
    *[
        "Replaces=",
        "to-tag=",
        "from-tag=",
        "early-only",
        "cause=",
        "Q.850",
        "SIP",
        "text=",
        "16",
        "method=",
        "INFO",
    ],
    *[
        "index=",
        "1",
        "1.1",
        "mp=",
        "reason=",
        "counter=",
        "privacy=",
        "refer",
        "id=",
        "message-summary",
    ],
    *("terminated", "multipart/mixed", "boundary=", " ", "\t"),
]
NAMES = [
    *("Refer-To", "Referred-By", "Refer-Sub", "Replaces", "Reason", "Diversion", "History-Info"),
    *("Event", "Subscription-State", "Content-Type", "Content-Disposition", "Info-Package"),
    *("Accept", "Expires"),
]
FIELDS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)),
    max_size=4,
)
BODIES = st.lists(
    st.sampled_from([b"Signal=", b"5", b"16", b"--x", b"\r\n", b"\n", b"SIP/2.0 200 OK", b"\xff"]),
    max_size=6,
).map(b"".join)


class Curious(Recorder):
    """Looks at everything that it is told."""

    def on_refer(self, call: Call, referral: Referral) -> int:
        assert isinstance(referral.target_user, str)
        assert referral.replaced is None or isinstance(referral.replaced, Call)
        return 202


def look(call: IncomingCall) -> None:
    assert isinstance(call.diversions, tuple)
    assert all(isinstance(diversion.user, str) for diversion in call.diversions)


@given(
    st.sampled_from(["INFO", "MESSAGE", "NOTIFY", "REFER", "SUBSCRIBE", "UPDATE", "BYE"]),
    FIELDS,
    BODIES,
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_in_a_call(method: str, fields: list[tuple[str, str]], body: bytes) -> None:
    wire = Wire()
    wire.get("INVITE", body=b"offer")
    call = wire.app.calls[0]
    call.handler = Curious()
    call.answer(b"answer")
    wire.in_dialog("ACK", 1)
    wire.take()
    headers = "".join(f"{name}: {value}\r\n" for name, value in fields)
    first = wire.in_dialog(method, 2, headers=headers, body=body)[0]
    assert first.endswith(f" {method}")
    if call.end is not None:
        assert 0 < call.end.q850 < 1000 or call.end.reasons
    counters = wire.endpoint.counters
    assert (counters.internal_errors, counters.handler_errors) == (0, 0)


@given(st.sampled_from(["INVITE", "SUBSCRIBE", "REFER", "MESSAGE"]), FIELDS, BODIES)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_outside_a_call(method: str, fields: list[tuple[str, str]], body: bytes) -> None:
    wire = Wire()
    wire.app.react = look
    headers = "".join(f"{name}: {value}\r\n" for name, value in fields)
    assert wire.get(method, headers=headers, body=body)[0].endswith(f" {method}")
    counters = wire.endpoint.counters
    assert (counters.internal_errors, counters.handler_errors) == (0, 0)
