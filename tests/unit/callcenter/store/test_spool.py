"""Rows survive on disk as they were, and a damaged file costs its damaged lines only."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.store.rows import (
    AgentLogEntry,
    Cdr,
    CdrLeg,
    CdrSegment,
    Recording,
    Row,
    VoicemailMessage,
)
from callcenter.store.spool import Spool, decode, encode

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)
MESSAGE = VoicemailMessage("m1", "c1", "销售", "c1.wav", "138\n", None, 7.5, NOON, None)
ROWS: list[Row] = [
    Cdr(
        "c1", "in", "", "4001", "carrier", NOON, None, NOON, "hangup", "caller", 200,
        None, None, None, None, 0.1, 0.2, 0.3, 0.0, None,
    ),
    CdrSegment("c1", 1, "wait", NOON, NOON, "sales", None, None, None, "answered"),
    CdrLeg("c1", "a@b", "t", NOON, 900, 880, 7, 1.5, 9.0, 31.0, 4.2, 3, None, 2.5, True, "busy"),
    Recording("r1", "c1", "a/c1.wav", "c1.wav", NOON, 57.0, 3_000_000_000, "", "1"),
    MESSAGE,
    AgentLogEntry("e1", NOON, "1001", "8001", "state", None, "idle", "busy", "\ud800\0", None, "c"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_a_row_comes_back_from_its_line(row: Row) -> None:
    line = encode(row)

    assert "\n" not in line
    assert decode(line) == row


def test_a_line_of_an_older_program_lacks_the_newer_columns() -> None:
    older = encode(MESSAGE).replace('"contact_number": null, ', "")

    assert decode(older) == MESSAGE


def test_a_line_of_a_newer_program_has_columns_that_are_left_out() -> None:
    assert decode(encode(MESSAGE).replace('"box"', '"tenant": "t1", "box"')) == MESSAGE


def test_files_are_replayed_in_the_order_of_saving(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    assert spool.files() == []

    saved = [spool.save(ROWS), spool.save([MESSAGE])]

    assert spool.files() == saved
    assert [spool.load(file) for file in saved] == [(ROWS, []), ([MESSAGE], [])]


def test_damaged_lines_are_told_from_the_rows(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    file = spool.save([MESSAGE, replace(MESSAGE, message_id="m2")])
    good = file.read_text().splitlines()
    bad = ["{", "[]", '{"table": "nothing"}', encode(MESSAGE).replace("2026", "year"), ""]
    file.write_text("\n".join([good[0], *bad, good[1]]))

    rows, refused = spool.load(file)

    assert [row.message_id for row in rows if isinstance(row, VoicemailMessage)] == ["m1", "m2"]
    assert refused == bad


def test_an_unfinished_file_is_not_replayed(tmp_path: Path) -> None:
    (tmp_path / "rows-1.part").write_text(encode(MESSAGE))

    assert Spool(tmp_path).files() == []


def test_refused_lines_are_kept_and_never_replayed(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.refuse(["one"])
    spool.refuse(["two", "three"])

    assert (tmp_path / "refused.jsonl").read_text() == "one\ntwo\nthree\n"
    assert spool.files() == []
