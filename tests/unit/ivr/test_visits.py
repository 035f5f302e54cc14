"""Nodes other than menu and collect, each from the call's arrival to its next stop."""

import pytest
from pydantic import ValidationError

from ivr.flow import Flow
from ivr.messages import DialEnded, PlayFinished, QueueOutcome, QueueReturned, VoicemailOutcome
from ivr.prompts import FilePrompt, say
from ivr.schema import (
    BusyNode,
    DialNode,
    FlowNode,
    HangUpNode,
    MenuNode,
    Node,
    PlayNode,
    QueueNode,
    SetLanguageNode,
    VoicemailNode,
)
from ivr.targets import Target, ToBusy, ToFlow, ToHangUp, ToNumber, ToQueue, ToVoicemail
from tests.support.mock_call import MockCall

HELLO = say(en="Hello", zh="您好")
STILL_BUSY = "say All our agents are still busy. Please call again later. Goodbye."
NOBODY = "say Nobody is here to take your call now. Please call again later. Goodbye."
BUSY = "say All our agents are busy. Please call again later. Goodbye."
SORRY = "say Sorry, we cannot go on with your call. Please call again later. Goodbye."
SAVED = "say Thank you. Your message has been saved. Goodbye."
LEAVE = (
    "say Nobody can take your call now. Please leave a message after the tone,"
    " then hang up or press the pound key."
)


def call(language: str = "en", **nodes: Node) -> MockCall:
    """A call in a flow that starts with the first of `nodes`."""
    return MockCall(Flow("test", next(iter(nodes)), nodes), language=language)


def test_play_goes_on_when_the_prompt_is_over() -> None:
    line = call(a=PlayNode(prompt=HELLO, next="queue:sales"))
    assert line.run.next_deadline() is None
    assert line.wait(2).log == ["say Hello", "queue sales 0"]
    assert line.times == [0.0, 2.0]


def test_a_key_stops_a_prompt_and_counts_for_the_menu_behind_it() -> None:
    line = call(
        a=PlayNode(prompt=HELLO, next="b"),
        b=PlayNode(prompt=say(en="News"), next="c"),
        c=MenuNode(prompt=say(en="Press 1"), keys={"1": "queue:sales"}),
    )
    assert line.wait(1).press("1").log == ["say Hello", "stop", "queue sales 0"]
    assert [(step.node, step.digits) for step in line.run.path] == [
        ("a", ""),
        ("b", ""),
        ("c", "1"),
        ("queue:sales", ""),
    ]


def test_a_prompt_that_cannot_be_interrupted_is_heard_and_the_keys_are_lost() -> None:
    line = call(
        a=PlayNode(prompt=HELLO, next="b"),
        b=PlayNode(prompt=say(en="The law"), interruptible=False, next="c"),
        c=MenuNode(prompt=say(en="Press 1"), keys={"1": "queue:sales"}),
    )
    line.press("1").press("1").wait(2)
    assert line.log == ["say Hello", "stop", "say The law", "say Press 1"]


def test_a_prompt_that_cannot_be_played_counts_as_heard() -> None:
    line = call(a=PlayNode(prompt=HELLO, next="queue:sales"))
    assert line.fail().log == ["say Hello", "queue sales 0"]


@pytest.mark.parametrize(
    ("before", "heard"), [("en", ["say Hello", "say 您好"]), ("zh", ["say 您好", "say 您好"])]
)
def test_the_language_changes_for_what_follows(before: str, heard: list[str]) -> None:
    line = call(
        before,
        a=PlayNode(prompt=HELLO, next="b"),
        b=SetLanguageNode(language="zh", next="c"),
        c=PlayNode(prompt=HELLO, next="hangup"),
    )
    assert line.wait(2).log == heard
    assert line.run.language == "zh"


