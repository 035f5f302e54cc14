"""rtpengine as a yardstick: its user-space relay, told of calls over its NG protocol.

The control protocol is a cookie, a blank and a bencoded dictionary in a datagram, both ways
(rtpengine's documentation, "The NG Control Protocol").
"""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeAlias

from tests.load import proc

_Value: TypeAlias = "str | bytes | int | list[Any] | Mapping[str, Any]"
_START_S = 10.0
_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)
_PATH = "/usr/sbin:/usr/bin:/usr/local/bin"


def installed() -> bool:
    """Whether the program is there (Debian: rtpengine-daemon)."""
    return shutil.which("rtpengine", path=_PATH) is not None


def bencode(value: _Value) -> bytes:
    """BitTorrent's encoding; texts are UTF-8."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    items = sorted(value.items())
    return b"d" + b"".join(bencode(key) + bencode(each) for key, each in items) + b"e"


def bdecode(data: bytes) -> Any:
    """The value; texts stay bytes, keys become texts."""
    value, end = _decoded(data, 0)
    assert end == len(data), data
    return value


def _decoded(data: bytes, at: int) -> tuple[Any, int]:
    kind = data[at : at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1 : end]), end + 1
    if kind in (b"l", b"d"):
        values, at = [], at + 1
        while data[at : at + 1] != b"e":
            value, at = _decoded(data, at)
            values.append(value)
        if kind == b"l":
            return values, at + 1
        keys = (key.decode() for key in values[::2])
        return dict(zip(keys, values[1::2], strict=True)), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1 : end], end


class Rtpengine:
    """A daemon of one thread, without its kernel module; use by `with`."""

    def __init__(self, first_port: int, last_port: int) -> None:
        self._control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._control.bind(("127.0.0.1", 0))
        self._control.settimeout(0.5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._control.connect(("127.0.0.1", port))
        program = shutil.which("rtpengine", path=_PATH)
        assert program is not None
        self._process = subprocess.Popen(
            [
                program,
                "--foreground",
                "--table=-1",
                "--interface=127.0.0.1",
                f"--listen-ng=127.0.0.1:{port}",
                f"--port-min={first_port}",
                f"--port-max={last_port}",
                "--num-threads=1",
                "--log-level=2",
                "--log-stderr",
                "--config-file=none",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._asked = 0

    def __enter__(self) -> Self:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                assert self.ask(command="ping")["result"] == b"pong"
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._control.close()

    @property
    def cpu_seconds(self) -> float:
        """Of all its threads."""
        return proc.cpu_seconds(self._process.pid)

    def ask(self, **question: _Value) -> dict[str, Any]:
        """One question and its answer."""
        self._asked += 1
        cookie = b"bench%d " % self._asked
        self._control.send(cookie + bencode(question))
        while not (answer := self._control.recv(65_535)).startswith(cookie):
            pass
        decoded: dict[str, Any] = bdecode(answer.removeprefix(cookie))
        return decoded

    def call(self, name: str, caller: int, called: int) -> tuple[int, int]:
        """Joins two phones at these ports: the ports that each of them sends to."""
        call = {"call-id": name, "from-tag": "a", "ICE": "remove"}
        offer = self.ask(command="offer", sdp=_SDP.format(port=caller), **call)
        answer = self.ask(
            **{"command": "answer", "to-tag": "b", "sdp": _SDP.format(port=called)} | call
        )
        return _port(answer), _port(offer)


def _port(answer: Mapping[str, Any]) -> int:
    assert answer["result"] == b"ok", answer
    found = re.search(rb"m=audio (\d+) ", answer["sdp"])
    assert found, answer
    return int(found[1])
