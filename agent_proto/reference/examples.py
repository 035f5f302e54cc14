"""An example of every method, and what its model cannot say; held to the models by a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_CALL = "20261120-122058-6cc16e76"
_AT = "2026-11-20T12:20:57.936Z"


@dataclass(frozen=True, slots=True)
class Example:
    """Params and result on the wire."""

    params: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    remark: str = ""
    """Takes the place of the model's own text."""


def _target(state: str, reason: str = "") -> dict[str, Any]:
    return {"agent_id": "1004", "seat_no": "8004", "state": state, "reason": reason}


EXAMPLES: Mapping[str, Example] = MappingProxyType(
    {
        "session.hello": Example(
            {"protocol": 1, "client": "desk 2.0", "locale": "zh-CN"},
            {
                "server": "callcenter",
                "protocol": 1,
                "capabilities": ["session.hello", "agent.login"],
                "heartbeat_s": 15.0,
            },
        ),
        "session.ping": Example({}, {"at": _AT}, "A sign of life, in either direction."),
        "session.resume": Example(
            {"resume_token": "DvTN0ZiaV5mwNwDGacOwsZY6cSUjHP5W", "last_seq": 41},
            {"session_id": "LOu2F_5ufH9iZ7h5LS_FIc9xrSrS83_I", "last_seq": 43},
            "Takes over a session whose connection was lost, or is still there; the events after "
            "`last_seq` are sent again, then live ones.",
        ),
        "agent.login": Example(
            {
                "agent_id": "1004",
                "password": "agent-1004",
                "seat_no": "8004",
                "class": "agent",
                "skills": {"support": 1},
                "state": "idle",
            },
            {
                "session_id": "LOu2F_5ufH9iZ7h5LS_FIc9xrSrS83_I",
                "resume_token": "DvTN0ZiaV5mwNwDGacOwsZY6cSUjHP5W",
                "agent": {
                    "agent_id": "1004",
                    "name": "Dai",
                    "class": "agent",
                    "team": "west",
                    "skills": {"support": 1},
                },
                "seat_no": "8004",
                "state": "idle",
                "reason": "",
                "queues": ["support"],
                "unheard_messages": 0,
            },
            "Signs in at a seat (WZ-3.3.1). An unknown agent and a wrong password get the same "
            "answer; after several in a row it is `locked_out`, with `retry_after_s`.",
        ),
        "agent.logout": Example(
            remark="Out of every queue; the seat is hung up (WZ-3.3.2). The connection stays, and "
            "somebody may sign in on it."
        ),
        "agent.set_busy": Example(
            {"reason": "tea"},
            {"state": "busy", "reason": "tea"},
            "Only `idle`, `busy` or in after-call work (`acw`); the reasons that the system gives, "
            "such as `break`, are refused (WZ-3.3.6.7).",
        ),
        "agent.set_idle": Example(
            {},
            {"state": "idle", "reason": ""},
            "Only `idle`, `busy` or in after-call work (`acw`) (WZ-3.3.6.7).",
        ),
        "agent.request_break": Example(
            {"reason": "lunch"},
            {"state": "busy", "reason": "break"},
            "Granted while fewer of the team are on a break than `max_on_break`, else "
            "`break_quota_full`; supervisors see the request and may grant it (GD-5.2e, A-12).",
        ),
        "agent.end_break": Example(
            {},
            {"state": "idle", "reason": ""},
            "Back to work; a request that was refused is taken back.",
        ),
        "agent.change_password": Example(
            {"old": "agent-1004", "new": "correct horse"},
            remark="At least 8 characters. A wrong `old` is `bad_credentials` and counts like a "
            "failed login. It holds until the site file has another password (WZ-T32).",
        ),
        "agent.finish_acw": Example({}, {"state": "idle", "reason": ""}),
        "agent.extend_acw": Example({"seconds": 30}, {"state": "acw", "reason": ""}),
        "agent.get": Example(
            {},
            {"state": "idle", "reason": "", "since": _AT, "calls": []},
            "Everything that a client needs to draw itself anew.",
        ),
        "agent.statistics": Example(
            {},
            {
                "day": "2026-11-20",
                "state": "idle",
                "reason": "",
                "state_s": 42.0,
                "signed_in_s": 14400.0,
                "offered": 31,
                "answered": 30,
                "no_answer": 1,
                "outgoing": 4,
                "talk_s": 5400.0,
                "outgoing_s": 600.0,
                "acw_s": 900.0,
                "idle_s": 5300.0,
                "busy": 2,
                "busy_s": 300.0,
                "breaks": 1,
                "break_s": 1800.0,
                "average_talk_s": 180.0,
                "average_handling_s": 210.0,
                "queues": [{"queue": "support", "waiting": 3, "idle": 0}],
            },
        ),
        "call.answer": Example(
            {"call_id": _CALL},
            remark="Only while it rings. In answer mode `phone` the phone, which rings too, is "
            "asked to pick up (`NOTIFY` with `Event: talk`); the answer comes at once, and a phone "
            "that does not know this must be picked up by hand. In mode `protocol` the phone is "
            "called now with auto-answer headers; one that has not answered after 3 s makes it "
            "`media_failed`.",
        ),
        "call.reject": Example(
            {"call_id": _CALL, "reason": "wrong skill"},
            remark="Only while it rings; the agent becomes busy (`rejected`), the caller goes on "
            "waiting.",
        ),
        "call.hangup": Example(
            {"call_id": _CALL},
            remark="Only in a talk; the call ends for the caller, too.",
        ),
        "call.dial": Example(
            {"number": "13800138000", "data": {"order": 17}},
            {"call_id": _CALL},
            "Only `idle`, `busy` or `acw`. The agent's own phone is called first, with auto-answer "
            "headers; then the number, as the seat's phone could dial it, and the agent hears how "
            "it goes. A phone that does not answer ends it (`device_failed`).",
        ),
        "call.hold": Example(
            {"call_id": _CALL},
            remark="The other side hears music. A hold by the phone's own key is the phone's to "
            "end. Both are told as `call.held` and `call.retrieved` (WZ-T20).",
        ),
        "call.retrieve": Example({"call_id": _CALL}, remark="Ends a hold of the desk's."),
        "call.mute": Example(
            {"call_id": _CALL},
            remark="The other side does not hear the agent, who hears it; harmless when repeated "
            "(GD-5.2c).",
        ),
        "call.unmute": Example({"call_id": _CALL}, remark="Ends it."),
        "call.play": Example(
            {"call_id": _CALL, "text": "The office opens at nine.", "then": "release"}
        ),
        "call.start_recording": Example({"call_id": _CALL, "name": "order 17"}),
        "call.stop_recording": Example({"call_id": _CALL, "name": "order 17"}),
        "call.pause_recording": Example(
            {"call_id": _CALL},
            remark="For card numbers: the gap is silence in the file and is marked in the records; "
            "what is said in it is kept nowhere, and keys are not told. It is for all recordings "
            "of the talk, whoever wanted them.",
        ),
        "call.resume_recording": Example({"call_id": _CALL}),
        "call.send_digits": Example(
            {"call_id": _CALL, "digits": "42#"},
            remark="Keys for whom the agent talks with: telephone events (RFC 4733), tones for who "
            "takes none, INFO for who takes none and sends their own keys so.",
        ),
        "call.set_disposition": Example(
            {"call_id": _CALL, "codes": ["sold", "call_back"], "note": "after the holidays"},
            remark="Of one's own talk, or of the last one until the next begins, so in after-call "
            "work, too. What is given takes the place of what was; the queue's `dispositions` say "
            "which codes there are (WZ-3.11b).",
        ),
        "call.set_data": Example(
            {"call_id": _CALL, "data": {"order": "A-17"}},
            remark="Attached data, up to 16 KiB for a call; what is given replaces what has the "
            "same name. They go with the call wherever it goes (GD-4.9).",
        ),
        "call.consult": Example(
            {"call_id": _CALL, "target": {"agent": "1001"}},
            remark="The caller hears music while somebody is asked: a seat, an agent, a supervisor "
            "or a number. The answer comes at once, `call.participant_joined` when who was called "
            "has answered, or `call.consult_failed`: then agent and caller are together again "
            "(WZ-3.3.6.4).",
        ),
        "call.complete_transfer": Example(
            {"call_id": _CALL},
            remark="Leaves the other two to each other; may be asked for while it still rings "
            "(WZ-3.3.6.4b, A-03).",
        ),
        "call.keep": Example(
            {"call_id": _CALL}, remark="Parts from the consulted party, back to the caller (A-02)."
        ),
        "call.toggle": Example(
            {"call_id": _CALL}, remark="Swaps who waits, the caller or the consulted party."
        ),
        "call.conference": Example(
            {"call_id": _CALL, "target": {"agent": "1004"}},
            remark="Without a `target` the consulted party joins; with one, somebody idle is "
            "called and joins on answering, while the caller hears music. Either agent may leave: "
            "the two others go on (WZ-3.3.6.9, WZ-T19). `call.keep` drops who was asked.",
        ),
        "call.transfer": Example(
            {"call_id": _CALL, "target": {"queue": "sales"}},
            remark="Blind. It frees the agent at once; the caller hears it ring. Nobody answers: "
            "the caller goes to the head of the queue they came from, or back to the agent where "
            "no queue gave the call.",
        ),
        "call.receive_fax": Example(
            {"call_id": _CALL, "file": "fax.tif"}, remark="There is no fax resource yet."
        ),
        "call.send_fax": Example(
            {"call_id": _CALL, "file": "fax.tif"}, remark="There is no fax resource yet."
        ),
        "directory.query": Example(
            {"condition": "wang"},
            {"customers": [{"number": "13800138000", "name": "Wang Fang", "contract": "A-17"}]},
        ),
        "seat.get": Example(
            {},
            {
                "seat_no": "8004",
                "kind": "sip",
                "answer_mode": "protocol",
                "registered": True,
                "contacts": [
                    {
                        "user_agent": "desk phone 1.2",
                        "address": "udp:192.0.2.4:5060",
                        "expires_at": _AT,
                    }
                ],
            },
            "The phones that are registered for the seat, and in a talk what is heard of it "
            "(GX-B3).",
        ),
        "seat.offer": Example(
            {"sdp": "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n…"},
            {"sdp": "v=0\r\no=- 7 0 IN IP4 192.0.2.1\r\n…"},
            "A browser at a seat of kind `webrtc` brings its own voice (DTLS-SRTP, ICE), once for "
            "the shift: from the answer on calls come and go in it. Repeated, it moves the voice "
            "(another network, a reloaded page), and a call that is in it goes on. `media_failed`: "
            "the offer has nothing that can be taken; `seat_mismatch`: the seat has another kind.",
        ),
        "voicemail.list": Example(
            {},
            {
                "messages": [
                    {
                        "message_id": _CALL,
                        "box": "1004",
                        "ani": "13800000000",
                        "contact_number": "13800000000",
                        "left_at": _AT,
                        "duration_s": 12.5,
                        "heard": False,
                    }
                ]
            },
            "Of one's own box, whose name is the agent ID, and of those that the site gives one "
            "(`agent.boxes`). Supervisors may name the box of an agent of their teams (WZ-T4).",
        ),
        "voicemail.play": Example(
            {"message_id": _CALL},
            {"call_id": _CALL},
            "Only `idle`, `busy` or `acw`. The own device is called as by `call.dial`; "
            "`call.playback_finished` and `call.ended` follow. From the first word on the message "
            "counts as heard.",
        ),
        "voicemail.mark": Example({"message_id": _CALL, "heard": False}),
        "voicemail.delete": Example({"message_id": _CALL}),
        "voicemail.call_back": Example({"message_id": _CALL}, {"call_id": _CALL}),
        "supervisor.monitor": Example({"target": "8004", "follow": "call"}, {"call_id": _CALL}),
        "supervisor.whisper": Example({"target": "8004"}, {"call_id": _CALL}),
        "supervisor.barge": Example({"target": "8004"}, {"call_id": _CALL}),
        "supervisor.intercept": Example({"target": "8004"}, {"call_id": _CALL}),
        "supervisor.leave": Example({"call_id": _CALL}),
        "supervisor.record": Example(
            {"target": "8004", "name": "complaint 17"}, {"call_id": _CALL}
        ),
        "supervisor.call": Example({"target": "8004"}, {"call_id": _CALL}),
        "supervisor.force_logout": Example({"target": "8004"}),
        "supervisor.force_busy": Example({"target": "8004"}, _target("busy", "forced")),
        "supervisor.force_idle": Example({"target": "1004"}, _target("idle")),
        "supervisor.list_breaks": Example(
            {},
            {
                "breaks": [
                    {
                        "agent_id": "1004",
                        "name": "Dai",
                        "team": "west",
                        "seat_no": "8004",
                        "status": "on_break",
                        "reason": "lunch",
                        "since": _AT,
                    }
                ],
                "allowed": 2,
            },
        ),
        "supervisor.grant_break": Example({"target": "1004"}, _target("busy", "break")),
        "supervisor.end_break": Example({"target": "1004"}, _target("idle")),
        "supervisor.send_message": Example(
            {"targets": ["8004", "1001"], "text": "meeting at five"},
            {"agent_ids": ["1004", "1001"]},
            "To some or all of one's teams; nobody gets it unless all may (GX-M2.20).",
        ),
        "supervisor.subscribe": Example(
            {"topics": ["agents", "queues"]},
            {"topics": ["agents", "queues"]},
            "A snapshot of each follows as `supervisor.topic_updated`, then what changes, at most "
            "4 times a second for each topic (IP-2.1.3b).",
        ),
        "supervisor.unsubscribe": Example({"topics": ["queues"]}, {"topics": ["agents"]}),
    }
)