@pytest.mark.parametrize(
    ("outcome", "node", "fallback", "heard"),
    [
        ("timeout", QueueNode(queue="q"), None, [STILL_BUSY, "hang up: max_wait"]),
        ("no_agents", QueueNode(queue="q"), None, [NOBODY, "hang up: no_agents"]),
        ("busy", QueueNode(queue="q"), None, [BUSY, "hang up: busy"]),
        ("system_error", QueueNode(queue="q"), None, [SORRY, "hang up: failed"]),
        ("answered", QueueNode(queue="q"), None, ["hang up: hangup"]),
        ("timeout", QueueNode(queue="q"), ToQueue("z"), ["queue z 0"]),
        ("timeout", QueueNode(queue="q"), ToHangUp(), [STILL_BUSY, "hang up: max_wait"]),
        ("no_agents", QueueNode(queue="q"), ToVoicemail("night"), [LEAVE, "record night"]),
        ("busy", QueueNode(queue="q"), ToFlow("night"), ["flow night"]),
        ("answered", QueueNode(queue="q"), ToQueue("z"), ["hang up: hangup"]),
        ("timeout", QueueNode(queue="q", on_timeout="queue:t"), ToQueue("z"), ["queue t 0"]),
        ("no_agents", QueueNode(queue="q", on_timeout="queue:t"), ToQueue("z"), ["queue t 0"]),
        ("system_error", QueueNode(queue="q", on_timeout="queue:t"), None, ["queue t 0"]),
        ("no_agents", QueueNode(queue="q", on_no_agents="queue:n"), None, ["queue n 0"]),
        ("busy", QueueNode(queue="q", on_busy="queue:b"), None, ["queue b 0"]),
        ("system_error", QueueNode(queue="q", on_error="queue:e"), None, ["queue e 0"]),
        ("answered", QueueNode(queue="q", next="queue:s"), None, ["queue s 0"]),
    ],
)
def test_a_caller_back_from_the_queue_goes_where_the_outcome_says(
    outcome: QueueOutcome, node: QueueNode, fallback: Target | None, heard: list[str]
) -> None:
    line = call(a=node)
    line.back_from_queue(outcome, fallback).wait(2)
    assert line.log == ["queue q 0", *heard]


def test_a_queue_that_cannot_be_entered_takes_the_way_of_errors() -> None:
    line = call(a=QueueNode(queue="q", priority=7, on_error="voicemail"))
    assert line.fail().log == ["queue q 7", LEAVE]


def test_a_key_that_stopped_the_prompt_before_the_queue_is_not_for_what_comes_after_it() -> None:
    line = call(
        a=PlayNode(prompt=HELLO, next="b"),
        b=QueueNode(queue="q", on_timeout="c"),
        c=MenuNode(prompt=say(en="Press 1"), keys={"1": "hangup"}),
    )
    line.press("1").back_from_queue("timeout")
    assert line.log == ["say Hello", "stop", "queue q 0", "say Press 1"]


def test_a_choice_makes_good_what_was_wanting_before() -> None:
    line = call(
        a=QueueNode(queue="q", on_timeout="b"),
        b=MenuNode(prompt=say(en="Press 1"), keys={"1": "hangup"}),
    )
    line.back_from_queue("timeout").press("1")
    assert line.log == ["queue q 0", "say Press 1", "stop", "hang up: hangup"]


def test_keys_pressed_while_waiting_mean_nothing() -> None:
    menu = MenuNode(keys={"1": "hangup"}, prompt=say(en="Still there?"))
    line = call(a=QueueNode(queue="q", on_timeout="b"), b=menu)
    line.press("111").back_from_queue("timeout")
    assert line.log == ["queue q 0", "say Still there?"]


def test_a_result_for_another_effect_is_late_and_ignored() -> None:
    line = call(a=PlayNode(prompt=HELLO, next="queue:q"))
    line.wait(2).tell(QueueReturned(1, "timeout"))
    assert line.log == ["say Hello", "queue q 0"]


@pytest.mark.parametrize(
    ("outcome", "node", "heard"),
    [
        ("stored", VoicemailNode(), [SAVED, "hang up: message_left"]),
        ("empty", VoicemailNode(), ["hang up: hangup"]),
        ("failed", VoicemailNode(), [SORRY, "hang up: failed"]),
        ("stored", VoicemailNode(next="queue:q"), ["queue q 0"]),
        ("failed", VoicemailNode(on_error="queue:q"), ["queue q 0"]),
    ],
)
def test_after_the_message_the_caller_goes_on(
    outcome: VoicemailOutcome, node: VoicemailNode, heard: list[str]
) -> None:
    line = call(a=node).wait(2)
    line.message_ends(outcome).wait(2)
    assert line.log == [LEAVE, "record default", *heard]


