from agent_proto import Limits


def test_the_defaults_are_those_of_the_protocol() -> None:
    limits = Limits()
    assert (limits.heartbeat_s, limits.grace_s, limits.max_line) == (15, 60, 65536)
