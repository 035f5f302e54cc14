"""What a called number leads to: a flow, or a queue through its implicit flow."""

from collections.abc import Iterable, Mapping

import ivr
from callcenter.settings import NumberSettings


class NumberPlan:
    """Called numbers and the flows behind them."""

    def __init__(
        self,
        numbers: Iterable[NumberSettings],
        flows: Mapping[str, ivr.Flow],
    ) -> None:
        self.flows = flows
        """The loaded flows, by name."""
        self._by_dnis: dict[str, ivr.Flow] = {}
        self._answer_rules: dict[str, NumberSettings] = {}
        for number in numbers:
            if number.answer is not None:
                self._answer_rules[number.dnis] = number
            if number.flow is not None:
                self._by_dnis[number.dnis] = flows[number.flow]
            elif number.queue is not None:
                self._by_dnis[number.dnis] = ivr.implicit_flow(number.queue)

    def flow(self, dnis: str) -> ivr.Flow | None:
        """The flow a call to `dnis` begins with; None for a number that is not ours."""
        return self._by_dnis.get(dnis)

    def answer_rule(self, dnis: str) -> NumberSettings | None:
        """The number, where it says when its callers are answered."""
        return self._answer_rules.get(dnis)

    def entered(self) -> Iterable[ivr.Flow]:
        """The flows that calls begin with, each once."""
        return {flow.name: flow for flow in self._by_dnis.values()}.values()
