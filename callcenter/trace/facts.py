"""The events of a call in words, for the rows between the arrows."""

from collections.abc import Mapping
from typing import Any

from callcenter.trace.wire import legible

_WORDS: Mapping[str, str] = {
    "CallStarted": "call {call_id}: {ani} → {dnis}",
    "CallAnswered": "answered: charging begins",
    "FlowStarted": "flow {flow}",
    "QueueEntered": "waits in queue {queue}",
    "QueueStepTaken": "waits long: step {step} of queue {queue}",
    "QueueLeft": "leaves queue {queue}: {outcome}",
    "AgentOffered": "offered to agent {agent_id} at seat {seat_no}",
    "OfferEnded": "offer to agent {agent_id}: {outcome}",
    "TalkStarted": "talks with agent {agent_id}",
    "TalkEnded": "talk ends: {cause} by {by}, {talk_s:.1f} s",
    "VoiceMissing": "nothing is heard of {party}: {lack}",
    "OneWayAudio": "one-way audio: {party} is not heard: {lack}",
    "LineHeard": "heard of {party}: {sign} {kind} {confidence:.0%}",
    "VoiceBack": "{party} is heard again",
    "RecordingStarted": "recording {path}",
    "RecordingFailed": "no recording: {error}",
    "VoicemailLeft": "message in box {box}, {duration_s:.1f} s",
    "WrapUpStarted": "after-call work of agent {agent_id}",
    "CallEnded": "call ends: {cause} by {by}, {sip_code}",
}


def fact_text(fact: Mapping[str, Any], parties: Mapping[str, str]) -> str:
    """An event in words; empty for one that the ladder shows otherwise."""
    event = str(fact["event"])
    if event == "LegOpened":
        return ""
    if event == "LegClosed":
        return _voice(fact, parties)
    words = _WORDS.get(event)
    try:
        text = words.format_map(fact) if words is not None else _plainly(event, fact)
    except (KeyError, ValueError):  # written by another version
        text = _plainly(event, fact)
    return legible(text)


def _voice(fact: Mapping[str, Any], parties: Mapping[str, str]) -> str:
    received, lost = int(fact["packets_received"]), int(fact["lost"])
    share = 100 * lost / (received + lost) if received + lost > 0 else 0.0
    party = parties.get(str(fact["sip_call_id"]), "")
    return (
        f"voice of {party}: {received} packets in, {fact['packets_sent']} out, "
        f"{lost} lost ({share:.1f} %), jitter {fact['jitter_ms']:.1f} ms{_score(fact)}"
    )


def _score(fact: Mapping[str, Any]) -> str:
    round_trip, mos = fact.get("round_trip_ms"), fact.get("mos")
    told = "" if round_trip is None else f", round trip {round_trip:.0f} ms"
    return told if mos is None else f"{told}, MOS {mos:.2f}"


def _plainly(event: str, fact: Mapping[str, Any]) -> str:
    told = [
        f"{key}={value}"
        for key, value in fact.items()
        if key not in ("event", "at", "call_id") and value not in ("", None, {})
    ]
    return " ".join([event, *told])
