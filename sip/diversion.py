"""Diverted calls: who passed them on and why, read and written (RFC 5806, RFC 7044, RFC 4458).

Diversion says it plainly and is what carriers' switches understand; History-Info is its standard
successor. Both are read, and both are written on calls that we divert.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args
from urllib.parse import unquote

from sip import fields
from sip.build import check_line
from sip.message import Request

DiversionReason = Literal[
    "unknown",
    "user-busy",
    "no-answer",
    "unavailable",
    "unconditional",
    "time-of-day",
    "do-not-disturb",
    "deflection",
    "follow-me",
    "out-of-service",
    "away",
]
"""RFC 5806 §4."""
_REASONS: Final = frozenset(get_args(DiversionReason))
MAX_KEPT: Final = 16
"""Diversions of one call that are read."""
_MAX_COUNTER: Final = 99
_CAUSES: Final[dict[DiversionReason, int]] = {
    "unknown": 404,
    "user-busy": 486,
    "no-answer": 408,
    "unconditional": 302,
    "deflection": 480,
    "unavailable": 503,
}
_OF_CAUSE: Final[dict[str, DiversionReason]] = {
    **{str(cause): reason for reason, cause in _CAUSES.items()},
    "487": "deflection",
}


class TooManyDiversionsError(Exception):
    """The call has been passed on too often: somebody sends it in circles."""


@dataclass(frozen=True, slots=True)
class Diversion:
    """One diversion: by `uri`, whose number is `user`; `count` more of them hide behind it."""

    uri: str
    reason: DiversionReason = "unknown"
    count: int = 1
    name: str = ""
    private: bool = False
    """Whether the number is not to be shown (RFC 5806 privacy, RFC 7044 Privacy: history)."""

    @property
    def user(self) -> str:
        """The number or user that passed the call on; empty when the URI has none."""
        return fields.user_of(self.uri)

    def __str__(self) -> str:
        name = self.name.replace("\\", "").replace('"', "")
        shown = f'"{name}" ' if name else ""
        privacy = "full" if self.private else "off"
        return f"{shown}<{self.uri}>;reason={self.reason};counter={self.count};privacy={privacy}"


def read_diversions(request: Request) -> tuple[Diversion, ...]:
    """The diversions of a call, the last one first. What cannot be read, is left out.

    Where both fields are there, Diversion counts: a peer that writes both says the same in it.
    """
    if "diversion" in request.headers:
        return _read_diversion(request.items("diversion")[:MAX_KEPT])
    return _read_history(request.items("history-info")[: 2 * MAX_KEPT])


def diverted(
    earlier: Sequence[Diversion], by: Diversion, target: str, limit: int
) -> list[tuple[str, str]]:
    """The header fields of a call that `by` passes on to the URI `target`.

    `earlier` are the diversions that it came with. Raises TooManyDiversionsError when it was
    passed on more than `limit` times, and ValueError for a line break or a URI with brackets.
    """
    chain = (by, *earlier)
    if sum(diversion.count for diversion in chain) > limit:
        raise TooManyDiversionsError
    for uri in (target, *(diversion.uri for diversion in chain)):
        if any(mark in check_line(uri) for mark in "<>?"):
            raise ValueError(f"{uri!r}: not a bare URI")
    headers = [("Diversion", str(diversion)) for diversion in chain]
    return [*headers, ("History-Info", _history(chain[::-1], target))]


def _read_diversion(items: Sequence[str]) -> tuple[Diversion, ...]:
    found = []
    for item in items:
        try:
            address = fields.parse_name_addr(item)
            fields.parse_uri(address.uri)
        except ValueError:
            continue
        reason = (fields.parameter(address.params, "reason") or "").lower()
        counter = fields.parameter(address.params, "counter") or ""
        count = int(counter) if counter.isascii() and counter.isdigit() and len(counter) < 9 else 1
        privacy = (fields.parameter(address.params, "privacy") or "off").lower()
        found.append(
            Diversion(
                fields.readable(address.uri),
                cast(DiversionReason, reason) if reason in _REASONS else "unknown",
                min(max(count, 1), _MAX_COUNTER),
                fields.readable(address.name),
                privacy != "off",
            )
        )
    return tuple(found)


def _read_history(items: Sequence[str]) -> tuple[Diversion, ...]:
    """Each entry that mapped the call to another user (mp, or a cause) tells who did it."""
    entries: dict[str, fields.NameAddr] = {}
    for item in items:
        try:
            address = fields.parse_name_addr(item)
            fields.parse_uri(address.uri)
        except ValueError:
            continue
        entries[fields.parameter(address.params, "index") or ""] = address
    found = []
    for index, address in entries.items():
        bare = address.uri.partition("?")[0]
        cause = fields.parameter(fields.parse_uri(bare).params, "cause")
        by = entries.get(
            fields.parameter(address.params, "mp")
            or (index.rpartition(".")[0] if cause is not None else "")
        )
        if by is None or by is address:
            continue
        uri, _, headers = by.uri.partition("?")
        reason = _OF_CAUSE.get(cause or "", "unknown")
        private = "privacy=history" in unquote(headers).lower()
        found.append(Diversion(fields.readable(uri), reason, 1, fields.readable(by.name), private))
    return tuple(found[::-1][:MAX_KEPT])


def _history(chain: Sequence[Diversion], target: str) -> str:
    """The entries from the first diversion to the target, each index below the one before."""
    entries, index, cause = [], "1", ""
    for diversion in chain:
        private = "?Privacy=history" if diversion.private else ""
        entries.append(_entry(diversion.uri + cause + private, index))
        index += ".1"
        cause = f";cause={_CAUSES.get(diversion.reason, 404)}"
    return ", ".join([*entries, _entry(target + cause, index)])


def _entry(uri: str, index: str) -> str:
    above = index.rpartition(".")[0]
    return f"<{uri}>;index={index}" + (f";mp={above}" if above else "")
