import asyncio
import os
import signal
from pathlib import Path

import pytest

from callcenter import certificates
from callcenter.certificates import open_certificates, watched
from callcenter.settings.tls import TlsSettings
from tests.support.certificates import Certificate, make_certificate


@pytest.fixture
def live(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


def settings(live: Certificate) -> TlsSettings:
    return TlsSettings(certificate=live.chain, key=live.key)


class Logger:
    """Hands out what is logged."""

    def __init__(self) -> None:
        self.texts: asyncio.Queue[str] = asyncio.Queue()

    def info(self, text: str, **_: object) -> None:
        self.texts.put_nowait(text)

    error = info


def test_without_a_certificate_there_is_none() -> None:
    assert open_certificates(TlsSettings()) is None


def test_a_certificate_that_cannot_be_used_is_named(live: Certificate) -> None:
    live.key.write_text("not a key")
    with pytest.raises(OSError, match=f"{live.chain} \\(tls\\): "):
        open_certificates(settings(live))


async def test_a_hangup_reads_the_files_again(live: Certificate) -> None:
    contexts, logger = open_certificates(settings(live)), Logger()
    assert contexts is not None
    before = contexts.server
    async with watched(contexts, logger):
        os.kill(os.getpid(), signal.SIGHUP)
        assert await logger.texts.get() == "certificate renewed"
        assert contexts.server is not before
        live.key.write_text("not a key")
        os.kill(os.getpid(), signal.SIGHUP)
        assert await logger.texts.get() == "certificate not renewed"


async def test_changed_files_are_noticed_and_told_once(
    live: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "WATCH_S", 0.001)
    contexts, logger = open_certificates(settings(live)), Logger()
    async with watched(contexts, logger):
        key = live.key.read_text()
        live.key.write_text("not a key")
        assert await logger.texts.get() == "certificate not renewed"
        live.key.write_text(key)
        assert await logger.texts.get() == "certificate renewed"


async def test_without_tls_a_hangup_does_nothing() -> None:
    logger = Logger()
    async with watched(None, logger):
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)
    assert logger.texts.empty()
