"""Why a request or response was sent (RFC 3326), and Q.850 causes for SIP status codes.

The mappings are those of RFC 3398 (§7.2.4.1 from cause to status, §8.2.6.1 from status to cause);
where it leaves a status open, the cause is chosen so that both ways agree: 488 and 606 are 65
(bearer capability), 487 is 16 (the caller changed their mind).
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from sip import fields

NORMAL_CLEARING: Final = 16
NO_ANSWER: Final = 19
TEMPORARY_FAILURE: Final = 41
INTERWORKING: Final = 127
_MAX_REASONS = 8
_MAX_TEXT = 128

_TEXTS: Final[Mapping[int, str]] = {
    1: "Unallocated number",
    3: "No route to destination",
    16: "Normal call clearing",
    17: "User busy",
    18: "No user responding",
    19: "No answer from user",
    21: "Call rejected",
    25: "Exchange routing error",
    27: "Destination out of order",
    28: "Invalid number format",
    31: "Normal, unspecified",
    34: "No circuit available",
    38: "Network out of order",
    41: "Temporary failure",
    42: "Switching equipment congestion",
    65: "Bearer capability not implemented",
    102: "Recovery on timer expiry",
    127: "Interworking, unspecified",
}
_FROM_STATUS: Final[Mapping[int, int]] = {
    400: 41,
    401: 21,
    402: 21,
    403: 21,
    404: 1,
    405: 63,
    406: 79,
    407: 21,
    408: 102,
    410: 22,
    415: 79,
    480: 18,
    481: 41,
    482: 25,
    483: 25,
    484: 28,
    485: 1,
    486: 17,
    487: 16,
    488: 65,
    500: 41,
    501: 79,
    502: 38,
    503: 41,
    504: 102,
    600: 17,
    603: 21,
    604: 1,
    606: 65,
}
_TO_STATUS: Final[Mapping[int, int]] = {
    1: 404,
    2: 404,
    3: 404,
    17: 486,
    18: 408,
    19: 480,
    20: 480,
    21: 403,
    22: 410,
    23: 410,
    26: 404,
    27: 502,
    28: 484,
    29: 501,
    31: 480,
    34: 503,
    38: 503,
    41: 503,
    42: 503,
    47: 503,
    55: 403,
    57: 403,
    58: 503,
    65: 488,
    70: 488,
    79: 501,
    87: 403,
    88: 503,
    102: 504,
    111: 500,
    127: 500,
}


class Reason(NamedTuple):
    """One Reason value. `protocol` is in upper case: `Q.850`, `SIP` or another."""

    protocol: str
    cause: int
    text: str = ""

    def __str__(self) -> str:
        text = self.text.replace("\\", "").replace('"', "")
        return f"{self.protocol};cause={self.cause}" + (f';text="{text}"' if text else "")


COMPLETED_ELSEWHERE: Final = Reason("SIP", 200, "Call completed elsewhere")
"""For the CANCEL of a phone that need not show a missed call (RFC 3326 §3.1)."""


def q850(cause: int) -> Reason:
    """A Q.850 cause with its text."""
    return Reason("Q.850", cause, _TEXTS.get(cause, ""))


def reason_header(*reasons: Reason) -> tuple[str, str]:
    """The header field for `Call.hangup` and `IncomingCall.reject`."""
    return "Reason", ", ".join(map(str, reasons))


def parse_reasons(values: Iterable[str]) -> tuple[Reason, ...]:
    """The readable Reason values; what is not, is left out: nothing depends on them (§2)."""
    reasons = []
    items = (item for value in values for item in fields.split_list(value))
    for item in items:
        protocol, semicolon, params = item.partition(";")
        cause = fields.parameter(semicolon + params, "cause") or ""
        if not (protocol.strip() and cause.isascii() and cause.isdigit() and len(cause) <= 3):
            continue
        text = fields.readable(fields.parameter(semicolon + params, "text") or "")
        reasons.append(Reason(protocol.strip().upper(), int(cause), text[:_MAX_TEXT]))
        if len(reasons) == _MAX_REASONS:
            break
    return tuple(reasons)


def cause_of_status(code: int) -> int:
    """The Q.850 cause of a final status: 16 for a 2xx, 127 for one that has none."""
    if code < 300:
        return NORMAL_CLEARING
    return _FROM_STATUS.get(code, INTERWORKING)


def status_of_cause(cause: int) -> int:
    """The final status that tells a Q.850 cause to a SIP peer whose call was not answered."""
    status = _TO_STATUS.get(cause)
    if status is None:
        status = 480 if cause <= 31 else 500  # class "normal event", else the network's trouble
    return status


def cause_in(reasons: Iterable[Reason], code: int) -> int:
    """The Q.850 cause that Reason values tell, else that of the SIP status in them or of `code`."""
    for reason in reasons:
        if reason.protocol == "Q.850":
            return reason.cause
        if reason.protocol == "SIP" and 200 <= reason.cause < 700:
            code = reason.cause
    return cause_of_status(code)
