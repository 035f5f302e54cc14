"""The registrar: RFC 3261 §10.3. Where each user's phone can be reached, and until when.

A binding's way back is where its REGISTER came from, never what its Contact claims: for UDP the
source address (so that NAT stays open for us), for TCP the connection.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sip import fields
from sip.address import Address
from sip.deadlines import NEVER, Deadlines, Entry
from sip.message import Request


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long bindings live, in seconds. Shorter wishes are refused, longer ones cut."""

    minimum: int = 30
    maximum: int = 3600
    default: int = 3600


@dataclass(frozen=True, slots=True)
class Binding:
    """One registered contact. Requests for it go to `source`, from `local`."""

    user: str
    contact_uri: str
    source: Address
    local: Address
    expires_at: float
    user_agent: str
    call_id: str
    cseq: int


class Outcome(NamedTuple):
    """The answer to a REGISTER: status code and header lines as pairs."""

    code: int
    headers: list[tuple[str, str]]


class _RefusalError(Exception):
    def __init__(self, code: int, *headers: tuple[str, str]) -> None:
        super().__init__(code)
        self.outcome = Outcome(code, list(headers))


class _Record:
    """One user's bindings, oldest first; due when the first of them expires."""

    __slots__ = ("bindings", "deadline", "heap_entry", "user")

    def __init__(self, user: str) -> None:
        self.user = user
        self.bindings: list[Binding] = []
        self.deadline = NEVER
        self.heap_entry: Entry | None = None


class Registrar:
    """All bindings. `on_changed(user, newest or None)` is called when a lookup's result changes."""

    MAX_CONTACTS = 8
    """Contacts kept for one user; the oldest gives way."""

    def __init__(self, expiry: Expiry, on_changed: Callable[[str, Binding | None], None]) -> None:
        self._expiry = expiry
        self._on_changed = on_changed
        self._records: dict[str, _Record] = {}
        self._users_at: dict[Address, set[str]] = {}
        self._deadlines: Deadlines[_Record] = Deadlines()

    def lookup(self, user: str, now: float) -> Binding | None:
        """The user's newest binding that has not expired."""
        record = self._records.get(user)
        if record is None:
            return None
        return next((b for b in reversed(record.bindings) if b.expires_at > now), None)

    def is_phone(self, source: Address, now: float) -> bool:
        """Whether a phone is registered from that address."""
        users = self._users_at.get(source, ())
        return any(
            binding.source == source and binding.expires_at > now
            for user in users
            for binding in self._records[user].bindings
        )

    def register(
        self, user: str, request: Request, source: Address, local: Address, now: float
    ) -> Outcome:
        """Carry out an authenticated REGISTER; all of it or nothing (§10.3 step 7)."""
        record = self._records.get(user)
        old = [b for b in record.bindings if b.expires_at > now] if record else []
        try:
            new = self._after(user, old, request, source, local, now)
        except _RefusalError as refusal:
            return refusal.outcome
        self._replace(user, new)
        contacts = [
            ("Contact", f"<{b.contact_uri}>;expires={max(0, round(b.expires_at - now))}")
            for b in new
        ]
        return Outcome(200, contacts)

    def connection_lost(self, source: Address) -> None:
        """A TCP connection closed: the bindings behind it lead nowhere."""
        for user in list(self._users_at.get(source, ())):
            self._replace(user, [b for b in self._records[user].bindings if b.source != source])

    def next_deadline(self) -> float | None:
        """When the next binding expires."""
        return self._deadlines.next()

    def advance(self, now: float) -> None:
        """Drop the bindings that have expired."""
        for record in self._deadlines.due(now):
            self._replace(record.user, [b for b in record.bindings if b.expires_at > now])

    def _after(
        self,
        user: str,
        old: list[Binding],
        request: Request,
        source: Address,
        local: Address,
        now: float,
    ) -> list[Binding]:
        contacts = request.items("contact")
        if "*" in contacts:
            if contacts != ["*"] or request.number("expires") != 0:
                raise _RefusalError(400)
            return []
        new = list(old)
        for contact in contacts:
            try:
                address = fields.parse_name_addr(contact)
            except ValueError as error:
                raise _RefusalError(400) from error
            seconds = self._lifetime(address.params, request)
            known = next((b for b in new if b.contact_uri == address.uri), None)
            if known is not None:
                if known.call_id == request.call_id and request.cseq <= known.cseq:
                    raise _RefusalError(500)  # out of order, §10.3 step 7
                new.remove(known)
            if seconds:
                agent = fields.readable(request.header("user-agent") or "")
                new.append(
                    Binding(
                        user,
                        address.uri,
                        source,
                        local,
                        now + seconds,
                        agent,
                        request.call_id,
                        request.cseq,
                    )
                )
        return new[-self.MAX_CONTACTS :]

    def _lifetime(self, params: str, request: Request) -> int:
        wish = fields.parameter(params, "expires") or request.header("expires") or ""
        if not (wish.isascii() and wish.isdigit()):
            return self._expiry.default  # §10.2.1.1: malformed counts as absent
        seconds = min(int(wish[:10]), self._expiry.maximum)
        if 0 < seconds < self._expiry.minimum:
            raise _RefusalError(423, ("Min-Expires", str(self._expiry.minimum)))
        return seconds

    def _replace(self, user: str, new: list[Binding]) -> None:
        record = self._records.setdefault(user, _Record(user))
        old, record.bindings = record.bindings, new
        for binding in old:
            users = self._users_at.get(binding.source)
            if users is not None:
                users.discard(user)
                if not users:
                    del self._users_at[binding.source]
        for binding in new:
            self._users_at.setdefault(binding.source, set()).add(user)
        record.deadline = min((b.expires_at for b in new), default=NEVER)
        self._deadlines.update(record)
        if not new:
            del self._records[user]
        if _way(old) != _way(new):
            self._on_changed(user, new[-1] if new else None)


def _way(bindings: list[Binding]) -> tuple[str, Address] | None:
    """What a lookup's caller depends on: a mere refresh changes none of it."""
    return (bindings[-1].contact_uri, bindings[-1].source) if bindings else None
