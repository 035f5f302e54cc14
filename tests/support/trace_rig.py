"""A capture in a folder of the test's own, written as the daemon writes it."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from callcenter import events
from callcenter.clock import Clock
from callcenter.settings import TraceSettings
from callcenter.trace.capture import Capture
from callcenter.trace.writer import CaptureWriter
from sip import Address

WALL = 1_790_000_000.0
"""Wall time at monotonic 0."""
OURS = Address("udp", "10.0.0.1", 5060)
CARRIER = Address("udp", "10.0.0.9", 5060)
PHONE = Address("udp", "10.0.1.1", 5060)
CALL = "20260921-130640-0000abcd"


def request(method: str, call_id: str, *more: str, body: str = "", cseq: int = 1) -> bytes:
    """A whole request."""
    lines = [
        f"{method} sip:4001@10.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK{call_id}{cseq}",
        "From: <sip:13800138000@10.0.0.9>;tag=a",
        "To: <sip:4001@10.0.0.1>",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        *more,
    ]
    return ("\r\n".join(lines) + f"\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def response(status: str, call_id: str, *more: str, method: str = "INVITE") -> bytes:
    """A whole response."""
    lines = [
        f"SIP/2.0 {status}",
        f"Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK{call_id}1",
        "From: <sip:13800138000@10.0.0.9>;tag=a",
        "To: <sip:4001@10.0.0.1>;tag=b",
        f"Call-ID: {call_id}",
        f"CSeq: 1 {method}",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n").encode()


class TraceRig:
    """Time stands still unless the test moves `now`."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder / "trace"
        self.now = 0.0
        self.settings = TraceSettings.model_validate({"folder": str(self.folder), **settings})
        clock = Clock(lambda: self.now, lambda: WALL + self.now)
        wall = lambda: WALL + self.now  # noqa: E731
        self.writer = CaptureWriter(self.settings, structlog.get_logger(), wall)
        self.capture = Capture(clock, self.writer, lambda: None)
        self.writer.start()

    def message(self, data: bytes, remote: Address = CARRIER, *, sent: bool = False) -> None:
        """Passes by."""
        self.capture.tap((self.now, data, remote, OURS, sent))

    def tell(self, *told: events.CallEvent) -> None:
        """Events of the stream."""
        for event in told:
            self.capture.read(event)

    def call(self, call_id: str = CALL, legs: Sequence[tuple[str, str]] = ()) -> None:
        """A call begins."""
        start = events.CallStarted(self.now, call_id, "in", "13800138000", "4001", "carrier")
        self.tell(start, *(events.LegOpened(self.now, call_id, *leg) for leg in legs))

    def flush(self) -> None:
        """What has passed by so far is on disk."""
        self.capture.hand_over()
        deadline = time.monotonic() + 10
        while self.capture.behind and time.monotonic() < deadline:
            time.sleep(0.001)
        assert not self.capture.behind

    def close(self) -> None:
        """Everything is on disk, and with the collector."""
        self.capture.hand_over()
        self.writer.stop()
