"""What the application gives the endpoint and gets from it."""

from collections.abc import Callable, Sequence
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol

from lean import dataclass
from sip.address import Address
from sip.binding import Binding
from sip.build import MAX_FORWARDS
from sip.digest import Algorithm, Credentials
from sip.guard.gate import GuardCounters
from sip.guard.policy import GuardPolicy
from sip.reason import Reason, cause_in
from sip.registrar import Expiry
from sip.tally import MessageTally
from sip.transaction.timers import TimerConfig
from sip.trunk import Trunk

if TYPE_CHECKING:
    from sip.call import Call
    from sip.incoming_call import IncomingCall
    from sip.info import Info
    from sip.message_waiting import Mailbox
    from sip.refer import Referral

Reliability = Literal["on_demand", "if_supported", "required"]
"""18x sent reliably: to who requires it; also to who supports it; to all, and 421 to who does not.
"""
Cause = Literal["bye", "cancelled", "rejected", "timeout", "failed", "transport"]


class CallState(Enum):
    """Where a call stands."""

    CALLING = "calling"
    """Sent, nothing heard (outgoing only)."""
    PROCEEDING = "proceeding"
    """100 received or sent."""
    EARLY = "early"
    """180 or 183 received or sent."""
    ACCEPTED = "accepted"
    """200 sent, its ACK not yet received (incoming only)."""
    CONFIRMED = "confirmed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CallEnd:
    """Why a call ended. `code` and `phrase` are of the final response; 200 for a plain BYE."""

    cause: Cause
    by: Literal["local", "remote"]
    code: int
    phrase: str
    retry_after: int = 0
    """Seconds for which whoever refused wants to be left alone (RFC 3261 §20.33)."""
    reasons: tuple[Reason, ...] = ()
    """What the other side's Reason fields say (RFC 3326)."""

    @property
    def q850(self) -> int:
        """The Q.850 cause: the one that was told, else that of the status (RFC 3398)."""
        return cause_in(self.reasons, self.code)


@dataclass(frozen=True, slots=True)
class OutgoingInvite:
    """A call to be made. An empty body asks the other side for the offer (late offer)."""

    request_uri: str
    destination: Address
    from_uri: str
    to_uri: str
    body: bytes = b""
    from_name: str = ""
    content_type: str = "application/sdp"
    headers: Sequence[tuple[str, str]] = ()
    credentials: Credentials | None = None
    local: Address | None = None
    """Our own address that the call had better leave from: a phone is called from where it
    registered, a WebSocket's has no other way."""
    routes: Sequence[str] = ()
    """Route values in order, such as the Path of a binding (RFC 3327)."""
    max_forwards: int = MAX_FORWARDS
    """For a call made on behalf of another: `IncomingCall.max_forwards` of that one."""
    redirected_from: tuple[str, ...] = ()
    """Request-URIs that answered this call with a 3xx; the call itself keeps it."""


class CallHandler(Protocol):
    """Told what happens to one call. A method that raises ends the call with 500.

    What has a default here is for derived classes to leave out.
    """

    def on_ringing(self, call: "Call", code: int, body: bytes) -> None:
        """Outgoing: 180, 183 or another 1xx; `body` may hold early media's answer."""

    def on_answered(self, call: "Call", body: bytes) -> None:
        """Outgoing: the call was answered; its ACK is already sent.

        `body` is empty where the session has been changed by UPDATE since: that stands.
        """

    def on_confirmed(self, call: "Call", body: bytes) -> None:
        """The ACK of our 200 arrived; `body` holds the answer when the 200 held the offer."""

    def on_offer(self, call: "Call", body: bytes) -> bytes | None:
        """The other side offers this by re-INVITE, UPDATE or PRACK (empty: it asks for ours).

        Also called for an outgoing late-offer call, whose 18x or 200 holds the offer, and with
        nothing when the session is to be refreshed. Return the answer (or offer), or None to
        refuse with 488.
        """

    def on_offer_answered(self, call: "Call", body: bytes) -> None:
        """The answer to an offer of ours that neither a 200 nor an ACK brought.

        That is: an offer in a reliable 18x (RFC 3262 §5), or one that `on_offer` gave for the
        session's refresh (RFC 4028 §7.4).
        """
        return

    def on_redirect(self, call: "Call", targets: Sequence[str]) -> OutgoingInvite | None:
        """Outgoing: a 3xx names these URIs, the most wanted first. Return where to call instead.

        None ends the call as rejected. Asked `EndpointConfig.max_redirects` times at most, and
        never about a URI that was tried in this call.
        """
        return None

    def on_info(self, call: "Call", info: "Info") -> None:
        """The other side pressed a key or flashed the hook, and said so by INFO."""
        return

    def on_message(self, call: "Call", content_type: str, body: bytes) -> bool:
        """A MESSAGE (RFC 3428) within the call; False refuses it with 405."""
        return False

    def on_notify(self, call: "Call", event: str, content_type: str, body: bytes) -> bool:
        """A NOTIFY of an event package other than `refer`; False refuses it with 489."""
        return False

    def on_refer(self, call: "Call", referral: "Referral") -> int:
        """The other side asks us to call `referral.target`, often to leave the call afterwards.

        Return 202 to take it up, and tell by `referral.notify` how it goes, ending with a final
        status; or the code of a refusal.
        """
        return 603

    def on_ended(self, call: "Call", end: CallEnd) -> None:
        """The call is over, whoever ended it. Called exactly once, before `hangup` returns."""


