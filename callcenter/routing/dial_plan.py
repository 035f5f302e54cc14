"""What a dialled number is. Pure: neither whether it may be called nor whether it can be."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import ivr
from callcenter.routing.numbers import NumberPlan
from callcenter.settings import NumberSettings, PbxSettings, SeatSettings
from ivr.implicit import target_flow
from ivr.targets import Target

Origin: TypeAlias = Literal["outside", "internal", "seat"]
"""Who dials: a carrier's caller, a phone of the house's own PBX (WZ-T12), or a seat's phone."""


@dataclass(frozen=True, slots=True)
class Service:
    """A flow, or a queue through its implicit flow."""

    flow: ivr.Flow


@dataclass(frozen=True, slots=True)
class Extension:
    """A seat's phone."""

    seat_no: str
    on_no_answer: str | Target | None = None
    """Where the caller goes instead of a refusal: a number to dial, or a target."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A number behind a trunk, without the prefix that a phone dials before it."""

    number: str
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class PbxExtension:
    """An extension of the enterprise's PBX, behind a trunk whose line is internal (WZ-T12)."""

    number: str
    trunk: str


Destination: TypeAlias = Service | Extension | Outside | PbxExtension


class DialPlan:
    """Numbers of the site, as somebody at a phone or a carrier's caller dials them."""

    def __init__(
        self,
        settings: PbxSettings,
        numbers: NumberPlan,
        rows: Iterable[NumberSettings],
        seats: Iterable[SeatSettings],
        pbx_ranges: Mapping[str, Iterable[str]],
        is_emergency: Callable[[str], bool],
    ) -> None:
        """`pbx_ranges`: trunk to the extensions behind it, each whole or a beginning and `*`."""
        self.flows = numbers.flows
        """The loaded flows, by name."""
        self._numbers = numbers
        self._help = is_emergency
        self._settings = settings
        self._own: dict[str, Service | Extension] = {}
        self.learn(rows)
        self._seats = {seat.seat_no for seat in seats}
        self._pbx_ranges = {trunk: NumberSet(numbers) for trunk, numbers in pbx_ranges.items()}

    def learn(self, rows: Iterable[NumberSettings]) -> None:
        """Other numbers from now on; the plan of numbers has learnt them already."""
        self._own = {}
        for row in rows:
            if row.extension is not None:
                self._own[row.dnis] = Extension(row.extension, row.on_no_answer)
            elif (flow := self._numbers.flow(row.dnis)) is not None:
                self._own[row.dnis] = Service(flow)

    def destination(self, number: str, origin: Origin) -> Destination | None:
        """What `number` is for one of that origin; None where it leads nowhere.

        A carrier's caller reaches our own numbers only, a phone of the house's PBX the seats, too.
        From a seat an emergency number goes before everything; last come the PBX's extensions and
        the world outside. There a closing `*` means the house, a closing `#` the outside
        (WZ-T10, T11).
        """
        if origin == "outside":
            return self._own.get(number)
        if origin == "seat" and self.is_emergency(number):
            return Outside(number if self._help(number) else self._bare(number), emergency=True)
        own = self._own.get(number) or self._seat(number)
        if own is not None or origin != "seat":
            return own
        if number.endswith("*"):
            return self._within(number[:-1])
        if number.endswith("#"):
            return self._outside(self._settings.outside_prefix + number[:-1])
        return self._behind_pbx(number) or self._outside(number)

    def is_emergency(self, number: str) -> bool:
        """Whether this is an emergency number, with the outside prefix or without it."""
        return self._help(number) or self._help(self._bare(number))

    def service(self, target: Target) -> Service:
        """What a target leads to."""
        return Service(target_flow(target))

    def _within(self, number: str) -> Service | Extension | PbxExtension | None:
        return self._own.get(number) or self._seat(number) or self._behind_pbx(number)

    def _seat(self, number: str) -> Extension | None:
        return Extension(number) if number in self._seats else None

    def _behind_pbx(self, number: str) -> PbxExtension | None:
        for trunk, extensions in self._pbx_ranges.items():
            if number in extensions:
                return PbxExtension(number, trunk)
        return None

    def _outside(self, number: str) -> Outside | None:
        prefix = self._settings.outside_prefix
        if not number.startswith(prefix):
            return None
        number = number[len(prefix) :]
        if not _is_number(number) or len(number) < MIN_OUTSIDE_DIGITS:
            return None
        return Outside(number, self._help(number))

    def _bare(self, number: str) -> str:
        return number.removeprefix(self._settings.outside_prefix)


MIN_OUTSIDE_DIGITS = 3
"""A shorter number is a slip of the finger."""


class NumberSet:
    """Numbers given whole, or as a beginning that ends in `*`."""

    def __init__(self, patterns: Iterable[str]) -> None:
        texts = tuple(patterns)
        self._whole = frozenset(text for text in texts if not text.endswith("*"))
        self._beginnings = tuple(text[:-1] for text in texts if text.endswith("*"))

    def __contains__(self, number: str) -> bool:
        return number in self._whole or (
            bool(self._beginnings) and number.startswith(self._beginnings)
        )


def _is_number(text: str) -> bool:
    digits = text.removeprefix("+")
    return digits.isascii() and digits.isdigit() and len(digits) <= 32
