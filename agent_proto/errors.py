"""The catalogue of refusals: every code with its names, and the exception that carries one.

A name never changes its meaning; clients decide by `data.name` or `code`, never by `message`.
"""

from collections.abc import Mapping
from types import MappingProxyType

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603

CODES: Mapping[str, int] = MappingProxyType(
    {
        # JSON-RPC 2.0, section 5.1; several names may share one of its codes.
        "parse_error": PARSE_ERROR,
        "line_too_long": PARSE_ERROR,
        "invalid_request": INVALID_REQUEST,
        "hello_first": INVALID_REQUEST,
        "method_not_found": METHOD_NOT_FOUND,
        "invalid_params": INVALID_PARAMS,
        "internal_error": INTERNAL_ERROR,
        # signing in
        "not_logged_in": 1001,
        "agent_already_logged_in": 1002,
        "seat_in_use": 1003,
        "out_of_range": 1004,
        "bad_credentials": 1005,
        "seat_mismatch": 1006,
        "locked_out": 1007,
        # calls
        "wrong_state": 1101,
        "no_such_call": 1102,
        "no_such_target": 1103,
        "target_not_idle": 1104,
        "target_not_in_call": 1105,
        "no_outside_line": 1106,
        "number_not_allowed": 1107,
        "no_fax_resource": 1108,
        "break_quota_full": 1109,
        "no_consultation": 1110,
        "not_outside_party": 1111,
        "no_such_prompt": 1112,
        "no_such_message": 1113,
        # rights, limits, media
        "forbidden": 1201,
        "rate_limited": 1301,
        "tenant_limit": 1302,
        "media_failed": 1401,
    }
)
"""Name → code."""


class ProtocolError(Exception):
    """A refused request: a handler raises it to answer, the client what it was answered.

    `data` holds facts for programs (the state, what is allowed); they go into the error's `data`
    beside `name` and must be JSON. An unknown name is a mistake of ours and raises `KeyError`.
    """

    def __init__(self, name: str, message: str | None = None, /, **data: object) -> None:
        self.code: int = CODES[name]
        self.name = name
        self.message = name.replace("_", " ") if message is None else message
        self.data: dict[str, object] = data
        super().__init__(self.message)

    def __str__(self) -> str:
        facts = "".join(f", {key}={value!r}" for key, value in self.data.items())
        return f"{self.code} {self.name}: {self.message}{facts}"

    def bare(self) -> "ProtocolError":
        """Itself without where it was raised and why: as an answer, which may be kept, it must not
        keep what the functions on its way held."""
        self.__traceback__ = self.__cause__ = self.__context__ = None
        return self

    def to_dict(self) -> dict[str, object]:
        """The `error` member of a JSON-RPC response."""
        return {
            "code": self.code,
            "message": self.message,
            "data": {"name": self.name, **self.data},
        }

    @classmethod
    def from_dict(cls, error: Mapping[str, object]) -> "ProtocolError":
        """Reads the `error` member of a response; newer codes and names are kept as they are."""
        code, message, data = error.get("code"), error.get("message"), error.get("data")
        facts = dict(data) if isinstance(data, dict) else {}
        name = facts.pop("name", "")
        read = cls("internal_error", str(message))
        read.code = code if isinstance(code, int) else INTERNAL_ERROR
        read.name = str(name)
        read.data = facts
        return read
