"""What agents say came of their calls (WZ-3.11b): several codes and a note, also after the talk."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter import events
from callcenter.switch.refusal import CommandRefusedError
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class _Talk:
    call_id: str
    queue: str


class Dispositions:
    """One for all agents; knows the last talk of each who is signed in."""

    def __init__(self, services: Services, switchboard: Switchboard) -> None:
        self._services = services
        self._switchboard = switchboard
        self._last: dict[str, _Talk] = {}
        stream = services.stream
        stream.subscribe(self._talk_started, [events.TalkStarted])
        stream.subscribe(self._bridge_started, [events.BridgeStarted])
        stream.subscribe(self._logged_out, [events.AgentLoggedOut])

    def is_last(self, entry: SignIn, call_id: str) -> bool:
        """Whether it is the agent's talk, or was their last one."""
        talk = self._last.get(entry.agent_id)
        return talk is not None and talk.call_id == call_id

    def set(self, entry: SignIn, call_id: str, codes: Sequence[str], note: str) -> None:
        """Tells the records. Raises `CommandRefusedError` for a code that the queue does not have.

        Without codes and note it is taken back.
        """
        talk = self._last.get(entry.agent_id, _Talk(call_id, ""))
        queue = self._services.queues.get(talk.queue)
        known = queue.dispositions if queue is not None else ()
        for position, code in enumerate(codes):
            if known and code not in known:
                raise CommandRefusedError(
                    "out_of_range",
                    "no code of the queue's",
                    path=f"codes.{position}",
                    allowed=list(known),
                )
        services = self._services
        services.stream.emit(
            events.DispositionSet(
                services.clock.now(),
                call_id,
                entry.agent_id,
                entry.seat_no,
                talk.queue,
                tuple(dict.fromkeys(codes)),
                note,
            )
        )

    def _talk_started(self, event: events.TalkStarted) -> None:
        self._last[event.agent_id] = _Talk(event.call_id, event.queue)

    def _bridge_started(self, event: events.BridgeStarted) -> None:
        """Without a queue, or transferred: then it is still the queue's that the caller chose."""
        call = self._switchboard.calls.get(event.call_id)
        visit = None if call is None else call.visit
        for agent_id in event.agents:
            queue = "" if visit is None else visit.queue
            self._last[agent_id] = _Talk(event.call_id, queue)

    def _logged_out(self, event: events.AgentLoggedOut) -> None:
        self._last.pop(event.agent_id, None)
