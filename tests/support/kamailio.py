"""Kamailio (Debian's package): as the edge proxy of config/kamailio-edge.cfg, and as a carrier."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

from tests.support.certificates import make_certificate
from tests.support.ports import free_port, is_served

CONFIG = Path(__file__).parents[2] / "config" / "kamailio-edge.cfg"
CARRIER_CONFIG = Path(__file__).parents[1] / "interop" / "kamailio" / "carrier.cfg"
HOST = "127.0.0.9"
CARRIER = "127.0.0.8"
_PATIENCE_S = 30.0

Listener: TypeAlias = tuple[int, Literal["udp", "tcp"]]


class KamailioProcess:
    """One Kamailio on HOST, to be used by `with`; it keeps its files in `folder`.

    `options` follow its own on the command line. It is up when it serves all of `listeners`.
    """

    def __init__(
        self, folder: Path, config: Path, options: list[str], listeners: list[Listener]
    ) -> None:
        self._folder = folder
        self._command = [str(program()), "-f", str(config), *options]
        self._listeners = listeners
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it wrote so far, to be read by people."""
        return (self._folder / "kamailio.log").read_text(errors="replace")

    def __enter__(self) -> Self:
        with (self._folder / "kamailio.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *self._command,
                    *("-DD", "-E", "-m", "32", "-M", "8"),
                    *("-w", str(self._folder), "-Y", str(self._folder)),
                    *("-P", str(self._folder / "kamailio.pid")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _PATIENCE_S
        while not all(is_served(*each) for each in self._listeners):
            running = self._process.poll() is None and time.monotonic() < deadline
            assert running, f"Kamailio does not serve:\n{self.log}"
            time.sleep(0.02)

    def _close(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Kamailio(KamailioProcess):
    """The edge before the exchange at a port.

    What is outside meets it at `port`, `ws_port` and, by TLS with its `certificate`, `tls_port` of
    HOST; calls out go to `carrier_port` of CARRIER.
    """

    def __init__(self, folder: Path, exchange_port: int) -> None:
        self.port = free_port(4)
        self.ws_port, self.tls_port, self.inside_port = (self.port + n for n in (1, 2, 3))
        self.certificate = make_certificate(folder / "edge-tls", subjects=f"IP:{HOST}")
        self.carrier_port = free_port()
        values = definitions(
            OUTSIDE_IP=HOST,
            OUTSIDE_PORT=self.port,
            WS_PORT=self.ws_port,
            INSIDE_IP=HOST,
            INSIDE_PORT=self.inside_port,
            EXCHANGE=f"sip:127.0.0.1:{exchange_port}",
            CARRIER=f"sip:{CARRIER}:{self.carrier_port}",
            CARRIER_IP=CARRIER,
            WORKERS=1,
            TLS_PORT=self.tls_port,
            TLS_CERTIFICATE=str(self.certificate.chain),
            TLS_KEY=str(self.certificate.key),
        )
        super().__init__(
            folder,
            CONFIG,
            ["-A", "WITH_TLS", *values],
            [(self.port, "udp"), (self.inside_port, "udp"), (self.tls_port, "tcp")],
        )

    @property
    def host_port(self) -> str:
        """Where phones and carriers meet it."""
        return f"{HOST}:{self.port}"

    @property
    def inside(self) -> str:
        """Where the exchange meets it."""
        return f"{HOST}:{self.inside_port}"


class KamailioCarrier(KamailioProcess):
    """A carrier: its registrar, and at `proxy_port` the proxy that calls of its lines are to pass.

    The registrar names that proxy by Service-Route, `named` by PROXY_NAME, else by its address.
    """

    PROXY_NAME = "proxy.carrier.example"
    PASSWORD = "of-all-lines"

    def __init__(self, folder: Path, *, named: bool) -> None:
        self.port = free_port(2)
        self.proxy_port = self.port + 1
        proxy = self.PROXY_NAME if named else f"{HOST}:{self.proxy_port}"
        self.service_route = f"<sip:orig@{proxy};lr>"
        values = definitions(
            IP=HOST,
            REGISTRAR_PORT=self.port,
            PROXY_PORT=self.proxy_port,
            PROXY=self.PROXY_NAME,
            PASSWORD=self.PASSWORD,
            SERVICE_ROUTE=rf"Service-Route: {self.service_route}\r\n",
        )
        super().__init__(
            folder, CARRIER_CONFIG, values, [(self.port, "udp"), (self.proxy_port, "udp")]
        )

    @property
    def host_port(self) -> str:
        """Where its registrar is met."""
        return f"{HOST}:{self.port}"


def program() -> str:
    """Where it is; root's folders need not be in the search path."""
    found = shutil.which("kamailio", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert found is not None, "Kamailio is missing (Debian's package kamailio)"
    return found


def definitions(**values: str | int) -> list[str]:
    """Command-line options that give values of the configuration."""
    texts = [
        f'{key}="{value}"' if isinstance(value, str) else f"{key}={value}"
        for key, value in values.items()
    ]
    return [word for text in texts for word in ("-A", text)]
