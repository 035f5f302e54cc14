from agent_proto import CAPABILITIES, METHODS
from agent_proto import models as m

EARLIER = {
    "session.hello": "connected",
    "session.ping": "greeted",
    "session.resume": "anonymous",
    "agent.login": "anonymous",
}


def test_what_may_be_called_before_anybody_is_signed_in() -> None:
    earlier = {name: method.stage for name, method in METHODS.items()}
    assert {name: stage for name, stage in earlier.items() if stage != "signed_in"} == EARLIER
    assert all(name == method.name for name, method in METHODS.items())


def test_what_takes_a_supervisor() -> None:
    theirs = {name for name, method in METHODS.items() if method.for_supervisors}
    assert theirs == {name for name in METHODS if name.startswith("supervisor.")}
    assert "supervisor.force_logout" in theirs


def test_a_client_is_told_of_all_of_them() -> None:
    assert list(CAPABILITIES) == list(METHODS)


def test_each_method_has_params_of_its_own() -> None:
    # the client and the dispatcher tell methods apart by them
    assert len({method.params for method in METHODS.values()}) == len(METHODS)


def test_every_request_may_carry_a_key() -> None:
    for method in METHODS.values():
        assert issubclass(method.params, m.Params)
        assert "request_key" in method.params.model_fields
