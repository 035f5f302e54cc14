"""Who waits in the queues, and how an operator takes somebody out of the line."""

from collections.abc import Iterable
from typing import Any

from callcenter.exchange import Exchange
from callcenter.ops.registry import AskError
from ivr.problems import did_you_mean
from ivr.targets import TargetError, ToFlow, ToNumber, ToQueue, ToVoicemail, parse


def waiting_callers(exchange: Exchange) -> list[dict[str, Any]]:
    """By queue, whoever began to wait first at the head."""
    now = exchange.clock.now()
    found = [
        {
            "queue": call.visit.queue,
            "number": call.ani,
            "waited_s": round(call.visit.waited(now), 1),
            "call_id": call.call_id,
        }
        for call in exchange.switchboard.calls.values()
        if call.visit is not None and call.visit.waits
    ]
    return sorted(found, key=lambda each: (each["queue"], -float(each["waited_s"])))


def send_on(exchange: Exchange, call_id: str, target: str) -> dict[str, Any]:
    """The caller leaves the queue as `transferred`, and keeps the time that they have waited."""
    services = exchange.services
    try:
        to = parse(target)
    except TargetError as error:
        raise AskError("bad_request", str(error)) from None
    match to:
        case ToQueue(name):
            _is_there("queue", name, services.queues)
        case ToFlow(name):
            _is_there("flow", name, services.pbx.plan.flows)
        case ToVoicemail() | ToNumber():
            pass
        case _:
            raise AskError(
                "bad_request",
                "write queue:NAME, flow:NAME, voicemail, voicemail:BOX or number:DIGITS",
            )
    call = exchange.switchboard.calls.get(call_id)
    visit = call.visit if call is not None else None
    if visit is None or not visit.waits:
        raise AskError("not_found", f"nobody waits whose call is {call_id}")
    if to == ToQueue(visit.queue):
        raise AskError("bad_request", f"they wait in {visit.queue} already")
    visit.call.log.info("taken out of the queue", queue=visit.queue, to=str(to))
    visit.send_on(to)
    return {"call_id": call_id, "queue": visit.queue, "to": str(to)}


def _is_there(kind: str, name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        raise AskError("not_found", f"there is no {kind} '{name}'{did_you_mean(name, names)}")
