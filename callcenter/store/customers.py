"""Customers in the database, and who talked with whom last; read at the start."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select

from callcenter.routing.customers import REMEMBERED, Customer
from callcenter.store.repositories import Repository, transaction
from callcenter.store.tables import cdr, customer


class CustomerTable(Repository):
    """One row a number."""

    async def all(self) -> Sequence[Customer]:
        """Every customer, by number."""
        c = customer.c
        query = select(c.number, c.name, c.agent, c.priority, c.data).order_by(c.number)
        async with transaction(self._engine) as connection:
            rows = await connection.execute(query)
            return [
                Customer(number, name, agent, priority, json.loads(data))
                for number, name, agent, priority, data in rows
            ]

    async def replace(self, customers: Sequence[Customer]) -> None:
        """Puts these in the place of all; in one step, so that nobody sees half of them."""
        rows = [
            {
                "number": c.number,
                "name": c.name,
                "agent": c.agent,
                "priority": c.priority,
                "data": json.dumps(dict(c.data), ensure_ascii=False),
            }
            for c in customers
        ]
        async with transaction(self._engine) as connection:
            await connection.execute(delete(customer))
            if rows:
                await connection.execute(insert(customer), rows)

    async def last_agents(self, since: datetime) -> Sequence[tuple[str, str, datetime]]:
        """Calling number, agent and time of callers who had a queue's agent, oldest first."""
        c = cdr.c
        query = (
            select(c.ani, c.agent_id, c.started_at)
            .where(
                c.started_at >= since,
                c.direction == "in",
                c.ani != "",
                c.agent_id.is_not(None),
                c.queue.is_not(None),
                c.talked_s > 0,
            )
            .order_by(c.started_at.desc())
            .limit(REMEMBERED)
        )
        async with transaction(self._engine) as connection:
            found = [(ani, agent, at) for ani, agent, at in await connection.execute(query)]
        return found[::-1]
