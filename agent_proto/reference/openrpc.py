"""The protocol as an OpenRPC document (https://spec.open-rpc.org), for programs."""

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from agent_proto.errors import CODES
from agent_proto.methods import METHODS, Method
from agent_proto.models import EVENTS
from agent_proto.reference.examples import EXAMPLES
from agent_proto.reference.fields import summary, texts
from agent_proto.refusals import may_be_refused

_REF = "#/components/schemas/{model}"


def document() -> str:
    """As JSON. Events are `x-events`: OpenRPC has no word for what a server says unasked."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for method in METHODS.values():
        models += [(method.params, "validation"), (method.result, "serialization")]
    models += [(event, "serialization") for event in EVENTS.values()]
    unique = list(dict.fromkeys(models))
    schemas, definitions = models_json_schema(unique, ref_template=_REF)
    written = {
        "openrpc": "1.3.2",
        "info": {
            "title": "callcenter agent protocol",
            "version": "1",
            "description": "JSON-RPC 2.0, one JSON text a line or a WebSocket message.",
        },
        "methods": [_method(method, schemas, definitions) for method in METHODS.values()],
        "x-events": [
            {"name": name, "summary": summary(event), "params": schemas[event, "serialization"]}
            for name, event in EVENTS.items()
        ],
        "components": {
            "schemas": definitions["$defs"],
            "errors": {
                name: {"code": code, "message": name.replace("_", " "), "data": {"name": name}}
                for name, code in CODES.items()
            },
        },
    }
    return json.dumps(written, ensure_ascii=False, indent=1) + "\n"


def _method(method: Method, schemas: dict[Any, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    example = EXAMPLES[method.name]
    name = schemas[method.params, "validation"]["$ref"].rsplit("/", 1)[-1]
    schema = definitions["$defs"][name]
    required = set(schema.get("required", ()))
    told = texts(method.params)
    return {
        "name": method.name,
        "summary": example.remark or summary(method.params),
        "paramStructure": "by-name",
        "params": [
            {
                "name": wire,
                "required": wire in required,
                "schema": each,
                **({"description": told[wire]} if wire in told else {}),
            }
            for wire, each in schema["properties"].items()
        ],
        "result": {"name": "result", "schema": schemas[method.result, "serialization"]},
        "errors": [{"$ref": f"#/components/errors/{name}"} for name in may_be_refused(method)],
        "examples": [
            {
                "name": method.name,
                "params": [{"name": key, "value": value} for key, value in example.params.items()],
                "result": {"name": "result", "value": example.result},
            }
        ],
        "x-stage": method.stage,
        "x-class": "supervisor" if method.for_supervisors else "agent",
    }
