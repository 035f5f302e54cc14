"""Answers `voicemail.*`: agents hear messages at their own device, mark, delete and call back."""

from pathlib import Path

import agent_proto as proto
from agent_proto import models as m
from callcenter import events
from callcenter.desk.boxes import boxes_of, own_boxes
from callcenter.desk.notices import Notices
from callcenter.desk.records import DeskRecords, Message, RecordsError
from callcenter.desk.refusing import obeyed, recorded
from callcenter.speech.provider import SpeechError
from callcenter.switch.desk_dial import DialWish
from callcenter.switch.own_phone import ON_HOOK
from callcenter.switch.roster import SignIn
from callcenter.switch.services import Services
from callcenter.switch.switchboard import Switchboard
from callcenter.switch.targets import CallTarget, destination
from callcenter.voicemail.listening import Listening

MAX_LISTED = 100


class VoicemailMethods(proto.MethodHandler):
    """Part of the `Desk`."""

    def __init__(
        self, services: Services, switchboard: Switchboard, notices: Notices, records: DeskRecords
    ) -> None:
        self._services = services
        self._switchboard = switchboard
        self._notices = notices
        self._records = records
        services.stream.subscribe(self._message_left, [events.VoicemailLeft])

    async def unheard(self, entry: SignIn) -> int:
        """For the login; 0 while the records do not answer: agents come before figures."""
        try:
            return await self._records.unheard(own_boxes(entry))
        except RecordsError as error:
            self._services.logger.warning("unheard messages not counted", error=str(error))
            return 0

    @proto.answers("voicemail.list")
    async def list(
        self, session: proto.Session, params: m.VoicemailListParams
    ) -> m.VoicemailListResult:
        """The newest first."""
        boxes = boxes_of(self._services.roster, session.data)
        if params.box is not None:
            if params.box not in boxes:
                raise proto.ProtocolError("forbidden", "not a box of yours", path="box")
            boxes = (params.box,)
        else:
            boxes = own_boxes(session.data)
        with recorded:
            found = await self._records.messages(boxes, MAX_LISTED)
        return m.VoicemailListResult(messages=[_shown(message) for message in found])

    @proto.answers("voicemail.play")
    async def play(
        self, session: proto.Session, params: m.VoicemailPlayParams
    ) -> m.VoicemailPlayResult:
        """Rings the own device and plays it there; then it counts as heard."""
        entry: SignIn = session.data
        message = await self._message(entry, params.message_id)
        self._check_on_hook(entry)
        path = Path(self._services.settings.store.voicemail) / message.path
        try:
            pcm = await self._services.prompts.decode(path)
        except SpeechError as error:
            raise proto.ProtocolError("media_failed", str(error)) from None
        self._check_on_hook(entry)
        with obeyed:
            listening = Listening(pcm, lambda: self._heard(message))
            call_id = self._switchboard.listen(entry, listening.run)
        return m.VoicemailPlayResult(call_id=call_id)

    @proto.answers("voicemail.mark")
    async def mark(self, session: proto.Session, params: m.VoicemailMarkParams) -> None:
        """As heard, or as unheard."""
        message = await self._message(session.data, params.message_id)
        await self._mark(message, heard=params.heard)

    @proto.answers("voicemail.delete")
    async def delete(self, session: proto.Session, params: m.VoicemailDeleteParams) -> None:
        """With its file."""
        message = await self._message(session.data, params.message_id)
        with recorded:
            await self._records.delete(message.message_id)
        path = Path(self._services.settings.store.voicemail) / message.path
        path.unlink(missing_ok=True)
        self._tell(events.MessageDeleted, message, heard=message.heard_at is not None)

    @proto.answers("voicemail.call_back")
    async def call_back(
        self, session: proto.Session, params: m.VoicemailCallBackParams
    ) -> m.DialResult:
        """Like `call.dial`, to who left it."""
        entry: SignIn = session.data
        message = await self._message(entry, params.message_id)
        self._check_on_hook(entry)
        if not message.contact_number:
            raise proto.ProtocolError("number_not_allowed", "the number was withheld")
        with obeyed:
            number = message.contact_number
            if number not in self._services.roster.seats:
                number = self._services.settings.pbx.outside_prefix + number
            to = destination(self._services, entry, CallTarget("number", number))
            wish = DialWish(number, data={"voicemail": message.message_id})
            return m.DialResult(call_id=self._switchboard.dial(entry, to, wish))

    async def _message(self, entry: SignIn, message_id: str) -> Message:
        """Whether there is none or it is not theirs to hear, they are told the same."""
        with recorded:
            message = await self._records.message(message_id)
        if message is None or message.box not in boxes_of(self._services.roster, entry):
            raise proto.ProtocolError("no_such_message", message_id=message_id)
        return message

    async def _mark(self, message: Message, *, heard: bool) -> None:
        if heard is (message.heard_at is not None):
            return
        with recorded:
            at = self._services.clock.wall() if heard else None
            await self._records.mark(message.message_id, at)
        self._tell(events.MessageMarked, message, heard=heard)

    async def _heard(self, message: Message) -> None:
        try:
            await self._mark(message, heard=True)
        except proto.ProtocolError as error:
            self._services.logger.error("message not marked as heard", error=str(error))

    def _tell(
        self,
        kind: type[events.MessageMarked | events.MessageDeleted],
        message: Message,
        *,
        heard: bool,
    ) -> None:
        services = self._services
        services.stream.emit(kind(services.clock.now(), message.box, message.message_id, heard))

    def _check_on_hook(self, entry: SignIn) -> None:
        services = self._services
        state = services.dispatcher.view(entry.agent_id).state
        if state not in ON_HOOK or not services.pbx.lines.may_be_called(entry.seat_no):
            raise proto.ProtocolError("wrong_state", state=state, allowed=list(ON_HOOK))

    def _message_left(self, event: events.VoicemailLeft) -> None:
        """Whoever's box it is learns of it."""
        notice = m.VoicemailWaiting(
            message_id=Path(event.path).stem,
            box=event.box,
            ani=event.ani,
            duration_s=event.duration_s,
        )
        for entry in self._services.roster:
            if event.box in own_boxes(entry):
                self._notices.tell(entry, notice)


def _shown(message: Message) -> m.VoicemailMessage:
    return m.VoicemailMessage(
        message_id=message.message_id,
        box=message.box,
        ani=message.ani,
        contact_number=message.contact_number,
        left_at=message.left_at,
        duration_s=message.duration_s,
        heard=message.heard_at is not None,
    )
