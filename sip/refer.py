"""REFER (RFC 3515): the other side asks us to call somebody, or we ask them.

Each is an implicit subscription inside the call's dialog: NOTIFY messages carry how the call to
the target goes, as the first line of a SIP response (message/sipfrag). A dialog has at most one
REFER under way in each direction; a second one waits for its turn (491).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import quote, unquote

from sip import fields
from sip.build import check_line, phrase_of
from sip.core import Core
from sip.dialog import Dialog
from sip.digest import Credentials
from sip.message import Request, Response
from sip.replaces import Replaces, parse_replaces
from sip.transaction import ClientMachine, Failure

if TYPE_CHECKING:
    from sip.call import Call

SIPFRAG = "message/sipfrag;version=2.0"
EXPIRES = 180
"""Seconds that a subscription is said to last; it ends with its final NOTIFY."""
MAX_REFERRED_BY = 256
"""Characters of the URI of who refers that are passed on."""
_MAX_HEADERS = 16
_URI_HEADER_SAFE = "-_.!~*'()[]/?:+$"

Progress = Callable[[int, str], None]


class ReferTo(NamedTuple):
    """Whom to call: a URI without headers, and the dialog that the call is to replace."""

    uri: str
    replaces: Replaces | None = None

    def __str__(self) -> str:
        if self.replaces is None:
            return f"<{self.uri}>"
        return f"<{self.uri}?Replaces={quote(str(self.replaces), safe=_URI_HEADER_SAFE)}>"


class ReferError(Exception):
    """A REFER that is refused with `code`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def parse_refer_to(value: str) -> ReferTo:
    """Read a Refer-To value. ReferError says how to refuse what cannot be called."""
    try:
        uri, _, headers = fields.parse_name_addr(value).uri.partition("?")
        parsed = fields.parse_uri(uri)
        replaces = None
        for header in headers.split("&", _MAX_HEADERS):
            name, _, text = header.partition("=")
            if name.lower() == "replaces":
                replaces = parse_replaces(unquote(text, errors="strict"))
    except ValueError as error:
        scheme = value.strip().lstrip("<").partition(":")[0].lower()
        code = 400 if scheme in ("sip", "sips", "tel") or "<" in scheme else 416
        raise ReferError(code, "Refer-To cannot be read") from error
    method = fields.parameter(parsed.params, "method")
    if method is not None and method.upper() != "INVITE":
        raise ReferError(603, "only calls are made")
    return ReferTo(uri, replaces)


class Referral:
    """A REFER of the other side; once taken up, `notify` tells how the new call goes."""

    def __init__(self, core: Core, dialog: Dialog, request: Request, to: ReferTo) -> None:
        self.core = core
        self.target = to.uri
        """The URI to call, without headers."""
        self.replaces = to.replaces
        self.referred_by = _referred_by(request.header("referred-by") or "")
        """The Referred-By value (RFC 3892), to be passed on in the new call; empty for none."""
        self.subscribed = (request.header("refer-sub") or "").strip().lower() != "false"
        """Whether the other side wants to be told (RFC 4488)."""
        self._dialog: Dialog | None = dialog
        self._cseq = request.cseq
        self._told = False

    @property
    def replaced(self) -> "Call | None":
        """Our call that the target is already in: an attended transfer between two of our calls."""
        if self.replaces is None:
            return None
        key = (self.replaces.call_id, self.replaces.to_tag, self.replaces.from_tag)
        return self.core.dialogs.get(key)

    @property
    def target_user(self) -> str:
        """The user part or number of `target`; empty when it has none."""
        return fields.user_of(self.target)

    def begin(self) -> None:
        """It was taken up: the first NOTIFY is due at once (§2.4.4)."""
        if not self._told:
            self.notify(100)

    def notify(self, code: int, phrase: str = "") -> None:
        """Tell the status of the new call, 100 to 699; a final one is the last that is told."""
        dialog = self._dialog
        if dialog is None:
            return
        self._told = True
        state = f"active;expires={EXPIRES}"
        if code >= 200:
            self._dialog = dialog.referral = None
            state = "terminated;reason=noresource"
        if not self.subscribed:
            return
        core = self.core
        core.enter()
        try:
            core.request(
                dialog,
                "NOTIFY",
                self,
                headers=(
                    f"Event: refer;id={self._cseq}\r\nSubscription-State: {state}\r\n"
                    + core.session_lines(dialog.route.local, dialog.secure)
                ),
                body=f"SIP/2.0 {code} {check_line(phrase) or phrase_of(code)}\r\n".encode(),
                content_type=SIPFRAG,
            )
        finally:
            core.leave()

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """A refused NOTIFY ends the subscription (RFC 6665 §4.2.2)."""
        if response.code >= 300:
            self.subscribed = False

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """Nobody listens any more."""
        self.subscribed = False


