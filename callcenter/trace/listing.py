"""The calls of a capture, a line each: also those that were refused and became none."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from callcenter.trace.archive import Archive, CapturedCall, has_number
from callcenter.trace.record import Captured
from callcenter.trace.wire import invited, status_of

MAX_REFUSED = 10_000
"""Refused INVITEs that are looked at, the newest: a flood must not take all memory."""


@dataclass(slots=True)
class Listed:
    """One line. `call` is our call id, or the SIP Call-ID of what became no call."""

    at: float
    call: str
    ani: str
    dnis: str
    source: str
    seconds: float | None
    """How long it took; None while it lasts."""
    outcome: str

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def listing(archive: Archive, number: str = "", limit: int = 20) -> list[Listed]:
    """The newest calls, oldest of them first; those from or to `number` if one is given."""
    calls = archive.calls()
    lines = [_of_call(call) for call in calls if call.first("CallStarted")]
    known = {sip_call_id for call in calls for sip_call_id in call.parties}
    lines += _refused(archive.everything(), known)
    if number:
        lines = [line for line in lines if has_number((line.ani, line.dnis), number)]
    return sorted(lines, key=lambda line: line.at)[-limit:]


def _of_call(call: CapturedCall) -> Listed:
    start, end = call.first("CallStarted"), call.first("CallEnded")
    ani, dnis = call.numbers()
    return Listed(
        at=float(start["at"]),
        call=call.call_id,
        ani=ani,
        dnis=dnis,
        source=next(iter(call.parties.values()), ""),
        seconds=float(end["at"]) - float(start["at"]) if end else None,
        outcome=f"{end['cause']} by {end['by']}, {end['sip_code']}" if end else "in progress",
    )


def _refused(messages: Iterable[Captured], known: set[str]) -> list[Listed]:
    """INVITEs that were sent to us and became no call, with the last answer they got."""
    found: dict[str, Listed] = {}
    for message in messages:
        if message.data.startswith(b"INVITE ") and not message.sent:
            sip_call_id = message.sip_call_id
            if sip_call_id not in known and sip_call_id not in found:
                numbers = invited(message.data)
                found[sip_call_id] = Listed(
                    message.at, sip_call_id, *numbers, message.remote, None, "not answered"
                )
                if len(found) > MAX_REFUSED:
                    del found[next(iter(found))]
        elif found and message.sent and message.data.startswith(b"SIP/2.0 "):
            line = found.get(message.sip_call_id)
            status = status_of(message.data) if line is not None else ""
            if line is not None and status and status[0] > "1":
                line.outcome = status
                line.seconds = message.at - line.at
    return list(found.values())
