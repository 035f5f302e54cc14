"""SIPp as the phones of all seats and as the carrier's callers, of whatever exchange is loaded."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from tests.load.sipp import Sipp
from tests.load.site import DNIS, people
from tests.support.ports import free_port


class Killable(Protocol):
    """A process of ours."""

    def kill(self) -> None: ...


@contextmanager
def killing(process: Killable) -> Iterator[None]:
    """Kills the process at the end if it is still there."""
    try:
        yield
    finally:
        process.kill()


@contextmanager
def registered(folder: Path, sip_port: int, count: int) -> Iterator[Sipp]:
    """The phones of the first so many seats, registered by their passwords: they answer calls."""
    port = free_port()
    rows = [
        f"{who.seat_no};[authentication username={who.seat_no} password={who.phone_password}]"
        for who in people(count)
    ]
    with ExitStack() as stack:
        register = Sipp(
            folder,
            "register",
            port=port,
            remote_port=sip_port,
            rows=rows,
            options=("-m", str(count), "-r", "100"),
        )
        stack.enter_context(killing(register))
        register.passed(within=30)
        phones = Sipp(folder, "phone", port=port, remote_port=sip_port)
        stack.enter_context(killing(phones))
        yield phones


@contextmanager
def calling(
    folder: Path,
    port: int,
    sip_port: int,
    rtp_ports: Sequence[tuple[int, int]],
    rate: float,
    hold_s: float,
) -> Iterator[Sipp]:
    """One call for each pair of RTP ports (caller's, phone's), `rate` a second, each held."""
    # The phone learns its port from the last digits of the caller's number.
    rows = [f"13{n:05d}{phone:05d};{caller}" for n, (caller, phone) in enumerate(rtp_ports)]
    sipp = Sipp(
        folder,
        "caller",
        port=port,
        remote_port=sip_port,
        rows=rows,
        options=(
            *("-s", DNIS, "-m", str(len(rows)), "-r", str(rate), "-l", str(len(rows))),
            *("-d", str(round(hold_s * 1000))),
        ),
    )
    with killing(sipp):
        yield sipp
