from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow import Flow
from ivr.loader import load_flows
from ivr.machine import FlowRun
from ivr.messages import (
    CallerLeft,
    Dial,
    DialEnded,
    Digit,
    Effect,
    EffectFailed,
    EnterFlow,
    EnterQueue,
    HangUp,
    Play,
    PlayFinished,
    QueueReturned,
    RecordVoicemail,
    StopPlay,
    StopVoicemail,
    TurnAway,
    VoicemailDone,
)
from ivr.prompts import say
from ivr.schema import CollectNode, MenuNode, Node, PlayNode, QueueNode, SetLanguageNode
from ivr.targets import TargetError, ToBusy, ToFlow, ToHangUp, ToQueue, ToVoicemail
from tests.support.mock_call import MockCall

HELLO = PlayNode(prompt=say(en="Hello"), next="hangup")


def run_of(*, language: str = "en", **nodes: Node) -> FlowRun:
    """A run of a flow that starts with the first of `nodes`."""
    return FlowRun(Flow("test", next(iter(nodes)), nodes), language=language)


def test_a_run_starts_once() -> None:
    run = run_of(a=HELLO)
    assert run.handle(Digit("1"), 0.0) == []
    assert run.next_deadline() is None
    run.start(0.0)
    with pytest.raises(RuntimeError):
        run.start(1.0)


def test_a_caller_who_left_ends_the_run_for_good() -> None:
    line = MockCall(Flow("test", "a", {"a": MenuNode(keys={"1": "hangup"})}))
    assert line.run.next_deadline() == 5.0
    line.hang_up()
    assert line.run.finished
    assert line.run.next_deadline() is None
    assert line.wait(60).press("1").log == []


def test_a_deadline_fires_when_it_is_due_and_not_before() -> None:
    run = run_of(a=MenuNode(keys={"1": "hangup"}, on_timeout="queue:q", tries=1))
    run.start(100.0)
    assert run.advance(104.9) == []
    assert run.advance(105.0) == [EnterQueue(1, "q", 0)]
    assert run.advance(200.0) == []


@pytest.mark.parametrize(("on_no_agents", "leaves"), [(None, False), ("hangup", True)])
def test_a_node_with_a_way_out_of_a_deserted_queue_asks_for_it(
    on_no_agents: str | None, leaves: bool
) -> None:
    run = run_of(a=QueueNode(queue="q", on_no_agents=on_no_agents))
    assert run.start(0.0) == [EnterQueue(1, "q", 0, overflow_no_agents=leaves)]


def test_an_agent_may_be_named_by_the_keys_pressed() -> None:
    node = QueueNode(queue="q", agent="${digits}", agent_wait=20)
    run = FlowRun(Flow("test", "a", {"a": node}), variables={"digits": "1001"})
    assert run.start(0.0) == [EnterQueue(1, "q", 0, agent="1001", agent_wait=20)]


def test_a_finish_that_crosses_its_stop_is_ignored() -> None:
    run = run_of(a=PlayNode(prompt=say(en="Hello"), next="b"), b=MenuNode(keys={"2": "hangup"}))
    run.start(0.0)
    assert run.handle(Digit("1"), 1.0) == [StopPlay(), Play(2, say_invalid())]
    assert run.handle(PlayFinished(1), 1.0) == []
    assert run.next_deadline() is None
    assert run.handle(PlayFinished(2), 2.0) == []
    assert run.next_deadline() == 7.0


def say_invalid() -> tuple[Any, ...]:
    """What is heard after a wrong key."""
    return (MenuNode(keys={"1": "hangup"}).invalid_prompt[0].resolve("en", {}),)


@pytest.mark.parametrize("digit", ["A", "", "12", "٣", " "])
def test_what_is_no_key_is_ignored(digit: str) -> None:
    run = run_of(a=HELLO)
    run.start(0.0)
    assert run.handle(Digit(digit), 1.0) == []


def test_a_caller_who_knows_every_prompt_hears_the_end_of_none() -> None:
    nodes: dict[str, Node] = {
        "a": PlayNode(prompt=say(en="Hello"), next="b"),
        "b": CollectNode(prompt=say(en="First"), into="first", max_digits=2, next="c"),
        "c": CollectNode(prompt=say(en="Second"), into="second", next="hangup"),
    }
    line = MockCall(Flow("test", "a", nodes)).press("1234567890#")
    assert line.run.variables == {"first": "12", "second": "34567890", "digits": "34567890"}
    assert line.log == ["say Hello", "stop", "say Second", "stop", "hang up: hangup"]


def test_variables_come_from_the_flow_the_caller_and_the_entries() -> None:
    flow = Flow("test", "a", {"a": HELLO}, variables={"company": "ACME", "vip": "no"})
    run = FlowRun(flow, variables={"ani": "5551234", "vip": "yes"})
    assert run.variables == {"company": "ACME", "vip": "yes", "ani": "5551234"}
    assert flow.variables == {"company": "ACME", "vip": "no"}


