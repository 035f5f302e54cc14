"""The SIP stack: transports, transactions, dialogs, calls, digest, registrar, trunks.

The way of a message:

    transport.udp, transport.stream  bytes from the wire, one datagram or one framed message each
    stack.SipStack                   the asyncio shell: feeds the endpoint, owns the timer
    endpoint.Endpoint                from here on no I/O: bytes and `now` in, `outgoing` bytes out
    message.parse                    a Request or Response, or a MessageError that may be due a 400
    multipart.unwrap                 the session description of a body of several parts
    transaction.TransactionLayer     retransmissions stop here; what is new goes up
    inspection, guard, shedding      what is refused before anyone looks at what it is about
    outside_dialog, authenticator    who begins something: trunks, and seats by their password
    incoming_call, outgoing_call     the INVITE session (they share call.Call and Dialog)
    reliable, fork, session_timer    what of it only some calls use: PRACK, forks, refreshes
    late_answers                     what is left of an outgoing call until timer M
    reinvite, offered                changes of a session, by us and by the other side
    in_dialog, info, refer           requests in a call that leave its session alone
    user.EndpointUser, CallHandler   the application

Of the carriers that we register with, `carrier_lines` has the keepers (`registration_keeper`,
`registration`) and what their answers say of later calls (`service_route`).

Beside it `location` finds the servers behind a name (RFC 3263), and `ping` asks one whether it is
there; the application decides which is called.

On the way down `build` writes bytes, the transaction keeps the last ones for retransmission, and
the shell sends what it finds in `Endpoint.outgoing`. Time is always passed in; everything that
waits has a deadline in a `deadlines.Deadlines` heap, and `Endpoint.alarm` has the first.

What peers repeat in every call, such as their Contact, is read once: `remembered`.

Bodies are bytes with a type; nothing here reads SDP, and nothing knows what a call is for.
"""

from sip.address import Address, Route, Send, Transport
from sip.binding import Binding
from sip.call import Call
from sip.core import Sighting
from sip.digest import Credentials
from sip.diversion import Diversion, DiversionReason, TooManyDiversionsError, diverted
from sip.endpoint import Endpoint
from sip.guard import GuardPolicy
from sip.incoming_call import IncomingCall
from sip.info import FLASH, Info
from sip.message_waiting import Mailbox
from sip.outgoing_call import OutgoingCall
from sip.ping import OutgoingPing, Pong
from sip.reason import (
    COMPLETED_ELSEWHERE,
    NORMAL_CLEARING,
    Reason,
    cause_of_status,
    q850,
    reason_header,
    status_of_cause,
)
from sip.refer import Referral
from sip.registrar import Expiry, Registrar
from sip.registration import Registration, RegistrationClient
from sip.registration_keeper import RegistrationKeeper, RegistrationStatus
from sip.replaces import Replaces
from sip.stack import SipStack
from sip.transaction import TimerConfig
from sip.trunk import Peer, SeatPeer, Trunk, TrunkPeer
from sip.user import (
    CallEnd,
    CallHandler,
    CallState,
    EndpointConfig,
    EndpointUser,
    OutgoingInvite,
    SipCounters,
)

__all__ = [
    "COMPLETED_ELSEWHERE",
    "FLASH",
    "NORMAL_CLEARING",
    "Address",
    "Binding",
    "Call",
    "CallEnd",
    "CallHandler",
    "CallState",
    "Credentials",
    "Diversion",
    "DiversionReason",
    "Endpoint",
    "EndpointConfig",
    "EndpointUser",
    "Expiry",
    "GuardPolicy",
    "IncomingCall",
    "Info",
    "Mailbox",
    "OutgoingCall",
    "OutgoingInvite",
    "OutgoingPing",
    "Peer",
    "Pong",
    "Reason",
    "Referral",
    "Registrar",
    "Registration",
    "RegistrationClient",
    "RegistrationKeeper",
    "RegistrationStatus",
    "Replaces",
    "Route",
    "SeatPeer",
    "Send",
    "Sighting",
    "SipCounters",
    "SipStack",
    "TimerConfig",
    "TooManyDiversionsError",
    "Transport",
    "Trunk",
    "TrunkPeer",
    "cause_of_status",
    "diverted",
    "q850",
    "reason_header",
    "status_of_cause",
]
