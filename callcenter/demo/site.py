"""The demo's call centre: a folder with a site file, on ports that are free."""

import os
import shutil
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Literal, TypeAlias

from callcenter.settings.addresses import MAX_SOCKET_PATH

Language: TypeAlias = Literal["en", "zh"]

HOST = "127.0.0.1"
_SIP_PORT = 5060
_AGENT_PORT = 7400
_TRUNK_PORT = 5070
_RTP_PORTS = (30_000, 30_399)
_RTP_COUNT = 400
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Ports:
    """Where things are on loopback."""

    sip: int
    agent: int
    trunk: int
    """Where the site would send calls out; nobody listens there."""
    rtp: tuple[int, int] = _RTP_PORTS


@dataclass(frozen=True, slots=True)
class Site:
    """A folder with everything the demo's daemon reads and writes."""

    folder: Path
    ports: Ports
    language: Language

    @property
    def config(self) -> Path:
        """The site file."""
        return self.folder / "site.toml"

    @property
    def log(self) -> Path:
        """The daemon's log, a JSON line an event."""
        return self.folder / "callcenter.log"

    @property
    def control(self) -> Path:
        """The daemon's control socket; a folder's name may be too long for one."""
        path = self.folder / "callcenter.sock"
        if len(os.fsencode(path)) > MAX_SOCKET_PATH:
            return Path(tempfile.gettempdir()) / f"callcenter-demo-{os.getpid()}.sock"
        return path

    @property
    def recordings(self) -> Path:
        """Where recordings lie, a folder a day."""
        return self.folder / "recordings"

    @property
    def database(self) -> str:
        """SQLAlchemy's URL of it."""
        return f"sqlite+aiosqlite:///{self.folder}/callcenter.db"

    def write(self) -> None:
        """Writes the site file; the folder is made when it does not exist."""
        self.folder.mkdir(parents=True, exist_ok=True)
        template = files("callcenter.demo").joinpath("site.toml.in").read_text("utf-8")
        first, last = self.ports.rtp
        text = Template(template).substitute(
            folder=self.folder,
            control=self.control,
            language=self.language,
            sip_port=self.ports.sip,
            agent_port=self.ports.agent,
            trunk_port=self.ports.trunk,
            rtp_first=first,
            rtp_last=last,
        )
        self.config.write_text(text, encoding="utf-8")

    def remove(self) -> None:
        """Leaves nothing of it behind; the lock beside a socket elsewhere outlives the daemon."""
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(f"{self.control}.lock").unlink(missing_ok=True)


def choose_ports(base: int | None) -> Ports:
    """The usual ports where they are free, else any; with a base, that one and those after it.

    Base 0 takes any free ones. Raises OSError when a port that was asked for is taken.
    """
    if base:
        sip, agent, trunk = base, base + 1, base + 2
        for port in (sip, agent):
            if not is_free(port):
                raise OSError(f"port {port} of {HOST} is taken")
        first = base + 4 + base % 2
        return Ports(sip, agent, trunk, (first, first + _RTP_COUNT - 1))
    usual = base is None
    sip = _SIP_PORT if usual and is_free(_SIP_PORT) else _any_port()
    agent = _AGENT_PORT if usual and is_free(_AGENT_PORT) else _any_port()
    return Ports(sip, agent, _TRUNK_PORT)


def is_free(port: int) -> bool:
    """Whether that port can be bound on loopback, for UDP and TCP."""
    with suppress(OSError), _bound(socket.SOCK_DGRAM, port), _bound(socket.SOCK_STREAM, port):
        return True
    return False


def _any_port() -> int:
    """A port that is free now for UDP and TCP."""
    for _ in range(_ATTEMPTS):
        with _bound(socket.SOCK_STREAM, 0) as taken:
            port: int = taken.getsockname()[1]
        if is_free(port):
            return port
    raise OSError(f"no free port on {HOST}")


def _bound(kind: socket.SocketKind, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, kind)
    try:
        if kind is socket.SOCK_STREAM:  # as servers do: connections that linger do not count
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound
