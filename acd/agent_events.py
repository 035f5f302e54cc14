"""What becomes of agents: one function for each event that concerns them."""

from acd.agent import ON_HOOK, Agent, AgentState, Told
from acd.deadlines import AcwTimedOut
from acd.errors import WrongStateError
from acd.events import (
    AcwExtended,
    AcwFinished,
    AgentEngaged,
    AgentReleased,
    AgentSetBusy,
    AgentSetIdle,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkilled,
    DeviceChanged,
    DeviceFailed,
)
from acd.floor import Floor
from acd.matching import Profile
from acd.media import Sides, capacities
from acd.skills import skill_set
from acd.turn import Turn


def agent_signed_in(floor: Floor, event: AgentSignedIn) -> None:
    """An agent comes; a repeated sign-in changes nothing."""
    skills = skill_set(event.skills, f"agent {event.agent_id}")
    sides = Sides(capacities(event.capacity, f"agent {event.agent_id}"))
    if event.agent_id in floor.agents:
        floor.ignore(event)
        return
    agent = Agent(
        event.agent_id,
        floor.matching.sign_in(skills),
        signed_in_order=floor.next_serial(),
        told=Told("logged_out", "", floor.now),
        turn=Turn(floor.now, floor.now, floor.tally.join()),
        busy_reason=None if event.ready else event.reason,
        device="usable" if event.device_usable else "absent",
        sides=sides,
    )
    floor.agents[agent.agent_id] = agent
    if event.engaged is not None:
        floor.settle(agent)
        agent.engagement = event.engaged
    floor.free(agent)


def agent_signed_out(floor: Floor, event: AgentSignedOut) -> None:
    """An agent goes, whatever they were doing; a contact that rang there goes to the next one."""
    agent = floor.agent_of(event)
    if agent is None:
        return
    del floor.agents[agent.agent_id]
    offers = [*agent.sides.offers.values()]
    if agent.offer is not None:
        offers.append(agent.offer)
    for offer in offers:
        floor.withdraw(offer, "withdrawn")
    if agent.contact is not None:
        floor.forget(agent.contact)
    for contact in tuple(agent.sides.contacts.values()):
        floor.forget(contact)
    floor.tally.leave(agent.turn.contacts)
    _end_acw(agent)
    agent.signed_in = False
    floor.settle(agent)
    floor.matching.sign_out(agent.profile)
    _overflow_deserted(floor, agent.profile)
    for offer in offers:
        if offer.contact.contact_id in floor.contacts:
            floor.return_to_queue(offer.contact)
    for contact in floor.matching.drop_personal(agent.agent_id):
        floor.end_preference(contact)


def agent_skilled(floor: Floor, event: AgentSkilled) -> None:
    """Who is idle may be just the one that somebody waits for."""
    skills = skill_set(event.skills, f"agent {event.agent_id}")
    agent = floor.agents.get(event.agent_id)
    if agent is None or skills == agent.profile.skills:
        return
    before = agent.profile
    floor.matching.sign_out(before)
    agent.profile = floor.matching.sign_in(skills)
    for place in agent.sides.places.values():
        place.leave()
    agent.sides.places.clear()
    if agent.place is not None:
        agent.place.leave()
        agent.place = None
    floor.free(agent)
    _overflow_deserted(floor, before)


def _overflow_deserted(floor: Floor, profile: Profile) -> None:
    """Gives back who will not wait where the last qualified agent has just left."""
    deserted = [group for group in profile.groups if not group.signed_in]
    for queue in [queue for group in deserted for queue in group.reached_by if queue.deserted]:
        for contact in sorted(queue.unanswered, key=lambda each: each.rank):
            asks = contact.preference is not None
            if contact.overflow_no_agents and not contact.offers and not asks:
                floor.overflow(contact, "no_agents")


def agent_set_busy(floor: Floor, event: AgentSetBusy) -> None:
    """Ends after-call work, unless the request is for afterwards."""
    agent = floor.agent_of(event)
    if agent is None:
        return
    if not event.deferred:
        _demand(agent, ON_HOOK)
        _end_acw(agent)
    if event.replaces:
        agent.busy_reason = None
    agent.request_busy(event.reason)
    floor.settle(agent)


def agent_set_idle(floor: Floor, event: AgentSetIdle) -> None:
    """Ends busy and after-call work, unless the request is for afterwards."""
    agent = floor.agent_of(event)
    if agent is None:
        return
    if not event.deferred:
        _demand(agent, ON_HOOK)
        _end_acw(agent)
        if agent.device == "failed":
            agent.device = "usable"
    agent.busy_reason = None
    floor.free(agent)


def device_changed(floor: Floor, event: DeviceChanged) -> None:
    """A device that goes while it rings fails the offer; one that comes frees its agent."""
    agent = floor.agent_of(event)
    if agent is None:
        return
    agent.device = "usable" if event.usable else "absent"
    if agent.offer is not None and not event.usable:
        floor.refuse(agent.offer, "device_failed")
    else:
        floor.free(agent)


def device_failed(floor: Floor, event: DeviceFailed) -> None:
    """A talk it dies in goes on until its end is told; an offer fails."""
    agent = floor.agent_of(event)
    if agent is None:
        return
    if agent.device == "usable":
        agent.device = "failed"
    if agent.offer is not None:
        floor.refuse(agent.offer, "device_failed")
    else:
        floor.settle(agent)


def agent_engaged(floor: Floor, event: AgentEngaged) -> None:
    """After-call work runs on meanwhile: its end is absolute."""
    agent = floor.agent_of(event)
    if agent is None or agent.engagement == event.state:
        return
    if agent.engagement in (None, "talking"):
        _demand(agent, ON_HOOK)
    agent.engagement = event.state
    floor.settle(agent)


def agent_released(floor: Floor, event: AgentReleased) -> None:
    """Derivation alone brings the state before back."""
    agent = floor.agent_of(event)
    if agent is not None:
        agent.engagement = None
        floor.free(agent)


def acw_finished(floor: Floor, event: AcwFinished) -> None:
    """The agent is done early; what they asked for before (idle or busy) holds."""
    agent = floor.agent_of(event)
    if agent is not None:
        _end_acw(agent)
        floor.free(agent)


def acw_extended(floor: Floor, event: AcwExtended) -> None:
    """Counted from when it would have ended."""
    agent = floor.agent_of(event)
    if agent is None:
        return
    _demand(agent, ("acw",))
    assert agent.acw is not None
    due = agent.acw.due + event.seconds
    _end_acw(agent)
    agent.acw = floor.timetable.set(due, AcwTimedOut(agent))


def acw_timed_out(floor: Floor, event: AcwTimedOut) -> None:
    """After-call work has lasted its time."""
    event.agent.acw = None
    floor.free(event.agent)


def _end_acw(agent: Agent) -> None:
    if agent.acw is not None:
        agent.acw.cancel()
        agent.acw = None


def _demand(agent: Agent, allowed: tuple[AgentState, ...]) -> None:
    if agent.state not in allowed:
        raise WrongStateError(agent.agent_id, agent.state, allowed)
