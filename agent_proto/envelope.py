"""The JSON-RPC 2.0 envelope: one line in, one message out, and back.

Rule 4 of the protocol draws the line that decides here. A message whose `id` can be made out is
*refused* under that id and costs nothing more; one whose `id` cannot is *unreadable*, is answered
with `id` null, and the third closes the connection. Nothing that a peer writes raises.

Limits beyond the line's length: nesting (a parser's limit as RFC 8259 section 9 allows), numbers
that JSON does not know (NaN, Infinity), and halves of surrogate pairs, which no UTF-8 answer could
repeat.
"""

import json
import math
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from typing import NoReturn, TypeAlias

from agent_proto.errors import ProtocolError
from agent_proto.models.base import Event

MAX_DEPTH = 64
MAX_ID_LENGTH = 128

RequestId: TypeAlias = str | int | float | None
JsonObject: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Request:
    """A method call that is owed exactly one answer."""

    id: RequestId
    method: str
    params: JsonObject


@dataclass(frozen=True, slots=True)
class Notification:
    """A method call without `id`: it is never answered (JSON-RPC section 4.1)."""

    method: str
    params: JsonObject


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request of ours; one of `result` and `error` is None."""

    id: RequestId
    result: JsonObject | None
    error: ProtocolError | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A message with an `id` that is no proper request."""

    id: RequestId
    error: ProtocolError


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that cannot be answered to anybody in particular."""

    error: ProtocolError


Incoming: TypeAlias = Request | Notification | Response | Refused | Unreadable


def read_message(line: bytes) -> Incoming:
    """Reads one line."""
    try:
        text = line.decode()
        message = _decode(text)
        if text.count("[") + text.count("{") > MAX_DEPTH and _too_deep(message):
            return Unreadable(ProtocolError("parse_error", "nested too deeply", max=MAX_DEPTH))
    except UnicodeDecodeError:
        return Unreadable(ProtocolError("parse_error", "not UTF-8"))
    except RecursionError:
        return Unreadable(ProtocolError("parse_error", "nested too deeply", max=MAX_DEPTH))
    except ValueError:
        return Unreadable(ProtocolError("parse_error", "not JSON"))
    if not isinstance(message, dict):
        what = "batches are not supported" if isinstance(message, list) else "not an object"
        return Unreadable(ProtocolError("invalid_request", what))
    if "\\u" in text and not _encodable(message):
        return _refuse(message, "half of a surrogate pair")
    return _read_object(message)


def _read_object(message: JsonObject) -> Incoming:
    if message.get("jsonrpc") != "2.0":
        return _refuse(message, 'jsonrpc must be "2.0"')
    if "method" not in message and ("result" in message or "error" in message):
        return _read_response(message)
    method = message.get("method")
    if not isinstance(method, str):
        return _refuse(message, "method must be a string")
    if "id" in message and not _usable_id(message["id"]):
        return _refuse(message, "id must be a string or a number")
    params = message.get("params", {})
    if not isinstance(params, dict):
        if "id" not in message:
            return Notification(method, {})
        error = ProtocolError("invalid_params", "params must be an object", path="params")
        return Refused(_id_of(message), error)
    if "id" not in message:
        return Notification(method, params)
    return Request(_id_of(message), method, params)


def _read_response(message: JsonObject) -> Incoming:
    if not _usable_id(message.get("id")):
        return _refuse(message, "id must be a string or a number")
    error, result = message.get("error"), message.get("result")
    if isinstance(error, dict):
        return Response(_id_of(message), None, ProtocolError.from_dict(error))
    return Response(_id_of(message), result if isinstance(result, dict) else {}, None)


def _refuse(message: JsonObject, why: str) -> Refused | Unreadable:
    error = ProtocolError("invalid_request", why)
    if message.get("id") is None or not _usable_id(message["id"]):
        return Unreadable(error)
    return Refused(_id_of(message), error)


def _usable_id(value: object) -> bool:
    match value:
        case bool():
            return False
        case str():
            return len(value) <= MAX_ID_LENGTH and _encodable(value)
        case float():
            return math.isfinite(value)
        case int():
            return -(2**63) <= value < 2**64
        case None:
            return True
        case _:
            return False


def _id_of(message: JsonObject) -> RequestId:
    """The id, once `_usable_id` said that it is one."""
    value = message.get("id")
    assert value is None or isinstance(value, str | int | float)
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep(value: object) -> bool:
    """Whether containers nest deeper than `MAX_DEPTH`; walks level by level, without recursion."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return False
        level = below
    return True


def write_request(request_id: RequestId, method: str, params: bytes = b"{}") -> bytes:
    """A request's line; `params` is JSON."""
    head = (
        f'{{"jsonrpc":"2.0","id":{json.dumps(request_id)},"method":{json.dumps(method)},"params":'
    )
    return b"%b%b}\n" % (head.encode(), params)


def write_result(request_id: RequestId, result: bytes) -> bytes:
    """The line of an answer; `result` is JSON."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}\n' % (json.dumps(request_id).encode(), result)


def write_error(request_id: RequestId, error: ProtocolError) -> bytes:
    """The line of a refusal."""
    answer = {"jsonrpc": "2.0", "id": request_id, "error": error.to_dict()}
    return json.dumps(answer, separators=(",", ":")).encode() + b"\n"


def write_event(event: Event, seq: int, at: str, call_id: str | None) -> bytes:
    """The line of an event."""
    head = f'{{"jsonrpc":"2.0","method":"{event.event}","params":{{"seq":{seq},"at":"{at}"'
    if call_id is not None:
        head += f',"call_id":{encode_basestring_ascii(call_id)}'
    body = event.to_json()
    separator = b"" if body == b"{}" else b","
    return b"%b%b%b}\n" % (head.encode(), separator, body[1:])
