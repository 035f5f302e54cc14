"""The seam between the protocol and whoever knows about agents and calls."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar

from agent_proto.errors import ProtocolError
from agent_proto.methods import METHODS
from agent_proto.models import Params, Result
from agent_proto.session import Session

Answer: TypeAlias = Result | Mapping[str, object] | None
"""The method's result model; a mapping is checked against it; None stands for an empty one."""


class Handler(Protocol):
    """Does what agents ask. All are called on the event loop's thread."""

    async def handle(self, session: Session, method: str, params: Params) -> Answer:
        """Answers one request or raises `ProtocolError`; a failed one changes nothing (A-04).

        Only methods of `agent_proto.methods` whose params were checked come here, `agent.login`
        only from clients that are not signed in, the others only from those that are. Of one
        session there is never more than one request at a time. It is cancelled after the server's
        `request_timeout_s`.
        """
        ...

    def session_asks(self, session: Session) -> None:
        """A request has come; what happened before it is to be told now, if it has not been:
        from now on events wait for the answer. Must not block."""
        ...

    def session_lost(self, session: Session) -> None:
        """The connection of a signed-in session is gone; its grace time began. Must not block."""
        ...

    def session_resumed(self, session: Session) -> None:
        """A connection resumed the session. Must not block."""
        ...

    def session_expired(self, session: Session) -> None:
        """Nobody resumed the session in time: it has ended. Must not block."""
        ...


_Method = TypeVar("_Method", bound=Callable[..., Awaitable[Answer]])


def answers(method: str) -> Callable[[_Method], _Method]:
    """Marks the coroutine `(self, session, params)` of a `MethodHandler` that answers `method`."""
    if method not in METHODS:
        raise ValueError(f"{method} is no method of this protocol")

    def mark(function: _Method) -> _Method:
        setattr(function, _MARK, method)
        return function

    return mark


_MARK = "_answers_method"


class MethodHandler:
    """A handler with one coroutine for each method, marked with `@answers("agent.login")`."""

    _table: ClassVar[dict[str, Callable[..., Awaitable[Answer]]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        marked = (value for value in vars(cls).values() if hasattr(value, _MARK))
        cls._table = {**cls._table, **{getattr(function, _MARK): function for function in marked}}

    @classmethod
    def knows(cls, method: str) -> bool:
        """Whether a coroutine is marked for `method`."""
        return method in cls._table

    def session_asks(self, session: Session) -> None:
        """Nothing to do."""

    def session_resumed(self, session: Session) -> None:
        """Nothing to do."""

    async def handle(self, session: Session, method: str, params: Params) -> Answer:
        """Calls the coroutine that is marked for `method`."""
        function = self._table.get(method)
        if function is None:
            raise ProtocolError("method_not_found")
        return await function(self, session, params)