class EndpointUser(Protocol):
    """The application. All calls are synchronous and must not block."""

    def on_call(self, call: "IncomingCall") -> None:
        """A call that passed guard and digest. Set `call.handler`; answer or reject any time."""

    def takes_calls(self) -> bool:
        """Whether new calls are taken at all: who asks by OPTIONS is told (RFC 3261 §11.2)."""
        return True

    def password(self, user: str) -> str | None:
        """The digest password of a seat, None for an unknown one."""

    def on_binding_changed(self, user: str, binding: Binding | None) -> None:
        """The seat's phone registered, moved, or is gone (None). Refreshes are not told."""

    def mailbox(self, user: str) -> "Mailbox | None":
        """What waits for the seat (RFC 3842), None where it watches no mailbox."""
        return None

    def on_pager_message(self, user: str, content_type: str, body: bytes) -> bool:
        """A seat's phone sent a MESSAGE outside any call; False refuses it with 405."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointConfig:
    """What an endpoint is set up with; every value has a sound default."""

    realm: str = "localhost"
    """The digest realm, normally the SIP domain."""
    user_agent: str = "callcenter"
    trunks: tuple[Trunk, ...] = ()
    expiry: Expiry = field(default_factory=Expiry)
    timers: TimerConfig = field(default_factory=TimerConfig)
    max_calls: int = 4000
    """Calls beyond are refused with 503."""
    max_transactions: int = 50_000
    """Server transactions; requests beyond are refused with 503 without state."""
    max_transaction_bytes: int = 64 * 1024 * 1024
    """Bytes of answers kept for repetition; the same holds beyond."""
    max_subscriptions: int = 10_000
    """Phones that watch a mailbox; more are refused with 503."""
    max_redirects: int = 3
    """3xx responses that one call of ours may follow; 0 for none."""
    retry_after: int = 5
    """Least seconds named in those 503s; up to twice as many, so that not all come back at once."""
    is_emergency: Callable[[str], bool] = lambda user: False
    """Whether a called user is an emergency number: such calls are never refused for load."""
    reliable: Reliability = "on_demand"
    """When 18x responses are sent reliably (RFC 3262)."""
    session_timer: bool = True
    """Whether we time sessions of our own accord (RFC 4028); who asks for it is granted it."""
    session_expires: int = 1800
    """Seconds within which a session is to be refreshed; the most that is granted, but to who
    names a longer Min-SE."""
    min_se: int = 90
    """Shortest interval accepted, seconds; shorter wishes get 422."""
    ring_limit: float = 180.0
    """Seconds after which an outgoing call that nobody answers is cancelled."""
    digest_algorithms: tuple[Algorithm, ...] = ("MD5",)
    """What phones are challenged with, in that order."""
    nonce_lifetime: float = 300.0
    nonce_secret: bytes = b""
    """Signs digest nonces; drawn from `ids` when empty."""
    epoch: float = 0.0
    """Seconds to add to `now` for a time that goes on over a restart, such as Unix time."""
    guard: GuardPolicy = field(default_factory=GuardPolicy)
    large_requests_over_tcp: bool = True
    """Whether UDP requests of more than 1300 bytes go over TCP where it is bound (§18.1.1)."""
    clock: Callable[[], float] | None = None
    """The monotonic clock for calls from the application between entries. Without one, the
    `now` of the last entry counts."""


@dataclass(slots=True)
class SipCounters:
    """What happened so far, for metrics."""

    messages: MessageTally = field(default_factory=MessageTally)
    guard: GuardCounters = field(default_factory=GuardCounters)
    received: int = 0
    sent: int = 0
    keep_alives: int = 0
    malformed: int = 0
    stray_responses: int = 0
    stray_acks: int = 0
    challenged: int = 0
    wrong_passwords: int = 0
    strangers: int = 0
    overloaded: int = 0
    handler_errors: int = 0
    internal_errors: int = 0
