"""What a bug costs is counted, and no more is lost than what it hit."""

from pathlib import Path

import pytest

from callcenter.trace.archive import Archive
from tests.support.trace_rig import TraceRig, request


@pytest.mark.parametrize(
    ("place", "lost", "not_mirrored"),
    [("writer.pack", 2, 0), ("writer.index.line", 2, 0), ("mirror.hep.packet", 0, 2)],
)
def test_a_bug_costs_a_batch_which_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, lost: int, not_mirrored: int
) -> None:
    rig = TraceRig(tmp_path, hep="udp:127.0.0.1:9")
    with monkeypatch.context() as patch:
        patch.setattr(f"callcenter.trace.{place}", None)
        rig.message(request("INVITE", "a"))
        rig.message(request("INVITE", "b"))
        rig.flush()
    rig.message(request("INVITE", "c"))
    rig.close()

    figures = rig.writer.figures()
    assert (figures["written"], figures["lost"]) == (3 - lost, lost)
    assert figures["mirrored"] + figures["not_mirrored"] == 3
    assert figures["not_mirrored"] >= not_mirrored
    kept = [message.sip_call_id for message in Archive(rig.folder).everything()]
    assert kept == ["a", "b", "c"][lost:]
