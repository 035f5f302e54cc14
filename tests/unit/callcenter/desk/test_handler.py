"""The desk answers what the protocol promises."""

import agent_proto as proto
from callcenter.desk.directory_methods import DirectoryMethods
from callcenter.desk.handler import Desk
from callcenter.desk.seat_methods import SeatMethods
from callcenter.desk.supervision import SupervisorDesk
from callcenter.desk.supervision_methods import SupervisionMethods
from callcenter.desk.voicemail_methods import VoicemailMethods

_PARTS = (Desk, SupervisorDesk, SupervisionMethods, VoicemailMethods, DirectoryMethods, SeatMethods)


def test_every_method_that_clients_are_told_of_is_answered() -> None:
    unanswered = {
        name
        for name in proto.METHODS
        if not name.startswith("session.") and not any(part.knows(name) for part in _PARTS)
    }
    assert not unanswered
