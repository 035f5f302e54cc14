"""What protects one leg's voice: what we offer, what of an offer or answer we take.

SDES (RFC 4568) where signalling itself is secret, opportunistically in RTP/AVP (RFC 8643);
DTLS-SRTP (RFC 5763) with ICE of the lite kind (RFC 8445 §2.5), as browsers ask for.
"""

import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import field
from typing import Literal, TypeAlias

from lean import dataclass
from media.sdp.description import Media
from media.sdp.errors import NotAcceptable
from media.sdp.transport import KEY_BYTES, Crypto, Fingerprint, IceCredentials, Suite, Transport

Srtp: TypeAlias = Literal["off", "optional", "required"]

_PLAIN = frozenset(("RTP/AVP", "RTP/AVPF"))
_SECURE = frozenset(("RTP/SAVP", "RTP/SAVPF"))
_DTLS = frozenset(("UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"))
PROTOCOLS = _PLAIN | _SECURE | _DTLS
_HOST_PRIORITY = 126 << 24 | 65535 << 8 | 255
"""RFC 8445 §5.1.2: the only candidate, a host's, of component 1."""


@dataclass(frozen=True, slots=True)
class Sdes:
    """Keys that SDP has brought."""

    suite: Suite
    ours: bytes = field(repr=False)
    """Protects what we send."""
    theirs: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Handshake:
    """Keys are to come by DTLS."""

    fingerprints: tuple[Fingerprint, ...]
    """The peer's certificate has one of these."""
    begins: bool
    """Whether we speak first (RFC 5763: we are active)."""


@dataclass(frozen=True, slots=True)
class Checks:
    """ICE: who we are in the peer's checks, and who it is."""

    ours: IceCredentials
    theirs: IceCredentials


