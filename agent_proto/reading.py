"""Checks a request's params against their model, and says what is wrong in the protocol's words."""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agent_proto.errors import ProtocolError
from agent_proto.models import Params

MAX_MISTAKES = 8
_MAX_PATH = 100

# A value of the right type that is outside what is allowed is out of range (1004, "ranges
# checked"); anything else wrong with params is malformed input (−32602).
_RANGE_MISTAKES = frozenset(
    {
        "greater_than_equal",
        "less_than_equal",
        "string_too_long",
        "string_too_short",
        "too_long",
    }
)

_P = TypeVar("_P", bound=Params)


def read_params(model: type[_P], params: dict[str, object]) -> _P:
    """The params as the model; `invalid_params` or `out_of_range` with every mistake's path."""
    try:
        return model.model_validate(params, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> ProtocolError:
    # The input is left out of the details: it may be a password.
    details = error.errors(include_url=False, include_context=False)
    mistakes = [detail for detail in details if not _is_range(detail)]
    name = "invalid_params" if mistakes else "out_of_range"
    told = [
        {"path": _path(detail), "message": detail["msg"]}
        for detail in (mistakes or details)[:MAX_MISTAKES]
    ]
    first = told[0]
    return ProtocolError(
        name, f"{first['path']}: {first['message']}", path=first["path"], errors=told
    )


def _is_range(detail: ErrorDetails) -> bool:
    if detail["type"] == "literal_error":
        return isinstance(detail["input"], str)
    return detail["type"] in _RANGE_MISTAKES


def _path(detail: ErrorDetails) -> str:
    return ".".join(map(str, detail["loc"]))[:_MAX_PATH]
