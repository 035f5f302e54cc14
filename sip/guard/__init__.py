"""Who is heard, who is answered and who is believed.

    gate.Gate           before a message is read: banned, denied or over its rate is dropped unread
    guard.Guard         the whole, as the endpoint asks it
    claims.Claims       who may call: trunk, phone (to be challenged) or stranger
    behind.asker        on whose account a password is, behind an edge proxy
    throttle.Throttle   password guessing made slow, by user and source
    bans.Bans           who is not answered, until when
    journal.Journal     refusals in the log: each once, then sums
    overload.OverloadControl
                        new calls refused before calls in progress suffer
    policy.GuardPolicy  the site's settings

Every table has a limit, time is passed in. A banned source gets no answer at all, so that it cannot
tell an exchange that ignores it from none. Trunks are outside all this: a carrier that is banned by
mistake is an outage. An address from which a phone has proved itself is not banned either, because
a whole office may be behind it.
"""

from sip.guard.bans import Ban
from sip.guard.behind import asker
from sip.guard.claims import Claim, Claims
from sip.guard.gate import Gate, GuardCounters, Offence
from sip.guard.guard import Guard
from sip.guard.overload import OverloadControl
from sip.guard.policy import SCANNERS, GuardPolicy
from sip.trunk import Network

__all__ = [
    "SCANNERS",
    "Ban",
    "Claim",
    "Claims",
    "Gate",
    "Guard",
    "GuardCounters",
    "GuardPolicy",
    "Network",
    "Offence",
    "OverloadControl",
    "asker",
]
