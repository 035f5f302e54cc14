"""Breaks: who is on one, who was refused one, and how many of a team may be (GD-5.2e, A-12).

Who is on a break is the queue engine's to say; here is only what it does not know: the agent's own
words, and requests that were refused and that a supervisor may still grant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import acd
import agent_proto as proto
from agent_proto import models as m
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services

BREAK = "break"
ON_HOOK = ("idle", "busy", "acw")


@dataclass(frozen=True, slots=True)
class _Wish:
    reason: str
    at: float


class Breaks:
    """One for all agents."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._wishes: dict[SignIn, _Wish] = {}
        """Of those on a break, and of those refused one; never more than signed in."""

    def allowed(self) -> int | None:
        """How many of a team may be on a break at the same time; None for any number."""
        return self._services.settings.agent_proto.max_on_break

    def request(self, entry: SignIn, reason: str) -> bool:
        """Begins one if fewer of the team are on one than allowed; False when not.

        `wrong_state` in a call. Repeated on a break it changes nothing.
        """
        if self.is_on(entry):
            return True
        self.demand_on_hook(entry)
        self._wishes[entry] = _Wish(reason, self._services.clock.now())
        allowed = self.allowed()
        if allowed is not None and self._on_break(entry.agent.team) >= allowed:
            return False
        self._begin(entry, "")
        return True

    def grant(self, entry: SignIn, supervisor: str) -> str:
        """Begins one whatever the number; the agent's own words, if they asked."""
        wish = self._wishes.get(entry)
        if not self.is_on(entry):
            reason = wish.reason if wish is not None else ""
            self._wishes[entry] = _Wish(reason, self._services.clock.now())
            self._begin(entry, supervisor)
        return self._wishes[entry].reason

    def wished(self, entry: SignIn) -> bool:
        """Whether they asked for one."""
        return entry in self._wishes

    def forget(self, entry: SignIn) -> None:
        """They went home, or to work."""
        self._wishes.pop(entry, None)

    def is_on(self, entry: SignIn) -> bool:
        """Whether they are on a break."""
        return self._services.dispatcher.view(entry.agent_id).reason == BREAK

    def demand_on_hook(self, entry: SignIn) -> None:
        """`wrong_state` for who is in a call."""
        state = self._services.dispatcher.view(entry.agent_id).state
        if state not in ON_HOOK:
            raise proto.ProtocolError("wrong_state", state=state, allowed=list(ON_HOOK))

    def list(self) -> Iterator[tuple[SignIn, m.Break]]:
        """Those on a break and those refused one."""
        services = self._services
        for entry in services.roster:
            view, wish = services.dispatcher.view(entry.agent_id), self._wishes.get(entry)
            on_break = view.reason == BREAK
            if not on_break and (wish is None or view.state not in ON_HOOK):
                continue
            since = view.since if on_break or wish is None else wish.at
            status: Literal["on_break", "refused"] = "on_break" if on_break else "refused"
            yield (
                entry,
                m.Break(
                    agent_id=entry.agent_id,
                    name=entry.agent.name,
                    team=entry.agent.team,
                    seat_no=entry.seat_no,
                    status=status,
                    reason=wish.reason if wish is not None else "",
                    since=services.clock.wall(since),
                ),
            )

    def _on_break(self, team: str) -> int:
        return sum(
            entry.agent.team == team and self.is_on(entry) for entry in self._services.roster
        )

    def _begin(self, entry: SignIn, supervisor: str) -> None:
        event = acd.AgentSetBusy(entry.agent_id, BREAK, replaces=True)
        if supervisor:
            self._services.dispatcher.post_for(supervisor, event)
        else:
            self._services.dispatcher.post(event)