@dataclass(frozen=True, slots=True)
class Policy:
    """What is wanted of one leg."""

    srtp: Srtp = "off"
    sdes: bool = False
    """Whether keys may stand in SDP: its way must be secret."""
    web: bool = False
    """The peer is a browser: our offer is DTLS-SRTP with ICE."""
    fingerprint: Callable[[], Fingerprint] | None = None
    """Of our certificate, made when it is first asked for; None: no DTLS."""
    random: Callable[[int], bytes] = secrets.token_bytes


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides hold to."""

    keys: Sdes | Handshake | None = None
    checks: Checks | None = None
    lines: str = ""
    """What our answer says of it, in its media section."""
    session_lines: str = ""


PLAIN = Policy()


class Security:
    """One leg's keys and credentials; they stay the same as long as the peer's do."""

    __slots__ = ("_ice", "_keys", "_theirs", "policy")

    def __init__(self, policy: Policy = PLAIN) -> None:
        self.policy = policy
        self._keys: dict[Suite, bytes] = {}
        self._ice: IceCredentials | None = None
        self._theirs: IceCredentials | None = None

    def protocol(self) -> str:
        """What an offer of ours begins with."""
        if self.policy.web:
            return "UDP/TLS/RTP/SAVPF"
        return "RTP/SAVP" if self.policy.srtp == "required" else "RTP/AVP"

    def offer_lines(self, address: str, port: int) -> tuple[str, str]:
        """What an offer says at its session level, and in its section."""
        policy = self.policy
        if policy.web:
            return "a=ice-lite\r\na=group:BUNDLE 0\r\n", (
                f"a=mid:0\r\n{self._dtls_lines('actpass')}{self._ice_lines(address, port)}"
                "a=rtcp-mux\r\n"
            )
        if policy.srtp == "off":
            return "", ""
        if not policy.sdes:
            if policy.srtp == "required":
                raise NotAcceptable("SRTP is required, and keys may not stand in this SDP")
            return "", ""
        return "", "".join(
            _crypto_line(tag, suite, self._key(suite)) for tag, suite in enumerate(KEY_BYTES, 1)
        )

    def answer(self, media: Media, address: str, port: int) -> Agreed:
        """What to answer a section with. Raises `NotAcceptable`."""
        said = media.transport
        mid = "" if said.mid is None else f"a=mid:{said.mid}\r\n"
        mux = "a=rtcp-mux\r\n" if said.rtcp_mux else ""
        keys = self._choose(media)
        if keys is None:
            return Agreed(lines=mid + mux)
        if isinstance(keys, Crypto):
            ours = self._key(keys.suite)
            line = _crypto_line(keys.tag, keys.suite, ours)
            return Agreed(Sdes(keys.suite, ours, keys.key), lines=mid + line + mux)
        checks = self._checks(said)
        setup = "active" if keys.begins else "passive"
        ice = "" if checks is None else self._ice_lines(address, port)
        lines = f"{mid}{self._dtls_lines(setup)}{ice}{mux}"
        return Agreed(keys, checks, lines, "" if checks is None else "a=ice-lite\r\n")

    def accept(self, media: Media) -> Agreed:
        """What the answer to our offer agrees to. Raises `NotAcceptable`."""
        said = media.transport
        if self.policy.web:
            if not said.fingerprints:
                raise NotAcceptable("the answer has no fingerprint")
            return Agreed(_handshake(said, begins=said.setup == "passive"), self._checks(said))
        for theirs in said.crypto:
            ours = self._keys.get(theirs.suite)
            if ours is not None:
                return Agreed(Sdes(theirs.suite, ours, theirs.key))
        if self.policy.srtp == "required":
            raise NotAcceptable("the answer has no key for SRTP")
        return Agreed()

    def _choose(self, media: Media) -> Crypto | Handshake | None:
        """Which keys of an offered section to take; None leaves it plain."""
        policy, said = self.policy, media.transport
        if media.protocol not in PROTOCOLS:
            raise NotAcceptable(f"{media.protocol} is not spoken")
        wanted = policy.srtp != "off"
        if wanted and media.protocol not in _DTLS and said.crypto and policy.sdes:
            return said.crypto[0]
        if wanted and media.protocol not in _PLAIN and said.fingerprints and policy.fingerprint:
            return _handshake(said, begins=said.setup == "passive")
        if media.protocol in _PLAIN and policy.srtp != "required":
            return None
        raise NotAcceptable(_refusal(policy, media))

    def _checks(self, said: Transport) -> Checks | None:
        """Our side of ICE, anew when the peer begins anew; None where the peer checks nothing."""
        if said.ice is None or said.ice_lite:
            return None
        if self._theirs not in (None, said.ice):
            self._ice = None
        self._theirs = said.ice
        return Checks(self._credentials(), said.ice)

    def _credentials(self) -> IceCredentials:
        if self._ice is None:
            random = self.policy.random
            self._ice = IceCredentials(random(6).hex(), random(16).hex())
        return self._ice

    def _key(self, suite: Suite) -> bytes:
        key = self._keys.get(suite)
        if key is None:
            key = self._keys[suite] = self.policy.random(KEY_BYTES[suite])
        return key

    def _dtls_lines(self, setup: str) -> str:
        assert self.policy.fingerprint is not None
        return f"a=fingerprint:{self.policy.fingerprint()}\r\na=setup:{setup}\r\n"

    def _ice_lines(self, address: str, port: int) -> str:
        ours = self._credentials()
        return (
            f"a=ice-ufrag:{ours.fragment}\r\na=ice-pwd:{ours.password}\r\n"
            f"a=candidate:1 1 UDP {_HOST_PRIORITY} {address} {port} typ host\r\n"
            "a=end-of-candidates\r\n"
        )


def _handshake(said: Transport, *, begins: bool) -> Handshake:
    return Handshake(said.fingerprints, begins)


def _crypto_line(tag: int, suite: Suite, key: bytes) -> str:
    return f"a=crypto:{tag} {suite} inline:{b64encode(key).decode()}\r\n"


def _refusal(policy: Policy, media: Media) -> str:
    if media.protocol in _PLAIN:
        return "SRTP is required here"
    if policy.srtp == "off":
        return "SRTP is switched off here"
    if media.transport.crypto and not policy.sdes:
        return "keys in SDP need TLS"
    return f"no key is offered for {media.protocol} that can be used"