@pytest.mark.parametrize(("flows", "runs"), [(None, "zh"), ("en", "en")])
def test_a_flows_own_language_goes_before_the_sites(flows: Any, runs: str) -> None:
    run = FlowRun(Flow("test", "a", {"a": HELLO}, language=flows), language="zh")
    assert run.language == runs


def test_a_successor_goes_on_where_the_run_ended() -> None:
    line = MockCall(
        Flow(
            "first",
            "a",
            {
                "a": CollectNode(max_digits=1, next="b"),
                "b": SetLanguageNode(language="zh", next="flow:second"),
            },
        )
    )
    line.press("7")
    run = line.run.successor(Flow("second", "c", {"c": HELLO}))
    [play] = run.start(line.now)
    assert isinstance(play, Play)
    assert run.language == "zh"
    assert run.variables == {"digits": "7"}
    assert [(step.flow, step.node, step.digits) for step in run.path] == [
        ("first", "a", "7"),
        ("first", "b", ""),
        ("first", "flow:second", ""),
        ("second", "c", ""),
    ]


def test_what_the_run_before_asked_for_does_not_end_what_its_successor_asks_for() -> None:
    first = run_of(a=PlayNode(prompt=say(en="Hello"), next="flow:second"))
    [play] = first.start(0.0)
    assert isinstance(play, Play)
    assert first.handle(Digit("1"), 1.0) == [StopPlay(), EnterFlow("second")]
    second = first.successor(Flow("second", "b", {"b": QueueNode(queue="q")}))
    assert second.start(1.0) == [EnterQueue(2, "q", 0)]
    assert second.handle(PlayFinished(play.effect_id), 1.0) == []


def test_a_queues_failure_is_apologised_for_in_the_flow_that_hangs_up() -> None:
    first = MockCall(Flow("first", "a", {"a": QueueNode(queue="q", on_timeout="flow:second")}))
    first.back_from_queue("timeout")
    run = first.run.successor(Flow("second", "hangup", {}))
    [play] = run.start(first.now)
    assert isinstance(play, Play)
    assert run.handle(PlayFinished(play.effect_id), first.now) == [HangUp("max_wait")]


def test_flows_that_lead_to_one_another_for_ever_come_to_an_end() -> None:
    flow = Flow("again", "a", {"a": PlayNode(prompt=say(en="Hello"), next="flow:again")})
    run = FlowRun(flow)
    effects = run.start(0.0)
    for _ in range(300):
        match effects:
            case [Play(effect_id)]:
                effects = run.handle(PlayFinished(effect_id), 0.0)
            case [EnterFlow()]:
                run = run.successor(flow)
                effects = run.start(0.0)
            case _:
                break
    assert effects == [HangUp("failed")]
    assert run.finished


def test_queues_that_return_at_once_for_ever_come_to_an_end_but_waiting_callers_do_not() -> None:
    flow = Flow("test", "a", {"a": QueueNode(queue="q", on_timeout="a")})
    patient = MockCall(flow)
    for _ in range(300):
        patient.back_from_queue("timeout", after=20.0)
    assert not patient.run.finished
    assert len(patient.run.path) == 256
    hurried = MockCall(flow)
    for _ in range(300):
        hurried.back_from_queue("timeout", after=0.0)
    assert hurried.log[-1] == "hang up: failed"
    assert len(hurried.log) == 101


def test_a_silent_caller_in_a_menu_that_leads_to_itself_is_let_go_at_last() -> None:
    line = MockCall(Flow("test", "a", {"a": MenuNode(keys={"1": "a"}, on_timeout="a", tries=1)}))
    line.wait(100 * 5.0)
    assert line.log == ["hang up: failed"]
    alive = MockCall(Flow("test", "a", {"a": MenuNode(keys={"1": "a"}, on_timeout="a", tries=1)}))
    for _ in range(300):
        alive.wait(4.0).press("1")
    assert not alive.run.finished


@pytest.mark.parametrize("goes_to", ["nowhere", "queue:", ""])
def test_a_flow_that_leads_nowhere_cannot_be_made(goes_to: str) -> None:
    with pytest.raises(TargetError):
        Flow("test", goes_to, {})
    with pytest.raises(TargetError):
        Flow("test", "a", {"a": QueueNode.model_construct(queue="q", next=goes_to)})


