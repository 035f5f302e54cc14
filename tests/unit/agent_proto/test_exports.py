from collections.abc import Iterator

import agent_proto
from agent_proto import models


def test_the_public_names() -> None:
    assert sorted(agent_proto.__all__) == [
        "AgentClient",
        "AgentServer",
        "Answer",
        "CAPABILITIES",
        "CODES",
        "Handler",
        "Limits",
        "Listening",
        "METHODS",
        "Method",
        "MethodHandler",
        "Place",
        "ProtocolError",
        "ReceivedEvent",
        "Session",
        "answers",
    ]
    assert all(hasattr(agent_proto, name) for name in agent_proto.__all__)
    assert all(hasattr(models, name) for name in models.__all__)


def test_every_event_is_in_the_catalogue() -> None:
    """From which the reference and the OpenRPC document are made."""

    def kinds(base: type[models.Event]) -> Iterator[type[models.Event]]:
        for kind in base.__subclasses__():
            yield kind
            yield from kinds(kind)

    named = {kind for kind in kinds(models.Event) if "event" in vars(kind)}
    ours = {kind for kind in named if kind.__module__.startswith("agent_proto.")}
    assert ours == set(models.EVENTS.values())
