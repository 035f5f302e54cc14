"""Who hears whom: a pure function of the conversation, applied after every change of it."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from media.plane import AS_SPOKEN

P = TypeVar("P")

_NOBODY: Mapping[Any, Collection[Any]] = MappingProxyType({})


def hearing(
    talking: Sequence[P],
    apart: Sequence[P] = (),
    muted: Collection[P] = (),
    listening: Mapping[P, Collection[P]] = _NOBODY,
) -> Mapping[P, Mapping[P, float]]:
    """The matrix of a conversation: listener -> speaker -> gain. No row names its own listener.

    `talking`: each hears all others. More than two are a conference; a supervisor who barges in is
    one of them, and one who intercepts takes the agent's place.
    `apart`: on hold or waiting; they hear nobody, and may be played to.
    `muted`: they hear, and are heard by nobody.
    `listening`: supervisors, each with those to whom they speak. All hear the whole conversation
    and are heard by nobody else: to monitor is to speak to nobody, to whisper to the agent alone.
    """
    heard = [party for party in talking if party not in muted]
    matrix: dict[P, dict[P, float]] = {party: {} for party in (*apart, *talking, *listening)}
    for listener in (*talking, *listening):
        matrix[listener] = {party: AS_SPOKEN for party in heard if party != listener}
    for supervisor, coached in listening.items():
        for party in coached:
            if party in talking and supervisor not in muted:
                matrix[party][supervisor] = AS_SPOKEN
    return matrix
