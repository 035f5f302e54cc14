"""All supervisors who are with somebody's talk, and what that makes of who hears whom."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from callcenter import events
from callcenter.event_stream import EventStream
from callcenter.switch.hearing import hearing

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge
    from callcenter.switch.party import Party
    from callcenter.switch.supervision import Supervision
    from media.plane import Port


class Supervisions:
    """One for each supervisor at most. Talks that nobody is with pay one look at an empty table."""

    def __init__(self, stream: EventStream) -> None:
        self._live: dict[str, Supervision] = {}
        """By the supervisor's agent id."""
        stream.subscribe(self._signed_out, [events.AgentLoggedOut])

    def of(self, agent_id: str) -> "Supervision | None":
        """What this supervisor is at."""
        return self._live.get(agent_id)

    @property
    def seats(self) -> Collection[str]:
        """Whose phones are engaged by it."""
        return [each.supervisor.seat_no for each in self._live.values()]

    def add(self, supervision: "Supervision") -> None:
        """One has begun."""
        assert supervision.supervisor.agent_id not in self._live
        self._live[supervision.supervisor.agent_id] = supervision

    def remove(self, supervision: "Supervision") -> None:
        """It is over."""
        if self._live.get(supervision.supervisor.agent_id) is supervision:
            del self._live[supervision.supervisor.agent_id]

    def talk_began(self, bridge: "Bridge") -> None:
        """Who follows one of its parties goes with them, as far as their rights go (rule 13)."""
        if not self._live:
            return
        for supervision in tuple(self._live.values()):
            if supervision.follows(bridge.parties):
                supervision.moved_to(bridge)

    def hearing(
        self,
        talking: "Sequence[Party]",
        apart: "Sequence[Party]" = (),
        muted: "Collection[Party]" = (),
    ) -> "Mapping[Port, Mapping[Port, float]]":
        """The matrix of these, and of the supervisors who are with them; see `hearing`."""
        ports = [party.leg.port for party in talking]
        waiting = [party.leg.port for party in apart]
        silent = [party.leg.port for party in muted]
        if not self._live:
            return hearing(ports, waiting, silent)
        listening: dict[Port, Collection[Port]] = {}
        for supervision in self._live.values():
            port = supervision.port
            if port is None or not supervision.attends(talking):
                continue
            if supervision.mode == "barge":
                ports.append(port)
            elif supervision.mode == "whisper":
                listening[port] = [each.leg.port for each in supervision.coached(talking)]
            else:
                listening[port] = ()
        return hearing(ports, waiting, silent, listening)

    def _signed_out(self, event: events.AgentLoggedOut) -> None:
        if supervision := self._live.get(event.agent_id):
            supervision.end("logout", "supervisor")
