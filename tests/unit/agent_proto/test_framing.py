import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_proto.framing import MAX_LINE, TOO_LONG, Line, LineFramer

CASES: list[tuple[list[bytes], list[Line]]] = [
    ([b""], []),
    ([b"a"], []),
    ([b"a\n"], [b"a"]),
    ([b"a\nb\nc"], [b"a", b"b"]),
    ([b"a", b"b", b"\n"], [b"ab"]),
    ([b"\n\n"], [b"", b""]),
    ([b"a\r\n"], [b"a\r"]),
    ([b"12345678\n"], [b"12345678"]),
    ([b"123456789\nb\n"], [TOO_LONG, b"b"]),
    ([b"123456789"], [TOO_LONG]),  # told at the byte that is too many, not at the line's end
    ([b"12345678", b"9", b"more", b"\nb\n"], [TOO_LONG, b"b"]),
    ([b"12345678", b"9\n", b"b\n"], [TOO_LONG, b"b"]),
    ([b"123456789", b"\n", b"123456789", b"\n"], [TOO_LONG, TOO_LONG]),
]


@pytest.mark.parametrize(("pieces", "lines"), CASES)
def test_lines(pieces: list[bytes], lines: list[Line]) -> None:
    framer = LineFramer(max_line=8)
    assert [line for piece in pieces for line in framer.feed(piece)] == lines


def test_a_line_may_have_64_kib_and_not_one_byte_more() -> None:
    framer = LineFramer()
    assert MAX_LINE == 65536
    assert framer.feed(b"x" * 65536 + b"\n" + b"y" * 65537 + b"\nz\n") == [
        b"x" * 65536,
        TOO_LONG,
        b"z",
    ]


@given(
    st.lists(st.binary(max_size=12)).map(b"\n".join),
    st.lists(st.integers(min_value=0, max_value=200)),
)
def test_the_cutting_of_the_stream_does_not_matter(stream: bytes, cuts: list[int]) -> None:
    whole = LineFramer(max_line=8).feed(stream)
    framer, cut_lines, start = LineFramer(max_line=8), [], 0
    for cut in [*sorted(cuts), len(stream)]:
        cut_lines += framer.feed(stream[start:cut])
        start = max(start, cut)
    assert cut_lines == whole


def test_an_endless_line_takes_no_memory() -> None:
    framer = LineFramer()
    piece = b"x" * 16384
    tracemalloc.start()
    try:
        told = [line for _ in range(1000) for line in framer.feed(piece)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told == [TOO_LONG]
    assert peak < 4 * MAX_LINE
