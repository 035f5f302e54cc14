"""The story of a call: each offer, and for each agent why (not)."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

import acd
from callcenter.cli import app
from callcenter.journal.errors import JournalError
from callcenter.journal.files import new_file, segments
from callcenter.journal.record import Head, Noted, head_line, input_line
from callcenter.journal.replay import Replay
from callcenter.journal.why import why

WALL = 1_790_000_000.0
CALL = "20260921-130640-0000abcd"


def _journal(folder: Path, *inputs: tuple[float, acd.Event | None]) -> None:
    queue = acd.QueueConfig("sales", {"sales": 3}, max_wait=60.0)
    engine = acd.Engine([queue])
    lines = [head_line(Head(0, 0.0, WALL, engine.state()))]
    for at, event in inputs:
        commands = engine.advance(at) if event is None else engine.handle(event, at)
        offers = [each for each in commands if isinstance(each, acd.Offer)]
        runners = {
            each.offer_id: found
            for each in offers
            if (found := engine.runners(each.offer_id, 5)) is not None
        }
        lines.append(input_line(Noted(at, event, commands, runners)))
    file, _ = new_file(folder, WALL)
    os.write(file, b"".join(lines))
    os.close(file)


def _disputed(folder: Path) -> None:
    """Ann waits longest but lets it ring; Bo is on the phone; Cy takes the call."""
    _journal(
        folder,
        (0.0, acd.AgentSignedIn("ann", {"sales": 5})),
        (1.0, acd.AgentSignedIn("bo", {"sales": 5})),
        (2.0, acd.AgentSignedIn("dee", {"sales": 1})),
        (3.0, acd.AgentEngaged("bo", "talking")),
        (5.0, acd.ContactQueued(CALL, "sales")),
        (15.0, None),
        (18.0, acd.AgentSignedIn("cy", {"sales": 3})),
        (20.0, acd.OfferAccepted(2)),
        (50.0, acd.ContactEnded(CALL)),
    )


def test_a_disputed_call_is_explained(tmp_path: Path) -> None:
    _disputed(tmp_path)
    story = why(tmp_path, CALL)
    assert story.differs == 0
    told = [(each.position, each.what, each.agent_id) for each in story.moments]
    assert told == [
        (5, "queued", ""),
        (5, "offer", "ann"),
        (6, "withdrawn", "ann"),
        (7, "offer", "cy"),
        (8, "accepted", "cy"),
        (9, "ended", ""),
    ]
    first, second = [each for each in story.moments if each.what == "offer"]
    assert (first.rank, first.next, first.by) == (1, (), f"ContactQueued {CALL}")
    assert {each.agent_id: each.verdict for each in first.standings} == {
        "ann": "offered",
        "bo": "talking",
        "dee": "lacks_skills",
    }
    assert {each.agent_id: (each.verdict, each.reason) for each in second.standings} == {
        "cy": ("offered", ""),
        "ann": ("busy", "no_answer"),
        "bo": ("talking", ""),
        "dee": ("lacks_skills", ""),
    }
    assert second.by == "AgentSignedIn cy"
    assert second.waited_s == 13.0
    assert story.moments[2].cause == "no_answer"


def test_the_command_words_it_for_one_agent(tmp_path: Path) -> None:
    _disputed(tmp_path)
    found = CliRunner().invoke(
        app, ["why", "last", "--agent", "dee", "--folder", str(tmp_path)], catch_exceptions=False
    )
    assert found.exit_code == 0
    assert "lacks sales 3 (has 1)" in found.output
    assert "  bo " not in found.output
    assert "offered to cy after 13.0 s (number 1 in line, nobody else idle)" in found.output
    stranger = CliRunner().invoke(
        app, ["why", CALL[:12], "--agent", "zoe", "--folder", str(tmp_path)]
    )
    assert "zoe        not signed in" in stranger.output


def test_the_command_for_programs(tmp_path: Path) -> None:
    _disputed(tmp_path)
    found = CliRunner().invoke(app, ["why", CALL, "--json", "--folder", str(tmp_path)])
    assert json.loads(found.output)["moments"][1]["agent_id"] == "ann"


def test_who_never_waited_is_not_found(tmp_path: Path) -> None:
    _disputed(tmp_path)
    with pytest.raises(JournalError, match="no call 'x' has waited"):
        why(tmp_path, "x")
    found = CliRunner().invoke(app, ["why", "x", "--folder", str(tmp_path)])
    assert found.exit_code == 2


def test_the_whole_journal_is_replayed(tmp_path: Path) -> None:
    _disputed(tmp_path)
    found = CliRunner().invoke(app, ["replay", "--folder", str(tmp_path)])
    assert found.exit_code == 0
    assert "9 inputs, 3 decisions: same" in found.output
    assert CliRunner().invoke(app, ["replay", "--folder", str(tmp_path / "none")]).exit_code == 2


def test_a_decision_that_was_another_is_found(tmp_path: Path) -> None:
    _disputed(tmp_path)
    (segment,) = segments(tmp_path)
    text = segment.path.read_bytes()
    segment.path.write_bytes(
        text.replace(b'"offer",2,"%s","cy"' % CALL.encode(), b'"offer",2,"%s","bo"' % CALL.encode())
    )
    assert [each.position for each in Replay.of(segment).run() if not each.same] == [7]
    found = CliRunner().invoke(app, ["replay", "--folder", str(tmp_path)])
    assert found.exit_code == 1
    assert "1 different" in found.output


def test_a_damaged_segment_is_told(tmp_path: Path) -> None:
    _disputed(tmp_path)
    (segment,) = segments(tmp_path)
    segment.path.write_bytes(b"{}\n")
    found = CliRunner().invoke(app, ["replay", "--folder", str(tmp_path)])
    assert found.exit_code == 1
    assert "no journal of this version" in found.output
