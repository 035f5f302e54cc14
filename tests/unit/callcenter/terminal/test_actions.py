"""Each key becomes the params of one request."""

from typing import Any

import pytest
from pydantic import ValidationError

from agent_proto import models as m
from agent_proto.methods import METHODS
from callcenter.terminal.actions import (
    ACTIONS,
    BY_KEY,
    Chosen,
    DataTextError,
    NoMessageError,
    TargetTextError,
    asks_of,
    target_of,
)
from callcenter.terminal.model import CallLine, DeskModel
from callcenter.terminal.texts import Texts


def desk(*marks: str, state: str = "talking", reason: str = "") -> DeskModel:
    model = DeskModel()
    model.state, model.reason = state, reason
    model.calls["c1"] = CallLine("c1", "talking", None, marks=set(marks))
    return model


def made(key: str, model: DeskModel, *texts: str) -> m.Params:
    return BY_KEY[key].make(model, Chosen("c1", "1002", texts))


@pytest.mark.parametrize(
    ("key", "model", "texts", "params"),
    [
        ("a", desk(), (), m.AnswerParams(call_id="c1")),
        ("o", desk(), (), m.HoldParams(call_id="c1")),
        ("o", desk("held"), (), m.RetrieveParams(call_id="c1")),
        ("m", desk("muted"), (), m.UnmuteParams(call_id="c1")),
        ("p", desk("recording_paused"), (), m.ResumeRecordingParams(call_id="c1")),
        ("b", desk(state="idle"), (), m.SetBusyParams()),
        ("b", desk(state="busy"), (), m.SetIdleParams()),
        ("b", desk(state="acw"), (), m.FinishAcwParams()),
        ("w", desk(state="idle"), (), m.RequestBreakParams()),
        ("w", desk(state="busy", reason="break"), (), m.EndBreakParams()),
        ("t", desk(), ("8002",), m.TransferParams(call_id="c1", target=m.Target(seat="8002"))),
        ("c", desk(), ("sales",), m.ConsultParams(call_id="c1", target=m.Target(queue="sales"))),
        ("f", desk("consulting"), (), m.ConferenceParams(call_id="c1")),
        ("f", desk(), ("8003",), m.ConferenceParams(call_id="c1", target=m.Target(seat="8003"))),
        ("n", desk(), ("12#a",), m.SendDigitsParams(call_id="c1", digits="12#A")),
        (
            "i",
            desk(),
            ("sale, callback", "hot"),
            m.SetDispositionParams(call_id="c1", codes=["sale", "callback"], note="hot"),
        ),
        ("e", desk(), ("why",), m.StartRecordingParams(call_id="c1", name="why")),
        ("y", desk(), ("Wait.",), m.PlayParams(call_id="c1", text="Wait.", then="return")),
        ("z", desk(), ("Bye.",), m.PlayParams(call_id="c1", text="Bye.", then="release")),
        (
            "z",
            desk(),
            ("prompt:fares.wav",),
            m.PlayParams(call_id="c1", prompt="fares.wav", then="release"),
        ),
        (
            "v",
            desk(),
            (" order=17, vip = yes,",),
            m.SetDataParams(call_id="c1", data={"order": "17", "vip": "yes"}),
        ),
        ("u", desk(), ("a.tif",), m.ReceiveFaxParams(call_id="c1", file="a.tif")),
        ("U", desk(), ("a.tif",), m.SendFaxParams(call_id="c1", file="a.tif")),
        ("j", desk(), ("30",), m.ExtendAcwParams(seconds=30)),
        ("l", desk(), ("Miller",), m.DirectoryQueryParams(condition="Miller")),
        ("P", desk(), ("old", "new-one-1"), m.ChangePasswordParams(old="old", new="new-one-1")),
        ("1", desk(), (), m.VoicemailListParams()),
        ("A", desk(), (), m.ListBreaksParams()),
        ("M", desk(), (), m.MonitorParams(target="1002")),
        ("R", desk(), ("why",), m.RecordParams(target="1002", name="why")),
        ("T", desk(), ("hello",), m.SendMessageParams(targets=[], text="hello")),
    ],
)
def test_keys(key: str, model: DeskModel, texts: tuple[str, ...], params: m.Params) -> None:
    assert made(key, model, *texts) == params


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("8002", {"seat": "8002"}),
        (" 13800138000 ", {"number": "13800138000"}),
        ("+862155550001", {"number": "+862155550001"}),
        ("sales", {"queue": "sales"}),
        ("agent:1002", {"agent": "1002"}),
        ("flow:welcome", {"flow": "welcome"}),
        ("supervisor:1009", {"supervisor": "1009"}),
    ],
)
def test_targets(text: str, target: dict[str, str]) -> None:
    assert target_of(text) == m.Target.model_validate(target)