class ReferOwner(Protocol):
    """The call that the other side is to transfer."""

    def refer_progress(self, on_progress: Progress, code: int, phrase: str) -> None:
        """How the other side's new call goes, or how it refused to make one."""


class SentRefer:
    """A REFER of ours; `on_progress` is told each status, a final one once."""

    def __init__(
        self,
        core: Core,
        dialog: Dialog,
        headers: str,
        credentials: Credentials | None,
        on_progress: Progress,
        owner: ReferOwner,
    ) -> None:
        self._core = core
        self._dialog = dialog
        self._headers = headers
        self._login = core.login_within(dialog, credentials)
        self._on_progress = on_progress
        self._owner = owner

    def send(self) -> None:
        """Send it, now or with the answer to a challenge."""
        lines = (
            self._core.session_lines(self._dialog.route.local, self._dialog.secure) + self._headers
        )
        if self._login is not None:
            lines += self._login.lines("REFER", self._dialog.remote_target)
        self._core.request(self._dialog, "REFER", self, headers=lines)

    def on_response(self, response: Response, client: ClientMachine) -> None:
        """Taken up, refused, or challenged once."""
        code = response.code
        if code < 200:
            return
        if self._login is not None and self._login.take(response):
            self.send()
            return
        if code >= 300:
            self._tell(code, response.phrase)
        elif (response.header("refer-sub") or "").strip().lower() == "false":
            self._tell(code, response.phrase)  # no NOTIFY will come
        else:
            self._tell(100, phrase_of(100))

    def on_failure(self, failure: Failure, client: ClientMachine) -> None:
        """No answer."""
        self._tell(408, phrase_of(408))

    def on_notify(self, request: Request) -> bool:
        """How it goes; False for a NOTIFY that tells nothing readable."""
        state = request.header("subscription-state") or ""
        over = state.partition(";")[0].strip().lower() == "terminated"
        status = read_sipfrag(request.body)
        if status is not None:
            self._tell(*status)
        if over and (status is None or status[0] < 200):
            self._tell(408, phrase_of(408))  # the end without a result
        return status is not None or over

    def _tell(self, code: int, phrase: str) -> None:
        if self._dialog.sent_refer is not self:
            return  # the result was told
        if code >= 200:
            self._dialog.sent_refer = None
        self._owner.refer_progress(self._on_progress, code, phrase)


def read_sipfrag(body: bytes) -> tuple[int, str] | None:
    """The status line that a message/sipfrag body begins with (RFC 3420), None without one."""
    line = body[:256].partition(b"\n")[0].decode("utf-8", "replace").strip()
    version, _, rest = line.partition(" ")
    code, _, phrase = rest.partition(" ")
    if version.upper() != "SIP/2.0" or not (code.isascii() and code.isdigit() and len(code) == 3):
        return None
    return (int(code), fields.readable(phrase)) if 100 <= int(code) < 700 else None


def _referred_by(value: str) -> str:
    """Who refers, as it may be written again: the URI alone, for a signature of it is not kept."""
    try:
        uri = fields.parse_name_addr(value).uri.partition("?")[0]
        fields.parse_uri(uri)
    except ValueError:
        return ""
    return f"<{uri}>" if len(uri) <= MAX_REFERRED_BY and uri.isascii() else ""


def refer_headers(target: str, replaces: Replaces | None, referred_by: str) -> str:
    """The lines of a REFER of ours. ValueError for a line break or a target with headers."""
    if "?" in target or "<" in target or ">" in target:
        raise ValueError(f"{target!r}: not a bare URI")
    lines = f"Refer-To: {check_line(str(ReferTo(target, replaces)))}\r\n"
    if referred_by:
        lines += f"Referred-By: {check_line(referred_by)}\r\n"
    return lines
