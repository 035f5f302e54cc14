"""A supervisor with a talk of somebody else: hears it, coaches the agent, or talks with all."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import sip
from callcenter import events
from callcenter.switch.leg import Leg
from callcenter.switch.own_phone import OwnPhone
from callcenter.switch.party import Party
from callcenter.switch.refusal import CommandRefusedError, wrong_state
from callcenter.switch.transfer import taken

if TYPE_CHECKING:
    from callcenter.switch.bridge import Bridge
    from callcenter.switch.roster import SignIn
    from callcenter.switch.services import Services
    from media.plane import Port

Mode: TypeAlias = Literal["monitor", "whisper", "barge"]
Follow: TypeAlias = Literal["agent", "call"]


class Supervision:
    """From the command to `end`, whatever the talk goes through meanwhile.

    It is tied to one leg, the agent's or the customer's (`follow`), and is heard and hears wherever
    that leg talks: nothing while it is held or waits, a consulted party while that is talked to,
    the next agent after a transfer. It ends with that leg.

    The parties of the talk are told nothing, and nothing of theirs is touched but, by `hear`, what
    is mixed for them (rule 14).
    """

    def __init__(
        self,
        services: "Services",
        supervisor: "SignIn",
        target: "SignIn",
        talk: "tuple[Bridge, Party]",
        mode: Mode,
        follow: Follow,
        *,
        movable: bool = True,
    ) -> None:
        """Without `movable` the supervisor's phone is not the desk's to send elsewhere."""
        bridge, party = talk
        self.movable = movable
        self.supervisor = supervisor
        self.target = target
        """Who was named; coached as long as they talk, then whoever has taken their place is."""
        self.bridge = bridge
        """The talk that the followed party was in last."""
        self.call_id = bridge.call.call_id
        """Taken by `leave`, whatever the call has become since."""
        self.mode = mode
        self.follow = follow
        self._services = services
        self._followed = party if follow == "agent" else _customer(bridge, party)
        self._taking = False
        self._over = False
        self._party: Party | None = None
        """The supervisor, once their phone is connected."""
        self._phone = OwnPhone(services, supervisor, self.call_id, self._connected, self._failed)
        self._follow_leg()

    def start(self) -> None:
        """Rings the supervisor's own phone."""
        self._services.supervisions.add(self)
        call = self.bridge.call
        self._phone.ring(call.ani, call.codecs)

    def attend(self, party: Party) -> None:
        """Instead of `start`: at a phone that is connected already."""
        self._services.supervisions.add(self)
        self._connected(party)

    def follow_on(self, before: "Supervision") -> bool:
        """Instead of `start`: with the phone as it is connected in another supervision.

        False, and nothing is changed, when it is not.
        """
        party = before._party
        if party is None:
            return False
        before._let_go_of(party)
        before.end("hangup", "supervisor")
        self._services.supervisions.add(self)
        self._connected(party)
        return True

    @property
    def port(self) -> "Port | None":
        """The supervisor's, once connected."""
        return None if self._party is None else self._party.leg.port

    def attends(self, talking: Sequence[Party]) -> bool:
        """Whether these are whom the supervisor is with."""
        if self._party is None or self._taking:
            return False
        return any(party.leg is self._followed.leg for party in talking)

    def coached(self, talking: Sequence[Party]) -> Collection[Party]:
        """Whom the supervisor speaks to in mode `whisper`: the target, or the agents who are left.

        Never the customer.
        """
        named = [party for party in talking if party.seat_no == self.target.seat_no]
        roster = self._services.roster
        return named or [
            party
            for party in talking
            if roster.agent_at(party.seat_no) and party is not self.bridge.call.caller
        ]

    def switch(self, mode: Mode) -> None:
        """Another mode, in place."""
        self._taking = False
        if mode != self.mode:
            self.mode = mode
            if self._party is not None:
                self._apply()
                self._tell()

    def moved_to(self, bridge: "Bridge") -> None:
        """The followed party talks anew.

        A supervision of the call ends when that goes to another team, unless the site has it go on;
        one of an agent stays with them (rule 13).
        """
        self.bridge = bridge
        roster, services = self._services.roster, self._services
        agents = filter(None, (roster.at_seat(party.seat_no) for party in bridge.parties))
        teams = {each.agent.team for each in agents if each is not self.supervisor}
        bound = self.follow == "call" and not services.settings.agent_proto.follow_calls
        if bound and teams and not any(map(self.supervisor.supervises, teams)):
            self.end("other_team")

    def follows(self, parties: Sequence[Party]) -> bool:
        """Whether one of these is followed."""
        return any(party.leg is self._followed.leg for party in parties)

    def take(self) -> None:
        """The call is the supervisor's, the target dropped and free (WZ-3.4.3).

        Raises `CommandRefusedError` while the talk is about to become another.
        """
        bridge, newcomer = self.bridge, self._party
        leaver = target_party(bridge, self.target)
        if newcomer is None:
            if leaver is None or not bridge.settled:
                raise wrong_state("transferring", "talking")
            self._taking = True
            return
        if leaver is None or not bridge.transfer(partial(taken, bridge, leaver, newcomer)):
            raise wrong_state("transferring", "talking")
        self._let_go_of(newcomer)
        bridge.call.guests.add(newcomer)
        self.end("intercepted", "supervisor")

    def end(self, cause: str = "hangup", by: Literal["supervisor", "system"] = "system") -> None:
        """Parts the supervisor from the talk, which goes on; harmless when repeated."""
        if self._over:
            return
        self._over = True
        self._services.supervisions.remove(self)
        party, self._party = self._party, None
        if party is not None:
            self.bridge.call.recorder.part(party.leg.port)
        self._phone.hang_up()
        self.bridge.rehear()
        services = self._services
        services.stream.emit(
            events.SupervisionEnded(
                services.clock.now(),
                self.call_id,
                self.supervisor.agent_id,
                self.supervisor.seat_no,
                cause,
                by,
            )
        )
        if party is not None:
            party.let_go(200)

    def _connected(self, party: Party) -> None:
        self._party = party
        party.leg.ended = self._hung_up
        party.leg.watch(
            self._services.settings.media.rtp_timeout, partial(self.end, "device_failed")
        )
        if party.leg.over:
            self.end("hangup", "supervisor")
        elif self._taking:
            self._take_late()
        else:
            self._apply()
            self._tell()

    def _take_late(self) -> None:
        """The talk may have become another since it was asked for."""
        try:
            self.take()
        except CommandRefusedError:
            self.end("failed")

    def _let_go_of(self, party: Party) -> None:
        """Their leg is somebody else's from now on."""
        self._party = None
        self.bridge.call.recorder.part(party.leg.port)
        party.leg.ended = _nothing

    def _failed(self, cause: events.ReachOutcome) -> None:
        self.end(cause)

    def _hung_up(self, end: sip.CallEnd) -> None:
        self.end("hangup", "supervisor")

    def _apply(self) -> None:
        if self._party is not None:
            recorder, port = self.bridge.call.recorder, self._party.leg.port
            recorder.part(port)
            if self.mode == "barge":
                recorder.join(port)
        self.bridge.rehear()

    def _tell(self) -> None:
        services = self._services
        services.stream.emit(
            events.SupervisionStarted(
                services.clock.now(),
                self.call_id,
                self.supervisor.agent_id,
                self.supervisor.seat_no,
                self.target.agent_id,
                self.target.seat_no,
                self.bridge.call.ani,
                self.mode,
            )
        )

    def _follow_leg(self) -> None:
        leg = self._followed.leg
        leg.at_close(partial(self._lost, leg))

    def _lost(self, leg: Leg) -> None:
        """The followed party is gone, unless they go on at another phone of theirs."""
        if self._over or leg is not self._followed.leg:
            return
        seat_no = self._followed.seat_no
        call = self.bridge.call
        for party in (call.caller, *call.guests) if seat_no else ():
            if party.seat_no == seat_no and not party.leg.over and party.leg is not leg:
                self._followed = party
                self._follow_leg()
                return
        self.end()


