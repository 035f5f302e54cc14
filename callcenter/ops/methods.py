"""The questions that operators ask, answered from the running exchange.

A new question is a method here whose parameters are keywords and whose answer JSON can hold; its
name is added in `registry`. Nothing here may block or change more than it says.
"""

import dataclasses
import os
from importlib.metadata import version
from typing import Any

from callcenter.exchange import Exchange
from callcenter.ops.registry import Registry
from sip import SipCounters


class Questions:
    """Reads one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._began = exchange.clock.now()

    def registry(self) -> Registry:
        """All of them by name; others may be added."""
        registry = Registry()
        for question in (self.status, self.counters, self.registrations, self.trunks):
            registry.add(question)
        return registry

    def status(self) -> dict[str, Any]:
        """The state of the house at a glance."""
        exchange = self._exchange
        registered = self.registrations()
        return {
            "version": version("callcenter"),
            "pid": os.getpid(),
            "site": exchange.settings.source,
            "uptime_s": round(exchange.clock.now() - self._began, 1),
            "sip": [str(address) for address in exchange.sip.addresses],
            "calls": len(exchange.switchboard.calls),
            "sip_calls": self._calls_by_state(),
            "transactions": exchange.sip.endpoint.transaction_count,
            "seats": {"all": len(exchange.roster.seats), "registered": len(registered)},
            "agents": {"all": len(exchange.roster.agents), "signed_in": len(list(exchange.roster))},
            "trunks": self.trunks(),
            "queues": [
                {
                    "name": queue.name,
                    "waiting": queue.waiting,
                    "ringing": queue.ringing,
                    "talking": queue.talking,
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
            "calls": len(self._exchange.switchboard.calls),
            "sip_calls": self._calls_by_state(),
            "transactions": endpoint.transaction_count,
            "seats_registered": len(self.registrations()),
            "trunks": self.trunks(),
        }

    def registrations(self) -> list[dict[str, Any]]:
        """The phones of seats that can be reached now."""
        exchange = self._exchange
        now, registrar = exchange.clock.now(), exchange.sip.endpoint.registrar
        found = (registrar.lookup(seat_no, now) for seat_no in exchange.roster.seats)
        return [
            {
                "seat_no": binding.user,
                "contact": binding.contact_uri,
                "source": str(binding.source),
                "expires_s": round(binding.expires_at - now),
                "user_agent": binding.user_agent,
            }
            for binding in found
            if binding is not None
        ]

    def trunks(self) -> list[dict[str, Any]]:
        """Channels in use."""
        exchange = self._exchange
        return [
            {
                "name": trunk.name,
                "used": exchange.trunking.capacity.used(trunk.name),
                "max_calls": trunk.max_calls,
            }
            for trunk in exchange.settings.trunks
        ]

    def _calls_by_state(self) -> dict[str, int]:
        states = self._exchange.sip.endpoint.calls_by_state()
        return {state.value: count for state, count in states.items()}


def plain_counters(counters: SipCounters) -> dict[str, int]:
    """Those that are one number, by name."""
    return {
        field.name: value
        for field in dataclasses.fields(counters)
        if isinstance(value := getattr(counters, field.name), int)
    }
