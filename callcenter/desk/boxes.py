"""The voicemail boxes that an agent may hear: own, by right, subordinates' (WZ-T4)."""

from callcenter.switch.roster import Roster, SignIn


def own_boxes(entry: SignIn) -> tuple[str, ...]:
    """Those whose messages wait for this agent."""
    return tuple(dict.fromkeys((entry.agent_id, *entry.agent.boxes)))


def boxes_of(roster: Roster, entry: SignIn) -> tuple[str, ...]:
    """All that they may hear; a supervisor also those of the agents of their teams."""
    boxes = own_boxes(entry)
    if entry.agent_class != "supervisor":
        return boxes
    agents = (a.agent_id for a in roster.agents.values() if entry.supervises(a.team))
    return tuple(dict.fromkeys((*boxes, *agents)))
