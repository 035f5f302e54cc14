"""Why a call is released, as telephone networks tell each other: Q.850 causes (RFC 3326)."""

from typing import Final

import sip
from callcenter.switch.leg import MEDIA_FAILED, Headers

_OF_CAUSE: Final = {"failed": 41, "shutdown": 41, "media_timeout": 102}
"""`CallEnded.cause` that is no normal clearing: temporary failure, recovery on timer expiry."""


def given_up(end: sip.CallEnd) -> bool:
    """Whether we gave the other side up: it did not refresh, or answer our refresh, or our media
    failed."""
    return end.by == "local" and end.code in (408, 481, MEDIA_FAILED)


def q850_of(cause: str, code: int) -> int:
    """The Q.850 cause of an end that we bring about; `code` is the caller's final status."""
    return _OF_CAUSE.get(cause) or sip.cause_of_status(code)


def reason_headers(q850: int, code: int) -> Headers:
    """The Reason field of a BYE or refusal with that status; none where the status says it all."""
    return () if q850 == sip.cause_of_status(code) else (sip.reason_header(sip.q850(q850)),)
