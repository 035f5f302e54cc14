"""The guide to the agent protocol, held to the messages; its transcript is replayed."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import agent_proto as proto
from agent_proto.models import EVENTS, BusyReason, ClosingReason, Params, WithdrawalCause
from agent_proto.reading import read_params
from agent_proto.reference.examples import EXAMPLES
from agent_proto.reference.openrpc import document
from agent_proto.reference.page import STAGES, renewed
from tests.support import sim_site
from tests.support.line_peer import LinePeer

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "agent-protocol.md").read_text(encoding="utf-8")
VOLATILE = frozenset(
    ("at", "since", "session_id", "resume_token", "waited_s", "talk_s", "duration_s")
)
"""Fields of the transcript that are different every time."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its first two lines."""
    [section] = re.findall(rf"^## {heading}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^\| (.*?) ?\|$", section, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def names(cell: str) -> list[str]:
    """What stands in backticks outside of parentheses; optional fields keep their `?`."""
    return re.findall(r"`([^`]+)`(?=\??)\??", re.sub(r"\(.*?\)", "", cell))


def optional(cell: str) -> set[str]:
    """The fields that are marked with `?`."""
    return set(re.findall(r"`([a-z_]+)`\?", cell))


def fields(model: type[BaseModel]) -> list[str]:
    """A message's own fields as they are written on the wire."""
    return [
        field.serialization_alias or name
        for name, field in model.model_fields.items()
        if name not in Params.model_fields
    ]


def may_be_absent(model: type[BaseModel]) -> set[str]:
    """The fields that have a default."""
    return {
        field.serialization_alias or name
        for name, field in model.model_fields.items()
        if name not in Params.model_fields and not field.is_required()
    }


def test_every_method_is_told_as_it_is() -> None:
    told = [
        (name.strip("`"), stage, names(params), names(answer))
        for name, stage, params, answer in rows("Methods")
    ]
    assert told == [
        (method.name, STAGES[method.stage], fields(method.params), fields(method.result))
        for method in proto.METHODS.values()
    ]


@pytest.mark.parametrize("row", rows("Methods"), ids=lambda row: row[0])
def test_what_may_be_left_out_is_marked(row: list[str]) -> None:
    method = proto.METHODS[row[0].strip("`")]
    assert optional(row[2]) == may_be_absent(method.params)
    assert optional(row[3]) == may_be_absent(method.result)


def test_every_event_is_told_as_it_is() -> None:
    told = {name.strip("`"): (set(names(told)), optional(told)) for name, told in rows("Events")}
    assert told == {
        name: (set(fields(model)), may_be_absent(model)) for name, model in EVENTS.items()
    }


def test_codes_and_names_of_errors_are_those_of_the_catalogue() -> None:
    for code, told, _ in rows("Errors"):
        assert {proto.CODES[name] for name in names(told)} == {int(code)}


def test_every_code_is_told() -> None:
    told = {name for _, cell, _ in rows("Errors") for name in names(cell)}
    assert told == proto.CODES.keys()


def test_nothing_is_promised_that_nobody_sends() -> None:
    """Events that the code makes, and values of their fields that it names; but for two, of which
    the reference says so."""
    folders = ("acd", "agent_proto", "callcenter")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    code = "".join(path.read_text("utf-8") for path in files if "models" not in path.parts)
    assert not [model for model in EVENTS.values() if f"{model.__name__}(" not in code]
    values = {
        value for kind in (WithdrawalCause, ClosingReason, BusyReason) for value in get_args(kind)
    }
    assert {value for value in values if f'"{value}"' not in code} == {"overflowed", "drain"}


def test_the_reference_is_what_the_models_say() -> None:
    """Else run `python -m agent_proto.reference`."""
    assert renewed(PAGE) == PAGE
    assert (ROOT / "docs" / "agent-protocol.openrpc.json").read_text("utf-8") == document()


@pytest.mark.parametrize("method", proto.METHODS.values(), ids=lambda method: method.name)
def test_the_example_is_a_right_one(method: proto.Method) -> None:
    example = EXAMPLES[method.name]
    read_params(method.params, example.params)
    result = method.result.model_validate(example.result)
    assert json.loads(result.to_json()) == example.result


def transcript() -> Iterator[tuple[str, dict[str, Any]]]:
    """Direction and message of each line."""
    for arrow, text in re.findall(r"^([→←]) (.*)$", PAGE, re.MULTILINE):
        yield arrow, json.loads(text)


def lasting(message: Any) -> Any:
    """The part of a message that is the same every time."""
    if isinstance(message, dict):
        return {key: lasting(value) for key, value in message.items() if key not in VOLATILE}
    return [lasting(item) for item in message] if isinstance(message, list) else message


def shipped_site() -> str:
    """`config/site.toml` as a template on the simulated network."""
    text = (ROOT / "config" / "site.toml").read_text(encoding="utf-8")
    text = text.replace("{", "{{").replace("}", "}}").replace('"var/', '"{folder}/')
    text = text.replace('address = "127.0.0.1"', 'address = "10.0.0.1"')
    return text.replace("127.0.0.1:5070", f"{sim_site.CARRIER}:5060")


async def test_the_transcript_is_what_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sim_site, "SITE", shipped_site())
    documented = "20261120-122058-6cc16e76"
    call_id = documented
    async with sim_site.running_site(tmp_path) as site:
        server = proto.AgentServer(
            site.exchange.desk, host="127.0.0.1", port=0, wall=site.clock.wall
        )
        await server.start()
        phone = await site.phone("8004")
        phone.answer_calls()
        caller = await site.caller("13800000000")
        peer = await LinePeer.connect(server.port)
        for arrow, message in transcript():
            if arrow == "→":
                peer.write(json.dumps(message).replace(documented, call_id).encode() + b"\n")
                continue
            if message.get("method") == "call.ringing":
                caller.dial("4002")
            heard = await peer.read()
            if heard.get("method") == "call.ringing":
                call_id = heard["params"]["call_id"]
            expected = json.loads(json.dumps(message).replace(documented, call_id))
            assert lasting(heard) == lasting(expected)
        await asyncio.gather(peer.close(), server.stop())
