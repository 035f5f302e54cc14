"""What must hold between the keys of a seat."""

from collections.abc import Callable, Iterator

from callcenter.settings.problems import Fault
from callcenter.settings.site import Draft, understood


def _devices_can_be_called(draft: Draft) -> Iterator[Fault]:
    for path, seat in understood(draft.seat):
        if seat.kind == "sip" and seat.password is None:
            yield Fault((*path, "password"), "is needed by a phone that registers")
        if seat.kind == "number" and seat.number is None:
            yield Fault((*path, "number"), "is needed by kind 'number'")
        if seat.kind != "number" and seat.number is not None:
            yield Fault((*path, "number"), "is for kind 'number'")


def _outside_phones_do_not_obey(draft: Draft) -> Iterator[Fault]:
    for path, seat in understood(draft.seat):
        if seat.kind == "number" and seat.answer_mode == "protocol":
            reason = "no outside phone answers by itself: 'phone' rings it, 'nailed_up' keeps it"
            yield Fault((*path, "answer_mode"), reason)


def _browsers_are_nailed_up(draft: Draft) -> Iterator[Fault]:
    for path, seat in understood(draft.seat):
        if seat.kind == "webrtc" and seat.answer_mode != "nailed_up":
            reason = "a browser's voice is connected once: kind 'webrtc' is 'nailed_up'"
            yield Fault((*path, "answer_mode"), reason)


ERRORS: tuple[Callable[[Draft], Iterator[Fault]], ...] = (
    _devices_can_be_called,
    _outside_phones_do_not_obey,
    _browsers_are_nailed_up,
)
