"""Digest authentication, what both sides share and what a client does: RFC 7616, RFC 8760.

The server's side is `authenticator`; `client_auth` leads a request of ours through challenges.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, get_args

from sip import fields

Algorithm: TypeAlias = Literal["SHA-512-256", "SHA-256", "MD5"]
"""As the `algorithm` parameter names them, the strongest first."""
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client answers challenges with."""

    user: str
    password: str


@dataclass(slots=True)
class Challenge:
    """A challenge that can be answered, and how often its nonce was used."""

    realm: str
    nonce: str
    algorithm: Algorithm
    named: bool
    """Whether it named its algorithm: one that did not may be too old to know the parameter."""
    qop: bool
    opaque: str | None
    stale: bool
    """Only the nonce of the last answer was too old: the password need not be wrong."""
    used: int = 0

    @classmethod
    def parse(cls, value: str) -> "Challenge":
        """Read a WWW-Authenticate or Proxy-Authenticate value.

        ValueError for one that cannot be answered: another scheme, an unknown algorithm (also a
        `-sess` one), `auth-int` alone, or no nonce.
        """
        scheme, asked = fields.parse_auth(value)
        if scheme != "digest":
            raise ValueError("an authentication scheme other than Digest")
        algorithm = algorithm_of(asked)
        if algorithm is None:
            raise ValueError("a digest algorithm that is not known")
        if "nonce" not in asked:
            raise ValueError("a challenge without nonce")
        qops = [qop.strip().lower() for qop in asked.get("qop", "").split(",") if qop.strip()]
        if qops and "auth" not in qops:
            raise ValueError("a challenge that wants more than qop=auth")
        return cls(
            asked.get("realm", ""),
            asked["nonce"],
            algorithm,
            "algorithm" in asked,
            bool(qops),
            asked.get("opaque"),
            asked.get("stale", "").lower() == "true",
        )

    def answer(self, method: str, uri: str, credentials: Credentials, cnonce: str) -> str:
        """The Authorization value; the nonce count goes up by one."""
        self.used += 1
        given = {
            "username": credentials.user,
            "realm": self.realm,
            "nonce": self.nonce,
            "uri": uri,
        }
        if self.qop:
            given |= {"qop": "auth", "nc": f"{self.used:08x}", "cnonce": cnonce}
        given["response"] = response(
            self.algorithm, method, given, self.realm, credentials.password
        )
        if self.opaque is not None:
            given["opaque"] = self.opaque
        bare = ("qop", "nc")
        pairs = [
            f"{name}={value}" if name in bare else f'{name}="{_quotable(value)}"'
            for name, value in given.items()
        ]
        if self.named:
            pairs.append(f"algorithm={self.algorithm}")
        return "Digest " + ", ".join(pairs)


def strongest(values: Iterable[str]) -> list[Challenge]:
    """Of several challenges the strongest that can be answered, one for each realm (RFC 8760)."""
    best: dict[str, Challenge] = {}
    for value in values:
        try:
            challenge = Challenge.parse(value)
        except ValueError:
            continue
        rival = best.get(challenge.realm)
        if rival is None or _rank(challenge) < _rank(rival):
            best[challenge.realm] = challenge
    return list(best.values())


def algorithm_of(parameters: dict[str, str]) -> Algorithm | None:
    """The algorithm that a challenge or answer names, MD5 if none (RFC 7616 §3.3), None if odd."""
    name = parameters.get("algorithm", "MD5").upper()
    return next((known for known in ALGORITHMS if known == name), None)


def response(
    algorithm: Algorithm, method: str, given: dict[str, str], realm: str, password: str
) -> str:
    """The `response` parameter that proves the password (RFC 7616 §3.4.1)."""
    digest = _DIGESTS[algorithm]
    secret = digest(f"{given.get('username', '')}:{realm}:{password}")
    what = digest(f"{method}:{given.get('uri', '')}")
    nonce = given.get("nonce", "")
    if "qop" in given:
        nonce = f"{nonce}:{given.get('nc', '')}:{given.get('cnonce', '')}:{given['qop']}"
    return digest(f"{secret}:{nonce}:{what}")


def _rank(challenge: Challenge) -> int:
    return ALGORITHMS.index(challenge.algorithm)


def _quotable(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _md5(text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _of_openssl(name: str, text: str) -> str:
    return hashlib.new(name, text.encode("utf-8", "surrogateescape")).hexdigest()


_DIGESTS: dict[Algorithm, Callable[[str], str]] = {
    "SHA-512-256": partial(_of_openssl, "sha512_256"),
    "SHA-256": _sha256,
    "MD5": _md5,
}
