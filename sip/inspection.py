"""What a request is refused for before anyone looks at what it is about: RFC 3261 §8.2."""

from typing import NamedTuple

from sip.extensions import supports, unsupported
from sip.message import METHODS, Request
from sip.multipart import ACCEPTED, session_body_refused
from sip.session_timer import too_short
from sip.user import EndpointConfig

SUPPORTED_METHODS = METHODS - {"PUBLISH"}
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY, PRACK, REFER, REGISTER, SUBSCRIBE, UPDATE"
_OFFERING = ("INVITE", "UPDATE", "PRACK")
_SCHEMES = ("sip:", "sips:", "tel:")


class Objection(NamedTuple):
    """A refusal: status code and header lines."""

    code: int
    headers: str = ""


def objection(request: Request, merged: bool) -> Objection | None:
    """The first reason to refuse, in the order of RFC 3261 §8.2, or None."""
    method = request.method
    if method not in SUPPORTED_METHODS:
        return Objection(405 if method in METHODS else 501, f"Allow: {ALLOW}\r\n")
    if not request.uri.lower().startswith(_SCHEMES):
        return Objection(416)
    if merged:
        return Objection(482)
    if method == "CANCEL":
        return None
    # Calls are passed on to another leg, so they count hops like a proxy's (RFC 7332 §4); other
    # requests end here, where RFC 3261 §11 wants OPTIONS answered even at 0.
    if method == "INVITE" and not request.to_tag and request.number("max-forwards") == 0:
        return Objection(483)
    return _not_understood(request)


def session_objection(request: Request, config: EndpointConfig) -> Objection | None:
    """Why an INVITE by one who may call cannot become a session, or None."""
    if config.reliable == "required" and not supports(request, "100rel"):
        return Objection(421, "Require: 100rel\r\n")
    if "session-expires" in request.headers and too_short(request, config):
        return Objection(422, f"Min-SE: {config.min_se}\r\n")
    headers = request.headers
    if "accept" in headers and not _takes(request.items("accept")):
        return Objection(406)
    if request.body and "content-type" in headers:
        kind = request.content_type
        if kind != "application/sdp" and not kind.startswith("multipart/"):
            return Objection(415, "Accept: application/sdp\r\n")
    return None


def _takes(accepted: list[str]) -> bool:
    """Whether a session description may be sent to who accepts these types (§20.1)."""
    kinds = {kind.partition(";")[0].strip().lower() for kind in accepted}
    return not kinds.isdisjoint(("application/sdp", "application/*", "*/*"))


def _not_understood(request: Request) -> Objection | None:
    headers = request.headers
    if "replaces" in headers and request.method != "INVITE":
        return Objection(400)  # RFC 3891 §3
    if "require" in headers:
        missing = unsupported(request)
        if missing:
            return Objection(420, f"Unsupported: {', '.join(missing)}\r\n")
    if "content-encoding" in headers and request.header("content-encoding") not in ("", "identity"):
        return Objection(415, "Accept-Encoding: identity\r\n")
    if request.body and request.method in _OFFERING and session_body_refused(request):
        return Objection(415, f"Accept: {ACCEPTED}\r\n")
    return None
