"""The record is looked at closely: a wrong one is not taken for a right one."""

import dataclasses
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.demo.ears import tone
from callcenter.demo.evidence import examine, show
from callcenter.demo.g711 import alaw_encode
from callcenter.demo.screen import Screen
from callcenter.demo.site import Ports, Site
from callcenter.demo.story import Story
from callcenter.demo.texts import Texts
from callcenter.store.rows import Cdr, CdrSegment, Recording
from callcenter.store.store import Store

_START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_PATH = "2026-01-02/c1.wav"
_CDR = Cdr(
    call_id="c1",
    direction="in",
    ani="1380",
    dnis="4000",
    trunk="carrier",
    started_at=_START,
    answered_at=_START,
    ended_at=_START + timedelta(seconds=9),
    cause="hangup",
    ended_by="agent",
    sip_code=200,
    flow="welcome",
    queue="sales",
    agent_id="1001",
    seat_no="8001",
    waited_s=2.0,
    rang_s=1.0,
    talked_s=1.0,
    billable_s=9.0,
    recording=_PATH,
)


def _segments() -> list[CdrSegment]:
    return [
        CdrSegment(
            call_id="c1",
            n=n,
            kind=kind,
            started_at=_START + timedelta(seconds=n),
            ended_at=_START + timedelta(seconds=n + 1),
            queue="sales",
            agent_id="1001",
            seat_no="8001",
            flow=None,
            outcome="completed",
        )
        for n, kind in enumerate(("ivr", "wait", "ring", "talk", "wrap_up"), 1)
    ]


def _write_wav(path: Path, left: int, right: int, seconds: float = 1.0) -> None:
    pair = alaw_encode(tone(left, seconds)), alaw_encode(tone(right, seconds))
    codes = bytes(code for both in zip(*pair, strict=True) for code in both)
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 6, 2, 8000, 16000, 2, 8)
    data = fmt + b"data" + struct.pack("<I", len(codes)) + codes
    path.parent.mkdir(parents=True)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(data) + 4) + b"WAVE" + data)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, Ports(5060, 7400, 5070), "en")


@pytest.fixture
def story() -> Story:
    story = Story(Screen(), Texts("en"))
    story.note("phone_registered", {"seat_no": "8001", "address": "udp:127.0.0.1:5099"})
    story.note("signed_in", {"agent_id": "1001", "name": "Ann"})
    facts = {"ani": "1380", "dnis": "4000", "queue": "sales", "waited_s": 2.0}
    story.note("call_ringing", facts)
    return story


async def _store(site: Site, cdr: Cdr, duration: float = 1.0, error: str = "") -> None:
    recording = Recording(
        recording_id="c1",
        call_id="c1",
        path=_PATH,
        name="c1.wav",
        started_at=_START,
        duration_s=duration,
        size=16_000,
        error=error,
        agent_id="1001",
    )
    store = await Store.open(site.database)
    store.put([cdr, *_segments(), recording])
    await store.close()


async def test_a_call_that_is_as_it_should_be(
    site: Site, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    await _store(site, _CDR)
    _write_wav(site.recordings / _PATH, 440, 620)
    record = await examine(site, "c1", story, Texts("en"))
    assert record is not None
    for step in ("cdr", "recording", "left_is_caller", "right_is_agent"):
        assert story.has(step), step
    capsys.readouterr()
    show(record, Screen(), Texts("en"))
    shown = capsys.readouterr().out
    assert "number calling → called | 1380 → 4000" in shown
    assert "wrap_up | 5.000 s | 6.000 s | sales | 1001 | completed" in shown


@pytest.mark.parametrize(
    "change",
    [
        {"ani": "0000"},
        {"cause": "abandoned"},
        {"ended_by": "caller"},
        {"agent_id": "1002"},
        {"recording": None},
        {"answered_at": None},
    ],
)
async def test_a_record_that_differs_is_told(
    site: Site, story: Story, change: dict[str, str | None]
) -> None:
    await _store(site, dataclasses.replace(_CDR, **change))  # type: ignore[arg-type]
    _write_wav(site.recordings / _PATH, 440, 620)
    await examine(site, "c1", story, Texts("en"))
    assert not story.has("cdr")
    assert story.has("recording")


async def test_swapped_channels_are_heard(site: Site, story: Story) -> None:
    await _store(site, _CDR)
    _write_wav(site.recordings / _PATH, 620, 440)
    await examine(site, "c1", story, Texts("en"))
    assert story.has("recording")
    assert not story.has("left_is_caller")
    assert not story.has("right_is_agent")
    assert "620 Hz" in str(story.outcomes["left_is_caller"].facts["reason"])


@pytest.mark.parametrize(
    ("seconds", "duration", "error"), [(3.0, 1.0, ""), (1.0, 3.0, ""), (1.0, 1.0, "disk full")]
)
async def test_a_recording_of_another_length_or_with_an_error_is_told(
    site: Site, story: Story, seconds: float, duration: float, error: str
) -> None:
    await _store(site, _CDR, duration, error)
    _write_wav(site.recordings / _PATH, 440, 620, seconds)
    await examine(site, "c1", story, Texts("en"))
    assert not story.has("recording")


async def test_a_recording_that_is_not_there_is_told(site: Site, story: Story) -> None:
    await _store(site, _CDR)
    await examine(site, "c1", story, Texts("en"))
    assert "No such file" in str(story.outcomes["recording"].facts["reason"])
    assert not story.has("left_is_caller")
