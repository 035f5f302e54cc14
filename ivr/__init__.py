"""The call-flow language: what a caller hears, which keys he presses, and where that leads.

Theory of operation
-------------------
A flow file is YAML. `tree` reads it into plain data with a line for every key, `schema` types each
node by its kind, `checks` walks the graph, and `loader` turns it all into one immutable `Flow`, or
into a `FlowError` that names every mistake with its file and line. What loads can be run: no exit
leads nowhere, and no loop goes round without a key or a wait.

A `FlowRun` (`machine`) takes one call through a flow. It is a step machine: `start`, `handle` and
`advance` are given the time and answer with effects (`messages`) for somebody else to carry out, of
which at most one is under way. Inside it, a visit object per node (`visits`, `inputs`) has the
behaviour of that node's kind, and the `Line` holds what outlives the visit: language, variables
and why the call would end if it ended now.

Where a call goes next is a node id or a target; `targets` is the grammar of these everywhere. A
number that leads straight to a queue runs the `implicit` flow, so there is one way to run calls.

This package knows no SIP, media, clock or database, and must not.
"""

from ivr.checks import Known
from ivr.farewells import HangUpCause
from ivr.flow import Flow
from ivr.implicit import calendar_flow, implicit_flow
from ivr.loader import load_flow, load_flows, parse_flow, shipped_flows
from ivr.machine import FlowRun, Step
from ivr.messages import (
    AskCalendar,
    AskCallback,
    CalendarTold,
    CallbackTold,
    CallerLeft,
    Dial,
    DialEnded,
    Digit,
    Effect,
    EffectFailed,
    EnterFlow,
    EnterQueue,
    Event,
    HangUp,
    LookAt,
    LookedAt,
    Play,
    PlayFinished,
    QueueReturned,
    RecordVoicemail,
    StopPlay,
    StopVoicemail,
    TurnAway,
    VoicemailDone,
)
from ivr.problems import FlowError, Problem
from ivr.prompts import FilePrompt, ResolvedPrompt, TextPrompt

__all__ = [
    "AskCalendar",
    "AskCallback",
    "CalendarTold",
    "CallbackTold",
    "CallerLeft",
    "Dial",
    "DialEnded",
    "Digit",
    "Effect",
    "EffectFailed",
    "EnterFlow",
    "EnterQueue",
    "Event",
    "FilePrompt",
    "Flow",
    "FlowError",
    "FlowRun",
    "HangUp",
    "HangUpCause",
    "Known",
    "LookAt",
    "LookedAt",
    "Play",
    "PlayFinished",
    "Problem",
    "QueueReturned",
    "RecordVoicemail",
    "ResolvedPrompt",
    "Step",
    "StopPlay",
    "StopVoicemail",
    "TextPrompt",
    "TurnAway",
    "VoicemailDone",
    "calendar_flow",
    "implicit_flow",
    "load_flow",
    "load_flows",
    "parse_flow",
    "shipped_flows",
]
