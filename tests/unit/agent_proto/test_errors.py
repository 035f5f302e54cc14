import json

import pytest

from agent_proto import CODES, ProtocolError

PAGE = {
    1001: "not_logged_in",
    1002: "agent_already_logged_in",
    1003: "seat_in_use",
    1004: "out_of_range",
    1005: "bad_credentials",
    1006: "seat_mismatch",
    1007: "locked_out",
    1101: "wrong_state",
    1102: "no_such_call",
    1103: "no_such_target",
    1104: "target_not_idle",
    1105: "target_not_in_call",
    1106: "no_outside_line",
    1107: "number_not_allowed",
    1108: "no_fax_resource",
    1109: "break_quota_full",
    1110: "no_consultation",
    1111: "not_outside_party",
    1112: "no_such_prompt",
    1201: "forbidden",
    1301: "rate_limited",
    1302: "tenant_limit",
    1401: "media_failed",
}
ADDED = {1113: "no_such_message"}
"""Names never change meaning; new ones may be added."""


def test_the_catalogue_is_that_of_the_protocol() -> None:
    assert {code: name for name, code in CODES.items() if code > 0} == PAGE | ADDED
    assert {code for code in CODES.values() if code < 0} == {-32700, -32600, -32601, -32602, -32603}
    assert CODES["hello_first"] == -32600


def test_an_error_is_written_as_the_protocol_shows() -> None:
    error = ProtocolError("wrong_state", state="talking", allowed=["idle", "busy", "acw"])
    assert error.to_dict() == {
        "code": 1101,
        "message": "wrong state",
        "data": {"name": "wrong_state", "state": "talking", "allowed": ["idle", "busy", "acw"]},
    }


def test_a_message_of_ones_own_changes_neither_code_nor_name() -> None:
    assert ProtocolError("forbidden", "other team").to_dict() == {
        "code": 1201,
        "message": "other team",
        "data": {"name": "forbidden"},
    }


def test_an_unknown_name_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        ProtocolError("no_such_name")


def test_an_error_reads_back_as_it_was_written() -> None:
    error = ProtocolError("out_of_range", "too far", path="last_seq", newest=7)
    read = ProtocolError.from_dict(json.loads(json.dumps(error.to_dict())))
    assert (read.code, read.name, read.message, read.data) == (
        1004,
        "out_of_range",
        "too far",
        {"path": "last_seq", "newest": 7},
    )
    assert str(read) == "1004 out_of_range: too far, path='last_seq', newest=7"


@pytest.mark.parametrize(
    ("wire", "code", "name"),
    [
        ({"code": 1999, "message": "m", "data": {"name": "brand_new"}}, 1999, "brand_new"),
        ({"code": -32000, "message": "m"}, -32000, ""),
        ({"code": -32000, "message": "m", "data": ["x"]}, -32000, ""),
        ({}, -32603, ""),
        ({"code": "x", "message": 5, "data": {"name": 5}}, -32603, "5"),
    ],
)
def test_errors_of_other_makes_are_read_too(wire: dict[str, object], code: int, name: str) -> None:
    read = ProtocolError.from_dict(wire)
    assert (read.code, read.name) == (code, name)
