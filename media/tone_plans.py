"""The tones of the network by country (ITU-T E.180, Supplement 2): what callers know."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

PlanName: TypeAlias = Literal["cn", "hk", "us", "uk", "de", "eu"]
"""China, Hong Kong, the United States, the United Kingdom, Germany; `eu` is what CEPT recommends
and most of Europe follows."""
ProgressTone: TypeAlias = Literal["ringback", "busy", "congestion", "special_information"]


class Burst(NamedTuple):
    """A part of a tone's cadence."""

    hz: tuple[float, ...]
    """Sounding together; none is silence."""
    seconds: float


Cadence: TypeAlias = tuple[Burst, ...]
"""One period."""


def _cadence(hz: tuple[float, ...], *seconds: float) -> Cadence:
    """On, off, on, off …"""
    return tuple(Burst(() if n % 2 else hz, length) for n, length in enumerate(seconds))


def _rising(gap: float) -> Cadence:
    """The three tones of ITU-T E.180 §7 before an announcement, and a second to speak."""
    rests = (Burst((), gap),) if gap else ()
    first, second, third = (Burst((hz,), 0.33) for hz in (950.0, 1400.0, 1800.0))
    return (first, *rests, second, *rests, third, Burst((), 1.0))


PLANS: Mapping[PlanName, Mapping[ProgressTone, Cadence]] = {
    "cn": {
        "ringback": _cadence((450.0,), 1.0, 4.0),
        "busy": _cadence((450.0,), 0.35, 0.35),
        "congestion": _cadence((450.0,), 0.7, 0.7),
        "special_information": _cadence((450.0,), 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.4),
    },
    "hk": {
        "ringback": _cadence((440.0, 480.0), 0.4, 0.2, 0.4, 3.0),
        "busy": _cadence((480.0, 620.0), 0.5, 0.5),
        "congestion": _cadence((480.0, 620.0), 0.25, 0.25),
        "special_information": _rising(0.0),
    },
    "us": {
        "ringback": _cadence((440.0, 480.0), 2.0, 4.0),
        "busy": _cadence((480.0, 620.0), 0.5, 0.5),
        "congestion": _cadence((480.0, 620.0), 0.25, 0.25),
        "special_information": _rising(0.0),
    },
    "uk": {
        "ringback": _cadence((400.0, 450.0), 0.4, 0.2, 0.4, 2.0),
        "busy": _cadence((400.0,), 0.375, 0.375),
        "congestion": _cadence((400.0,), 0.4, 0.35, 0.225, 0.525),
        "special_information": _rising(0.015),
    },
    "de": {
        "ringback": _cadence((425.0,), 1.0, 4.0),
        "busy": _cadence((425.0,), 0.48, 0.48),
        "congestion": _cadence((425.0,), 0.24, 0.24),
        "special_information": _rising(0.03),
    },
    "eu": {
        "ringback": _cadence((425.0,), 1.0, 4.0),
        "busy": _cadence((425.0,), 0.5, 0.5),
        "congestion": _cadence((425.0,), 0.2, 0.2),
        "special_information": _rising(0.03),
    },
}


def period(plan: PlanName, name: ProgressTone) -> float:
    """Seconds after which the tone begins anew."""
    return sum(burst.seconds for burst in PLANS[plan][name])
