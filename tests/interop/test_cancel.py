"""CANCEL before the answer.

The exchange answers as soon as it has read the INVITE, so there is a window only while it does not
read: it is stopped while INVITE and CANCEL arrive, and finds both when it goes on.
"""

import signal

from tests.support.daemon import Daemon
from tests.support.live_site import LiveSite
from tests.support.raw_sip import RawUdp, options
from tests.support.records import cdr_of

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 8\r\n"
)


async def test_a_caller_who_gives_up_before_the_answer(daemon: Daemon, site: LiveSite) -> None:
    ani = "13800001"
    async with RawUdp(site) as peer:
        shared: dict[str, str | None] = {"From": f"<sip:{ani}@127.0.0.1>;tag=cancelled"}
        invite = options(
            peer.port,
            "cancelled",
            start="INVITE sip:4000@127.0.0.1 SIP/2.0",
            CSeq="1 INVITE",
            Contact=f"<sip:{ani}@127.0.0.1:{peer.port}>",
            body=SDP,
            **shared,
            **{"Content-Type": "application/sdp", "Content-Length": str(len(SDP))},
        )
        cancel = options(
            peer.port,
            "cancelled",
            start="CANCEL sip:4000@127.0.0.1 SIP/2.0",
            CSeq="1 CANCEL",
            **shared,
        )
        daemon.signal(signal.SIGSTOP)
        try:
            peer.send(invite, cancel)
        finally:
            daemon.signal(signal.SIGCONT)
        refusal = await peer.until(b"SIP/2.0 487 ")
        await peer.until(b"SIP/2.0 200 ")
        to = refusal.decode().partition("To: ")[2].partition("\r\n")[0]
        peer.send(
            options(
                peer.port,
                "cancelled",
                start="ACK sip:4000@127.0.0.1 SIP/2.0",
                CSeq="1 ACK",
                To=to,
                **shared,
            )
        )
        assert await peer.answers() == [], "the ACK ends it: nothing is sent again"

    cdr, segments = await cdr_of(site, ani)
    assert (cdr.cause, cdr.ended_by, cdr.sip_code) == ("abandoned", "caller", 487)
    assert cdr.answered_at is None
    assert segments == []
