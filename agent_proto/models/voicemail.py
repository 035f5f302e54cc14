"""`voicemail.*`: the messages that callers left."""

from typing import Annotated, ClassVar

from pydantic import Field

from agent_proto.models.base import (
    AgentEvent,
    Identifier,
    Instant,
    Message,
    Params,
    Result,
    Seconds,
)

MessageId = Annotated[str, Field(max_length=128)]


class VoicemailListParams(Params):
    """Messages of one's own boxes; of another box by right, when it is named (WZ-T4)."""

    box: Identifier | None = None
    """Without it, one's own box and those that the site gives one."""


class VoicemailMessage(Message):
    """One message."""

    message_id: str
    box: str
    ani: str
    """Empty when withheld."""
    contact_number: str
    """Whom `voicemail.call_back` calls."""
    left_at: Instant
    duration_s: Seconds
    heard: bool


class VoicemailListResult(Result):
    """The newest first, 100 at most."""

    messages: list[VoicemailMessage]


class VoicemailPlayParams(Params):
    """Rings the own device and plays the message there; it counts as heard from then on."""

    message_id: MessageId


class VoicemailPlayResult(Result):
    """The own device is being called."""

    call_id: str


class VoicemailMarkParams(Params):
    """Has a message count as heard, or as unheard again."""

    message_id: MessageId
    heard: bool = True


class VoicemailDeleteParams(Params):
    """Deletes a message and its file."""

    message_id: MessageId


class VoicemailCallBackParams(Params):
    """Calls who left the message, as `call.dial` would."""

    message_id: MessageId


class VoicemailWaiting(AgentEvent):
    """A message was left in a box of the agent's."""

    event: ClassVar[str] = "voicemail.waiting"

    message_id: str
    box: str
    ani: str
    """Empty when withheld."""
    duration_s: Seconds
