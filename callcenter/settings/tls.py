"""The table about certificates."""

from callcenter.settings.models import Table
from callcenter.settings.values import SitePath


class TlsSettings(Table):
    """`[tls]`: PEM files for listeners `tls:` and `wss:`; read again when they change."""

    certificate: SitePath | None = None
    """Our chain, our own certificate first. Without it there is no TLS."""
    key: SitePath | None = None
    """Its private key; may be in the certificate's file."""
    authorities: SitePath | None = None
    """Whom we trust, instead of those that the system trusts."""
    verify: bool = True
    """Whether those we connect to must show a certificate of their name."""
    client_certificates: bool = False
    """Whether those who connect must show a certificate of the authorities."""
