"""What passes by is on disk soon, within its bounds, and never in the way."""

from pathlib import Path

import pytest

from callcenter.clock import Clock
from callcenter.trace import capture as capture_module
from callcenter.trace.archive import Archive, Tail
from callcenter.trace.capture import Batch, Capture
from callcenter.trace.record import pack, records
from callcenter.trace.segments import SegmentWriter, segments
from tests.support.trace_rig import CALL, CARRIER, OURS, WALL, TraceRig, request


class Slow:
    """A writer that never comes to write."""

    taken = 0

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def put(self, batch: Batch) -> None:
        self.batches.append(batch)


def test_records_are_read_as_they_were_written() -> None:
    written = [
        pack(WALL, b"INVITE", CARRIER, OURS, False),
        pack(WALL + 1.5, b"", CARRIER, OURS, True),
    ]
    found = [message for _, message in records(b"".join(written))]
    assert [(m.at, m.data, m.sent, m.remote) for m in found] == [
        (WALL, b"INVITE", False, "udp:10.0.0.9:5060"),
        (WALL + 1.5, b"", True, "udp:10.0.0.9:5060"),
    ]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_record_that_was_cut_short_is_the_end(cut: int) -> None:
    content = pack(WALL, b"x" * 30, CARRIER, OURS, True)
    assert len(list(records(content + content[:-cut]))) == 1
    assert list(records(b"garbage" + content)) == []


def test_a_call_is_found_with_the_messages_of_all_its_legs(tmp_path: Path) -> None:
    rig = TraceRig(tmp_path)
    rig.message(request("INVITE", "leg-a"))
    rig.call(legs=[("leg-a", "trunk carrier"), ("leg-b", "seat 8001")])
    rig.now = 1.0
    rig.message(request("INVITE", "leg-b"), sent=True)
    rig.message(request("INVITE", "a-stranger-leg-a"))
    rig.message(request("REFER", "another", "Replaces: leg-a"))
    rig.close()

    archive = Archive(rig.folder)
    for name in (CALL, CALL[:20], "leg-b", "13800138000", "+13800138000", "138000", "last"):
        call = archive.find(name)
        assert call.call_id == CALL, name
    assert [message.sip_call_id for message in archive.of(call)] == ["leg-a", "leg-b"]
    assert [message.at for message in archive.of(call)] == [WALL, WALL + 1]


def test_a_message_of_no_call_is_found_by_its_call_id(tmp_path: Path) -> None:
    rig = TraceRig(tmp_path)
    rig.message(request("REGISTER", "odd").replace(b": odd", b": \xffodd"))
    rig.message(request("OPTIONS", "opt"))
    rig.close()
    for name in ("opt", "\udcffodd"):
        call = Archive(rig.folder).find(name)
        assert (call.call_id, len(Archive(rig.folder).of(call))) == ("", 1)


def test_the_folder_never_holds_more_than_it_may(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path / "t", 160_000, 7)
    for number in range(1000):
        record = pack(number, b"x" * 900, CARRIER, OURS, False)
        writer.write([record], b"{}\n", WALL + number)
        size = sum(path.stat().st_size for path in (tmp_path / "t").iterdir())
        assert size <= 160_000
    writer.close()
    assert size > 100_000
    kept = [m.at for s in segments(tmp_path / "t") for _, m in records(s.path.read_bytes())]
    assert kept == [float(at) for at in range(1000 - len(kept), 1000)]


def test_a_batch_that_is_larger_than_a_segment_is_spread(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path / "t", 160_000, 7)
    writer.write((pack(n, b"x" * 900, CARRIER, OURS, False) for n in range(50)), b"", WALL)
    writer.close()
    assert len(segments(tmp_path / "t")) > 3
    assert len(list(Archive(tmp_path / "t").everything())) == 50


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    rig = TraceRig(tmp_path, max_days=1)
    rig.message(request("INVITE", "old"))
    rig.close()
    writer = SegmentWriter(rig.folder, 1_000_000, 1)
    [segment] = segments(rig.folder)
    writer.prune(segment.last_written() + 86_000)
    assert segments(rig.folder) == [segment]
    writer.prune(segment.last_written() + 87_000)
    assert list(rig.folder.iterdir()) == []


def test_a_reader_sees_what_is_written_while_it_is_written(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, 160_000, 7)
    writer.write([pack(1, b"one", CARRIER, OURS, False)], b"", WALL)
    tail = Tail(tmp_path)
    assert list(tail.new()) == []
    for number in range(30):
        writer.write([pack(number, b"x" * 900, CARRIER, OURS, False)], b"", WALL + number)
        assert [message.at for message in tail.new()] == [number]
    writer.close()


def test_messages_beyond_what_may_wait_are_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_module, "MAX_WAITING", 10_000)
    slow = Slow()
    capture = Capture(Clock(), slow, lambda: None)
    for _ in range(100):
        for _ in range(30):
            capture.tap((0.0, b"x" * 300, CARRIER, OURS, False))
        capture.hand_over()
    waiting = sum(len(batch.messages) for batch in slow.batches)
    assert waiting * 500 < 40_000
    assert waiting + capture.dropped == 3000


def test_a_disk_that_refuses_costs_messages_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "trace").write_text("no folder")
    rig = TraceRig(tmp_path)
    rig.message(request("INVITE", "a"))
    rig.close()
    assert rig.writer.figures() == {"written": 0, "lost": 1}