DIGITS = st.sampled_from("0123456789*#AB").map(Digit)
IDS = st.integers(0, 40)
TARGETS = st.sampled_from([None, ToQueue("q"), ToVoicemail(), ToHangUp(), ToBusy(), ToFlow("f")])
OUTCOMES: Any = st.sampled_from(
    ["timeout", "no_agents", "busy", "system_error", "answered", "stored", "empty", "nonsense"]
)
ANY_EVENT = st.one_of(
    DIGITS,
    IDS.map(PlayFinished),
    st.builds(EffectFailed, IDS, st.text(max_size=5)),
    st.builds(QueueReturned, IDS, OUTCOMES, TARGETS),
    st.builds(VoicemailDone, IDS, OUTCOMES, st.floats(0, 100)),
)
"""Events of all kinds, mostly for effects that are not under way. A bare outcome in a script ends
the one that is."""
WAITS = st.floats(0, 30, allow_nan=False)
"""Seconds in which nothing happens."""
ENDINGS: Any = {
    Play: lambda effect_id, outcome: PlayFinished(effect_id),
    EnterQueue: lambda effect_id, outcome: QueueReturned(effect_id, outcome),
    RecordVoicemail: lambda effect_id, outcome: VoicemailDone(effect_id, outcome),
    Dial: lambda effect_id, outcome: DialEnded(effect_id, outcome == "answered"),
    TurnAway: lambda effect_id, outcome: PlayFinished(effect_id),
}

NODE_IDS = st.sampled_from(
    ["a", "b", "c", "d", "hangup", "busy", "voicemail", "queue:x", "flow:y", "number:1"]
)
PROMPTS = st.sampled_from([say(en="Hello"), say(zh="您好 ${digits}")])
NODES: st.SearchStrategy[Node] = st.one_of(
    st.builds(PlayNode, prompt=PROMPTS, interruptible=st.booleans(), next=NODE_IDS),
    st.builds(
        MenuNode,
        prompt=st.none() | PROMPTS,
        interruptible=st.booleans(),
        tries=st.integers(1, 3),
        keys=st.dictionaries(st.sampled_from("0123456789*#"), NODE_IDS, min_size=1, max_size=3),
        on_invalid=NODE_IDS,
        on_timeout=NODE_IDS,
    ),
    st.builds(
        CollectNode,
        prompt=st.none() | PROMPTS,
        min_digits=st.integers(0, 2),
        max_digits=st.integers(2, 4),
        next=NODE_IDS,
        on_timeout=NODE_IDS,
    ),
    st.builds(QueueNode, queue=st.just("q"), on_timeout=st.none() | NODE_IDS, next=NODE_IDS),
    st.builds(SetLanguageNode, language=st.sampled_from(["en", "zh"]), next=NODE_IDS),
)


def check(run: FlowRun, effects: list[Effect], pending: Any) -> Any:
    """Holds what every answer must hold; the effect under way after it."""
    assert len(effects) <= 3
    for effect in effects:
        if isinstance(effect, (Play, EnterQueue, RecordVoicemail, Dial, TurnAway)):
            assert pending is None, "two effects under way"
            pending = effect
        elif isinstance(effect, StopPlay):
            assert isinstance(pending, Play), "stopped what was not playing"
            pending = None
        elif isinstance(effect, StopVoicemail):
            assert isinstance(pending, RecordVoicemail)
        else:
            assert effect is effects[-1]
            assert run.finished
    if not run.finished:
        assert (pending is None) is (run.next_deadline() is not None), "nothing to wait for"
    return pending


@settings(deadline=None, max_examples=300)  # the machine may be busy
@given(
    nodes=st.fixed_dictionaries(dict.fromkeys("abcd", NODES)),
    script=st.lists(st.one_of(ANY_EVENT, DIGITS, WAITS, OUTCOMES, OUTCOMES), max_size=60),
)
def test_whatever_happens_the_run_waits_for_something_or_is_finished(
    nodes: dict[str, Node], script: list[Any]
) -> None:
    run, now = FlowRun(Flow("test", "a", nodes)), 0.0
    pending = check(run, run.start(now), None)
    for happening in script:
        ended = pending is not None and getattr(happening, "effect_id", 0) == pending.effect_id
        if isinstance(happening, float):
            now += happening
            effects = run.advance(now)
        elif isinstance(happening, str):
            if pending is None:
                continue
            ended = True
            effects = run.handle(ENDINGS[type(pending)](pending.effect_id, happening), now)
        else:
            effects = run.handle(happening, now)
        pending = check(run, effects, None if ended else pending)
    run.handle(CallerLeft(), now)
    assert run.finished
    assert run.next_deadline() is None


WELCOME = load_flows()["welcome"]


@settings(deadline=None)
@given(st.lists(st.sampled_from("0123456789*#") | st.just(" "), max_size=40))
def test_whatever_a_caller_presses_the_sample_ends_in_a_queue_or_the_voicemail(
    keys: list[str],
) -> None:
    line = MockCall(WELCOME)
    for key in keys:
        line.wait(3.0) if key == " " else line.press(key)
    line.wait(60.0)
    ends = ("queue ", "record ", "hang up")
    last = next(entry for entry in line.log if entry.startswith(ends))
    assert last in {
        "queue sales 0",
        "queue support 0",
        "record default",
        "hang up: invalid_input",
    }
