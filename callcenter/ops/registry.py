"""The questions a daemon answers, by name."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from ivr.problems import did_you_mean

Answer: TypeAlias = Any
"""Whatever JSON can hold."""
Method: TypeAlias = Callable[..., Answer | Awaitable[Answer]]

MAX_LINE = 2 * 1024 * 1024
"""Bytes of a question: `reload` holds a site file, in which ten thousand agents have room."""


class AskError(Exception):
    """A question that cannot be answered; `code` is for programs, the text for people.

    Codes: bad_request, unknown_method, bad_params, not_found, failed.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Registry:
    """Functions by name; a function's keyword parameters are the parameters of the question.

    A function answers with what JSON can hold, or raises `AskError`; it may be a coroutine
    function. It runs on the loop: it must not block.
    """

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}

    def add(self, method: Method, name: str = "") -> None:
        """Registers a function under its own name, or `name`."""
        name = name or method.__name__
        assert name not in self._methods, name
        self._methods[name] = method

    @property
    def names(self) -> list[str]:
        """All questions, sorted."""
        return sorted(self._methods)

    async def answer(self, name: str, params: Mapping[str, Any]) -> Answer:
        """Asks. Raises `AskError`; any other exception is the function's own mistake."""
        method = self._methods.get(name)
        if method is None:
            hint = did_you_mean(name, self.names)
            raise AskError("unknown_method", f"'{name}' is unknown{hint}")
        try:
            bound = inspect.signature(method).bind(**params)
        except TypeError as error:
            raise AskError("bad_params", f"{name}: {error}") from None
        answer = method(*bound.args, **bound.kwargs)
        if inspect.isawaitable(answer):
            answer = await answer
        return answer
