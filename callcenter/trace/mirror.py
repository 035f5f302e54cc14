"""The copy that a Homer collector is sent."""

import socket
from collections import OrderedDict
from collections.abc import Iterator

from callcenter import events
from callcenter.settings import TraceSettings
from callcenter.trace import hep
from callcenter.trace.capture import Batch
from callcenter.trace.record import Captured
from callcenter.trace.redact import redacted

CORRELATIONS = 20_000
"""Sessions whose call is remembered."""


class Mirror:
    """Sends a collector every message; what cannot be sent at once is counted, not kept."""

    def __init__(self, settings: TraceSettings) -> None:
        assert settings.hep is not None
        self.sent = 0
        self.lost = 0
        """The network refused them, they fit into no datagram, or a bug has hit their batch."""
        self._capture_id = settings.hep_id
        self._key = settings.hep_key.get_secret_value() if settings.hep_key else ""
        self._address = (settings.hep.host, settings.hep.port)
        self._calls: OrderedDict[str, str] = OrderedDict()
        family = socket.AF_INET6 if ":" in settings.hep.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def send(self, batch: Batch) -> None:
        """The messages of a batch; its events first, for they say which call is whose."""
        done = self.sent + self.lost
        try:
            self._send_all(batch)
        finally:
            self.lost += done + len(batch.messages) - self.sent - self.lost

    def _send_all(self, batch: Batch) -> None:
        for event in batch.steps:
            if isinstance(event, events.LegOpened):
                self._calls[event.sip_call_id] = event.call_id
                if len(self._calls) > CORRELATIONS:
                    self._calls.popitem(last=False)
        for packet in self._packets(batch):
            if packet is not None and self._send(packet):
                self.sent += 1
            else:
                self.lost += 1

    def _send(self, packet: bytes) -> bool:
        try:
            self._socket.sendto(packet, self._address)
        except OSError:
            return False
        return True

    def _packets(self, batch: Batch) -> Iterator[bytes | None]:
        for at, data, remote, local, sent in batch.messages:
            message = Captured(at + batch.offset, sent, str(local), str(remote), redacted(data))
            sip_call_id = message.sip_call_id
            correlation = self._calls.get(sip_call_id, sip_call_id)
            yield hep.packet(message, correlation, self._capture_id, self._key)

    def close(self) -> None:
        """Closes the socket."""
        self._socket.close()
