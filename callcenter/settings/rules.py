"""What must hold between keys and between tables. Each rule tells every fault it finds.

Rules work on a `Draft`, so that a mistake in one table does not hide a broken reference in another.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from callcenter.settings import forwards, queues, seats
from callcenter.settings.problems import Fault, KeyPath
from callcenter.settings.site import ARRAYS, TARGET_KEYS, Draft, understood
from callcenter.settings.telephony import target_or_none
from ivr.problems import did_you_mean
from ivr.targets import ToFlow, ToQueue

PORTS_A_CALL = 4
"""Caller and agent have an RTP port each, and its odd neighbour for RTCP (RFC 3550 §11)."""


def _identities_are_unique(draft: Draft) -> Iterator[Fault]:
    for table, (_, key) in ARRAYS.items():
        seen: set[str] = set()
        for row in getattr(draft, table):
            identity = row.raw.get(key)
            if isinstance(identity, str):
                if identity in seen:
                    yield Fault(
                        (*row.path, key), f"'{identity}' is already taken by another {table}"
                    )
                seen.add(identity)


def _sip_stays_out_of_the_rtp_range(draft: Draft) -> Iterator[Fault]:
    if draft.media is None:
        return
    low, high = draft.media.rtp_ports
    for address in draft.sip.listen if draft.sip else ():
        if address.transport == "udp" and low <= address.port <= high:
            reason = f"holds port {address.port}, which sip.listen takes"
            yield Fault(("media", "rtp_ports"), reason)


def _listeners_do_not_overlap(draft: Draft) -> Iterator[Fault]:
    taken: list[tuple[str, str, int, str]] = []
    for transport, host, port, path in _listeners(draft):
        for other_transport, other_host, other_port, other in taken:
            same_host = host == other_host or "0.0.0.0" in (host, other_host)
            if port and same_host and (transport, port) == (other_transport, other_port):
                yield Fault(path, f"takes {transport} port {port}, which {other} takes too")
        taken.append((transport, host, port, str(path[0])))


def _listeners(draft: Draft) -> Iterator[tuple[str, str, int, KeyPath]]:
    for position, sip in enumerate(draft.sip.listen if draft.sip else ()):
        kind = "udp" if sip.transport == "udp" else "tcp"
        yield kind, sip.host, sip.port, ("sip", "listen", position)
    agents, http = draft.agent_proto, draft.http
    if agents:
        yield "tcp", agents.listen.host, agents.listen.port, ("agent_proto", "listen")
    if agents and draft.tls and draft.tls.certificate is not None:
        secure = agents.tls_listen
        yield "tcp", secure.host, secure.port, ("agent_proto", "tls_listen")
    if http and http.listen is not None:
        yield "tcp", http.listen.host, http.listen.port, ("http", "listen")


def _secure_listeners_have_a_certificate(draft: Draft) -> Iterator[Fault]:
    tls = draft.tls
    if tls is None:
        return
    for position, sip in enumerate(draft.sip.listen if draft.sip else ()):
        if sip.secure and tls.certificate is None:
            yield Fault(("sip", "listen", position), "needs tls.certificate")
    if draft.http and draft.http.tls and tls.certificate is None:
        yield Fault(("http", "tls"), "needs tls.certificate")
    for key in ("certificate", "key", "authorities"):
        file = getattr(tls, key)
        if file is not None and not file.is_file():
            yield Fault(("tls", key), f"there is no file {file}")


def _numbers_lead_somewhere(draft: Draft) -> Iterator[Fault]:
    for row in draft.number:
        given = [key for key in ("queue", "flow", "extension") if key in row.raw]
        if row.raw.get("monitoring") is True:
            given.append("monitoring")
        if not given:
            yield Fault(row.path, "must name a queue, a flow or an extension")
        for key in given[1:]:
            reason = f"must not stand beside a {given[0]}: a number leads to one"
            yield Fault((*row.path, key), reason)
        for key in given:
            if key != "monitoring":
                yield from _exists(key, row.raw[key], (*row.path, key), draft)
        if "on_no_answer" in row.raw and "extension" not in row.raw:
            yield Fault((*row.path, "on_no_answer"), "is for a number that leads to an extension")


def _targets_exist(draft: Draft) -> Iterator[Fault]:
    for table, keys in TARGET_KEYS.items():
        for row in getattr(draft, table):
            for key in keys:
                path = (*row.path, key)
                match target_or_none(row.raw.get(key)):
                    case ToQueue(name) if table == "queue" and name == row.raw.get("name"):
                        yield Fault(path, "leads back to the queue itself")
                    case ToQueue(name):
                        yield from _exists("queue", name, path, draft)
                    case ToFlow(name):
                        yield from _exists("flow", name, path, draft)


def _exists(table: str, name: Any, path: KeyPath, draft: Draft) -> Iterator[Fault]:
    """A fault unless `name` is a queue or seat of the site, or a flow in its folder of flows."""
    if not isinstance(name, str):
        return
    if table == "flow" and draft.ivr is None:
        return
    if table == "extension":
        table, known = "seat", draft.seat_numbers()
    else:
        known = draft.queue_names() if table == "queue" else draft.flow_names()
    if name not in known:
        yield Fault(path, f"there is no {table} '{name}'{did_you_mean(name, known)}")


def _calendars_are_known(draft: Draft) -> Iterator[Fault]:
    for table in ("queue", "number"):
        for row in getattr(draft, table):
            if "calendar" in row.raw:
                name, path = row.raw["calendar"], (*row.path, "calendar")
                if isinstance(name, str) and name not in (known := draft.calendar_names()):
                    hint = did_you_mean(name, known)
                    yield Fault(path, f"there is no calendar '{name}'{hint}")
            elif "on_break" in row.raw:
                yield Fault((*row.path, "on_break"), "needs a calendar")
            elif table == "number" and "on_closed" in row.raw:
                yield Fault((*row.path, "on_closed"), "needs a calendar")
    for row in draft.number:
        if "calendar" in row.raw and "extension" in row.raw:
            yield Fault((*row.path, "calendar"), "is for a number that leads to a queue or flow")


def _routes_lead_to_trunks(draft: Draft) -> Iterator[Fault]:
    trunks = [trunk for _, trunk in understood(draft.trunk)]
    if len(trunks) < len(draft.trunk):
        return  # a trunk with mistakes of its own may be the one that is meant
    names = {trunk.name for trunk in trunks} | {trunk.group for trunk in trunks if trunk.group}
    for path, route in understood(draft.route):
        for position, name in enumerate(route.trunks):
            where = (*path, "trunks", position)
            if name not in names:
                yield Fault(
                    where, f"there is no trunk or group '{name}'{did_you_mean(name, names)}"
                )
            elif not any(t.carries_out for t in trunks if name in (t.name, t.group)):
                yield Fault(where, f"'{name}' takes no calls out")


def _registrations_have_accounts(draft: Draft) -> Iterator[Fault]:
    for path, trunk in understood(draft.trunk):
        if trunk.registers and (trunk.user is None or trunk.password is None):
            yield Fault((*path, "register"), "needs user and password")
        if (trunk.user is None) != (trunk.password is None):
            key = "user" if trunk.password is None else "password"
            yield Fault((*path, key), "user and password belong together")


def _music_is_for_somebody(draft: Draft) -> Iterator[Fault]:
    known = {"internal", *(trunk.name for _, trunk in understood(draft.trunk))}
    for path, queue in understood(draft.queue):
        for name in queue.music_for:
            if name not in known:
                yield Fault((*path, "music_for", name), f"there is no trunk '{name}'")


def _files_exist(draft: Draft) -> Iterator[Fault]:
    if draft.ivr and draft.ivr.flows and not draft.ivr.flows.is_dir():
        yield Fault(("ivr", "flows"), f"there is no folder {draft.ivr.flows}")
    if draft.speech and draft.speech.prompts and not draft.speech.prompts.is_dir():
        yield Fault(("speech", "prompts"), f"there is no folder {draft.speech.prompts}")
    for path, queue in understood(draft.queue):
        for key, files in queue.play_lists():
            for file in files:
                if not draft.has_prompt(file):
                    where = (*path, *key.split(".", 1))
                    yield Fault(where, f"there is no file {file} in speech.prompts")


def _numbers_are_nobody_elses(draft: Draft) -> Iterator[Fault]:
    """What is dialled means one thing: an emergency number first, then our own, then a seat."""
    emergency = set(draft.routing.emergency) if draft.routing else set()
    for path, seat in understood(draft.seat):
        if seat.seat_no in emergency:
            yield Fault((*path, "seat_no"), "cannot be dialled: it is an emergency number")
    seats = draft.seat_numbers()
    for path, number in understood(draft.number):
        if number.dnis in emergency:
            reason = "cannot be dialled from a seat: it is an emergency number"
            yield Fault((*path, "dnis"), reason)
        elif number.dnis in seats:
            yield Fault((*path, "dnis"), f"hides the seat {number.dnis} from who dials it")


def _trunks_can_be_told_apart(draft: Draft) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for path, trunk in understood(draft.trunk):
        for position, address in enumerate(trunk.hosts):
            owner = owners.setdefault(address.host, trunk.name)
            if owner != trunk.name:
                reason = f"calls in from {address.host} will count as trunk '{owner}'"
                yield Fault((*path, "hosts", position), reason)


def _ports_suffice(draft: Draft) -> Iterator[Fault]:
    if draft.media is None:
        return
    low, high = draft.media.rtp_ports
    needed = sum(trunk.max_calls for _, trunk in understood(draft.trunk)) * PORTS_A_CALL
    if high - low + 1 < needed:
        reason = f"has {high - low + 1} ports, but the trunks' calls may need {needed}"
        yield Fault(("media", "rtp_ports"), reason)


def _trunks_can_be_reached(draft: Draft) -> Iterator[Fault]:
    if draft.sip is None:
        return
    spoken = {address.transport for address in draft.sip.listen}
    versions = {(address.transport, ":" in address.host) for address in draft.sip.listen}
    for path, trunk in understood(draft.trunk):
        wanted = (
            "udp" if trunk.transport == "auto" and not trunk.next_hop.is_name else trunk.transport
        )
        if trunk.carries_out and wanted not in ("auto", *spoken):
            reason = f"takes no calls out: nothing in sip.listen speaks {wanted}"
            yield Fault((*path, "transport"), reason)
        elif trunk.carries_out and not trunk.next_hop.is_name:
            ipv6 = ":" in trunk.next_hop.host
            if (wanted, ipv6) not in versions:
                version = "IPv6" if ipv6 else "IPv4"
                reason = f"takes no calls out: nothing in sip.listen speaks {wanted} over {version}"
                yield Fault((*path, "proxy" if trunk.proxy else "hosts"), reason)


Rule: TypeAlias = Callable[[Draft], Iterator[Fault]]

ERRORS: tuple[Rule, ...] = (
    _identities_are_unique,
    _sip_stays_out_of_the_rtp_range,
    _listeners_do_not_overlap,
    _secure_listeners_have_a_certificate,
    _numbers_lead_somewhere,
    _targets_exist,
    _calendars_are_known,
    _routes_lead_to_trunks,
    _registrations_have_accounts,
    _files_exist,
    _music_is_for_somebody,
    *queues.ERRORS,
    *seats.ERRORS,
)
WARNINGS: tuple[Rule, ...] = (
    _numbers_are_nobody_elses,
    *queues.WARNINGS,
    _trunks_can_be_told_apart,
    _trunks_can_be_reached,
    _ports_suffice,
    forwards.circles,
)


def faults(draft: Draft, rules: tuple[Rule, ...]) -> list[Fault]:
    """What `rules` find in `draft`."""
    return [fault for rule in rules for fault in rule(draft)]