@pytest.mark.parametrize("text", ["", "agent:", "desk:1"])
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(TargetTextError):
        target_of(text)


def test_what_is_typed_wrong_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValidationError):
        made("n", desk(), "hello")


def test_who_is_consulted_need_not_be_named_again() -> None:
    action, chosen = BY_KEY["f"], Chosen("c1")
    assert asks_of(action, desk(), chosen) == ("conference_target",)
    assert asks_of(action, desk("consulting"), chosen) == ()


def test_every_key_is_its_own_and_everything_has_words() -> None:
    assert len(BY_KEY) == len(ACTIONS)
    for language in ("en", "zh"):
        texts: Any = Texts(language)
        for action in ACTIONS:
            assert texts(f"actions.{action.name}")
            assert all(texts(f"asks.{ask}") for ask in action.asks)


def test_both_languages_say_the_same_things() -> None:
    from callcenter.terminal.texts import _all

    def keys(table: Any, path: str = "") -> set[str]:
        if not isinstance(table, dict):
            return {path}
        return {found for key, value in table.items() for found in keys(value, f"{path}.{key}")}

    assert keys(_all()["en"]) == keys(_all()["zh"])
    for key in ("columns_calls", "columns_agents", "columns_queues"):
        assert len(Texts("en").row(key)) == len(Texts("zh").row(key))


@pytest.mark.parametrize("text", ["", "order", "=17", "a=1, b"])
def test_what_is_no_data(text: str) -> None:
    with pytest.raises(DataTextError):
        made("v", desk(), text)


def test_the_one_key_of_a_named_recording_begins_and_ends_it() -> None:
    model, action, chosen = desk(), BY_KEY["e"], Chosen("c1")
    assert asks_of(action, model, chosen) == ("recording",)
    model.calls["c1"].recordings = ["one", "two"]
    assert asks_of(action, model, chosen) == ()
    assert made("e", model) == m.StopRecordingParams(call_id="c1", name="two")


def test_messages_are_meant_once_they_are_known() -> None:
    model = desk()
    for key in "2345":
        with pytest.raises(NoMessageError):
            made(key, model)
    model.message_id = "m1"
    assert [made(key, model) for key in "2345"] == [
        m.VoicemailPlayParams(message_id="m1"),
        m.VoicemailCallBackParams(message_id="m1"),
        m.VoicemailMarkParams(message_id="m1", heard=False),
        m.VoicemailDeleteParams(message_id="m1"),
    ]


SAMPLES = {"data": "a=1", "seconds": "30", "new_password": "a-new-one"}


def test_everything_of_the_protocol_is_on_a_key() -> None:
    """But what the desk itself asks: its session, its state, what it watches."""
    model, done = desk(), set[type[m.Params]]()
    model.message_id = "m1"
    for state, reason in (("idle", ""), ("busy", "break"), ("busy", ""), ("acw", "")):
        model.state, model.reason = state, reason
        for marked in (False, True):
            marks = {"held", "muted", "consulting", "recording_paused"} if marked else set[str]()
            model.calls["c1"].marks = marks
            model.calls["c1"].recordings = ["why"] if marked else []
            for action in ACTIONS:
                texts = [SAMPLES.get(ask, "8002") for ask in action.asks]
                done.add(type(action.make(model, Chosen("c1", "1002", texts))))
    by_params = {method.params: name for name, method in METHODS.items()}
    left = METHODS.keys() - {by_params[params] for params in done}
    assert left == {
        "session.hello",
        "session.ping",
        "session.resume",
        "agent.login",
        "agent.logout",
        "agent.get",
        "seat.offer",
        "supervisor.subscribe",
        "supervisor.unsubscribe",
    }
