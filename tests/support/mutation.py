"""Valid messages, and what becomes of them when they are damaged.

Hypothesis chooses what is damaged and how; each story is played against one endpoint that lives
through all of them, so that whatever is kept adds up.
"""

from typing import NamedTuple

from hypothesis import strategies as st

from sip import Address
from sip.guard import GuardPolicy
from sip.transport.framing import FramingError, StreamFramer
from tests.support.sip_bench import CARRIER, PHONE
from tests.support.sip_messages import SDP, request, response
from tests.support.sip_wire import Wire
from tests.support.torture import torture

STRANGER = Address("udp", "203.0.113.9", 5060)
SOURCES = (CARRIER, CARRIER, PHONE, STRANGER)
METHODS = (
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "REGISTER",
    "INFO",
    "NOTIFY",
    "MESSAGE",
    "SUBSCRIBE",
    "PRACK",
    "UPDATE",
    "REFER",
    "PUBLISH",
)
_EXTRAS = {
    "REGISTER": 'Authorization: Digest username="8001", realm="pbx", nonce="1.2", uri="sip:x", '
    'response="00", qop=auth, nc=00000001, cnonce="c"\r\nExpires: 60\r\n',
    "INVITE": "Supported: 100rel, timer\r\nSession-Expires: 1800;refresher=uac\r\nMin-SE: 90\r\n"
    "Record-Route: <sip:10.0.0.9;lr>\r\nContent-Type: application/sdp\r\n",
    "REFER": "Refer-To: <sip:4002@10.0.0.1?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\r\n",
    "NOTIFY": "Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n"
    "Content-Type: message/sipfrag\r\n",
    "INFO": "Content-Type: application/dtmf-relay\r\n",
    "PRACK": "RAck: 1 1 INVITE\r\n",
    "SUBSCRIBE": "Event: message-summary\r\nExpires: 3600\r\n",
}
_BODIES = {"INVITE": SDP, "UPDATE": SDP, "INFO": b"Signal=5\r\nDuration=160\r\n"}
OWN_TAG = b"OWN-TAG"
"""Stands for the tag of a call that is up."""


def _valid() -> tuple[bytes, ...]:
    made = []
    for method in METHODS:
        headers, body = _EXTRAS.get(method, ""), _BODIES.get(method, b"")
        made.append(request(method, headers=headers, body=body))
        inside = f"<sip:4001@10.0.0.1>;tag={OWN_TAG.decode()}"
        made.append(request(method, to=inside, cseq=7, headers=headers, body=body))
        made += [response(code, method, body=SDP) for code in (100, 183, 200, 401, 503)]
    return (*made, *torture("rfc4475").values(), *torture("rfc5118").values())


VALID = _valid()
_PIECES = (
    *(
        b"\r\n",
        b"\n",
        b"\r\n ",
        b"\0",
        b";",
        b",",
        b'"',
        b"<",
        b">",
        b"@",
        b"=",
        b":",
        b"::",
        b"%00",
    ),
    *(b"\xff", b"\xc3\x28", b"9" * 30, b"-1", b"SIP/2.0", b"sip:", b"tel:", b"[::1]", b";tag=x"),
    *(b"\r\nVia: ", b"\r\nTo: ", b"\r\nRequire: x", b"\r\n\r\n", b"z9hG4bK", b";lr", b"()", b"\\"),
)


class Edit(NamedTuple):
    """One damage: where (a share of the message), how much of it, and what comes there."""

    kind: int
    at: float
    length: int
    piece: bytes


class Step(NamedTuple):
    """One message of a story: which valid one, how it is damaged, and who sends it."""

    seed: int
    edits: list[Edit]
    source: int


EDITS = st.builds(
    Edit,
    st.integers(0, 4),
    st.floats(0, 1),
    st.integers(0, 30),
    st.one_of(st.sampled_from(_PIECES), st.binary(max_size=6)),
)
STEPS = st.builds(
    Step, st.integers(0, len(VALID) - 1), st.lists(EDITS, min_size=1, max_size=4), st.integers(0, 3)
)


def damaged(step: Step) -> bytes:
    """The message as it is sent."""
    data = VALID[step.seed]
    for kind, share, length, piece in step.edits:
        at = int(share * len(data))
        span = data[at : at + length]
        match kind:
            case 0:
                data = data[:at] + piece + data[at + length :]
            case 1:
                data = data[:at] + piece + data[at:]
            case 2:
                data = data[:at] + data[at + length :]
            case 3:
                data = data[:at] + span + data[at:]
            case _:
                data = _without_line(data, at)
    return data


def _without_line(data: bytes, at: int) -> bytes:
    start = data.rfind(b"\r\n", 0, at)
    end = data.find(b"\r\n", at)
    return data[: max(start, 0)] + data[end:] if end >= 0 else data[: max(start, 0)]


class Victim:
    """An endpoint to which stories happen."""

    def __init__(self) -> None:
        policy = GuardPolicy(rate=1e6, burst=10**6, strangers_rate=1e6, max_failures=10**6)
        self.wire = Wire(guard=policy)
        self.wire.app.passwords["8001"] = "secret"

    def endure(self, steps: list[Step]) -> None:
        """Live through a story, and be as before. AssertionError when something is left."""
        wire = self.wire
        wire.app.calls.clear()
        wire.app.recorders.clear()
        wire.app.react = lambda call: call.answer(b"answer")
        wire.get("INVITE", branch="z9hG4bKup", call_id="call-1", body=SDP)
        dialog = wire.app.calls[0].dialog
        assert dialog is not None
        tag = dialog.local_tag.encode()
        for step in steps:
            data = damaged(step).replace(OWN_TAG, tag)
            wire.receive(data, SOURCES[step.source])
            wire.endpoint.outgoing.clear()
            self._endure_as_stream(data)
        for call in list(wire.endpoint.core.calls):
            call.hangup()
        assert wire.is_quiet()
        wire.endpoint.outgoing.clear()
        counters = wire.endpoint.counters
        assert (counters.internal_errors, counters.handler_errors) == (0, 0)

    @staticmethod
    def _endure_as_stream(data: bytes) -> None:
        """Byte by byte a stream is cut as it is when it comes at once."""
        assert _cut([data[n : n + 1] for n in range(len(data))]) == _cut([data])


def _cut(pieces: list[bytes]) -> list[bytes]:
    framer, messages = StreamFramer(), []
    try:
        for piece in pieces:
            messages += framer.feed(piece)
    except FramingError:
        return []
    return messages
