"""How a media section is carried, beside address and port: keys, checks, multiplexing.

SDES keys (RFC 4568), DTLS fingerprints (RFC 8122), ICE (RFC 8839), RTCP's place (RFC 3605, RFC
5761), names of sections (RFC 5888). What cannot be read or is not spoken here is no offer of it;
secrets are not shown by `repr`.
"""

import binascii
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from lean import dataclass

Suite: TypeAlias = Literal[
    "AEAD_AES_256_GCM", "AEAD_AES_128_GCM", "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"
]
Setup: TypeAlias = Literal["active", "passive", "actpass", "holdconn"]

KEY_BYTES: Mapping[Suite, int] = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
"""Master key and salt (RFC 4568 §6.2, RFC 7714 §12), in the order in which we offer them: what
every phone has comes first."""
_SETUPS: Mapping[str, Setup] = {
    "active": "active",
    "passive": "passive",
    "actpass": "actpass",
    "holdconn": "holdconn",
}
_HASH_BYTES: Mapping[str, int] = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
"""RFC 8122 §5: weaker ones are not taken."""
_MAX_LINES = 16
"""Keys and fingerprints of one section that are kept."""
_MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class Crypto:
    """One `a=crypto` that can be spoken."""

    tag: int
    suite: Suite
    key: bytes = field(repr=False)
    """Master key and salt."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The hash of a certificate."""

    algorithm: str
    digest: bytes

    def __str__(self) -> str:
        """As SDP writes it."""
        return f"{self.algorithm} {self.digest.hex(':').upper()}"


@dataclass(frozen=True, slots=True)
class IceCredentials:
    """What the one side's checks are signed with."""

    fragment: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Transport:
    """What a section says, or inherits from the session level."""

    crypto: tuple[Crypto, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    setup: Setup | None = None
    ice: IceCredentials | None = None
    ice_lite: bool = False
    rtcp_mux: bool = False
    rtcp: tuple[str, int] | None = None
    """Address, empty for that of RTP, and port."""
    mid: str | None = None


UNSAID = Transport()


@dataclass(slots=True)
class TransportLines:
    """The lines of a section while it is read; what is None is inherited."""

    crypto: list[Crypto] = field(default_factory=list)
    fingerprints: list[Fingerprint] = field(default_factory=list)
    setup: Setup | None = None
    fragment: str | None = None
    password: str | None = None
    ice_lite: bool = False
    rtcp_mux: bool = False
    rtcp: tuple[str, int] | None = None
    mid: str | None = None

    def read(self, name: str, argument: str) -> bool:
        """Takes an attribute; whether it was one of these."""
        read = _READERS.get(name)
        if read is not None:
            read(self, argument.strip())
        return read is not None

    def within(self, session: "TransportLines") -> Transport:
        """What the section says, with the session's defaults."""
        fragment = self.fragment or session.fragment
        password = self.password or session.password
        return Transport(
            crypto=tuple(self.crypto),
            fingerprints=tuple(self.fingerprints or session.fingerprints),
            setup=self.setup or session.setup,
            ice=IceCredentials(fragment, password) if fragment and password else None,
            ice_lite=self.ice_lite or session.ice_lite,
            rtcp_mux=self.rtcp_mux,
            rtcp=self.rtcp,
            mid=self.mid,
        )


def _read_crypto(lines: TransportLines, argument: str) -> None:
    """`<tag> <suite> inline:<key>[|<lifetime>] [<parameters>]`, RFC 4568 §9.1.

    A line with a master key identifier, several keys, or parameters that change what is encrypted
    is one that we do not speak.
    """
    tag, suite, keys, *parameters = [*argument.split(), "", "", ""]
    spoken = _SUITES.get(suite)
    method, _, key = keys.partition(":")
    if spoken is None or method.lower() != "inline" or not _is_number(tag):
        return
    if any(text and not text.upper().startswith(("WSH=", "-")) for text in parameters):
        return
    encoded, *rest = key.split("|")
    if ";" in key or any(":" in part for part in rest):
        return
    try:
        decoded = binascii.a2b_base64(encoded + "=" * (-len(encoded) % 4), strict_mode=True)
    except ValueError:
        return
    if len(decoded) == KEY_BYTES[spoken] and len(lines.crypto) < _MAX_LINES:
        lines.crypto.append(Crypto(int(tag), spoken, decoded))


def _read_fingerprint(lines: TransportLines, argument: str) -> None:
    algorithm, _, digest = argument.partition(" ")
    algorithm = algorithm.lower()
    try:
        decoded = bytes.fromhex(digest.replace(":", ""))
    except ValueError:
        return
    if len(decoded) == _HASH_BYTES.get(algorithm) and len(lines.fingerprints) < _MAX_LINES:
        lines.fingerprints.append(Fingerprint(algorithm, decoded))


def _read_setup(lines: TransportLines, argument: str) -> None:
    lines.setup = _SETUPS.get(argument.lower())


def _read_fragment(lines: TransportLines, argument: str) -> None:
    if 4 <= len(argument) <= 256 and _is_ice(argument):
        lines.fragment = argument


def _read_password(lines: TransportLines, argument: str) -> None:
    if 22 <= len(argument) <= 256 and _is_ice(argument):
        lines.password = argument


def _read_lite(lines: TransportLines, _argument: str) -> None:
    lines.ice_lite = True


def _read_mux(lines: TransportLines, _argument: str) -> None:
    lines.rtcp_mux = True


def _read_rtcp(lines: TransportLines, argument: str) -> None:
    """`<port> [IN IP4 <address>]`."""
    port, *place = argument.split() or [""]
    if _is_number(port) and int(port) <= 65_535 and len(place) in (0, 3):
        lines.rtcp = (place[2] if place else "", int(port))


def _read_mid(lines: TransportLines, argument: str) -> None:
    """An answer repeats it, hence a token."""
    is_token = argument.isascii() and argument.isprintable() and " " not in argument
    if argument and is_token and len(argument) <= _MAX_NAME:
        lines.mid = argument


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _is_ice(text: str) -> bool:
    return text.isascii() and all(char.isalnum() or char in "+/" for char in text)


_SUITES: Mapping[str, Suite] = {suite: suite for suite in KEY_BYTES}
_READERS: Mapping[str, Callable[[TransportLines, str], None]] = {
    "crypto": _read_crypto,
    "fingerprint": _read_fingerprint,
    "setup": _read_setup,
    "ice-ufrag": _read_fragment,
    "ice-pwd": _read_password,
    "ice-lite": _read_lite,
    "rtcp-mux": _read_mux,
    "rtcp": _read_rtcp,
    "mid": _read_mid,
}
