"""The queue engine's face: events in, commands out, time passed in."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from acd import agent_events, contact_events, deadlines, events, queue_events, state
from acd.agent import AgentView, Pending, view
from acd.commands import Command
from acd.events import Event
from acd.floor import Floor
from acd.matching import Chance
from acd.media import INTERRUPTS, Interrupts
from acd.outlook import Outlook, Worker, outlook, workers
from acd.queue import QueueConfig
from acd.snapshot import QueueSnapshot, Snapshot, queue_snapshot
from acd.standing import Runners, Standing, runners, standings

Handler: TypeAlias = Callable[[Floor, Any], None]

_HANDLERS: Mapping[type, Handler] = {
    events.QueueAdded: queue_events.queue_added,
    events.QueueChanged: queue_events.queue_changed,
    events.QueueRemoved: queue_events.queue_removed,
    events.QueueClosed: queue_events.queue_closed,
    events.QueueReopened: queue_events.queue_reopened,
    events.AgentSignedIn: agent_events.agent_signed_in,
    events.AgentSignedOut: agent_events.agent_signed_out,
    events.AgentSkilled: agent_events.agent_skilled,
    events.AgentSetBusy: agent_events.agent_set_busy,
    events.AgentSetIdle: agent_events.agent_set_idle,
    events.DeviceChanged: agent_events.device_changed,
    events.DeviceFailed: agent_events.device_failed,
    events.AgentEngaged: agent_events.agent_engaged,
    events.AgentReleased: agent_events.agent_released,
    events.AcwFinished: agent_events.acw_finished,
    events.AcwExtended: agent_events.acw_extended,
    events.ContactQueued: contact_events.contact_queued,
    events.ContactLeft: contact_events.contact_gone,
    events.ContactEnded: contact_events.contact_gone,
    events.OfferAnswering: contact_events.offer_answering,
    events.OfferAccepted: contact_events.offer_accepted,
    events.OfferRefused: contact_events.offer_refused,
    deadlines.RingTimedOut: contact_events.ring_timed_out,
    deadlines.MaxWaitReached: contact_events.max_wait_reached,
    deadlines.HoldBackLapsed: contact_events.hold_back_lapsed,
    deadlines.PreferenceLapsed: contact_events.preference_lapsed,
    deadlines.StepDue: contact_events.step_due,
    deadlines.AcwTimedOut: agent_events.acw_timed_out,
}


class Engine:
    """Decides who is offered whom. Not thread-safe: one owner feeds it, in the order of time.

    Both `handle` and `advance` are inputs: the same sequence of them yields the same commands.
    """

    def __init__(
        self,
        queues: Iterable[QueueConfig] = (),
        chance: Chance | None = None,
        interrupts: Interrupts = INTERRUPTS,
    ) -> None:
        """`chance` yields numbers in [0, 1) and is needed for strategy `random` only; `interrupts`
        says which medium may come to who has what in hand.

        Raises `InvalidQueueError`.
        """
        self._floor = Floor(chance, interrupts)
        self._floor.matching.add_queues(tuple(queues), ())

    def handle(self, event: Event, now: float) -> list[Command]:
        """Takes one event; `now` in monotonic seconds. Returns what to do, in order.

        Deadlines that are due are left to `advance`, so that an answer that comes before the ring's
        end was acted on still counts. Raises an `AcdError`, before any change, only for misuse.
        """
        return self._run(event, now)

    def advance(self, now: float) -> list[Command]:
        """Lets everything happen that is due, in the order of (due, setting)."""
        commands: list[Command] = []
        while (event := self._floor.timetable.pop_due(now)) is not None:
            commands += self._run(event, now)
        return commands

    def next_deadline(self) -> float | None:
        """When `advance` has something to do next; it may change with every input."""
        return self._floor.timetable.next_due()

    def agent(self, agent_id: str) -> AgentView | None:
        """A signed-in agent; None for everybody else."""
        agent = self._floor.agents.get(agent_id)
        return view(agent) if agent is not None else None

    def pending(self, agent_id: str) -> Pending:
        """An agent's `AgentView.pending`; None for who is not signed in."""
        agent = self._floor.agents.get(agent_id)
        return agent.pending if agent is not None else None

    def signed_in(self) -> list[str]:
        """The agents who are signed in, in the order of their coming."""
        return list(self._floor.agents)

    def snapshot(self) -> Snapshot:
        """The figures of the moment; its cost depends on the number of queues only."""
        floor = self._floor
        return Snapshot(
            queues=tuple(queue_snapshot(group) for group in floor.matching.groups()),
            agents=len(floor.agents),
            contacts=len(floor.contacts),
        )

    def queue(self, name: str) -> QueueSnapshot:
        """The figures of one queue. Raises `UnknownQueueError`."""
        return queue_snapshot(self._floor.matching.queue(name).reach[0].groups[0])

    def outlook(self, contact_id: str) -> Outlook | None:
        """Where a contact stands that has no agent; None for any other. O(n) in the queue."""
        contact = self._floor.contacts.get(contact_id)
        return outlook(contact) if contact is not None and contact.agent is None else None

    def workers(self, queue: str) -> list[Worker]:
        """The agents who work for a queue. Raises `UnknownQueueError`. O(n) in all agents."""
        floor = self._floor
        return workers(floor.matching.queue(queue), list(floor.agents.values()))

    def ignored(self) -> Mapping[str, int]:
        """Inputs that came late, twice or for nobody known, by their kind."""
        return dict(self._floor.ignored)

    def roll(self) -> list[Event]:
        """The inputs that would bring everybody who is signed in to where they are, on-hook."""
        return [
            events.AgentSignedIn(
                agent.agent_id,
                dict(agent.profile.skills),
                agent.busy_reason is None,
                agent.busy_reason or "",
                agent.device != "absent",
            )
            for agent in self._floor.agents.values()
        ]

    def runners(self, offer_id: int, limit: int) -> Runners | None:
        """Who would have been asked next for an offer that is live; None for any other.

        O(limit), and a look only.
        """
        return runners(self._floor, offer_id, limit)

    def standings(self, contact_id: str) -> list[Standing]:
        """Why each agent has, or has not, got a contact that is here; empty for any other."""
        return standings(self._floor, contact_id)

    def state(self) -> dict[str, Any]:
        """All that the engine knows, as JSON can hold it; costs time and memory by what is there.

        Not an input: nothing changes. The source of chance is not in it.
        """
        self._floor.commands = []
        return state.plain(self._floor, self._floor.matching.chance)

    @classmethod
    def restore(cls, saved: Mapping[str, Any], chance: Chance | None = None) -> "Engine":
        """An engine that goes on exactly as the one whose `state` this was.

        Raises `InvalidStateError` for what this version did not write.
        """
        engine = cls.__new__(cls)
        engine._floor = state.restored(saved, chance)
        return engine

    def _run(self, event: Event | deadlines.TimedEvent, now: float) -> list[Command]:
        floor = self._floor
        floor.now = now
        floor.commands = []
        _HANDLERS[type(event)](floor, event)
        return floor.commands
