from agent_proto import ProtocolError
from agent_proto.request_keys import RequestKeys


def test_results_and_refusals_are_remembered() -> None:
    keys = RequestKeys(size=4)
    assert keys.recall("a", "agent.set_busy") is None
    keys.keep("a", "agent.set_busy", b"{}")
    refusal = ProtocolError("wrong_state")
    keys.keep("b", "agent.set_idle", refusal)
    assert keys.recall("a", "agent.set_busy") == b"{}"
    assert keys.recall("b", "agent.set_idle") is refusal


def test_a_key_belongs_to_one_method() -> None:
    keys = RequestKeys(size=4)
    keys.keep("a", "agent.set_busy", b"{}")
    outcome = keys.recall("a", "agent.set_idle")
    assert isinstance(outcome, ProtocolError)
    assert (outcome.code, outcome.data["path"]) == (-32602, "request_key")


def test_the_least_recently_used_is_forgotten_first() -> None:
    keys = RequestKeys(size=2)
    keys.keep("a", "x", b"1")
    keys.keep("b", "x", b"2")
    keys.recall("a", "x")
    keys.keep("c", "x", b"3")
    assert [keys.recall(key, "x") for key in "abc"] == [b"1", None, b"3"]
