"""Figure: how long a caller waits for ringing while calls come in at half the sustained rate.

The clock is this process's own: from handing the INVITE to the socket to having read the 180. What
the kernel and our own loop take is in it, unloaded and loaded alike.
"""

import asyncio
import re
import statistics
import tempfile
import time
from pathlib import Path

from tests.load.centre import Centre, running, silent_phones
from tests.load.figures import Figure
from tests.load.sipp import LoadFailedError
from tests.load.site import DNIS

RATE = 50.0
CALLS = 1000
QUIET_RATE = 4.0
QUIET_CALLS = 60
WARM_UP = 50
AGENTS = 150
HOLD_S = 1.0
LIMIT = 30.0
"""Unloaded medians."""
_PATIENCE_S = 10.0

_SDP = (
    "v=0\r\no=carrier 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {rtp} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
)
_REQUEST = (
    "{method} sip:{dnis}@127.0.0.1:{remote} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:{local};branch=z9hG4bK-{call}-{method};rport\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:{number}@127.0.0.1:{local}>;tag={call}\r\nTo: {to}\r\n"
    "Call-ID: latency-{call}\r\nCSeq: {cseq}\r\nContact: <sip:carrier@127.0.0.1:{local}>\r\n"
    "{type}Content-Length: {length}\r\n\r\n{body}"
)
_FIELDS = re.compile(r"^(To|Call-ID|CSeq): ?(.*?)\r?$", re.MULTILINE | re.IGNORECASE)


def measure() -> list[Figure]:
    """p99 of INVITE → 180 under load, beside the median of calls that come one after the other."""
    with (
        tempfile.TemporaryDirectory(prefix="callcenter-bench-") as folder,
        running(Path(folder), AGENTS) as centre,
    ):
        quiet, loaded = asyncio.run(_measure(centre))
        centre.wait_stored(WARM_UP + QUIET_CALLS + CALLS)
    p99 = statistics.quantiles(loaded, n=100)[98]
    return [
        Figure(
            key="ringing_p99",
            what=f"INVITE → 180, p99 of {CALLS} calls, {RATE:.0f}/s",
            value=p99 * 1e3,
            unit="ms",
            reference=statistics.median(quiet) * 1e3,
            reference_what="median unloaded",
            limit=LIMIT,
            note=f"ms loaded: median {statistics.median(loaded) * 1e3:.2f}, "
            f"longest {max(loaded) * 1e3:.2f}",
        )
    ]


async def _measure(centre: Centre) -> tuple[list[float], list[float]]:
    with silent_phones() as (rtp, phone_rtp):
        _, carrier = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Carrier(centre.site.sip_port, rtp, phone_rtp),
            local_addr=("127.0.0.1", 0),
        )
        try:
            await carrier.calls(WARM_UP, RATE)
            return await carrier.calls(QUIET_CALLS, QUIET_RATE), await carrier.calls(CALLS, RATE)
        finally:
            carrier.close()


class Carrier(asyncio.DatagramProtocol):
    """Calls, talks for a while and hangs up; notes when it is told that it rings."""

    def __init__(self, remote: int, rtp: int, phone_rtp: int) -> None:
        self._remote = remote
        self._sdp = _SDP.format(rtp=rtp)
        self._phone_rtp = phone_rtp
        self._transport: asyncio.DatagramTransport | None = None
        self._called: dict[int, float] = {}
        self._rang: dict[int, float] = {}
        self._over: set[int] = set()
        self._all_over = asyncio.Event()
        self._refused: list[str] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        """From the loop."""
        self._transport = transport

    async def calls(self, count: int, rate: float) -> list[float]:
        """So many calls to their end; the seconds that each waited for its 180."""
        loop = asyncio.get_running_loop()
        first, start = len(self._called), loop.time()
        numbers = range(first, first + count)
        for index, call in enumerate(numbers):
            await asyncio.sleep(max(0.0, start + index / rate - loop.time()))
            self._called[call] = time.perf_counter()
            self._all_over.clear()
            self._send("INVITE", call, f"<sip:{DNIS}@127.0.0.1>", "1 INVITE", self._sdp)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._all_over.wait()
        except TimeoutError:
            missing = len(self._called) - len(self._over)
            raise LoadFailedError(f"{missing} of {count} calls did not end") from None
        if self._refused:
            raise LoadFailedError(f"{len(self._refused)} calls were refused: {self._refused[0]}")
        return [self._rang[call] for call in numbers]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """From the loop."""
        now = time.perf_counter()
        text = data.decode()
        fields = {name.lower(): value for name, value in _FIELDS.findall(text)}
        call, cseq = int(fields["call-id"].rpartition("-")[2]), fields["cseq"]
        if text.startswith("SIP/2.0 180"):
            self._rang.setdefault(call, now - self._called[call])
        elif text.startswith("SIP/2.0 200") and cseq == "1 INVITE":
            self._send("ACK", call, fields["to"], "1 ACK")
            loop = asyncio.get_running_loop()
            loop.call_later(HOLD_S, self._send, "BYE", call, fields["to"], "2 BYE")
        elif text.startswith("SIP/2.0 200"):
            self._ends(call)
        elif not text.startswith("SIP/2.0 1"):
            self._refused.append(text.partition("\r\n")[0])
            self._ends(call)

    def _ends(self, call: int) -> None:
        self._over.add(call)
        if len(self._over) == len(self._called):
            self._all_over.set()

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()

    def _send(self, method: str, call: int, to: str, cseq: str, body: str = "") -> None:
        assert self._transport is not None
        local = self._transport.get_extra_info("sockname")[1]
        message = _REQUEST.format(
            method=method,
            dnis=DNIS,
            remote=self._remote,
            local=local,
            call=call,
            number=f"13{call:05d}{self._phone_rtp:05d}",
            to=to,
            cseq=cseq,
            type="Content-Type: application/sdp\r\n" if body else "",
            length=len(body),
            body=body,
        )
        self._transport.sendto(message.encode(), ("127.0.0.1", self._remote))
