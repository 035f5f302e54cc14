"""The way of our own requests through challenges: RFC 3261 §22.2, RFC 8760.

A carrier's challenge is remembered, so that the next request to it carries credentials at once and
costs one round trip, until the carrier says that the nonce is stale.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeAlias

from sip.address import Address
from sip.digest import Challenge, Credentials, strongest
from sip.message import Response

_MAX_ANSWERS = 4
"""Answers one request gives at most: a proxy's and the server's, each once more when stale."""
_FIELDS = {
    401: ("www-authenticate", "Authorization"),
    407: ("proxy-authenticate", "Proxy-Authorization"),
}

Space: TypeAlias = tuple[str, str]
"""A protection space: the name of the field that answers, and the realm."""
Wanted: TypeAlias = dict[Space, Challenge]


class Wallet:
    """What was last asked for, by whom and of which user: the newest `limit` of them."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._wanted: OrderedDict[tuple[Address, str], Wanted] = OrderedDict()

    def wanted(self, destination: Address, user: str) -> Wanted:
        """The challenges that requests to there have met; nothing before the first."""
        return self._wanted.get((destination, user), {})

    def learn(self, destination: Address, user: str, space: Space, challenge: Challenge) -> None:
        """Keep a challenge; it replaces the one before of its realm."""
        key = (destination, user)
        self._wanted.setdefault(key, {})[space] = challenge
        self._wanted.move_to_end(key)
        if len(self._wanted) > self._limit:
            self._wanted.popitem(last=False)

    def forget(self, destination: Address, user: str) -> None:
        """Credentials were refused: do not offer them again unasked."""
        self._wanted.pop((destination, user), None)


class Login:
    """One request that may be challenged, several times: by proxies, and for a stale nonce.

    A wrong password ends it: a realm that was answered and asks again without `stale=true`.
    """

    __slots__ = ("_answered", "_credentials", "_destination", "_ids", "_left", "_wallet", "given")

    def __init__(
        self,
        wallet: Wallet,
        destination: Address,
        credentials: Credentials,
        ids: Callable[[], str],
    ) -> None:
        """`ids` yields client nonces."""
        self.given = ""
        """The lines that were given last: an ACK repeats its INVITE's (RFC 3261 §22.1)."""
        self._wallet = wallet
        self._ids = ids
        self._destination = destination
        self._credentials = credentials
        self._answered: set[Space] = set()
        self._left = _MAX_ANSWERS

    def lines(self, method: str, uri: str) -> str:
        """The header lines for the request's next try; empty while nobody has asked for any."""
        credentials = self._credentials
        wanted = self._wallet.wanted(self._destination, credentials.user)
        self.given = "".join(
            [
                f"{field}: {challenge.answer(method, uri, credentials, self._ids())}\r\n"
                for (field, _), challenge in wanted.items()
            ]
        )
        return self.given

    def take(self, response: Response) -> bool:
        """Whether the request is worth another try, with `lines` anew, after this 401 or 407."""
        names = _FIELDS.get(response.code)
        if names is None or not self._left:
            return False
        self._left -= 1
        asks, answers = names
        user = self._credentials.user
        found = strongest(response.headers.get(asks, ()))
        for challenge in found:
            space = (answers, challenge.realm)
            if space in self._answered and not challenge.stale:
                self._wallet.forget(self._destination, user)
                return False
            self._answered.add(space)
            self._wallet.learn(self._destination, user, space, challenge)
        return bool(found)
