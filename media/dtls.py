"""DTLS-SRTP (RFC 5764): handshakes that bring the keys of a port's voice, on OpenSSL.

Imported when the first peer asks for it: OpenSSL's binding takes a third of a second and 20 MB that
a centre without browsers does without. Here is no socket; OpenSSL alone reads a clock, for what is
to be sent again.
"""

import datetime
from collections.abc import Iterator, Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from media.sdp import Fingerprint, Handshake, Sdes
from media.sdp.transport import KEY_BYTES, Suite

_SUITES: Mapping[bytes, tuple[Suite, int]] = {
    b"SRTP_AEAD_AES_128_GCM": ("AEAD_AES_128_GCM", 16),
    b"SRTP_AEAD_AES_256_GCM": ("AEAD_AES_256_GCM", 32),
    b"SRTP_AES128_CM_SHA1_80": ("AES_CM_128_HMAC_SHA1_80", 16),
    b"SRTP_AES128_CM_SHA1_32": ("AES_CM_128_HMAC_SHA1_32", 16),
}
"""OpenSSL's names to ours and the length of the key without its salt, best first."""
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "sha-256": hashes.SHA256,
    "sha-384": hashes.SHA384,
    "sha-512": hashes.SHA512,
}
_EXPORT_LABEL = b"EXTRACTOR-dtls_srtp"
"""RFC 5764 §4.2."""
_MTU = 1200
"""Of a datagram that gets through everywhere."""
_RECORD_HEADER = 13
_LIFETIME = datetime.timedelta(days=365)
_READ = 65_536


class Identity:
    """Our certificate, made anew for each run, as browsers do; peers know it by its hash."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "callcenter")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + _LIFETIME)
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = Fingerprint("sha-256", certificate.fingerprint(hashes.SHA256()))
        self.context = context = SSL.Context(SSL.DTLS_METHOD)
        context.use_certificate(certificate)
        context.use_privatekey(key)
        # Any certificate: which one it is to be, the fingerprint says when the handshake is over.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _any_certificate)
        context.set_tlsext_use_srtp(b":".join(_SUITES))


def _any_certificate(*_: object) -> bool:
    return True


class Association:
    """One handshake, and what repeats of it come later."""

    def __init__(self, identity: Identity, terms: Handshake) -> None:
        self.keys: Sdes | None = None
        """As soon as both sides have them."""
        self.failed = ""
        """Why there will be none."""
        self._terms = terms
        self._connection = connection = SSL.Connection(identity.context, None)
        connection.set_ciphertext_mtu(_MTU)
        if terms.begins:
            connection.set_connect_state()
        else:
            connection.set_accept_state()

    def begin(self) -> Iterator[bytes]:
        """The first datagrams to send, if it is us who speaks first."""
        if self._terms.begins:
            self._go_on()
        return self._datagrams()

    def receive(self, datagram: bytes) -> Iterator[bytes]:
        """Takes one of the peer's; what to send then."""
        if not self.failed:
            self._connection.bio_write(datagram)
            self._go_on()
        return self._datagrams()

    def wait_s(self) -> float | None:
        """Seconds until `repeat` is due; None for never."""
        if self.keys is not None or self.failed:
            return None
        return self._connection.DTLSv1_get_timeout()

    def repeat(self) -> Iterator[bytes]:
        """What is to be sent again, because no answer came."""
        if self.wait_s() is not None:
            try:
                self._connection.DTLSv1_handle_timeout()
            except SSL.Error as error:
                self._fail(error)
        return self._datagrams()

    def _go_on(self) -> None:
        try:
            if self.keys is None:
                self._connection.do_handshake()
                self._finish()
            else:
                # The peer's last flight again, or its farewell.
                self._connection.recv(_READ)
        except SSL.WantReadError:
            return
        except SSL.ZeroReturnError:
            return
        except SSL.Error as error:
            # What comes after the keys is not authentic before it is opened: it ends nothing.
            if self.keys is None:
                self._fail(error)

    def _fail(self, error: SSL.Error) -> None:
        reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
        self.failed = "; ".join(str(reason[-1]) for reason in reasons) or "the handshake failed"

    def _finish(self) -> None:
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None or not any(
            certificate.fingerprint(_HASHES[said.algorithm]()) == said.digest
            for said in self._terms.fingerprints
        ):
            self.failed = "the certificate is not the one that SDP named"
            return
        chosen = _SUITES.get(self._connection.get_selected_srtp_profile())
        if chosen is None:
            self.failed = "no SRTP suite in common"
            return
        suite, key = chosen
        salt = KEY_BYTES[suite] - key
        made = self._connection.export_keying_material(_EXPORT_LABEL, 2 * (key + salt))
        salts = made[2 * key :]
        client = made[:key] + salts[:salt]
        server = made[key : 2 * key] + salts[salt:]
        ours, theirs = (client, server) if self._terms.begins else (server, client)
        self.keys = Sdes(suite, ours, theirs)

    def _datagrams(self) -> Iterator[bytes]:
        """What OpenSSL has written: a string of records, as many to a datagram as fit."""
        try:
            written = self._connection.bio_read(_READ)
        except SSL.WantReadError:
            return
        start = end = 0
        while end < len(written):
            length = int.from_bytes(written[end + 11 : end + _RECORD_HEADER], "big")
            following = end + _RECORD_HEADER + length
            if following - start > _MTU and end > start:
                yield written[start:end]
                start = end
            end = following
        yield written[start:]
