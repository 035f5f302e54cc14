"""What a called number leads to: a flow, or a queue through its implicit flow."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

import ivr
from callcenter.settings import NumberSettings
from ivr.implicit import target_flow
from ivr.targets import ToFlow, ToHangUp, ToQueue

MONITORING: Final = replace(target_flow(ToHangUp()), name="monitoring")
"""Stands for what supervisors hear agents by; who is transferred there is hung up on."""


class NumberPlan:
    """Called numbers and the flows behind them."""

    def __init__(
        self,
        numbers: Iterable[NumberSettings],
        flows: Mapping[str, ivr.Flow],
    ) -> None:
        self.flows = dict(flows)
        """The loaded flows, by name."""
        self._by_dnis: dict[str, ivr.Flow] = {}
        self._answer_rules: dict[str, NumberSettings] = {}
        self.learn(numbers, flows)

    def learn(self, numbers: Iterable[NumberSettings], flows: Mapping[str, ivr.Flow]) -> None:
        """Other numbers and flows from now on; calls in a flow go on in it."""
        numbers, flows = tuple(numbers), dict(flows)
        self.flows.clear()
        self.flows.update(flows)
        self._by_dnis.clear()
        self._answer_rules.clear()
        for number in numbers:
            if number.answer is not None:
                self._answer_rules[number.dnis] = number
            flow = _flow(number, flows)
            if flow is not None:
                self._by_dnis[number.dnis] = flow

    def flow(self, dnis: str) -> ivr.Flow | None:
        """The flow a call to `dnis` begins with; None for a number that is not ours."""
        return self._by_dnis.get(dnis)

    def answer_rule(self, dnis: str) -> NumberSettings | None:
        """The number, where it says when its callers are answered."""
        return self._answer_rules.get(dnis)

    def entered(self) -> Iterable[ivr.Flow]:
        """The flows that calls begin with, each once."""
        return {flow.name: flow for flow in self._by_dnis.values()}.values()


def _flow(number: NumberSettings, flows: Mapping[str, ivr.Flow]) -> ivr.Flow | None:
    """The flow of one number; None for an extension's. A calendar comes before all else (A-07)."""
    if number.monitoring:
        return MONITORING
    if number.flow is None and number.queue is None:
        return None
    if number.calendar is not None:
        own = ToFlow(number.flow) if number.flow is not None else ToQueue(number.queue or "")
        return ivr.calendar_flow(
            number.calendar, work=own, off=number.on_closed, pause=number.on_break
        )
    return flows[number.flow] if number.flow is not None else ivr.implicit_flow(number.queue or "")