def test_a_message_that_cannot_be_recorded_is_apologised_for() -> None:
    line = call(a=VoicemailNode()).wait(2).fail().wait(2)
    assert line.log == [LEAVE, "record default", SORRY, "hang up: failed"]


def test_a_key_skips_the_voicemail_prompt_and_hash_ends_the_message_once() -> None:
    line = call(a=VoicemailNode(box="sales")).press("#").press("5##")
    assert line.log == [LEAVE, "stop", "record sales", "stop recording"]


def test_a_key_that_stopped_the_prompt_before_does_not_skip_the_voicemail_prompt() -> None:
    line = call(a=PlayNode(prompt=HELLO, next="voicemail"))
    assert line.press("5").log == ["say Hello", "stop", LEAVE]


def test_the_key_that_led_to_the_voicemail_does_not_skip_its_prompt_but_another_does() -> None:
    line = call(
        a=PlayNode(prompt=HELLO, next="b"), b=MenuNode(keys={"0": "voicemail"}, prompt=HELLO)
    )
    line.press("00")
    assert line.log == ["say Hello", "stop", LEAVE, "stop", "record default"]


def test_a_hang_up_says_its_own_word_first_whatever_is_pressed() -> None:
    line = call(a=HangUpNode(prompt=HELLO)).press("123").wait(2)
    assert line.log == ["say Hello", "hang up: hangup"]
    assert line.run.finished


def test_a_caller_who_was_told_is_not_told_again() -> None:
    line = call(
        a=QueueNode(queue="q", on_timeout="b"),
        b=PlayNode(prompt=say(en="Try tomorrow."), next="hangup"),
    )
    line.back_from_queue("timeout").wait(2)
    assert line.log == ["queue q 0", "say Try tomorrow.", "hang up: max_wait"]


def test_another_flow_ends_this_run() -> None:
    line = call(a=FlowNode(flow="night"))
    assert line.log == ["flow night"]
    assert line.run.finished


def test_files_are_named_not_spoken() -> None:
    line = call(a=PlayNode.model_validate({"prompt": {"file": "a.wav"}, "next": "hangup"}))
    assert line.log == ["say <a.wav>"]
    assert next(line.run.flow.prompts("en")) == FilePrompt("a.wav")


def test_a_caller_is_turned_away_whatever_they_press() -> None:
    line = call(a=BusyNode(tone="congestion", seconds=5))
    assert line.press("1#").log == ["congestion for 5 s"]
    assert line.tell(PlayFinished(1)).log[1:] == ["hang up: turned_away"]
    assert line.run.finished


def test_a_tone_that_fails_costs_the_tone() -> None:
    assert call(a=BusyNode()).fail().log == ["busy for 10 s", "hang up: turned_away"]


@pytest.mark.parametrize(
    ("answered", "goes_on"), [(True, ["hang up: hangup"]), (False, [SORRY, "hang up: failed"])]
)
def test_somebody_is_called_for_the_caller(answered: bool, goes_on: list[str]) -> None:
    line = call(a=DialNode(number="8011"))
    assert line.press("1#").log == ["dial 8011"]
    line.tell(DialEnded(1, answered)).wait(10)
    assert line.log == ["dial 8011", *goes_on]


def test_a_queue_may_lead_to_a_number() -> None:
    line = call(a=QueueNode(queue="q")).back_from_queue("timeout", ToNumber("13700137000"))
    assert line.log == ["queue q 0", "dial 13700137000"]


@pytest.mark.parametrize("number", ["", "12a", "${digits}"])
def test_a_number_is_digits_and_no_caller_s_choice(number: str) -> None:
    with pytest.raises(ValidationError, match="must be the digits to dial"):
        DialNode(number=number)


def test_a_queue_may_be_busy() -> None:
    line = call(a=QueueNode(queue="q")).back_from_queue("busy", ToBusy())
    assert line.log == ["queue q 0", "busy for 10 s"]
