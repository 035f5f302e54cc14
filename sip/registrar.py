"""The registrar: RFC 3261 §10.3. Where each user's phones can be reached, and until when.

A binding's way back is where its REGISTER came from, never what its Contact claims: for UDP the
source address (so that NAT stays open for us), for streams the connection. A Path (RFC 3327) names
the proxies on that way.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sip.address import Address
from sip.binding import MAX_PATH, Binding, Sender, Wish, read_contact
from sip.deadlines import NEVER, Alarm, Deadlines, Entry
from sip.extensions import supports
from sip.message import Request


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long bindings live, in seconds. Shorter wishes are refused, longer ones cut."""

    minimum: int = 30
    maximum: int = 3600
    default: int = 3600


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

    def __init__(
        self,
        expiry: Expiry,
        on_changed: Callable[[str, Binding | None], None],
        alarm: Alarm | None = None,
    ) -> None:
        self.on_written: Callable[[str, Sequence[Binding]], None] | None = None
        """Told a user's bindings whenever one was added, prolonged or dropped: for keeping them."""
        self._expiry = expiry
        self._on_changed = on_changed
        self._records: dict[str, _Record] = {}
        self._users_at: dict[Address, set[str]] = {}
        self._deadlines: Deadlines[_Record] = Deadlines(alarm)

    def lookup(self, user: str, now: float) -> Binding | None:
        """The user's newest binding that has not expired."""
        record = self._records.get(user)
        if record is None:
            return None
        return next((b for b in reversed(record.bindings) if b.expires_at > now), None)

    def bindings(self, user: str, now: float) -> list[Binding]:
        """Where to ring: all live bindings, the preferred first, then the newest.

        Of a device with several flows (RFC 5626 §7) only the newest is named.
        """
        record = self._records.get(user)
        if record is None:
            return []
        found: list[Binding] = []
        for binding in reversed(record.bindings):
            known = binding.instance and any(b.instance == binding.instance for b in found)
            if binding.expires_at > now and not known:
                found.append(binding)
        if len(found) > 1:
            found.sort(key=lambda binding: -binding.q)
        return found

    def all(self, now: float) -> list[Binding]:
        """Every live binding, for lists and for keeping them."""
        return [b for r in self._records.values() for b in r.bindings if b.expires_at > now]

    def is_phone(self, source: Address, now: float) -> bool:
        """Whether a phone is registered from that address; a proxy's (Path) is none."""
        users = self._users_at.get(source, ())
        return any(
            binding.source == source and binding.expires_at > now and not binding.path
            for user in users
            for binding in self._records[user].bindings
        )

    def register(
        self,
        user: str,
        request: Request,
        source: Address,
        local: Address,
        now: float,
        *,
        edge: bool = False,
    ) -> Outcome:
        """Carry out an authenticated REGISTER; all of it or nothing (§10.3 step 7).

        `edge` says that the sender is a proxy of the house: its Path needs no phone that knows it.
        """
        record = self._records.get(user)
        old = [b for b in record.bindings if b.expires_at > now] if record else []
        try:
            sender = self._sender(user, request, source, local, edge)
            new = self._after(old, request, sender, now)
        except _RefusalError as refusal:
            return refusal.outcome
        if new is not old:
            self._replace(user, new)
        headers = [("Contact", binding.contact(now)) for binding in new]
        if sender.path and supports(request, "path"):
            headers += [("Path", value) for value in sender.path]
        if sender.outbound and any(b.reg_id and b.cseq == sender.cseq for b in new):
            headers.append(("Require", "outbound"))
        return Outcome(200, headers)

    def restore(self, bindings: Iterable[Binding], now: float) -> None:
        """Take over what was kept, oldest first; nothing is told of it to `on_written`."""
        kept: dict[str, list[Binding]] = {}
        for binding in bindings:
            if binding.expires_at > now:
                kept.setdefault(binding.user, []).append(binding)
        on_written, self.on_written = self.on_written, None
        for user, found in kept.items():
            self._replace(user, found[-self.MAX_CONTACTS :])
        self.on_written = on_written

    def connection_lost(self, source: Address) -> None:
        """A connection closed: the bindings behind it lead nowhere."""
        for user in list(self._users_at.get(source, ())):
            self._replace(user, [b for b in self._records[user].bindings if b.source != source])

    def advance(self, now: float) -> None:
        """Drop the bindings that have expired."""
        for record in self._deadlines.due(now):
            self._replace(record.user, [b for b in record.bindings if b.expires_at > now])

    def _sender(
        self, user: str, request: Request, source: Address, local: Address, edge: bool
    ) -> Sender:
        sender = Sender.of(user, request, source, local)
        if sender.path:
            if not edge and not supports(request, "path"):
                raise _RefusalError(420, ("Unsupported", "path"))  # RFC 3327 §5.3
            if sum(map(len, sender.path)) > MAX_PATH:
                raise _RefusalError(400)
        return sender

    def _after(
        self, old: list[Binding], request: Request, sender: Sender, now: float
    ) -> list[Binding]:
        """The bindings that the request leads to."""
        contacts = request.items("contact")
        if not contacts:
            return old
        if "*" in contacts:
            if contacts != ["*"] or request.number("expires") != 0:
                raise _RefusalError(400)
            _check_order(sender, old)
            return []
        if len(contacts) > self.MAX_CONTACTS:
            raise _RefusalError(400)
        new = list(old)
        header = request.header("expires") or ""
        for contact in contacts:
            try:
                wish = read_contact(contact, header)
            except ValueError as error:
                raise _RefusalError(400) from error
            seconds = self._lifetime(wish)
            binding = sender.binding(wish, now + seconds)
            replaced = [b for b in new if binding.replaces(b)]
            _check_order(sender, [b for b in replaced if b in old])
            for known in replaced:
                new.remove(known)
            if seconds:
                new.append(binding)
        return new[-self.MAX_CONTACTS :]

    def _lifetime(self, wish: Wish) -> int:
        text = wish.expires
        if not (text.isascii() and text.isdigit()):
            return self._expiry.default  # §10.2.1.1: malformed counts as absent
        seconds = min(int(text[:10]), self._expiry.maximum)
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
        if self.on_written is not None and (old or new):
            self.on_written(user, new)
        if _way(old) != _way(new):
            self._on_changed(user, new[-1] if new else None)


def _check_order(sender: Sender, known: Iterable[Binding]) -> None:
    """§10.3 step 7: a REGISTER that was overtaken by a later one of the same phone."""
    if any(b.call_id == sender.call_id and sender.cseq <= b.cseq for b in known):
        raise _RefusalError(500)


def _way(bindings: list[Binding]) -> tuple[str, Address] | None:
    """What a lookup's caller depends on: a mere refresh changes none of it."""
    return (bindings[-1].contact_uri, bindings[-1].source) if bindings else None
