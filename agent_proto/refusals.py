"""What each method may be refused with: the rules of the protocol as names of errors.

`ANY` and what its stage demands may be answered to every request; `REFUSALS` are a method's own.
The reference tells them, tests hold the server's answers to them and have a case for each.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agent_proto.errors import CODES
from agent_proto.methods import Method, Stage

ANY: Final = ("invalid_params", "out_of_range", "internal_error", "rate_limited")
"""To any request that can be read and names a method; `out_of_range` for a value that no field of
its kind may have."""

OF_STAGE: Final[Mapping[Stage, tuple[str, ...]]] = MappingProxyType(
    {
        "connected": (),
        "greeted": ("hello_first",),
        "anonymous": ("hello_first", "agent_already_logged_in"),
        "signed_in": ("hello_first", "not_logged_in"),
    }
)

_CALL: Final = ("no_such_call", "wrong_state")
_WHOM: Final = ("no_such_target", "target_not_idle", "number_not_allowed", "no_outside_line")
_DIAL: Final = ("wrong_state", *_WHOM, "tenant_limit")
_OUTSIDE: Final = (*_CALL, "not_outside_party")
_THEIRS: Final = ("no_such_target", "forbidden")
_TALK: Final = (*_THEIRS, "target_not_in_call", "wrong_state", "media_failed")

REFUSALS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "session.hello": ("out_of_range",),
        "session.resume": ("bad_credentials", "out_of_range"),
        "agent.login": (
            "bad_credentials",
            "locked_out",
            "out_of_range",
            "forbidden",
            "agent_already_logged_in",
            "seat_in_use",
            "seat_mismatch",
        ),
        "agent.set_busy": ("wrong_state", "out_of_range"),
        "agent.set_idle": ("wrong_state",),
        "agent.request_break": ("wrong_state", "break_quota_full"),
        "agent.end_break": ("wrong_state",),
        "agent.change_password": ("bad_credentials", "locked_out"),
        "agent.finish_acw": ("wrong_state",),
        "agent.extend_acw": ("wrong_state",),
        "call.answer": (*_CALL, "media_failed"),
        "call.reject": _CALL,
        "call.hangup": _CALL,
        "call.dial": _DIAL,
        "call.hold": _CALL,
        "call.retrieve": _CALL,
        "call.mute": _CALL,
        "call.unmute": _CALL,
        "call.consult": (*_CALL, *_WHOM),
        "call.complete_transfer": (*_CALL, "no_consultation"),
        "call.keep": (*_CALL, "no_consultation"),
        "call.toggle": (*_CALL, "no_consultation"),
        "call.conference": (*_CALL, *_WHOM, "no_consultation"),
        "call.transfer": (*_CALL, *_WHOM),
        "call.play": (*_CALL, "no_such_prompt", "media_failed"),
        "call.start_recording": (*_OUTSIDE, "media_failed"),
        "call.stop_recording": _CALL,
        "call.pause_recording": _CALL,
        "call.resume_recording": _CALL,
        "call.send_digits": _CALL,
        "call.set_disposition": (*_CALL, "out_of_range"),
        "call.set_data": (*_CALL, "out_of_range"),
        "call.receive_fax": (*_OUTSIDE, "no_fax_resource"),
        "call.send_fax": (*_OUTSIDE, "no_fax_resource"),
        "seat.offer": ("seat_mismatch", "media_failed"),
        "voicemail.list": ("forbidden",),
        "voicemail.play": ("no_such_message", "wrong_state", "media_failed", "tenant_limit"),
        "voicemail.mark": ("no_such_message",),
        "voicemail.delete": ("no_such_message",),
        "voicemail.call_back": ("no_such_message", *_DIAL),
        "supervisor.monitor": _TALK,
        "supervisor.whisper": _TALK,
        "supervisor.barge": _TALK,
        "supervisor.intercept": _TALK,
        "supervisor.leave": ("no_such_call",),
        "supervisor.record": _TALK,
        "supervisor.call": (
            *_THEIRS,
            "target_not_idle",
            "wrong_state",
            "media_failed",
            "tenant_limit",
        ),
        "supervisor.force_logout": _THEIRS,
        "supervisor.force_busy": (*_THEIRS, "target_not_idle"),
        "supervisor.force_idle": (*_THEIRS, "wrong_state"),
        "supervisor.list_breaks": _THEIRS,
        "supervisor.grant_break": (*_THEIRS, "target_not_idle"),
        "supervisor.end_break": (*_THEIRS, "wrong_state"),
        "supervisor.send_message": _THEIRS,
    }
)
"""Method → names. A method without any is not here."""


def own_refusals(method: Method) -> tuple[str, ...]:
    """Its own, in the order of their codes."""
    return _sorted({*REFUSALS.get(method.name, ())})


def may_be_refused(method: Method) -> tuple[str, ...]:
    """Everything that a request of this method may be answered with, in the order of the codes."""
    of_class = ("forbidden",) if method.for_supervisors else ()
    own = REFUSALS.get(method.name, ())
    return _sorted({*ANY, *OF_STAGE[method.stage], *of_class, *own})


def _sorted(names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in CODES if name in names)
