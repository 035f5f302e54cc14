"""The sections on methods and events of the guide, in Markdown."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from agent_proto.methods import CAPABILITIES, METHODS, Method
from agent_proto.models import EVENTS
from agent_proto.reference.examples import EXAMPLES
from agent_proto.reference.fields import kind, optional_fields, own_fields, summary, texts
from agent_proto.refusals import own_refusals

STAGES: Mapping[str, str] = {
    "connected": "first",
    "greeted": "after hello",
    "anonymous": "not signed in",
    "signed_in": "signed in",
}
_BEGIN, _END = "\n## Methods\n", "\n## Errors\n"

_CAPABILITIES = re.compile(r'"capabilities":\[[^]]*\]')
_DENSE = (",", ":")


def renewed(page: str) -> str:
    """The page with its sections on methods and events made anew, and its answer to hello."""
    before, _, rest = page.partition(_BEGIN)
    before = _CAPABILITIES.sub(
        f'"capabilities":{json.dumps(CAPABILITIES, separators=_DENSE)}', before
    )
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{sections()}{_END}{after}"


def sections() -> str:
    """From below the heading "Methods" to above the heading "Errors"."""
    return "\n".join([*_methods(), "", "## Events", "", *_events()]) + "\n"


def _methods() -> Iterator[str]:
    yield ""
    yield "<!-- Made by `python -m agent_proto.reference` from the models: do not edit. -->"
    yield ""
    yield "`?` marks what may be left out. As [OpenRPC](agent-protocol.openrpc.json), with schemas."
    yield "Methods `supervisor.…` take the class `supervisor` (else `forbidden`). Any request may"
    yield "be refused for where it comes (`hello_first`, `not_logged_in`,"
    yield "`agent_already_logged_in`), for a field of the wrong type (`invalid_params`) or value"
    yield "(`out_of_range`), and with `internal_error` and `rate_limited`; what else it may be"
    yield "refused with stands beneath it."
    yield ""
    yield "| method | allowed | params | answer |"
    yield "| --- | --- | --- | --- |"
    for method in METHODS.values():
        cells = f"{STAGES[method.stage]} | {_names(method.params)} | {_names(method.result)}"
        yield " ".join(f"| `{method.name}` | {cells} |".split())
    for method in METHODS.values():
        yield from _method(method)


def _method(method: Method) -> Iterator[str]:
    example = EXAMPLES[method.name]
    yield ""
    yield f"### `{method.name}`"
    yield ""
    yield example.remark or summary(method.params)
    yield from _described("Params", method.params)
    yield from _described("Answer", method.result)
    if refusals := own_refusals(method):
        yield ""
        yield f"Refused with: {', '.join(f'`{name}`' for name in refusals)}."
    yield ""
    yield "```json"
    yield json.dumps({"method": method.name, "params": example.params}, ensure_ascii=False)
    yield json.dumps({"result": example.result}, ensure_ascii=False)
    yield "```"


def _events() -> Iterator[str]:
    yield "| event | fields |"
    yield "| --- | --- |"
    for name, model in EVENTS.items():
        yield f"| `{name}` | {_names(model)} |"
    for name, model in EVENTS.items():
        yield ""
        yield f"### `{name}`"
        yield ""
        yield summary(model)
        yield from _described("Fields", model)


def _names(model: type[BaseModel]) -> str:
    optional = optional_fields(model)
    return ", ".join(
        f"`{wire}`{'?' if wire in optional else ''}" for wire in own_fields(model).values()
    )


def _described(title: str, model: type[BaseModel]) -> Iterator[str]:
    wires, optional, below = own_fields(model), optional_fields(model), texts(model)
    if not wires:
        return
    schema: dict[str, Any] = model.model_json_schema(mode="serialization")
    definitions = schema.get("$defs", {})
    yield ""
    yield f"{title}:"
    yield ""
    for wire in wires.values():
        mark = "?" if wire in optional else ""
        text = f": {below[wire]}" if wire in below else ""
        yield f"- `{wire}`{mark} ({kind(schema['properties'][wire], definitions)}){text}"
