"""Events that go to many agents at once."""

from typing import ClassVar

from agent_proto.models.base import Seconds
from agent_proto.models.supervisor import Broadcast


class QueueUpdated(Broadcast):
    """How one of the agent's queues stands: on a change, every `queue_updates_s` at most."""

    event: ClassVar[str] = "queue.updated"

    queue: str
    waiting: int
    longest_wait_s: Seconds
    idle: int
    """Agents who could take a call at once."""
    talking: int
    service_level: float | None = None
    """Of the last hour, 0 to 1, by the queue's own formula; absent while nothing is known."""


class NoticePosted(Broadcast):
    """The house tells all its agents something, or those of a team (`callcenter notice`)."""

    event: ClassVar[str] = "notice.posted"

    text: str
    team: str | None = None
