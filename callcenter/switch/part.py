"""An agent's part in a live call, and what they may do with it."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from callcenter import events
from callcenter.routing.dial_plan import Service
from callcenter.switch.desk_asker import DeskAsker
from callcenter.switch.reach import Reach
from callcenter.switch.refusal import UNDECODED, CommandRefusedError, wrong_state
from callcenter.switch.targets import CallTarget, destination
from callcenter.switch.transfer import given

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge
    from callcenter.switch.call import Call
    from callcenter.switch.consultation import Consultation
    from callcenter.switch.party import Party
    from callcenter.switch.roster import SignIn

MAX_DATA_BYTES = 16_384
"""All attached data of one call, as text: what is told of a call fits a line of the protocol."""


class TalkPart:
    """One agent in one talk. Every command raises `CommandRefusedError` and then changes nothing.

    Keys of the agent's phone come to the same deeds without passing here.
    """

    def __init__(self, call: "Call", bridge: "Bridge", party: "Party") -> None:
        self.call = call
        self.bridge = bridge
        self.party = party

    def hang_up(self, cause: str = "hangup") -> None:
        """The agent leaves; the last one's leaving ends the call."""
        consultation = self.bridge.consultation
        if consultation is not None and cause == "hangup" and consultation.party is self.party:
            consultation.give_on()  # as when the phone hangs up
        elif self.party is self.call.caller:
            self.call.end("hangup", "caller")
        else:
            self.bridge.end(self.bridge.called, cause)

    def hold(self) -> None:
        """The other side hears music (WZ-T20)."""
        self.settled().floor.hold(self.party)

    def retrieve(self) -> None:
        """The two talk again."""
        self.settled().floor.retrieve(self.party)

    def mute(self, *, on: bool) -> None:
        """The other side does not hear the agent (GD-5.2c)."""
        self.settled().floor.mute(self.party, on=on)

    def consult(self, sign_in: "SignIn", target: CallTarget, *, join: bool = False) -> None:
        """Asks somebody while the other side hears music (WZ-3.3.6.4, 5).

        With `join` they are in conference as soon as that one has answered.
        """
        self.settled()
        if join:
            self._demand_mixed()
        to = destination(self.call.services, sign_in, target)
        if isinstance(to, Service):
            raise CommandRefusedError("no_such_target", "nobody to talk with", target=str(target))
        DeskAsker(self.bridge, self.party, join=join).ask(sign_in, to, str(target))

    def complete(self) -> None:
        """Leaves the other two to each other, at once or when the target answers."""
        self._consultation().give_on()

    def keep(self) -> None:
        """Parts from the consulted party, back to the other (A-02)."""
        self._consultation().come_back()

    def toggle(self) -> None:
        """Swaps who waits."""
        consultation = self._consultation()
        if consultation.target is None or consultation.joined:
            raise wrong_state("conference" if consultation.joined else "consulting", "consulted")
        consultation.toggle()

    def conference(self) -> None:
        """Joins the consulted party (WZ-3.3.6.9); either agent may leave later (WZ-T19)."""
        consultation = self._consultation()
        if consultation.target is None:
            raise wrong_state("consulting", "consulted")
        if consultation.joined:
            raise wrong_state("conference", "consulted")
        self._demand_mixed()
        consultation.join()

    def transfer(self, sign_in: "SignIn", target: CallTarget) -> None:
        """Blind: the agent is free at once (WZ-3.3.6.4b)."""
        self.settled()
        to = destination(self.call.services, sign_in, target)
        bridge = self.bridge
        if bridge.opaque and isinstance(to, Service):
            raise CommandRefusedError("no_such_target", UNDECODED, target=str(target))
        reach = Reach(self.call, bridge.partner(self.party), sign_in.seat)
        name = target.name
        bridge.transfer(partial(given, bridge, self.party, lambda: reach.find(to), name))

    def press(self, digits: str) -> None:
        """Keys for whom the agent talks with: the other, or whom they have asked."""
        bridge = self.bridge
        consultation = bridge.consultation
        asked = None if consultation is None or consultation.over else consultation.target
        if asked is not None and consultation is not None and consultation.party is self.party:
            if consultation.joined or not consultation.toggled:
                _press(asked, digits)
            if consultation.joined or consultation.toggled:
                _press(bridge.partner(self.party), digits)
            return
        if self.settled().floor.holder is not None:
            raise wrong_state("held", "talking")
        _press(bridge.partner(self.party), digits)

    def pause_recording(self, agent_id: str) -> None:
        """What is said from now on is in no file, whoever wanted the recording."""
        recorder = self.call.recorder
        if recorder.paused or not recorder.pause(agent_id):
            raise wrong_state("paused" if recorder.paused else "talking", "recording")

    def resume_recording(self, agent_id: str) -> None:
        """The pause is over."""
        recorder = self.call.recorder
        if not recorder.paused:
            raise wrong_state("recording", "paused")
        recorder.resume(agent_id)

    def demand_outside(self) -> None:
        """Raises `CommandRefusedError` unless the agent talks with somebody outside."""
        if self.settled().partner(self.party).seat_no:
            raise CommandRefusedError("not_outside_party")

    def demand_decoded(self) -> None:
        """Raises `CommandRefusedError` unless something can be played to the talk, or recorded."""
        if self.bridge.opaque:
            raise CommandRefusedError("media_failed", UNDECODED)

    def _demand_mixed(self) -> None:
        if self.bridge.opaque:
            raise CommandRefusedError("wrong_state", UNDECODED, state="talking", allowed=[])

    async def start_recording(self, name: str, agent_id: str) -> None:
        """By name, only talking with an outside party (WZ-3.3.6.6); ends with the talk at last."""
        self.demand_outside()
        self.demand_decoded()
        bridge = self.bridge
        if name in bridge.recordings:
            raise wrong_state("recording", "talking")
        caller, agent = bridge.partner(self.party).leg.port, self.party.leg.port
        recording = await self.call.recorder.start_named(name, caller, agent, agent_id)
        if recording is None:
            raise CommandRefusedError("media_failed", "the disk refuses the recording")
        bridge.recordings[name] = recording
        if bridge.over:  # since
            recording.stop()

    def stop_recording(self, name: str) -> None:
        """Ends what was started by that name."""
        if name not in self.bridge.recordings:
            raise wrong_state("talking", "recording")
        self.bridge.recordings.pop(name).stop()

    def _consultation(self) -> "Consultation":
        consultation = self.bridge.consultation
        if consultation is None or consultation.over or consultation.party is not self.party:
            raise CommandRefusedError("no_consultation")
        return consultation

    @property
    def agent_id(self) -> str:
        """Whose part it is; empty when nobody is signed in there."""
        return self.call.services.roster.agent_at(self.party.seat_no)

    def settled(self) -> "Bridge":
        """The bridge, while nothing is about to change in it. Raises `CommandRefusedError`."""
        if not self.bridge.settled:
            consultation = self.bridge.consultation
            state = "transferring" if consultation is None else "consulting"
            if consultation is not None and consultation.joined:
                state = "conference"
            raise wrong_state(state, "talking")
        return self.bridge


