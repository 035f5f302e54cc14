"""Who is signed in where: the table that resolves agents, seats and their sessions (A-01)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from callcenter.settings import AgentSettings, SeatSettings


@dataclass(slots=True, eq=False)
class SignIn:
    """One agent at one seat, from login to logout."""

    agent: AgentSettings
    seat: SeatSettings
    agent_class: Literal["agent", "supervisor"]
    skills: dict[str, int]
    """Levels in force: the agent's own, less what the login left out or lowered."""

    @property
    def agent_id(self) -> str:
        """The person's login number."""
        return self.agent.agent_id

    def supervises(self, team: str) -> bool:
        """Whether the team is one of theirs."""
        return team == self.agent.team or team in self.agent.supervises

    @property
    def seat_no(self) -> str:
        """The seat's number, which is its extension and SIP user."""
        return self.seat.seat_no


class Roster:
    """Agents and seats of the site, and the sign-ins between them."""

    def __init__(self, agents: Iterable[AgentSettings], seats: Iterable[SeatSettings]) -> None:
        self.agents = {agent.agent_id: agent for agent in agents}
        self.seats = {seat.seat_no: seat for seat in seats}
        self._by_agent: dict[str, SignIn] = {}
        self._by_seat: dict[str, SignIn] = {}

    def sign_in(self, entry: SignIn) -> None:
        """Adds a sign-in; agent and seat must both be free."""
        assert entry.agent_id not in self._by_agent
        assert entry.seat_no not in self._by_seat
        self._by_agent[entry.agent_id] = entry
        self._by_seat[entry.seat_no] = entry

    def sign_out(self, entry: SignIn) -> None:
        """Removes a sign-in; harmless when repeated."""
        if self._by_agent.get(entry.agent_id) is entry:
            del self._by_agent[entry.agent_id]
            del self._by_seat[entry.seat_no]

    def of_agent(self, agent_id: str) -> SignIn | None:
        """Where this agent sits, None when not signed in."""
        return self._by_agent.get(agent_id)

    def at_seat(self, seat_no: str) -> SignIn | None:
        """Who sits here, None when nobody does."""
        return self._by_seat.get(seat_no)

    def agent_at(self, seat_no: str) -> str:
        """The id of the agent who sits here; empty when nobody does."""
        entry = self._by_seat.get(seat_no)
        return "" if entry is None else entry.agent_id

    def __iter__(self) -> Iterator[SignIn]:
        return iter(tuple(self._by_agent.values()))