def target_party(bridge: "Bridge", target: "SignIn") -> Party | None:
    """The target's part in a talk."""
    return next((each for each in bridge.parties if each.seat_no == target.seat_no), None)


def _customer(bridge: "Bridge", party: Party) -> Party:
    """With whom the target talks, or whose call it is that they are asked about."""
    return bridge.partner(party) if party in bridge.parties else bridge.call.caller


def _nothing(end: sip.CallEnd) -> None:
    return None


def talk_of(services: "Services", target: "SignIn") -> "tuple[Bridge, Party] | None":
    """The talk that the target is in, asked by somebody or as one of the two, and their part."""
    for bridge in set(services.pbx.bridges.values()):
        consultation = bridge.consultation
        asked = None if consultation is None else consultation.target
        for party in (*bridge.parties, *(() if asked is None else (asked,))):
            if party.seat_no == target.seat_no and not party.leg.over and not bridge.over:
                return bridge, party
    return None


async def record(bridge: "Bridge", party: Party, supervisor: "SignIn", name: str) -> None:
    """Records the target's talk beside all other recordings (WZ-3.4.2), until it ends.

    Raises `CommandRefusedError`.
    """
    key = f"{supervisor.agent_id}:{name}"
    if key in bridge.recordings:
        raise wrong_state("recording", "talking")
    customer = _customer(bridge, party).leg.port
    recording = await bridge.call.recorder.start_named(
        name, customer, party.leg.port, supervisor.agent_id
    )
    if recording is None:
        raise CommandRefusedError("media_failed", "the disk refuses the recording")
    bridge.recordings[key] = recording
    if bridge.over:  # since
        recording.stop()
