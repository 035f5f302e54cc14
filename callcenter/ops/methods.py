"""The questions that operators ask, answered from the running exchange.

A new question is a method here whose parameters are keywords and whose answer JSON can hold; its
name is added in `registry`. Nothing here may block or change more than it says.
"""

import asyncio
import dataclasses
import ipaddress
import os
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

import acd
import ivr
from callcenter.exchange import Exchange
from callcenter.ops.media import media_answer
from callcenter.ops.registry import AskError, Registry
from callcenter.ops.waiting import send_on, waiting_callers
from callcenter.reload.applying import apply
from callcenter.reload.differences import differences, taken_over
from callcenter.reload.reading import read_again
from callcenter.settings import SettingsError
from callcenter.store.errors import StoreError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


T = TypeVar("T")
MAX_NOTICE = 2000
"""Characters."""


class Questions:
    """Reads one exchange."""

    def __init__(
        self,
        exchange: Exchange,
        trace: Callable[[], Mapping[str, int]] = dict[str, int],
        journal: Callable[[], Mapping[str, int]] = dict[str, int],
    ) -> None:
        """`trace` tells what the capture has counted, `journal` what the queue engine's journal."""
        self._exchange = exchange
        self._trace = trace
        self._journal = journal
        self._began = exchange.clock.now()

    def registry(self) -> Registry:
        """All of them by name; others may be added."""
        registry = Registry()
        for question in (
            self.status,
            self.counters,
            self.registrations,
            self.trunks,
            self.media,
            self.bans,
            self.unban,
            self.post_notice,
            self.close_queue,
            self.open_queue,
            self.reload_customers,
            self.callbacks,
            self.cancel_callback,
            self.waiting,
            self.transfer,
            self.calendars,
            self.reload,
        ):
            registry.add(question)
        return registry

    def status(self) -> dict[str, Any]:
        """The state of the house at a glance."""
        exchange = self._exchange
        return {
            "version": version("callcenter"),
            "pid": os.getpid(),
            "site": exchange.settings.source,
            "uptime_s": round(exchange.clock.now() - self._began, 1),
            "sip": [str(address) for address in exchange.sip.addresses],
            "calls": len(exchange.switchboard.calls),
            "sip_calls": self._calls_by_state(),
            "transactions": exchange.sip.endpoint.transaction_count,
            "seats": {"all": len(exchange.roster.seats), "registered": self._seats_registered()},
            "agents": {
                "all": len(exchange.roster.agents),
                "signed_in": len(list(exchange.roster)),
                "unstuck": exchange.desk.auditor.healed,
            },
            "trunks": self.trunks(),
            "queues": [
                {
                    "name": queue.name,
                    "waiting": queue.waiting,
                    "ringing": queue.ringing,
                    "talking": queue.talking,
                    "closed": exchange.opening.reason(queue.name),
                }
                for queue in exchange.dispatcher.engine.snapshot().queues
            ],
        }

    def counters(self) -> dict[str, Any]:
        """What SIP has seen since the start; for metrics."""
        endpoint = self._exchange.sip.endpoint
        messages = endpoint.counters.messages
        return {
            "uptime_s": round(self._exchange.clock.now() - self._began, 1),
            "requests_received": messages.requests_received(),
            "requests_sent": messages.requests_sent(),
            "responses_received": messages.responses_received(),
            "responses_sent": messages.responses_sent(),
            "events": plain_counters(endpoint.counters),
            "guard": plain_counters(endpoint.guard.counters),
            "refused": dict(self._exchange.switchboard.refusals),
            "gateways": plain_counters(self._exchange.trunking.gateways.counters),
            "acd": dict(self._exchange.dispatcher.engine.ignored()),
            "trace": dict(self._trace()),
            "journal": dict(self._journal()),
            "voice": self._voice_counters(),
            "bans": len(self.bans()),
            "calls": len(self._exchange.switchboard.calls),
            "sip_calls": self._calls_by_state(),
            "transactions": endpoint.transaction_count,
            "seats_registered": self._seats_registered(),
            "trunks": self.trunks(),
        }

    def _voice_counters(self) -> dict[str, Any]:
        voices = self._exchange.services.voices
        now_missing = sum(voice.missing for voice in voices)
        return {**dataclasses.asdict(voices.counters), "missing_now": now_missing}

    def registrations(self) -> list[dict[str, Any]]:
        """Every phone that can be reached now."""
        now = self._exchange.clock.now()
        return [
            {
                "seat_no": binding.user,
                "contact": binding.contact_uri,
                "source": str(binding.source),
                "path": list(binding.path),
                "expires_s": round(binding.expires_at - now),
                "user_agent": binding.user_agent,
            }
            for binding in self._exchange.sip.endpoint.registrar.all(now)
        ]

    def trunks(self) -> list[dict[str, Any]]:
        """Channels in use, the gateways with their health, and our registration (None: none)."""
        trunking, now = self._exchange.trunking, self._exchange.clock.now()
        registrations = self._exchange.upkeep.registrations.statuses()
        return [
            {
                "name": trunk.name,
                "used": trunking.capacity.used(trunk.name),
                "max_calls": trunk.max_calls,
                "registration": status.state
                if (status := registrations.get(trunk.name)) is not None
                else None,
                "gateways": [
                    {
                        "address": str(gateway.address),
                        "up": not gateway.is_down(now),
                        "failures": gateway.failures,
                    }
                    for gateway in trunking.gateways.of(trunk.name)
                ],
            }
            for trunk in self._exchange.settings.trunks
        ]

    def media(self) -> dict[str, Any]:
        """The media engine: its ports with packets, loss, jitter, scores, and what it holds."""
        services = self._exchange.services
        return media_answer(services.plane.state(), services.voices)

    def bans(self) -> list[dict[str, Any]]:
        """The sources that are not answered, as long as that lasts."""
        now = self._exchange.clock.now()
        return [
            {
                "source": ban.source,
                "cause": ban.cause,
                "expires_s": round(ban.until - now),
                "strikes": ban.strikes,
            }
            for ban in self._exchange.sip.endpoint.guard.bans(now)
        ]

    def unban(self, host: str) -> dict[str, Any]:
        """Lifts the ban of an address. `not_found` when it has none."""
        if not self._exchange.sip.endpoint.guard.unban(_ip_address(host)):
            raise AskError("not_found", f"{host} is not banned")
        return {"unbanned": host}

    def post_notice(self, text: str, team: str = "") -> dict[str, Any]:
        """Tells all agents who are signed in, or those of a team, something."""
        if not 0 < len(text) <= MAX_NOTICE:
            raise AskError("bad_request", f"1 to {MAX_NOTICE} characters")
        return {"told": self._exchange.desk.post_notice(text, team)}

    def close_queue(self, queue: str, clear: bool = False) -> dict[str, Any]:
        """The queue takes no more callers until it is opened; `clear`: those who wait leave too.

        `not_found` when there is none of that name. Callers go where its `on_closed` leads.
        """
        self._known(queue, partial(self._exchange.opening.close, queue, clear=clear))
        return {"closed": queue}

    def open_queue(self, queue: str) -> dict[str, Any]:
        """The queue takes callers again, unless its calendar keeps it closed: then that is told.

        `not_found` when there is none of that name.
        """
        return {
            "open": queue,
            "still": self._known(queue, partial(self._exchange.opening.open, queue)),
        }

    def waiting(self) -> list[dict[str, Any]]:
        """The callers on the line whom no agent has answered, by queue, the longest first."""
        return waiting_callers(self._exchange)

    def transfer(self, call_id: str, target: str) -> dict[str, Any]:
        """Takes a caller who waits out of the line, and sends them to a queue, flow or voicemail.

        `not_found` where no such caller waits, or the site has no such target.
        """
        return send_on(self._exchange, call_id, target)

    def calendars(self) -> list[dict[str, Any]]:
        """What now is by each calendar, and until when."""
        opening = self._exchange.opening
        return [
            {
                "name": name,
                "kind": (moment := opening.moment(name)).kind,
                "band": moment.band,
                "until": moment.until.isoformat() if moment.until is not None else None,
            }
            for name in opening.calendars
        ]

    async def reload(
        self, dry_run: bool = False, source: str = "", text: str | None = None
    ) -> list[dict[str, Any]]:
        """Takes the site file over as it is now, as far as that is possible while it runs.

        `text` is what the file `source` holds, if the daemon is not to read its own. What differs
        from the settings in force; `dry_run`: only that. `failed` when the file or a flow has
        mistakes: then nothing changes.
        """
        exchange = self._exchange
        source = source or exchange.settings.source
        try:
            new, flows = await asyncio.to_thread(read_again, source, text)
        except (SettingsError, ivr.FlowError) as error:
            raise AskError("failed", str(error)) from None
        found = differences(exchange.settings, new)
        if not dry_run:
            apply(exchange, taken_over(exchange.settings, new), flows)
        return [each.plain() for each in found]

    def callbacks(self) -> list[dict[str, Any]]:
        """Who waits to be called back, the first in line first."""
        return [
            {
                "callback_id": each.callback_id,
                "number": each.number,
                "queue": each.queue,
                "waiting_since": each.waiting_since.isoformat(timespec="seconds"),
                "due_at": each.due_at.isoformat(timespec="seconds"),
                "attempts": each.attempts,
            }
            for each in self._exchange.services.callbacks.waiting()
        ]

    def cancel_callback(self, callback_id: str) -> dict[str, Any]:
        """Strikes one off the list. `not_found` when there is none."""
        if not self._exchange.services.callbacks.cancel(callback_id):
            raise AskError("not_found", f"there is no callback {callback_id}")
        return {"cancelled": callback_id}

    async def reload_customers(self) -> dict[str, Any]:
        """Reads the table of customers anew. `failed` when the database does not answer."""
        reload = self._exchange.reload_customers
        if reload is None:
            raise AskError("failed", "there is no database")
        try:
            return {"customers": await reload()}
        except StoreError as error:
            raise AskError("failed", str(error)) from None

    @staticmethod
    def _known(queue: str, do: Callable[[], T]) -> T:
        try:
            return do()
        except acd.UnknownQueueError as error:
            raise AskError("not_found", str(error)) from None

    def _seats_registered(self) -> int:
        return len({phone["seat_no"] for phone in self.registrations()})

    def _calls_by_state(self) -> dict[str, int]:
        states = self._exchange.sip.endpoint.calls_by_state()
        return {state.value: count for state, count in states.items()}


def _ip_address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise AskError("bad_params", f"'{host}' is not an IP address") from None


def plain_counters(counters: "DataclassInstance") -> dict[str, int]:
    """Those that are one number, by name."""
    return {
        field.name: value
        for field in dataclasses.fields(counters)
        if isinstance(value := getattr(counters, field.name), int)
    }
