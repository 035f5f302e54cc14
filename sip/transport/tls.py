"""Certificates: ours, those we trust, and what we demand of the other side (RFC 3261 §26.3)."""

import os
import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files and what they are for. Without `certificate` we can only connect out."""

    certificate: Path | None = None
    """Our chain, ours first."""
    key: Path | None = None
    """Its private key; None when the certificate's file holds it."""
    authorities: Path | None = None
    """Whom we trust; None for those the system trusts."""
    verify: bool = True
    """Whether those we connect to must show a certificate of their name."""
    client_certificates: bool = False
    """Whether those who connect must show a certificate of a trusted authority."""


class TlsContexts:
    """Makes contexts of the files, anew whenever they change; connections keep theirs.

    Raises OSError or ssl.SSLError (an OSError) from the constructor and `reload` when the files
    cannot be used; after a failed `reload` the contexts are those of before.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen = self._signature()
        self.server = self._server()
        """For those who connect; None without a certificate."""
        self.client = self._client()
        """For those we connect to."""

    def reload(self) -> None:
        """Read the files again."""
        self._seen = self._signature()  # before they are read: what changes meanwhile is seen
        self.server, self.client = self._server(), self._client()

    def changed(self) -> bool:
        """Whether the files are no longer those that were read last, or could not be."""
        return self._signature() != self._seen

    def _server(self) -> ssl.SSLContext | None:
        files = self._files
        if files.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._common(context)
        if files.client_certificates:
            context.verify_mode = ssl.CERT_REQUIRED
            self._trust(context)
        return context

    def _client(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._common(context)
        if self._files.verify:
            self._trust(context)
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _common(self, context: ssl.SSLContext) -> None:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        if self._files.certificate is not None:
            context.load_cert_chain(self._files.certificate, self._files.key, _no_password)

    def _trust(self, context: ssl.SSLContext) -> None:
        if self._files.authorities is not None:
            context.load_verify_locations(self._files.authorities)
        else:
            context.load_default_certs()

    def _signature(self) -> tuple[tuple[int, int, int] | None, ...]:
        files = self._files
        return tuple(map(_state, (files.certificate, files.key, files.authorities)))


def _state(path: Path | None) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path) if path is not None else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found is not None else None


def _no_password() -> bytes:
    """Of a key that is locked: a daemon has nobody to ask."""
    raise OSError("the private key is encrypted")