def _press(party: "Party", digits: str) -> None:
    if not party.leg.takes_keys:
        raise CommandRefusedError("wrong_state", UNDECODED, state="talking", allowed=[])
    party.leg.press(digits)


def part_of(call: "Call", sign_in: "SignIn") -> TalkPart | None:
    """What this agent's part in the call's talk is; None where they have none."""
    bridge = call.bridge
    for party in () if bridge is None else bridge.parties:
        if party.seat_no == sign_in.seat_no and bridge is not None:
            return TalkPart(call, bridge, party)
    return None


def takes_part(call: "Call", sign_in: "SignIn") -> bool:
    """Whether the call rings for this agent, or they talk, are asked or dial in it."""
    return (
        call.ring_of(sign_in) is not None
        or sign_in.seat_no in call.summons
        or sign_in.seat_no in call.seats
        or part_of(call, sign_in) is not None
    )


def leave(call: "Call", sign_in: "SignIn", cause: str = "hangup") -> bool:
    """The agent hangs up, as a talking, consulted or dialling one; False when it only rings."""
    part, seat_no, bridge = part_of(call, sign_in), sign_in.seat_no, call.bridge
    consultation = None if bridge is None else bridge.consultation
    target = None if consultation is None else consultation.target
    if part is not None:
        part.hang_up(cause)
    elif consultation is not None and target is not None and target.seat_no == seat_no:
        consultation.drop_target()
    elif call.caller.seat_no == seat_no:
        call.end("hangup", "caller")
    else:
        return False
    return True


def sign_out_of(call: "Call", sign_in: "SignIn") -> None:
    """The agent is gone: what rings for them stops, what they talk in they leave."""
    if summons := call.summons.get(sign_in.seat_no):
        summons.refuse()
    elif takes_part(call, sign_in):
        leave(call, sign_in, "logout")


def set_data(call: "Call", data: Mapping[str, object]) -> None:
    """Attaches data to the call (GD-4.9): what is given replaces what has the same name.

    Raises `CommandRefusedError` when it is too much.
    """
    merged = {**call.data, **data}
    if len(repr(merged)) > MAX_DATA_BYTES:
        raise CommandRefusedError("out_of_range", "too much data", path="data")
    call.data = merged
    services = call.services
    services.stream.emit(
        events.CallDataChanged(services.clock.now(), call.call_id, call.agents, dict(merged))
    )
