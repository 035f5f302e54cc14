"""Digest authentication, the server's side: RFC 7616 §3, RFC 8760, RFC 3261 §22.

Nothing is kept for a challenge: a nonce is its expiry time under our signature. What is kept,
bounded, is the highest nonce count seen per nonce, so that a recorded answer cannot be played
again. With the same secret and the counts of before (`restore`) nonces outlive a restart.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from sip import fields
from sip.digest import Algorithm, algorithm_of, response


class Verdict(Enum):
    """What the Authorization fields of a request are worth."""

    RIGHT = "right"
    WRONG = "wrong"
    STALE = "stale"
    """Ask again: the nonce is expired, foreign or was used before."""
    MISDIRECTED = "misdirected"
    """The password is right, but the answer was made for a call to another number: somebody on the
    way has changed one of the two."""
    USELESS = "useless"
    """Ask again: nothing here answers what we asked for: another scheme, realm, algorithm, qop."""


class Authenticator:
    """Challenges, and judges the answers.

    `secret` signs nonces; `password_of(user)` returns None for an unknown user, who costs the same
    time and gets the same answer as a wrong password. `algorithms` are offered in that order.
    `epoch` is what has to be added to `now` to make it a time that goes on over a restart.
    """

    def __init__(
        self,
        realm: str,
        secret: bytes,
        password_of: Callable[[str], str | None],
        *,
        algorithms: Sequence[Algorithm] = ("MD5",),
        lifetime: float = 300.0,
        remembered: int = 10_000,
        epoch: float = 0.0,
    ) -> None:
        self.realm = realm
        self.on_used: Callable[[str, int], None] | None = None
        """Told the nonce and count of every right answer."""
        self._signer = hmac.new(secret, b"", hashlib.sha256)
        self._password_of = password_of
        self._algorithms = tuple(algorithms)
        self._lifetime = lifetime
        self._remembered = remembered
        self._epoch = epoch
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._forgotten_until = 0
        self._serial = 0

    def challenge(self, now: float, stale: bool = False) -> str:
        """The WWW-Authenticate header lines, one for each algorithm, with one nonce."""
        self._serial += 1
        expiry = max(int(now + self._epoch + self._lifetime), self._forgotten_until + 1)
        fresh = f"{expiry:x}.{self._serial:x}"
        nonce = f"{fresh}.{self._sign(fresh)}"
        again = ", stale=true" if stale else ""
        return "".join(
            [
                f'WWW-Authenticate: Digest realm="{self.realm}", nonce="{nonce}", '
                f'algorithm={algorithm}, qop="auth"{again}\r\n'
                for algorithm in self._algorithms
            ]
        )

    def check(
        self, method: str, uri: str, values: Sequence[str], now: float
    ) -> tuple[Verdict, str]:
        """Judge the Authorization values of a request to `uri`.

        With RIGHT, WRONG and MISDIRECTED comes the user's name.
        """
        given, algorithm = self._ours(values)
        if algorithm is None:
            return Verdict.USELESS, ""
        user = given.get("username", "")
        password = self._password_of(user)
        right = hmac.compare_digest(
            response(algorithm, method, given, self.realm, password or "").encode(),
            given.get("response", "").lower().encode("utf-8", "surrogateescape"),
        )
        if not self._is_ours(given.get("nonce", ""), now):
            return Verdict.STALE, ""
        if not right or password is None:
            return Verdict.WRONG, user
        if method == "INVITE" and not _calls_the_same(given.get("uri", ""), uri):
            return Verdict.MISDIRECTED, user
        if not self._is_new(given):
            return Verdict.STALE, ""
        return Verdict.RIGHT, user

    def restore(self, counts: Iterable[tuple[str, int]], now: float) -> None:
        """Take the place of an authenticator with the same secret that is gone.

        `counts` are what its `on_used` told last of each nonce. Its other nonces become stale: who
        can tell whether they were used.
        """
        wall = now + self._epoch
        known = [(nonce, count) for nonce, count in counts if self._expiry(nonce) >= wall]
        self._counts.update(sorted(known)[-self._remembered :])
        self._forgotten_until = int(wall + self._lifetime)
        self._serial = int(wall * 1000)  # the same second's nonces of before are not made again

    def _ours(self, values: Sequence[str]) -> tuple[dict[str, str], Algorithm | None]:
        """The answer to a challenge of ours among those to other realms (RFC 3261 §22.3)."""
        for value in values:
            try:
                scheme, given = fields.parse_auth(value)
            except ValueError:
                continue
            algorithm = algorithm_of(given)
            if (
                scheme == "digest"
                and given.get("realm") == self.realm
                and algorithm in self._algorithms
                and given.get("qop", "auth").lower() == "auth"
            ):
                return given, algorithm
        return {}, None

    def _sign(self, text: str) -> str:
        signer = self._signer.copy()
        signer.update(text.encode())
        return signer.hexdigest()[:32]

    def _is_ours(self, nonce: str, now: float) -> bool:
        if not nonce.isascii():
            return False
        fresh, _, signature = nonce.rpartition(".")
        if not hmac.compare_digest(self._sign(fresh), signature):
            return False
        expiry = self._expiry(nonce)
        return now + self._epoch <= expiry and (
            expiry > self._forgotten_until or nonce in self._counts
        )

    def _is_new(self, given: dict[str, str]) -> bool:
        """Whether this nonce count was not used yet; without qop a nonce counts once."""
        nonce = given["nonce"]
        count = _count(given.get("nc", "")) if "qop" in given else 1
        if count <= self._counts.get(nonce, 0):
            return False
        self._counts[nonce] = count
        self._counts.move_to_end(nonce)
        if len(self._counts) > self._remembered:
            # What is forgotten must not become usable again: refuse all that are as old.
            forgotten, _ = self._counts.popitem(last=False)
            self._forgotten_until = max(self._forgotten_until, self._expiry(forgotten))
        if self.on_used is not None:
            self.on_used(nonce, count)
        return True

    @staticmethod
    def _expiry(nonce: str) -> int:
        try:
            return int(nonce.partition(".")[0], 16)
        except ValueError:
            return 0


def _calls_the_same(answered: str, uri: str) -> bool:
    """Whether an answer was made for a call to whom the Request-URI names (RFC 7616 §3.4.6).

    Host, port and parameters may differ: proxies between the phone and us rewrite them. The number
    is what the call costs by. There are programs that answer for the server alone (SIPp); nobody on
    the way can make such an answer of one that names a number.
    """
    if answered == uri:
        return True
    try:
        number = fields.number_or_user(fields.parse_uri(answered))
        return number in ("", fields.number_or_user(fields.parse_uri(uri)))
    except ValueError:
        return False


def _count(text: str) -> int:
    """A nonce count (eight hexadecimal digits); 0, which no nonce begins with, for all else."""
    try:
        return int(text, 16) if len(text) <= 8 else 0
    except ValueError:
        return 0
