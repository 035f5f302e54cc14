"""Where customers are looked up: the table of the store, or whatever else a site has (WZ-3.3.4)."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from callcenter.routing.customers import Customer, Customers

Record: TypeAlias = Mapping[str, Any]
"""A customer as agents are shown them: names to JSON values."""


class Directory(Protocol):
    """May take its time and may raise anything: who asks waits no longer than they want to."""

    def of_number(self, number: str) -> "Record | Awaitable[Record | None] | None":
        """The customer with that calling number; at once, where it is at hand."""
        ...

    async def query(self, condition: str, limit: int) -> Sequence[Record]:
        """Customers whose number has, or whose name or other data have, what was asked for."""
        ...


class TableDirectory:
    """The table of customers, which is in memory."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    def of_number(self, number: str) -> Record | None:
        """Without waiting."""
        customer = self._customers.of(number)
        return None if customer is None else _record(customer)

    async def query(self, condition: str, limit: int) -> Sequence[Record]:
        """Looks through all, beside the loop."""
        found = await asyncio.to_thread(self._customers.matching, condition, limit)
        return [_record(customer) for customer in found]


def _record(customer: Customer) -> Record:
    record: dict[str, Any] = {"number": customer.number, **customer.data}
    if customer.name:
        record["name"] = customer.name
    if customer.agent:
        record["agent"] = customer.agent
    if customer.priority:
        record["priority"] = customer.priority
    return record
