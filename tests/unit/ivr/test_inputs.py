"""Menu and collect, as rows: what is pressed and how long nothing is, what comes of it."""

from typing import Any

import pytest

from ivr.flow import Flow
from ivr.prompts import say
from ivr.schema import CollectNode, MenuNode, Node, PlayNode, QueueNode
from tests.support.mock_call import MockCall

ASK = "say Ask"
INVALID = "say Sorry, that is not valid. + Ask"
SILENCE = "say We did not receive an entry. + Ask"
BYE_INVALID = ["say Sorry, that is not valid. Goodbye.", "hang up: invalid_input"]
BYE_SILENT = ["say We did not receive an entry. Goodbye.", "hang up: no_input"]


def play_script(line: MockCall, script: str) -> MockCall:
    """Keys are pressed 0.2 s apart; `(3.5)` is a wait; a prompt lasts 2 s."""
    while script:
        if script[0] == "(":
            seconds, _, script = script[1:].partition(")")
            line.wait(float(seconds))
        else:
            line.press(script[0])
            script = script[1:]
    return line


def menu(**fields: Any) -> MockCall:
    """A caller at a menu: 1 sales, 0 operator, # and * support."""
    keys = {"1": "queue:sales", "0": "queue:operator", "#": "queue:hash", "*": "queue:star"}
    node = MenuNode(keys=keys, **{"prompt": say(en="Ask"), **fields})
    return MockCall(Flow("test", "ask", {"ask": node}))


@pytest.mark.parametrize(
    ("script", "fields", "heard"),
    [
        ("", {}, [ASK]),
        ("1", {}, [ASK, "stop", "queue sales 0"]),
        ("(2)1", {}, [ASK, "queue sales 0"]),
        ("(6.9)0", {}, [ASK, "queue operator 0"]),
        ("#", {}, [ASK, "stop", "queue hash 0"]),
        ("*", {}, [ASK, "stop", "queue star 0"]),
        ("11", {}, [ASK, "stop", "queue sales 0"]),
        ("5", {}, [ASK, "stop", INVALID]),
        ("51", {}, [ASK, "stop", INVALID, "stop", "queue sales 0"]),
        ("555(2)", {}, [ASK, "stop", INVALID, "stop", INVALID, "stop", *BYE_INVALID]),
        ("5", {"tries": 1, "on_invalid": "queue:x"}, [ASK, "stop", "queue x 0"]),
        ("(6.9)", {}, [ASK]),
        ("(7)", {}, [ASK, SILENCE]),
        ("(21)", {}, [ASK, SILENCE, SILENCE, BYE_SILENT[0]]),
        ("(23)", {}, [ASK, SILENCE, SILENCE, *BYE_SILENT]),
        ("(21)", {"on_timeout": "queue:x"}, [ASK, SILENCE, SILENCE, "queue x 0"]),
        ("(7)5(7)", {"on_timeout": "queue:x"}, [ASK, SILENCE, "stop", INVALID, "queue x 0"]),
        ("(3)", {"timeout": 1.0, "tries": 1, "on_timeout": "queue:x"}, [ASK, "queue x 0"]),
        ("1(1.9)", {"interruptible": False}, [ASK]),
        ("1(2)1", {"interruptible": False}, [ASK, "queue sales 0"]),
        ("(4.9)", {"prompt": None}, []),
        ("(5)", {"prompt": None}, ["say We did not receive an entry."]),
        ("(5)", {"prompt": None, "no_input_prompt": say(en="Hm?")}, ["say Hm?"]),
        ("5", {"invalid_prompt": say(en="No.")}, [ASK, "stop", "say No. + Ask"]),
    ],
)
def test_a_menu(script: str, fields: dict[str, Any], heard: list[str]) -> None:
    assert play_script(menu(**fields), script).log == heard


def collect(**fields: Any) -> MockCall:
    """A caller who is asked for digits and then told which."""
    nodes: dict[str, Node] = {
        "ask": CollectNode(into="account", next="told", **{"prompt": say(en="Ask"), **fields}),
        "told": QueueNode(queue="told"),
    }
    return MockCall(Flow("test", "ask", nodes))


ONE = {"max_digits": 1}
FOUR = {"min_digits": 4, "max_digits": 4}
UP_TO_FOUR = {"min_digits": 2, "max_digits": 4}


