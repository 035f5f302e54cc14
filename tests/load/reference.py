"""The unit that signalling is measured in: the time sipmessage takes to parse one INVITE."""

import statistics
import time

import sipmessage

_BURST = 125

_SDP = """\
v=0
o=carrier 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 45000 RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
"""

_HEAD = """\
INVITE sip:4001@127.0.0.1:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-524287-1-0;rport
Max-Forwards: 70
From: "Caller" <sip:13000145000@127.0.0.1:5070>;tag=29411caller1
To: <sip:4001@127.0.0.1:5060>
Call-ID: 1-29411@127.0.0.1
CSeq: 1 INVITE
Contact: <sip:carrier@127.0.0.1:5070>
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO
Supported: timer, replaces
User-Agent: Carrier 1.0
P-Asserted-Identity: <sip:13000145000@127.0.0.1>
Content-Type: application/sdp
Content-Length: {length}

"""


def invite() -> bytes:
    """What the load's carrier sends: 13 headers and SDP, about 750 bytes."""
    body = _SDP.replace("\n", "\r\n")
    return (_HEAD.replace("\n", "\r\n").format(length=len(body)) + body).encode()


class ParseClock:
    """Parses the reference INVITE in bursts, spread over a run so that both meet the same noise.

    A processor has more than one speed, and parses at each of them within a run. What is compared
    is spent over the whole run, too: so the mean counts here.
    """

    def __init__(self) -> None:
        self._message = invite()
        self._seconds: list[float] = []
        self.burst()  # the first is slower and not counted
        self._seconds.clear()

    def burst(self) -> None:
        """Some milliseconds of parsing."""
        before = time.thread_time()
        for _ in range(_BURST):
            sipmessage.Message.parse(self._message)
        self._seconds.append((time.thread_time() - before) / _BURST)

    @property
    def seconds(self) -> float:
        """CPU time of one parse, the mean of the bursts."""
        return statistics.fmean(self._seconds)
