"""Digest authentication with MD5: RFC 2617, RFC 3261 §22, both sides.

The server keeps nothing for a challenge: a nonce is its expiry time under our signature. What it
does keep, bounded, is the highest nonce count seen per nonce, so that a recorded answer cannot be
played again.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sip import fields


class Verdict(Enum):
    """What an Authorization field is worth."""

    RIGHT = "right"
    WRONG = "wrong"
    STALE = "stale"
    """Ask again: the nonce is expired, foreign or was used before."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client answers challenges with."""

    user: str
    password: str


class Authenticator:
    """Challenges, and judges the answers.

    `secret` signs nonces; `password_of(user)` returns None for an unknown user, who costs the same
    time and gets the same answer as a wrong password.
    """

    def __init__(
        self,
        realm: str,
        secret: bytes,
        password_of: Callable[[str], str | None],
        *,
        lifetime: float = 300.0,
        remembered: int = 10_000,
    ) -> None:
        self.realm = realm
        self._secret = secret
        self._password_of = password_of
        self._lifetime = lifetime
        self._remembered = remembered
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._forgotten_until = 0
        self._serial = 0

    def challenge(self, now: float, stale: bool = False) -> str:
        """The value of WWW-Authenticate."""
        self._serial += 1
        fresh = f"{int(now + self._lifetime):x}.{self._serial:x}"
        again = ", stale=true" if stale else ""
        nonce = f"{fresh}.{self._sign(fresh)}"
        return f'Digest realm="{self.realm}", nonce="{nonce}", algorithm=MD5, qop="auth"{again}'

    def check(self, method: str, value: str, now: float) -> tuple[Verdict, str]:
        """Judge an Authorization value; with RIGHT comes the user's name."""
        try:
            scheme, given = fields.parse_auth(value)
        except ValueError:
            return Verdict.WRONG, ""
        if scheme != "digest" or given.get("algorithm", "MD5").upper() != "MD5":
            return Verdict.STALE, ""
        user = given.get("username", "")
        password = self._password_of(user)
        right = hmac.compare_digest(
            _response(method, given, self.realm, password or "").encode(),
            given.get("response", "").lower().encode("utf-8", "surrogateescape"),
        )
        if not self._is_ours(given.get("nonce", ""), now):
            return Verdict.STALE, ""
        if not right or password is None:
            return Verdict.WRONG, ""
        if not self._is_new(given):
            return Verdict.STALE, ""
        return Verdict.RIGHT, user

    def _sign(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:32]

    def _is_ours(self, nonce: str, now: float) -> bool:
        fresh, _, signature = nonce.rpartition(".")
        if not fresh.isascii() or not signature.isascii():
            return False
        if not hmac.compare_digest(self._sign(fresh), signature):
            return False
        expiry = int(fresh.partition(".")[0], 16)
        return now <= expiry and expiry > self._forgotten_until

    def _is_new(self, given: dict[str, str]) -> bool:
        """Whether this nonce count was not used yet; without qop a nonce counts once."""
        nonce = given["nonce"]
        try:
            count = int(given["nc"], 16) if "qop" in given else 1
        except (KeyError, ValueError):
            return False
        if count <= self._counts.get(nonce, 0):
            return False
        self._counts[nonce] = count
        self._counts.move_to_end(nonce)
        if len(self._counts) > self._remembered:
            # What is forgotten must not become usable again: refuse all that are as old.
            forgotten, _ = self._counts.popitem(last=False)
            expiry = int(forgotten.partition(".")[0], 16)
            self._forgotten_until = max(self._forgotten_until, expiry)
        return True


def answer(challenge: str, method: str, uri: str, credentials: Credentials, cnonce: str) -> str:
    """The Authorization value for a challenge. ValueError for one that cannot be answered."""
    scheme, asked = fields.parse_auth(challenge)
    if scheme != "digest" or asked.get("algorithm", "MD5").upper() != "MD5":
        raise ValueError("an authentication scheme other than Digest with MD5")
    if "nonce" not in asked:
        raise ValueError("a challenge without nonce")
    given = {
        "username": credentials.user,
        "realm": asked.get("realm", ""),
        "nonce": asked["nonce"],
        "uri": uri,
    }
    qops = [qop.strip().lower() for qop in asked.get("qop", "").split(",") if qop.strip()]
    if "auth" in qops:
        given |= {"qop": "auth", "nc": "00000001", "cnonce": cnonce}
    elif qops:
        raise ValueError("a challenge that wants more than qop=auth")
    given["response"] = _response(method, given, given["realm"], credentials.password)
    if "opaque" in asked:
        given["opaque"] = asked["opaque"]
    bare = ("qop", "nc")
    pairs = [
        f"{name}={value}" if name in bare else f'{name}="{_quotable(value)}"'
        for name, value in given.items()
    ]
    return "Digest " + ", ".join([*pairs, "algorithm=MD5"])


def _quotable(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _md5(text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _response(method: str, given: dict[str, str], realm: str, password: str) -> str:
    secret = _md5(f"{given.get('username', '')}:{realm}:{password}")
    what = _md5(f"{method}:{given.get('uri', '')}")
    nonce = given.get("nonce", "")
    if "qop" in given:
        nonce = f"{nonce}:{given.get('nc', '')}:{given.get('cnonce', '')}:{given['qop']}"
    return _md5(f"{secret}:{nonce}:{what}")
