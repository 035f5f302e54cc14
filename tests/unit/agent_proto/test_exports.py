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
