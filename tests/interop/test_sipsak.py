"""sipsak, with which operators see whether an exchange is there."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, run_command
from tests.support.live_site import LiveSite
from tests.support.sipp import run

STRANGER = "127.0.0.66"
_LIMIT_S = 30.0
_TEXT = """\
MESSAGE sip:8012@127.0.0.1 SIP/2.0
From: <sip:8011@127.0.0.1>;tag=sak
To: <sip:8012@127.0.0.1>
Call-ID: text-{name}
CSeq: 1 MESSAGE
Max-Forwards: 70
Content-Type: text/plain
Content-Length: 5

hello"""


async def sipsak(site: LiveSite, user: str, *options: str) -> tuple[int, str]:
    """Its exit code and what it printed; the code is 0 when all went well."""
    program = shutil.which("sipsak")
    assert program is not None, "sipsak is missing (Debian's package of that name)"
    process = await asyncio.create_subprocess_exec(
        program,
        *("-v", "-s", f"sip:{user}@127.0.0.1:{site.sip_port}", *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_LIMIT_S):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, printed.decode(errors="replace")


def registered(site: LiveSite) -> str:
    arguments = ("registrations", "--json", "--config", str(site.file))
    code, out, err = run_command(*arguments, cwd=site.folder)
    assert code == 0, err
    return out


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_the_exchange_answers_pings(site: LiveSite, transport: str) -> None:
    code, printed = await sipsak(site, "ping", "-E", transport)
    assert code == 0, printed
    assert "SIP/2.0 200 OK" in printed


async def test_it_registers_a_contact_and_takes_all_back(site: LiveSite) -> None:
    account = ("-U", "-u", "8011", "-a", "phone-8011")
    code, printed = await sipsak(
        site, "8011", *account, "-C", "sip:8011@127.0.0.1:5999", "-x", "60"
    )
    assert code == 0, printed
    assert "sip:8011@127.0.0.1:5999" in registered(site)
    code, printed = await sipsak(site, "8011", *account, "-C", "*", "-x", "0")
    assert code == 0, printed
    assert "sip:8011@127.0.0.1:5999" not in registered(site)


async def test_a_wrong_password_is_refused(site: LiveSite) -> None:
    account = ("-U", "-u", "8011", "-a", "guessed", "-C", "sip:8011@127.0.0.1:5999")
    code, printed = await sipsak(site, "8011", *account)
    assert code != 0
    assert "SIP/2.0 403 Forbidden" in printed


@pytest.mark.parametrize(
    ("password", "answer"), [("phone-8011", "405 Method Not Allowed"), ("guessed", "403 Forbidden")]
)
async def test_texts_are_not_served_and_only_phones_are_told(
    site: LiveSite, tmp_path: Path, password: str, answer: str
) -> None:
    text = tmp_path / "text"
    text.write_text(_TEXT.format(name=password).replace("\n", "\r\n"), newline="")
    account = ("-u", "8011", "-a", password)
    code, printed = await sipsak(site, "8012", "-f", str(text), *account)
    assert code != 0
    assert f"SIP/2.0 {answer}" in printed


async def test_a_stranger_s_flood_of_pings_disturbs_nobody(daemon: Daemon, site: LiveSite) -> None:
    code, printed = await sipsak(site, "ping", "-F", "-e", "500", "-k", STRANGER)
    assert code == 0, printed
    await daemon.logged(f"refused {STRANGER}: too many messages")
    await run(site, "caller_hangs_up", number="4000")
    code, printed = await sipsak(site, "ping")
    assert code == 0, printed
