"""What is left of the call: its record in the database, and the recording, listened to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callcenter.demo import ears, wav
from callcenter.demo.actor import AGENT_TONE, CALLER_TONE
from callcenter.demo.screen import Screen
from callcenter.demo.site import Site
from callcenter.demo.story import Story
from callcenter.demo.texts import Texts
from callcenter.store.database import create_engine, parse_url
from callcenter.store.repositories import Calls, Recordings
from callcenter.store.rows import Cdr, CdrSegment, Recording

_WITHIN_S = 6.0
_LOOK_EVERY_S = 0.1
_KINDS = ("ivr", "wait", "ring", "talk", "wrap_up")
_LEAST_SHARE = 0.8
_TOLERANCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Record:
    """All that the database holds of one call."""

    cdr: Cdr
    segments: Sequence[CdrSegment]
    recording: Recording


async def examine(site: Site, call_id: str, story: Story, texts: Texts) -> Record | None:
    """Looks at everything, and notes what is right and what is not."""
    record = await _find(site.database, call_id)
    if record is None:
        story.fail("cdr", texts("trouble.no_cdr", call_id=call_id, seconds=_WITHIN_S))
        return None
    _check_cdr(record, story, texts)
    await asyncio.to_thread(_check_recording, site.recordings, record, story, texts)
    return record


def show(record: Record, screen: Screen, texts: Texts) -> None:
    """The rows as a person reads them."""
    cdr = record.cdr
    times = [f"{at:%H:%M:%S.%f}"[:-3] if at else "–" for at in (cdr.started_at, cdr.answered_at)]
    durations = (cdr.waited_s, cdr.rang_s, cdr.talked_s, cdr.billable_s)
    screen.heading(texts("summary.cdr", call_id=cdr.call_id))
    screen.table(
        [
            (texts("cdr.ani_dnis"), f"{cdr.ani} → {cdr.dnis}"),
            (texts("cdr.times"), f"{', '.join(times)}, {cdr.ended_at:%H:%M:%S.%f}"[:-3] + " UTC"),
            (texts("cdr.way"), f"{cdr.trunk}, {cdr.flow}, {cdr.queue}"),
            (texts("cdr.agent"), f"{cdr.agent_id}, {cdr.seat_no}"),
            (texts("cdr.durations"), ", ".join(f"{seconds:.3f} s" for seconds in durations)),
            (texts("cdr.end"), f"{cdr.cause}, {cdr.ended_by}, {cdr.sip_code}"),
        ]
    )
    screen.heading(texts("summary.segments"))
    screen.table(
        [
            (
                segment.kind,
                f"{(segment.started_at - cdr.started_at).total_seconds():.3f} s",
                f"{(segment.ended_at - cdr.started_at).total_seconds():.3f} s",
                segment.flow or segment.queue or "",
                segment.agent_id or "",
                segment.outcome,
            )
            for segment in record.segments
        ],
        [texts(f"segment.{n}") for n in ("kind", "from", "to", "where", "agent", "outcome")],
    )


async def _find(database: str, call_id: str) -> Record | None:
    """The call's rows once all of them are written; None when they do not come in time."""
    engine = create_engine(parse_url(database))
    calls, recordings = Calls(engine), Recordings(engine)
    try:
        async with asyncio.timeout(_WITHIN_S):
            while True:
                cdr = await calls.get(call_id)
                segments = await calls.segments(call_id)
                kept = await recordings.for_call(call_id)
                if cdr and kept and {segment.kind for segment in segments} >= set(_KINDS):
                    return Record(cdr, segments, kept[0])
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        return None
    finally:
        await engine.dispose()


def _check_cdr(record: Record, story: Story, texts: Texts) -> None:
    cdr = record.cdr
    ringing = story.outcomes["call_ringing"].facts
    kinds = " ".join(segment.kind for segment in record.segments)
    expected = {
        "ani": ringing["ani"],
        "dnis": ringing["dnis"],
        "queue": ringing["queue"],
        "agent_id": story.outcomes["signed_in"].facts["agent_id"],
        "seat_no": story.outcomes["phone_registered"].facts["seat_no"],
        "cause": "hangup",
        "ended_by": "agent",
        "sip_code": 200,
        "recording": record.recording.path,
    }
    differences = [
        f"{name} {getattr(cdr, name)!r}, not {value!r}"
        for name, value in expected.items()
        if getattr(cdr, name) != value
    ]
    if cdr.answered_at is None or not cdr.talked_s:
        differences.append("no talk")
    if differences:
        story.fail("cdr", texts("trouble.wrong_cdr", differences=", ".join(differences)))
    else:
        story.note("cdr", {"kinds": kinds})


def _check_recording(folder: Path, record: Record, story: Story, texts: Texts) -> None:
    row = record.recording
    path, talked = folder / row.path, record.cdr.talked_s
    try:
        sound = wav.read(path)
    except (OSError, ValueError) as error:
        story.fail("recording", f"{path}: {error}")
        return
    if sound.channels != 2:
        story.fail("recording", texts("trouble.mono", channels=sound.channels))
        return
    lengths = (sound.seconds, row.duration_s)
    if row.error or any(abs(length - talked) > _TOLERANCE_S for length in lengths):
        story.fail(
            "recording",
            row.error or texts("trouble.wrong_length", seconds=sound.seconds, talked=talked),
        )
    else:
        story.note("recording", {"path": path, "seconds": sound.seconds, "law": sound.law})
    for step, samples, hz in (
        ("left_is_caller", sound.channel(0), CALLER_TONE),
        ("right_is_agent", sound.channel(1), AGENT_TONE),
    ):
        share = ears.share_of_tone(samples, hz)
        if share >= _LEAST_SHARE:
            story.note(step, {"hz": hz, "share": share})
        else:
            heard = ears.judge(samples)
            story.fail(step, texts("trouble.wrong_channel", share=share, hz=hz, heard=heard))