@pytest.mark.parametrize(
    ("fields", "script", "entry"),
    [
        (ONE, "7", "7"),
        (ONE, "0", "0"),
        (ONE, "*", "*"),
        (ONE, "#", "#"),
        (FOUR, "1234", "1234"),
        (FOUR, "123", None),
        (FOUR, "12*3456", "3456"),
        (FOUR, "1(2.5)2(2.5)3(2.5)4", "1234"),
        (UP_TO_FOUR, "12#", "12"),
        (UP_TO_FOUR, "12(2.7)", None),
        (UP_TO_FOUR, "12(2.9)", "12"),
        (UP_TO_FOUR, "123*45#", "45"),
        (UP_TO_FOUR, "***12#", "12"),
        ({}, "1234567890#", "1234567890"),
        ({}, "9" * 33, "9" * 32),
        ({"min_digits": 0}, "#", ""),
        ({"min_digits": 0}, "(7)", ""),
        ({"min_digits": 0}, "12*(5)", ""),
        ({"inter_digit_timeout": 1.0}, "1(0.8)", "1"),
        ({"pattern": "1.*"}, "12#", "12"),
        ({"pattern": "1.*"}, "22#12#", "12"),
    ],
)
def test_an_entry(fields: dict[str, Any], script: str, entry: str | None) -> None:
    line = play_script(collect(**fields), script)
    assert line.run.variables.get("account") == entry
    assert line.run.variables.get("digits") == entry
    assert (line.log[-1] == "queue told 0") is (entry is not None)


@pytest.mark.parametrize(
    ("fields", "script", "heard"),
    [
        ({}, "(7)", [ASK, SILENCE]),
        ({}, "#", [ASK, "stop", INVALID]),
        ({}, "12*(4.7)", [ASK, "stop"]),
        ({}, "12*(4.8)", [ASK, "stop", SILENCE]),
        (UP_TO_FOUR, "1(2.8)", [ASK, "stop", INVALID]),
        (UP_TO_FOUR, "1#1#1#(2)", [ASK, "stop", INVALID, "stop", INVALID, "stop", *BYE_INVALID]),
        ({**FOUR, "pattern": "1.*"}, "2222#", [ASK, "stop", INVALID]),
        ({**FOUR, "tries": 1, "on_invalid": "queue:x"}, "1#", [ASK, "stop", "queue x 0"]),
        ({"tries": 1, "on_timeout": "queue:x"}, "(7)", [ASK, "queue x 0"]),
    ],
)
def test_an_entry_that_does_not_come(fields: dict[str, Any], script: str, heard: list[str]) -> None:
    line = play_script(collect(**fields), script)
    assert line.log == heard
    assert "account" not in line.run.variables


def collect_then_menu(**fields: Any) -> MockCall:
    """Four digits, then a menu in which # has a meaning."""
    return MockCall(
        Flow(
            "test",
            "hello",
            {
                "hello": PlayNode(prompt=say(en="Hello"), next="ask"),
                "ask": CollectNode(next="menu", min_digits=4, max_digits=4, **fields),
                "menu": MenuNode(prompt=say(en="Menu"), keys={"#": "queue:hash", "1": "queue:one"}),
            },
        )
    )


@pytest.mark.parametrize(
    ("script", "heard"),
    [
        ("1234#", ["say Hello", "stop", "say Menu"]),
        ("1234##", ["say Hello", "stop", "say Menu", "stop", "queue hash 0"]),
        ("1234(3)#", ["say Hello", "stop", "say Menu", "queue hash 0"]),
        ("12341", ["say Hello", "stop", "say Menu", "stop", "queue one 0"]),
        ("1234#1", ["say Hello", "stop", "say Menu", "stop", "queue one 0"]),
    ],
)
def test_a_hash_pressed_from_habit_after_a_full_entry_is_lost(
    script: str, heard: list[str]
) -> None:
    assert play_script(collect_then_menu(), script).log == heard


def test_the_path_has_every_key_of_every_try() -> None:
    line = play_script(collect(**UP_TO_FOUR), "1#9*12#")
    assert [(step.node, step.digits, step.at) for step in line.run.path] == [
        ("ask", "1#9*12#", 0.0),
        ("told", "", pytest.approx(1.2)),
    ]


def test_the_path_of_a_caller_who_never_stops_pressing_is_bounded() -> None:
    line = collect().press("*" * 200)
    assert line.run.path[0].digits == "*" * 64
    assert line.run.next_deadline() is not None
