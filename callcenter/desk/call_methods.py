"""Answers `call.*`: what agents do with their live calls."""

from collections.abc import Sequence

import agent_proto as proto
from agent_proto import models as m
from callcenter.desk.dispositions import Dispositions
from callcenter.desk.refusing import obeyed
from callcenter.speech.prompt import File, Prompt, Text
from callcenter.switch.call import Call
from callcenter.switch.desk_dial import DialWish
from callcenter.switch.part import TalkPart, leave, part_of, set_data, takes_part
from callcenter.switch.playing import play
from callcenter.switch.ring import AnswerFailedError, Ring
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.summons import Summons
from callcenter.switch.switchboard import Switchboard
from callcenter.switch.targets import CallTarget, destination


class CallMethods(proto.MethodHandler):
    """`session.data` is the `SignIn`."""

    def __init__(self, services: Services, switchboard: Switchboard) -> None:
        self._services = services
        self._switchboard = switchboard
        self._dispositions = Dispositions(services, switchboard)

    @proto.answers("call.answer")
    async def answer(self, session: proto.Session, params: m.AnswerParams) -> None:
        """Off-hook (WZ-3.3.3c): ringing only."""
        try:
            await self._ringing(session.data, params.call_id).answer()
        except AnswerFailedError as error:
            raise proto.ProtocolError("media_failed", str(error)) from None

    @proto.answers("call.reject")
    async def reject(self, session: proto.Session, params: m.RejectParams) -> None:
        """Not this one: ringing only; counts against the agent."""
        self._ringing(session.data, params.call_id).refuse()

    @proto.answers("call.hangup")
    async def hangup(self, session: proto.Session, params: m.HangupParams) -> None:
        """The service ends (WZ-3.3.3d); the last agent's leaving ends the call for the caller."""
        entry: SignIn = session.data
        supervision = self._services.supervisions.of(entry.agent_id)
        if supervision is not None and supervision.call_id == params.call_id:
            supervision.end("hangup", "supervisor")
            return
        dial = self._switchboard.dials.get(params.call_id)
        if dial is not None and dial.sign_in is entry:
            dial.cancel()
        elif not leave(self._own_call(entry, params.call_id), entry):
            raise self._wrong_state(entry, ["talking"])

    @proto.answers("call.dial")
    async def dial(self, session: proto.Session, params: m.DialParams) -> m.DialResult:
        """The agent's own phone first, then outside or another seat (WZ-3.3.6.8, T8, T11)."""
        entry: SignIn = session.data
        services, number = self._services, params.number
        if not services.pbx.lines.may_be_called(entry.seat_no):
            raise self._wrong_state(entry, ["idle", "busy", "acw"])
        shown = params.display_number or ""
        own = {entry.seat.presented, *(each.dnis for each in services.settings.numbers)}
        if shown and shown not in own:
            raise proto.ProtocolError("number_not_allowed", number=shown)
        with obeyed:
            to = destination(services, entry, CallTarget("number", number))
            wish = DialWish(number, shown, params.data or {})
            return m.DialResult(call_id=self._switchboard.dial(entry, to, wish))

    @proto.answers("call.hold")
    async def hold(self, session: proto.Session, params: m.HoldParams) -> None:
        """The other side hears music (WZ-T20)."""
        with obeyed:
            self._talk(session.data, params.call_id).hold()

    @proto.answers("call.retrieve")
    async def retrieve(self, session: proto.Session, params: m.RetrieveParams) -> None:
        """The two talk again."""
        with obeyed:
            self._talk(session.data, params.call_id).retrieve()

    @proto.answers("call.mute")
    async def mute(self, session: proto.Session, params: m.MuteParams) -> None:
        """The other side does not hear the agent (GD-5.2c); repeated, it changes nothing."""
        with obeyed:
            self._talk(session.data, params.call_id).mute(on=True)

    @proto.answers("call.unmute")
    async def unmute(self, session: proto.Session, params: m.UnmuteParams) -> None:
        """Heard again."""
        with obeyed:
            self._talk(session.data, params.call_id).mute(on=False)

    @proto.answers("call.consult")
    async def consult(self, session: proto.Session, params: m.ConsultParams) -> None:
        """Somebody is asked while the caller hears music (WZ-3.3.6.4, 5)."""
        with obeyed:
            part = self._talk(session.data, params.call_id)
            part.consult(session.data, CallTarget(*params.target.named))

    @proto.answers("call.complete_transfer")
    async def complete(self, session: proto.Session, params: m.CompleteTransferParams) -> None:
        """The other two are left to each other; the agent is free (A-03)."""
        with obeyed:
            self._talk(session.data, params.call_id).complete()

    @proto.answers("call.keep")
    async def keep(self, session: proto.Session, params: m.KeepParams) -> None:
        """The consulted party is dropped (A-02)."""
        with obeyed:
            self._talk(session.data, params.call_id).keep()

    @proto.answers("call.toggle")
    async def toggle(self, session: proto.Session, params: m.ToggleParams) -> None:
        """Caller and consulted party are swapped."""
        with obeyed:
            self._talk(session.data, params.call_id).toggle()

    @proto.answers("call.conference")
    async def conference(self, session: proto.Session, params: m.ConferenceParams) -> None:
        """All three talk: with the consulted party, or with an idle one (WZ-3.3.6.9)."""
        with obeyed:
            part = self._talk(session.data, params.call_id)
            if params.target is None:
                part.conference()
            else:
                part.consult(session.data, CallTarget(*params.target.named), join=True)

    @proto.answers("call.transfer")
    async def transfer(self, session: proto.Session, params: m.TransferParams) -> None:
        """Blind, to any kind of target, with attached data (IP-2.1.6)."""
        with obeyed:
            part = self._talk(session.data, params.call_id)
            part.transfer(session.data, CallTarget(*params.target.named))

    @proto.answers("call.play")
    async def play(self, session: proto.Session, params: m.PlayParams) -> None:
        """Words or a prompt for the caller (WZ-3.3.6.1, WZ-T7)."""
        with obeyed:
            part = self._talk(session.data, params.call_id)
            words = params.text
            prompt: Prompt = File(params.prompt or "")
            if words is not None:
                prompt = Text(words, part.call.language)
            await play(part, prompt, params.then)

    @proto.answers("call.start_recording")
    async def start_recording(self, session: proto.Session, params: m.StartRecordingParams) -> None:
        """By name, only talking with an outside party (WZ-3.3.6.6)."""
        entry: SignIn = session.data
        with obeyed:
            part = self._talk(entry, params.call_id)
            await part.start_recording(params.name, entry.agent_id)

    @proto.answers("call.stop_recording")
    async def stop_recording(self, session: proto.Session, params: m.StopRecordingParams) -> None:
        """What was started by that name."""
        with obeyed:
            self._talk(session.data, params.call_id).stop_recording(params.name)

    @proto.answers("call.pause_recording")
    async def pause_recording(self, session: proto.Session, params: m.PauseRecordingParams) -> None:
        """For card numbers; the gap is marked in the records."""
        entry: SignIn = session.data
        with obeyed:
            self._talk(entry, params.call_id).pause_recording(entry.agent_id)

    @proto.answers("call.resume_recording")
    async def resume_recording(
        self, session: proto.Session, params: m.ResumeRecordingParams
    ) -> None:
        """The gap is over."""
        entry: SignIn = session.data
        with obeyed:
            self._talk(entry, params.call_id).resume_recording(entry.agent_id)

    @proto.answers("call.send_digits")
    async def send_digits(self, session: proto.Session, params: m.SendDigitsParams) -> None:
        """Keys for whom the agent talks with."""
        with obeyed:
            self._talk(session.data, params.call_id).press(params.digits)

    @proto.answers("call.set_disposition")
    async def set_disposition(self, session: proto.Session, params: m.SetDispositionParams) -> None:
        """What came of the call (WZ-3.11b): in the talk, and after it until the next one."""
        entry: SignIn = session.data
        call_id = params.call_id
        if not self._dispositions.is_last(entry, call_id):
            self._talk(entry, call_id)
        with obeyed:
            self._dispositions.set(entry, call_id, params.codes, params.note)

    @proto.answers("call.set_data")
    async def set_data(self, session: proto.Session, params: m.SetDataParams) -> None:
        """Call-attached data, which travel with every transfer (GD-4.9)."""
        with obeyed:
            set_data(self._own_call(session.data, params.call_id), params.data)

    @proto.answers("call.receive_fax")
    async def receive_fax(self, session: proto.Session, params: m.ReceiveFaxParams) -> None:
        """There is no fax resource yet (WZ-3.3.6.2)."""
        with obeyed:
            self._talk(session.data, params.call_id).demand_outside()
        raise proto.ProtocolError("no_fax_resource")

    @proto.answers("call.send_fax")
    async def send_fax(self, session: proto.Session, params: m.SendFaxParams) -> None:
        """There is no fax resource yet (WZ-3.3.6.3)."""
        with obeyed:
            self._talk(session.data, params.call_id).demand_outside()
        raise proto.ProtocolError("no_fax_resource")

    def _own_call(self, entry: SignIn, call_id: str) -> Call:
        dial = self._switchboard.dials.get(call_id)
        if dial is not None and dial.sign_in is entry:
            raise self._wrong_state(entry, ["talking"])
        call = self._switchboard.calls.get(call_id)
        if call is None or not takes_part(call, entry):
            raise proto.ProtocolError("no_such_call", call_id=call_id)
        return call

    def _ringing(self, entry: SignIn, call_id: str) -> Ring | Summons:
        call = self._own_call(entry, call_id)
        summons, ring = call.summons.get(entry.seat_no), call.ring_of(entry)
        if summons is not None:
            return summons
        if ring is None or ring.state != "ringing":
            raise self._wrong_state(entry, ["ringing"])
        return ring

    def _wrong_state(self, entry: SignIn, allowed: Sequence[str]) -> proto.ProtocolError:
        state = self._services.dispatcher.view(entry.agent_id).state
        return proto.ProtocolError("wrong_state", state=state, allowed=list(allowed))

    def _talk(self, entry: SignIn, call_id: str) -> TalkPart:
        part = part_of(self._own_call(entry, call_id), entry)
        if part is None:
            raise self._wrong_state(entry, ["talking"])
        return part
