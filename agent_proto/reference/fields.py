"""What the models say of their fields: names on the wire, types in words, the text below each."""

import ast
import inspect
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic import BaseModel

from agent_proto.models import Params


def own_fields(model: type[BaseModel]) -> dict[str, str]:
    """Name in the model → name on the wire; without `request_key`, which every request has."""
    return {
        name: field.serialization_alias or name
        for name, field in model.model_fields.items()
        if name not in Params.model_fields
    }


def optional_fields(model: type[BaseModel]) -> set[str]:
    """The names on the wire of what may be left out."""
    fields = own_fields(model)
    return {wire for name, wire in fields.items() if not model.model_fields[name].is_required()}


def summary(model: type[BaseModel]) -> str:
    """The first paragraph of the model's own text."""
    return " ".join(inspect.cleandoc(model.__doc__ or "").split("\n\n")[0].split())


@cache
def texts(model: type[BaseModel]) -> dict[str, str]:
    """Name on the wire → the text below the field in the source."""
    found: dict[str, str] = {}
    for base in reversed([each for each in model.__mro__ if issubclass(each, BaseModel)]):
        if base is not BaseModel:
            found |= _texts_of(base)
    wires = own_fields(model)
    return {wires[name]: text for name, text in found.items() if name in wires}


def kind(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """A JSON schema in a few words: `string, at most 64`, `list of Call`."""
    if "$ref" in schema:
        return f"`{schema['$ref'].rsplit('/', 1)[-1]}`"
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " or ".join(f"`{value}`" for value in values)
    if "anyOf" in schema:
        some = [each for each in schema["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kind(each, definitions) for each in some))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}), definitions)}"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"object of {kind(inner, definitions)}" if isinstance(inner, dict) else "object"
    return _plain(schema)


def _plain(schema: dict[str, Any]) -> str:
    words = [(schema.get("format", "") == "date-time" and "instant") or schema.get("type", "any")]
    for key, text in (("minLength", "at least"), ("minimum", "at least")):
        if key in schema:
            words.append(f"{text} {schema[key]}")
    for key, text in (("maxLength", "at most"), ("maximum", "at most")):
        if key in schema:
            words.append(f"{text} {schema[key]}")
    return ", ".join(words)


def _texts_of(model: type[BaseModel]) -> dict[str, str]:
    tree = ast.parse(dedent(inspect.getsource(model)))
    [body] = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    found: dict[str, str] = {}
    for field, text in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            found[field.target.id] = " ".join(str(text.value.value).split())
    return found
