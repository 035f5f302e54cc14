import gc
import weakref
from typing import Never

import pytest

from agent_proto import ProtocolError
from callcenter.desk.records import RecordsError
from callcenter.desk.refusing import obeyed, recorded
from callcenter.switch.refusal import CommandRefusedError


def test_a_command_that_is_refused_becomes_the_protocols_error() -> None:
    with pytest.raises(ProtocolError) as caught, obeyed:
        raise CommandRefusedError("wrong_state", "not now", state="idle")
    refusal = caught.value
    assert (refusal.name, refusal.message) == ("wrong_state", "not now")
    assert refusal.data == {"state": "idle"}


def test_a_database_that_does_not_answer_is_an_internal_error() -> None:
    with pytest.raises(ProtocolError) as caught, recorded:
        raise RecordsError("locked")
    assert str(caught.value) == "-32603 internal_error: the records: locked"


def test_what_is_obeyed_and_other_errors_pass() -> None:
    with obeyed:
        pass
    with pytest.raises(RecordsError), obeyed:
        raise RecordsError("locked")


def test_a_refusal_is_gone_with_its_last_user() -> None:
    alive: weakref.WeakSet[CommandRefusedError] = weakref.WeakSet()

    def refuse() -> Never:
        refused = CommandRefusedError("no_such_target")
        alive.add(refused)
        try:
            raise refused
        finally:
            del refused

    gc.disable()
    try:
        with pytest.raises(ProtocolError), obeyed:
            refuse()
        assert not alive
    finally:
        gc.enable()
