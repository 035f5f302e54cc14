"""What other layers raise, as the agent protocol's answers."""

from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

import agent_proto as proto
from callcenter.desk.records import RecordsError
from callcenter.switch.refusal import CommandRefusedError

E = TypeVar("E", bound=Exception)


class Refusing(Generic[E]):
    """`with` it, an error of that kind becomes the answer made of it. It holds no state.

    No generator: since Python 3.12 the exception thrown into one and the frame it was thrown from
    hold each other, and only the garbage collector would free them.
    """

    __slots__ = ("_answer", "_kind")

    def __init__(self, kind: type[E], answer: Callable[[E], proto.ProtocolError]) -> None:
        self._kind = kind
        self._answer = answer

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, self._kind):
            raise self._answer(error) from None


def _refused(error: CommandRefusedError) -> proto.ProtocolError:
    return proto.ProtocolError(error.name, error.message, **error.facts)


def _unread(error: RecordsError) -> proto.ProtocolError:
    return proto.ProtocolError("internal_error", f"the records: {error}")


obeyed = Refusing(CommandRefusedError, _refused)
"""A command about a live call."""
recorded = Refusing(RecordsError, _unread)
"""What asks the database."""
