"""sipvicious learns nothing and is banned, whether it says what it is or not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, NewDaemon
from tests.support.live_site import LiveSite, NewSite
from tests.support.raw_sip import RawUdp, options
from tests.support.sipvicious import OWN_NAME, run

ATTACKER = "127.0.0.66"
SEATS = ("8001", "8002", "8004")
POLITE = "Zoiper rv2.10.20"
HONEST_AND_NOT = pytest.mark.parametrize("name", [OWN_NAME, POLITE])


@pytest.fixture
def daemon(new_site: NewSite, new_daemon: NewDaemon) -> Iterator[Daemon]:
    """One of its own, because the attacker is banned at the end."""
    daemon = new_daemon(new_site())
    yield daemon
    daemon.stop()


@pytest.fixture
def site(daemon: Daemon) -> LiveSite:
    """Its site."""
    return daemon.site


def refusals(daemon: Daemon) -> list[str]:
    """What the guard said about the attacker."""
    texts = [str(line.get("event")) for line in list(daemon.lines)]
    return [text.partition(": ")[2] for text in texts if text.startswith(f"refused {ATTACKER}:")]


async def banned(daemon: Daemon) -> None:
    """The attacker hears nothing any more, and everybody else does."""
    assert [text for text in refusals(daemon) if text.startswith("banned for 300 s")]
    async with RawUdp(daemon.site, ATTACKER) as attacker, RawUdp(daemon.site) as carrier:
        attacker.send(options(attacker.port, "after-the-ban"))
        assert await carrier.answers() == []
        assert attacker.received == []


async def test_svmap_finds_nothing(daemon: Daemon, site: LiveSite, tmp_path: Path) -> None:
    for method in ("OPTIONS", "INVITE", "REGISTER"):
        printed = await run("svmap", tmp_path, site.sip_port, "-m", method, source=ATTACKER)
        assert "found nothing" in printed
    await banned(daemon)


@pytest.mark.parametrize(
    ("method", "name"), [("REGISTER", OWN_NAME), ("REGISTER", POLITE), ("INVITE", POLITE)]
)
async def test_svwar_finds_no_extension(
    daemon: Daemon, site: LiveSite, tmp_path: Path, method: str, name: str
) -> None:
    settings = ("-m", method, "-e", "7990-8010", "--force", "--maximumtime", "2")
    printed = await run("svwar", tmp_path, site.sip_port, *settings, source=ATTACKER, name=name)
    found = [seat for seat in SEATS if f"| {seat} " in printed]
    others = [n for n in range(7990, 8011) if str(n) not in SEATS and f"| {n} " in printed]
    assert not found or len(others) == 21 - len(SEATS), printed  # seats do not stand out
    if method == "INVITE":
        assert "found nothing" in printed
    if name == OWN_NAME:
        assert "found nothing" in printed
        await banned(daemon)


@HONEST_AND_NOT
async def test_svcrack_finds_no_password(
    daemon: Daemon, site: LiveSite, tmp_path: Path, name: str
) -> None:
    guesses = [f"guess-{n}" for n in range(20)]
    (tmp_path / "words").write_text("\n".join([*guesses, "phone-8001", *guesses]) + "\n")
    settings = ("-u", "8001", "-d", "words", "--maximumtime", "2")
    printed = await run("svcrack", tmp_path, site.sip_port, *settings, source=ATTACKER, name=name)
    assert "phone-8001" not in printed
    await banned(daemon)
