from typing import Any

import pytest
from pydantic import ValidationError

from ivr.schema import (
    KINDS,
    CollectNode,
    Exit,
    MenuNode,
    PlayNode,
    QueueNode,
    SetLanguageNode,
    VoicemailNode,
)


def least(kind: str, **fields: Any) -> dict[str, Any]:
    """The fewest fields of a node, and `fields`."""
    needed: dict[str, dict[str, Any]] = {
        "play": {"prompt": "Hello", "next": "b"},
        "menu": {"keys": {"1": "b"}},
        "collect": {"next": "b"},
        "queue": {"queue": "sales"},
        "callback": {"queue": "sales"},
        "branch": {"cases": [{"ani": "0571", "next": "b"}], "otherwise": "c"},
        "set_language": {"language": "zh", "next": "b"},
        "calendar": {"calendar": "office", "work": "b", "off": "c"},
        "flow": {"flow": "other"},
        "dial": {"number": "8011"},
    }
    return {"kind": kind, **needed.get(kind, {}), **fields}


@pytest.mark.parametrize(
    ("kind", "exits"),
    [
        ("play", [Exit(("next",), "b", False)]),
        (
            "menu",
            [
                Exit(("keys", "1"), "b", True),
                Exit(("on_invalid",), "hangup", True),
                Exit(("on_timeout",), "hangup", True),
            ],
        ),
        (
            "collect",
            [
                Exit(("next",), "b", True),
                Exit(("on_invalid",), "hangup", True),
                Exit(("on_timeout",), "hangup", True),
            ],
        ),
        ("queue", [Exit(("next",), "hangup", True)]),
        ("calendar", [Exit(("work",), "b", False), Exit(("off",), "c", False)]),
        ("voicemail", [Exit(("next",), "hangup", True), Exit(("on_error",), "hangup", False)]),
        ("set_language", [Exit(("next",), "b", False)]),
        ("flow", []),
        ("hangup", []),
    ],
)
def test_the_least_node_of_each_kind_has_its_default_exits(kind: str, exits: list[Exit]) -> None:
    node = KINDS[kind].model_validate(least(kind))
    assert list(node.exits()) == exits


def test_a_queue_lists_the_exits_it_was_given() -> None:
    node = QueueNode(queue="sales", on_timeout="a", on_no_agents="b", on_busy="c", on_error="d")
    assert [way.goes_to for way in node.exits()] == ["a", "b", "c", "d", "hangup"]


@pytest.mark.parametrize(
    "fields",
    [
        least("play", next=""),
        least("play", next=None),
        least("play", interruptible=1),
        least("menu", keys={}),
        least("menu", keys={"10": "b"}),
        least("menu", keys={"A": "b"}),
        least("menu", timeout=0),
        least("menu", timeout=float("nan")),
        least("menu", timeout="5"),
        least("menu", tries=0),
        least("menu", tries=True),
        least("menu", prompt=[]),
        least("collect", max_digits=33),
        least("collect", min_digits=5, max_digits=4),
        least("collect", into="two words"),
        least("collect", pattern="["),
        least("collect", pattern="a)|(b"),
        least("collect", pattern=r"(\d)\1"),
        least("queue", queue="two words"),
        least("queue", priority=-1),
        least("queue", priority=1.5),
        least("voicemail", box=""),
        least("voicemail", max_seconds=3601),
        least("voicemail", silence_seconds=0),
        least("set_language", language="fr"),
        least("hangup", cause="because"),
    ],
)
def test_values_out_of_range_or_of_the_wrong_type_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KINDS[fields["kind"]].model_validate(fields)


def test_every_key_of_a_telephone_may_lead_somewhere_zero_included() -> None:
    keys = dict.fromkeys("0123456789*#", "b")
    assert MenuNode(keys=keys).keys == keys


@pytest.mark.parametrize(
    ("fields", "entry", "good"),
    [
        ({}, "", False),
        ({}, "1", True),
        ({"min_digits": 0}, "", True),
        ({"min_digits": 4}, "123", False),
        ({"min_digits": 4}, "1234", True),
        ({"pattern": "1[0-9]+"}, "1234", True),
        ({"pattern": "1[0-9]+"}, "21234", False),
        ({"pattern": "12"}, "123", False),
        ({"pattern": "1|2"}, "12", False),
        ({"pattern": "(0+)+1"}, "0" * 31, False),
    ],
)
def test_an_entry_is_judged_by_length_and_whole_pattern(
    fields: dict[str, Any], entry: str, good: bool
) -> None:
    assert CollectNode(next="b", **fields).accepts(entry) is good


def test_all_that_a_node_says_is_found() -> None:
    said = {
        kind: [field for field, _ in KINDS[kind].model_validate(least(kind)).prompts()]
        for kind in KINDS
    }
    assert said == {
        "play": ["prompt"],
        "menu": ["invalid_prompt", "no_input_prompt"],
        "collect": ["invalid_prompt", "no_input_prompt"],
        "queue": [],
        "branch": [],
        "callback": [],
        "voicemail": ["prompt"],
        "set_language": [],
        "calendar": [],
        "flow": [],
        "dial": [],
        "busy": [],
        "hangup": [],
    }


def test_nodes_cannot_be_changed() -> None:
    for node in (
        PlayNode.model_validate(least("play")),
        VoicemailNode(),
        SetLanguageNode(language="en", next="b"),
    ):
        with pytest.raises(ValidationError):
            node.kind = "menu"  # type: ignore[assignment]
