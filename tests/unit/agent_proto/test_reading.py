from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_proto import METHODS, ProtocolError
from agent_proto import models as m
from agent_proto.reading import MAX_MISTAKES, read_params

LOGIN = {"agent_id": "1001", "password": "p", "seat_no": "8001"}


def test_params_are_read() -> None:
    params = read_params(
        m.LoginParams,
        {**LOGIN, "class": "supervisor", "skills": {"sales": 2}, "state": "busy", "new": 1},
    )
    assert params == m.LoginParams(
        agent_id="1001",
        password="p",
        seat_no="8001",
        agent_class="supervisor",
        skills={"sales": 2},
        state="busy",
    )


def test_what_is_left_out_has_its_default() -> None:
    params = read_params(m.LoginParams, dict(LOGIN))
    assert (params.agent_class, params.state, params.skills, params.request_key) == (
        "agent",
        "idle",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("model", "params", "path"),
    [
        (m.LoginParams, {}, "agent_id"),
        (m.LoginParams, {**LOGIN, "agent_id": 1001}, "agent_id"),
        (m.LoginParams, {**LOGIN, "agent_id": None}, "agent_id"),
        (m.LoginParams, {**LOGIN, "password": ["p"]}, "password"),
        (m.LoginParams, {**LOGIN, "seat_no": 8001}, "seat_no"),
        (m.LoginParams, {**LOGIN, "class": 1}, "class"),
        (m.LoginParams, {**LOGIN, "class": ["agent"]}, "class"),
        (m.LoginParams, {**LOGIN, "state": True}, "state"),
        (m.LoginParams, {**LOGIN, "skills": ["sales"]}, "skills"),
        (m.LoginParams, {**LOGIN, "skills": {"sales": "5"}}, "skills.sales"),
        (m.LoginParams, {**LOGIN, "skills": {"sales": 5.0}}, "skills.sales"),
        (m.LoginParams, {**LOGIN, "skills": {"sales": True}}, "skills.sales"),
        (m.LoginParams, {**LOGIN, "request_key": 7}, "request_key"),
        (m.HelloParams, {"protocol": "1"}, "protocol"),
        (m.HelloParams, {"protocol": True}, "protocol"),
        (m.HelloParams, {"protocol": 1.0}, "protocol"),
        (m.HelloParams, {}, "protocol"),
        (m.HelloParams, {"protocol": 1, "client": {}}, "client"),
        (m.ResumeParams, {"resume_token": "t", "last_seq": "0"}, "last_seq"),
        (m.ResumeParams, {"last_seq": 0}, "resume_token"),
        (m.AnswerParams, {}, "call_id"),
        (m.AnswerParams, {"call_id": 5}, "call_id"),
        (m.SetBusyParams, {"reason": 5}, "reason"),
    ],
)
def test_a_wrong_type_is_told_with_its_path(
    model: type[m.Params], params: dict[str, object], path: str
) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_params(model, params)
    assert (refused.value.code, refused.value.data["path"]) == (-32602, path)


@pytest.mark.parametrize(
    ("model", "params", "path"),
    [
        (m.LoginParams, {**LOGIN, "class": "boss"}, "class"),
        (m.LoginParams, {**LOGIN, "state": "talking"}, "state"),
        (m.LoginParams, {**LOGIN, "agent_id": "1" * 65}, "agent_id"),
        (m.LoginParams, {**LOGIN, "password": "p" * 257}, "password"),
        (m.LoginParams, {**LOGIN, "skills": {"sales": -1}}, "skills.sales"),
        (m.LoginParams, {**LOGIN, "skills": {str(n): 1 for n in range(65)}}, "skills"),
        (m.LoginParams, {**LOGIN, "request_key": ""}, "request_key"),
        (m.ResumeParams, {"resume_token": "t", "last_seq": -1}, "last_seq"),
        (m.AnswerParams, {"call_id": "c" * 129}, "call_id"),
    ],
)
def test_the_right_type_outside_its_range_is_out_of_range(
    model: type[m.Params], params: dict[str, object], path: str
) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_params(model, params)
    assert (refused.value.code, refused.value.data["path"]) == (1004, path)


def test_a_wrong_type_outweighs_a_wrong_range() -> None:
    with pytest.raises(ProtocolError) as refused:
        read_params(m.LoginParams, {**LOGIN, "class": "boss", "seat_no": 1})
    assert refused.value.code == -32602
    assert [mistake["path"] for mistake in mistakes(refused.value)] == ["seat_no"]


def test_every_mistake_is_told_but_not_without_end() -> None:
    with pytest.raises(ProtocolError) as refused:
        read_params(m.LoginParams, {**LOGIN, "skills": {f"s{n}": "x" for n in range(60)}})
    assert len(mistakes(refused.value)) == MAX_MISTAKES
    with pytest.raises(ProtocolError) as refused:
        read_params(m.LoginParams, {**LOGIN, "skills": {"s" * 60_000: 1}})
    assert len(str(refused.value.to_dict())) < 1000


def test_what_was_sent_is_not_repeated() -> None:
    with pytest.raises(ProtocolError) as refused:
        read_params(m.LoginParams, {**LOGIN, "password": ["hunter2"]})
    assert "hunter2" not in str(refused.value.to_dict())


@given(st.data())
def test_only_refusals_come_of_hostile_params(data: Any) -> None:
    method = data.draw(st.sampled_from(sorted(METHODS)))
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
    names = [*sorted(METHODS[method].params.model_fields), "class", "other"]
    params = data.draw(st.dictionaries(st.sampled_from(names), values))
    refusal = None
    try:
        read_params(METHODS[method].params, params)
    except ProtocolError as refused:
        refusal = refused.code
    assert refusal in (None, -32602, 1004)


def mistakes(error: ProtocolError) -> list[dict[str, str]]:
    told = error.data["errors"]
    assert isinstance(told, list)
    return told
