"""What is known of callers by their number: their own agent, their weight, whom they had last.

All of it is in memory, loaded at the start and kept up from the event stream: nobody waits for a
database to be queued. Numbers are compared in one form, whatever spelling a trunk has.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import acd
from callcenter import events
from callcenter.settings import QueueSettings

REMEMBERED: Final = 50_000
"""Numbers whose last agent is known; the longest unheard of give way."""
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Customer:
    """One row of the table of customers."""

    number: str
    name: str = ""
    agent: str = ""
    """The agent, or the extension, that the number is tied to (WZ-T2(a)); empty for none."""
    priority: int = 0
    """Added to a contact's own: the importance of the customer (A-24)."""
    data: Mapping[str, str] = field(default_factory=dict)
    """Whatever else the site knows of them, for agents to see."""

    @property
    def customer_class(self) -> str:
        """What kind of customer (`vip`), by the table's column `class`; empty without one."""
        return self.data.get("class", "")


class Customers:
    """The table, and who talked with whom last."""

    def __init__(self, spelled: Callable[[str], str], agent_at: Callable[[str], str]) -> None:
        """`spelled` gives a number in one form; `agent_at` who is signed in at a seat."""
        self._spelled = spelled
        self._agent_at = agent_at
        self._table: dict[str, Customer] = {}
        self._last: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def load(self, customers: Iterable[Customer]) -> int:
        """These are all customers from now on; how many numbers that is."""
        self._table = {self._spelled(each.number): each for each in customers if each.number}
        return len(self._table)

    def of(self, number: str) -> Customer | None:
        """The customer of a calling number, which may be withheld."""
        return self._table.get(self._spelled(number)) if number and self._table else None

    def matching(self, condition: str, limit: int) -> Sequence[Customer]:
        """Those whose number contains the digits asked for, or whose name or data the words."""
        asked = condition.strip().casefold()
        digits = "".join(filter(str.isdigit, asked))
        whole = len(digits) == len(asked.replace(" ", "").removeprefix("+"))
        found: list[Customer] = []
        for customer in self._table.values():
            texts = (customer.name, *customer.data.values())
            if (whole and digits in customer.number) or any(asked in t.casefold() for t in texts):
                found.append(customer)
                if len(found) == limit:
                    break
        return found

    def priority(self, number: str) -> int:
        """What the caller's importance adds to a contact's priority."""
        customer = self.of(number)
        return customer.priority if customer is not None else 0

    def class_of(self, number: str) -> str:
        """What kind of customer the caller is; empty for nobody's number."""
        customer = self.of(number)
        return customer.customer_class if customer is not None else ""

    def remember(self, number: str, agent_id: str, at: float) -> None:
        """The caller of that number talked with that agent; `at` in the clock's seconds."""
        if not number or not agent_id:
            return
        key = self._spelled(number)
        self._last.pop(key, None)
        self._last[key] = agent_id, at
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    def read(self, event: events.TalkStarted) -> None:
        """From the event stream."""
        self.remember(event.ani, event.agent_id, event.at)

    def preferred(self, number: str, queue: QueueSettings, now: float) -> tuple[acd.Preferred, ...]:
        """Whom the caller is offered to first: their own agent, then the last one (A-24)."""
        wishes: dict[str, float] = {}
        customer = self.of(number)
        if queue.bound_agent and customer is not None and customer.agent:
            agent_id = self._agent_at(customer.agent) or customer.agent
            wishes[agent_id] = queue.bound_agent_wait
        if queue.last_agent and number and self._last:
            agent_id, at = self._last.get(self._spelled(number), ("", 0.0))
            if agent_id and now - at <= queue.last_agent_days * DAY_S:
                wishes.setdefault(agent_id, queue.last_agent_wait)
        return tuple(acd.Preferred(agent_id, within) for agent_id, within in wishes.items())
