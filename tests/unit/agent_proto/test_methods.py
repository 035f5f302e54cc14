from agent_proto import CAPABILITIES, METHODS
from agent_proto import models as m

STAGES = {
    "session.hello": "connected",
    "session.ping": "greeted",
    "session.resume": "anonymous",
    "agent.login": "anonymous",
    "agent.logout": "signed_in",
    "agent.set_busy": "signed_in",
    "agent.set_idle": "signed_in",
    "agent.get": "signed_in",
    "call.answer": "signed_in",
    "call.reject": "signed_in",
    "call.hangup": "signed_in",
    "call.hold": "signed_in",
    "call.retrieve": "signed_in",
    "call.mute": "signed_in",
    "call.unmute": "signed_in",
    "call.consult": "signed_in",
    "call.complete_transfer": "signed_in",
    "call.keep": "signed_in",
    "call.toggle": "signed_in",
    "call.transfer": "signed_in",
    "call.set_data": "signed_in",
    "call.receive_fax": "signed_in",
    "call.send_fax": "signed_in",
    "seat.get": "signed_in",
}


def test_the_methods_of_version_1_and_who_may_call_them() -> None:
    assert {name: method.stage for name, method in METHODS.items()} == STAGES
    assert all(name == method.name for name, method in METHODS.items())


def test_a_client_is_told_of_all_of_them() -> None:
    assert set(CAPABILITIES) == set(STAGES)


def test_each_method_has_params_of_its_own() -> None:
    # the client and the dispatcher tell methods apart by them
    assert len({method.params for method in METHODS.values()}) == len(METHODS)


def test_every_request_may_carry_a_key() -> None:
    for method in METHODS.values():
        assert issubclass(method.params, m.Params)
        assert "request_key" in method.params.model_fields
