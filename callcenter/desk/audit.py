"""Writes down what supervisors do to others, done or refused."""

from collections.abc import Awaitable

import agent_proto as proto
from agent_proto import models as m
from callcenter import events
from callcenter.clock import Clock
from callcenter.event_stream import EventStream
from callcenter.switch.roster import SignIn

ONLY_LOOK = frozenset({"supervisor.list_breaks", "supervisor.subscribe", "supervisor.unsubscribe"})
"""Methods that do nothing to anybody."""
MAX_DETAIL = 500


async def audited(
    stream: EventStream,
    clock: Clock,
    supervisor: SignIn,
    method: str,
    params: m.Params,
    answer: Awaitable[proto.Answer],
) -> proto.Answer:
    """The answer, once it is told how it came out."""
    if method in ONLY_LOOK:
        return await answer
    outcome = "internal_error"
    try:
        result = await answer
        outcome = "done"
        return result
    except proto.ProtocolError as error:
        outcome = error.name
        raise
    finally:
        fields = params.model_dump(exclude_none=True, exclude={"request_key"})
        target = fields.pop("target", "") or ",".join(fields.pop("targets", ()))
        call_id = fields.pop("call_id", "")
        detail = ", ".join(f"{name}={value}" for name, value in fields.items())
        stream.emit(
            events.SupervisorActed(
                clock.now(),
                supervisor.agent_id,
                method,
                str(target)[:MAX_DETAIL],
                str(call_id),
                detail[:MAX_DETAIL],
                outcome,
            )
        )
