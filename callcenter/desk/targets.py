"""Whom a supervisor means, and whether they may: known, of their teams, signed in."""

import agent_proto as proto
from callcenter.switch.roster import Roster, SignIn


def supervises(supervisor: SignIn, team: str) -> bool:
    """Whether the team is one of theirs."""
    return supervisor.supervises(team)


def target_of(roster: Roster, supervisor: SignIn, target: str) -> SignIn:
    """The sign-in at that seat or of that agent (A-01); an agent's ID goes before a seat's number.

    `no_such_target` for who is unknown or not signed in, `forbidden` for another team's.
    """
    sign_in = roster.of_agent(target) or roster.at_seat(target)
    agent = sign_in.agent if sign_in is not None else roster.agents.get(target)
    if agent is not None and not supervises(supervisor, agent.team):
        raise proto.ProtocolError("forbidden", "not of your teams", target=target)
    if sign_in is None:
        raise proto.ProtocolError("no_such_target", target=target)
    return sign_in
