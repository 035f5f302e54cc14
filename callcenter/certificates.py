"""Certificates from the site file, read again while the daemon runs.

New connections are shown the new certificate, those that exist stay. What cannot be used is logged
once for each change of the files, and changes nothing.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from callcenter.settings.tls import TlsSettings
from sip.transport import TlsContexts, TlsFiles

WATCH_S = 10.0
"""How often the files are looked at; SIGHUP has them read at once."""


def open_certificates(settings: TlsSettings) -> TlsContexts | None:
    """The contexts of `[tls]`; None without a certificate. OSError with one clear line."""
    if settings.certificate is None:
        return None
    files = TlsFiles(
        settings.certificate,
        settings.key,
        settings.authorities,
        settings.verify,
        settings.client_certificates,
    )
    try:
        return TlsContexts(files)
    except OSError as error:
        raise OSError(error.errno, f"{settings.certificate} (tls): {_reason(error)}") from error


@asynccontextmanager
async def watched(
    contexts: TlsContexts | None, logger: Any, renewed: Callable[[], None] | None = None
) -> AsyncIterator[None]:
    """Reads the files again when they change, or at SIGHUP, which without TLS does nothing.

    `renewed` is called after each time that they could be used.
    """
    loop = asyncio.get_running_loop()

    def reload() -> None:
        if contexts is not None:
            reload_certificates(contexts, logger, renewed)

    loop.add_signal_handler(signal.SIGHUP, reload)
    watching = (
        asyncio.create_task(_watch(contexts, logger, renewed)) if contexts is not None else None
    )
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        if watching is not None:
            watching.cancel()


def reload_certificates(
    contexts: TlsContexts, logger: Any, renewed: Callable[[], None] | None = None
) -> None:
    """Reads the files now."""
    try:
        contexts.reload()
    except OSError as error:
        logger.error("certificate not renewed", error=_reason(error))
    else:
        logger.info("certificate renewed")
        if renewed is not None:
            renewed()


async def _watch(contexts: TlsContexts, logger: Any, renewed: Callable[[], None] | None) -> None:
    while True:
        await asyncio.sleep(WATCH_S)
        if contexts.changed():
            reload_certificates(contexts, logger, renewed)


def _reason(error: OSError) -> str:
    """What OpenSSL calls it, where it was OpenSSL."""
    reason = getattr(error, "reason", None) or error.strerror or str(error)
    return reason.replace("_", " ").lower() if reason.isupper() else str(reason)
