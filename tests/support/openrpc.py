"""Holds sessions to `docs/agent-protocol.openrpc.json`, as any client in any language could.

It shares no code with `agent_proto`: what is read is the document alone.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCUMENT = Path(__file__).parents[2] / "docs" / "agent-protocol.openrpc.json"
_ENVELOPE = {
    "type": "object",
    "required": ["seq", "at"],
    "properties": {
        "seq": {"type": "integer", "minimum": 1},
        "at": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "call_id": {"type": "string", "minLength": 1},
    },
}


class OpenRpc:
    """The document as a judge."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        components = {"components": document["components"]}

        def judge(schema: Mapping[str, Any]) -> Draft202012Validator:
            return Draft202012Validator({**components, **schema})

        self._params: dict[str, Draft202012Validator] = {}
        self._results: dict[str, Draft202012Validator] = {}
        for method in document["methods"]:
            name, params = method["name"], method["params"]
            self._params[name] = judge(
                {
                    "type": "object",
                    "properties": {each["name"]: each["schema"] for each in params},
                    "required": [each["name"] for each in params if each["required"]],
                }
            )
            self._results[name] = judge(method["result"]["schema"])
        self._events = {each["name"]: judge(each["params"]) for each in document["x-events"]}
        self._envelope = judge(_ENVELOPE)
        self._codes = {
            name: error["code"] for name, error in document["components"]["errors"].items()
        }
        self._refusals = {
            each["name"]: {error["$ref"].rpartition("/")[2] for error in each["errors"]}
            for each in document["methods"]
        }

    def check(self, transcript: Iterable[Mapping[str, Any]]) -> None:
        """AssertionError for the first message that the document does not allow.

        The params of what was refused are not held to it: tests ask for what is wrong.
        """
        asked: dict[object, Mapping[str, Any]] = {}
        for message in transcript:
            if "result" in message:
                self._check_answer(asked.pop(message["id"]), message)
            elif "error" in message:
                self._check_error(asked.pop(message["id"], None), message)
            elif "id" in message and message["method"] in self._params:
                asked[message["id"]] = message
            elif "id" not in message:
                self._check_event(message)

    def _check_answer(self, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        method = request["method"]
        _judge(self._params[method], request["params"], request)
        _judge(self._results[method], answer["result"], answer)

    def _check_event(self, message: Mapping[str, Any]) -> None:
        judge = self._events.get(message["method"])
        assert judge is not None, f"an event that is not in the document: {message}"
        _judge(self._envelope, message["params"], message)
        _judge(judge, message["params"], message)

    def _check_error(self, request: Mapping[str, Any] | None, message: Mapping[str, Any]) -> None:
        error = message["error"]
        name = error["data"]["name"]
        assert self._codes.get(name) == error["code"], message
        if request is not None:
            known = self._refusals[request["method"]]
            assert name in known, f"{request['method']} is not documented to answer {message}"


@cache
def openrpc() -> OpenRpc:
    """Read once."""
    return OpenRpc(json.loads(DOCUMENT.read_text("utf-8")))


def _judge(judge: Draft202012Validator, value: object, message: Mapping[str, Any]) -> None:
    error = next(judge.iter_errors(value), None)
    assert error is None, f"{error.message} at {list(error.absolute_path)} in {message}"
